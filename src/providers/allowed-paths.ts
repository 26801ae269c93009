// Which files a config provider may read: below the folders its `allowed.paths` names, after links are followed.
import { realpathSync, statSync } from 'node:fs'
import { isAbsolute, normalize, sep } from 'node:path'
import { ConfigError } from '../connect/errors.ts'

export class AllowedPaths {
  /** null: anything may be read, as in Connect where the parameter is not set. */
  readonly #roots: readonly string[] | null

  constructor(text: string | undefined) {
    const parts = (text ?? '').split(',').map(part => part.trim())
    const paths = parts.filter(part => part !== '')
    this.#roots = paths.length === 0 ? null : paths.map(checkedRoot)
  }

  /** The path to open, or null where it is not allowed. */
  resolve(path: string): string | null {
    // The process's own memory and environment are nobody's configuration file.
    if (/^\/(?:proc|sys|dev)(?:\/|$)/.test(normalize(path))) return null
    const real = realPath(path)
    if (/^\/(?:proc|sys|dev)(?:\/|$)/.test(real)) return null
    if (this.#roots === null) return real
    return this.#roots.some(root => real === root || real.startsWith(root.endsWith(sep) ? root : root + sep))
      ? real
      : null
  }
}

function checkedRoot(path: string): string {
  if (!isAbsolute(path)) throw new ConfigError('allowed.paths', `Path ${path} is not absolute`)
  try {
    statSync(path)
  } catch {
    throw new ConfigError('allowed.paths', `Path ${path} does not exist`)
  }
  return realPath(path)
}

/** Why a file was not read, without its path, which the message names. */
export function whyUnread(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException
  const known: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    EACCES: "the worker's user may not read it",
    EISDIR: 'it is a folder'
  }
  return known[code ?? ''] ?? code ?? 'unreadable'
}

// A file that does not exist is judged by its name: opening it tells the rest.
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return normalize(path)
  }
}
