// Copies the example's properties files with the addresses of a running stack filled in.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StackError } from '../stack/programs.ts'

const examples = join(import.meta.dirname, '../../examples/quickstart')

/** Writes one file into the folder, values replaced by key, and returns its path. */
export function writeConfig(folder: string, file: string, values: Readonly<Record<string, string | number>>): string {
  let text = readFileSync(join(examples, file), 'utf8')
  for (const [key, value] of Object.entries(values)) {
    const line = new RegExp(`^${key.replaceAll('.', '\\.')}=.*$`, 'm')
    // A key that the example lost would leave the worker at somebody else's server.
    if (!line.test(text)) throw new StackError(`examples/quickstart/${file} has no line "${key}=..." to fill in.`)
    text = text.replace(line, () => `${key}=${value}`)
  }
  mkdirSync(folder, { recursive: true })
  const path = join(folder, file)
  writeFileSync(path, text)
  return path
}

/** The value of a key in one of the example's files. */
export function readConfig(file: string, key: string): string {
  const lines = readFileSync(join(examples, file), 'utf8').split('\n')
  const line = lines.find(each => each.startsWith(`${key}=`))
  if (line === undefined) throw new StackError(`examples/quickstart/${file} has no line "${key}=...".`)
  return line.slice(key.length + 1)
}
