// Which modules `plugin.path` means: found, judged and named before any of them runs.
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, join, resolve, sep } from 'node:path'
import { ConfigError } from '../connect/errors.ts'
import { type Logger } from '../connect/log.ts'

/** A module to be loaded, and the version its plugins answer. */
export interface PluginFile {
  readonly file: string
  readonly version: string
}

const moduleName = /\.plugin\.(?:js|mjs|ts|mts)$/
const archiveName = /\.(?:jar|zip)$/
/** Connect's own answer for a plugin that tells no version. */
const noVersion = 'undefined'
/** Java archives lie at most so deep below an entry: `path/plugin/lib/x.jar`. */
const archiveDepthMax = 3
const archivesNamedMax = 3

/**
 * The modules below the entries of `plugin.path`: `*.plugin.mjs` (js, ts, mts) in the entry or in a folder of it, and those that a
 * package.json names under "kafka-connect-redis". Nothing else that lies there is ever run. What is skipped is told in one line each.
 */
export function findPluginFiles(pluginPath: string | undefined, log: Logger): readonly PluginFile[] {
  const entries = (pluginPath ?? '').split(',').map(entry => entry.trim())
  return entries.filter(entry => entry !== '').flatMap(entry => ofEntry(resolve(entry), log))
}

function ofEntry(path: string, log: Logger): readonly PluginFile[] {
  const kind = kindOf(path)
  if (kind === null) {
    log.warn(`plugin.path: ${path} does not exist or can't be read: skipped`)
    return []
  }
  if (kind === 'file') {
    if (moduleName.test(path)) return [moduleIn(resolve(path, '..'), basename(path), noVersion)]
    if (archiveName.test(path)) log.warn(archivesLine([path], path))
    else log.warn(`plugin.path: ${path} is neither a folder nor a module (*.plugin.mjs, .js, .ts, .mts): skipped`)
    return []
  }
  const archives = archivesBelow(path, archiveDepthMax)
  if (archives.length > 0) log.warn(archivesLine(archives, path))
  const folders = [path, ...namesIn(path).map(name => join(path, name))].filter(each => kindOf(each) === 'folder')
  return folders.flatMap(folder => ofFolder(folder, log))
}

function archivesLine(archives: readonly string[], where: string): string {
  const names = archives.slice(0, archivesNamedMax).map(each => basename(each))
  const more = archives.length > names.length ? `, and ${archives.length - names.length} more` : ''
  return `plugin.path: ${where}: skipped Java archives, which can't run here (${names.join(', ')}${more}). What Apache Kafka and the sink bring is built in`
}

/** A package names its modules; in any other folder they go by their names. */
function ofFolder(folder: string, log: Logger): readonly PluginFile[] {
  const declared = declaredIn(folder, log)
  const files =
    declared === null
      ? namesIn(folder)
          .filter(name => moduleName.test(name))
          .map(name => moduleIn(folder, name, noVersion))
      : declared.modules.map(name => moduleIn(folder, name, declared.version))
  for (const { file } of files) warnIfOpen(file, log)
  return files
}

/** The modules that a package.json names, or null where it names none. */
function declaredIn(folder: string, log: Logger): { modules: readonly string[]; version: string } | null {
  const path = join(folder, 'package.json')
  if (kindOf(path) !== 'file') return null
  let parsed: unknown
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    log.warn(`plugin.path: ${path} is no JSON (${(error as Error).message}): skipped`)
    return null
  }
  const { version, ['kafka-connect-redis']: marker } = isObject(parsed) ? parsed : {}
  if (marker === undefined) return null
  const named = isObject(marker) ? marker['plugins'] : undefined
  const modules: readonly unknown[] = Array.isArray(named) ? named : [named]
  if (!modules.every(each => typeof each === 'string')) {
    throw fault(
      `${path}: found ${JSON.stringify(marker)} under "kafka-connect-redis", expected {"plugins": "./file.mjs"}`
    )
  }
  return { modules, version: typeof version === 'string' ? version : noVersion }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** The file that a name means, links followed; it must lie in its folder, or a package could run what is not of it. */
function moduleIn(folder: string, name: string, version: string): PluginFile {
  const path = resolve(folder, name)
  let file: string
  let root: string
  try {
    file = realpathSync(path)
    root = realpathSync(folder)
  } catch (error) {
    throw fault(`${path} can't be read: ${(error as Error).message}`)
  }
  if (!file.startsWith(root.endsWith(sep) ? root : root + sep)) {
    throw fault(
      `${name} in ${folder} leads out of that folder, to ${file}: a module must lie in the folder of its package`
    )
  }
  return { file, version }
}

function warnIfOpen(file: string, log: Logger): void {
  if ((statSync(file).mode & 0o002) === 0) return
  log.warn(
    `plugin.path: anyone on this machine may change ${file}, and so what this worker runs: take the right to write away`
  )
}

function kindOf(path: string): 'file' | 'folder' | null {
  try {
    const stats = statSync(path)
    return stats.isDirectory() ? 'folder' : stats.isFile() ? 'file' : null
  } catch {
    return null
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

function archivesBelow(folder: string, depth: number): readonly string[] {
  return namesIn(folder).flatMap(name => {
    const path = join(folder, name)
    if (archiveName.test(name)) return [path]
    return depth > 1 && kindOf(path) === 'folder' ? archivesBelow(path, depth - 1) : []
  })
}

export function fault(message: string, cause?: unknown): ConfigError {
  return new ConfigError('plugin.path', `plugin.path: ${message}`, cause === undefined ? {} : { cause })
}
