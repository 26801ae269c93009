// An error as the text a Java user reads in a status or a dead letter: class, message, causes.
import { ConnectError } from '../connect/errors.ts'

/** The Java class whose place an error takes. */
export function javaClassOf(error: unknown): string {
  return error instanceof ConnectError ? error.javaClass : 'java.lang.RuntimeException'
}

/** `class: message`, then each cause. Frames are shown only of faults that no error class of ours foresaw: there they help us, elsewhere nobody. */
export function javaTrace(error: Error): string {
  const parts: string[] = []
  for (let at: unknown = error; at instanceof Error && parts.length < 20; at = at.cause) {
    parts.push(`${parts.length === 0 ? '' : 'Caused by: '}${javaClassOf(at)}: ${at.message}${frames(at)}`)
  }
  return `${parts.join('\n')}\n`
}

function frames(error: Error): string {
  if (error instanceof ConnectError) return ''
  const lines = (error.stack ?? '').split('\n').filter(line => /^\s+at /.test(line))
  return lines.map(line => `\n\tat ${line.trim().slice(3)}`).join('')
}
