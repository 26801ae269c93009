// An error as the text a Java user reads in a status or a dead letter: class, message, causes.
import { ConnectError } from '../connect/errors.ts'
import { asSentence } from '../util/sentence.ts'

/** The Java class whose place an error takes. */
export function javaClassOf(error: unknown): string {
  return error instanceof ConnectError ? error.javaClass : 'java.lang.RuntimeException'
}

/** Connect's sentence that something failed, behind what failed: the first line of a trace is the one that people read. */
export class CauseFirstError extends ConnectError {
  constructor(sentence: string, cause: unknown) {
    const [first = ''] = (cause instanceof Error ? cause.message || cause.name : String(cause)).split('\n', 1)
    super(`${asSentence(first)} ${sentence}`, { cause })
  }
}

/** What went wrong, where a sentence of Connect's stands before it in the chain. */
export function causeBehind(error: Error): Error {
  return error instanceof CauseFirstError && error.cause instanceof Error ? error.cause : error
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
