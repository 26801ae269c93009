// Loads users' own plugins from the modules that `plugin.path` means, into a table like the built-in one. The only place that runs code which no table of ours names.
import { pathToFileURL } from 'node:url'
import { ConfigDef } from '../connect/config.ts'
import { ConnectError, DataError } from '../connect/errors.ts'
import { withOwnMaps } from '../connect/own-maps.ts'
import { connectApi, type UserPlugin, type UserPlugins } from '../connect/plugin-module.ts'
import { type Config, type Doors, type Predicate, type Transformation } from '../connect/plugin.ts'
import { type SinkRecord } from '../connect/record.ts'
import { fault, type PluginFile } from './plugin-files.ts'
import { type PluginTable } from './plugin-registry.ts'

type UserTable = Omit<PluginTable, 'connectors'>

const kinds = ['transformations', 'predicates', 'converters', 'headerConverters', 'configProviders'] as const
/** What each kind must be able to do. */
const methods: { readonly [kind in (typeof kinds)[number]]: readonly string[] } = {
  transformations: ['apply'],
  predicates: ['test'],
  converters: ['toConnectData', 'fromConnectData'],
  headerConverters: ['toConnectHeader', 'fromConnectHeader'],
  configProviders: ['get']
}

const classNamePattern = /^[A-Za-z_][\w$]*(?:\.[A-Za-z_][\w$]*)*$/

/** The built-in table with the plugins of the modules behind it. A name that is taken is refused: nobody may slip into the place of another. */
export async function withUserPlugins(table: PluginTable, files: readonly PluginFile[]): Promise<PluginTable> {
  const owners = new Map(allNames(table).map(name => [name, 'built in']))
  let all = table
  for (const file of files) {
    const loaded = await loadPluginFile(file)
    for (const name of allNames(loaded)) {
      const owner = owners.get(name)
      if (owner !== undefined) {
        throw fault(`${file.file} brings ${name}, which is ${owner} already: give it another class name`)
      }
      owners.set(name, `brought by ${file.file}`)
    }
    all = {
      connectors: all.connectors,
      transformations: [...all.transformations, ...loaded.transformations],
      predicates: [...all.predicates, ...loaded.predicates],
      converters: [...all.converters, ...loaded.converters],
      headerConverters: [...all.headerConverters, ...loaded.headerConverters],
      configProviders: [...all.configProviders, ...loaded.configProviders]
    }
  }
  return all
}

/** A class that serves as two kinds (a converter of values and of headers) has one name in both. */
function allNames(table: Partial<PluginTable>): readonly string[] {
  const names = Object.values(table).flatMap(entries => entries.map(entry => entry.className))
  return [...new Set(names)]
}

async function loadPluginFile({ file, version }: PluginFile): Promise<UserTable> {
  const plugins = await pluginsOf(file)
  for (const kind of kinds) {
    const names = (plugins[kind] ?? []).map(plugin => checkedName(plugin, kind, file))
    const twice = names.find((name, index) => names.indexOf(name) !== index)
    if (twice !== undefined) throw fault(`${file} brings ${twice} twice among its ${kind}`)
  }
  const entry = <Create>(plugin: UserPlugin<Create>) => ({
    className: plugin.className,
    version,
    configDef: definitionOf(plugin, file)
  })
  return {
    transformations: (plugins.transformations ?? []).map(plugin => {
      const base = entry(plugin)
      const create = (config: Config, doors: Doors): Transformation =>
        guarded(able(plugin.create(base.configDef.parse(config, base.className), doors), 'transformations', base), base)
      return { ...base, create }
    }),
    predicates: (plugins.predicates ?? []).map(plugin => {
      const base = entry(plugin)
      const create = (config: Config, doors: Doors) =>
        withMapsOfItsOwn(able(plugin.create(base.configDef.parse(config, base.className), doors), 'predicates', base))
      return { ...base, create }
    }),
    converters: (plugins.converters ?? []).map(plugin => {
      const base = entry(plugin)
      const create = (config: Config, isKey: boolean, doors: Doors) =>
        able(plugin.create(base.configDef.parse(config, base.className), isKey, doors), 'converters', base)
      return { ...base, create }
    }),
    headerConverters: (plugins.headerConverters ?? []).map(plugin => {
      const base = entry(plugin)
      const create = (config: Config, doors: Doors) =>
        able(plugin.create(base.configDef.parse(config, base.className), doors), 'headerConverters', base)
      return { ...base, create }
    }),
    configProviders: (plugins.configProviders ?? []).map(plugin => {
      const base = entry(plugin)
      const create = (config: Config, doors: Doors) =>
        able(plugin.create(base.configDef.parse(config, base.className), doors), 'configProviders', base)
      return { ...base, create }
    })
  }
}

async function pluginsOf(file: string): Promise<UserPlugins> {
  let plugins: unknown
  try {
    // The one computed import of the house: the operator's plugin.path names the folder, plugin-files.ts has judged the file.
    // eslint-disable-next-line no-restricted-syntax
    const loaded = (await import(pathToFileURL(file).href)) as { readonly plugins?: unknown }
    if (typeof loaded.plugins !== 'function') {
      throw new ConnectError(
        'it must export a function: export function plugins(connect) { return { transformations: [...] } }'
      )
    }
    plugins = (loaded.plugins as (connect: typeof connectApi) => unknown)(connectApi)
  } catch (error) {
    throw fault(`${file} can't be loaded: ${error instanceof Error ? error.message : String(error)}`, error)
  }
  if (typeof plugins !== 'object' || plugins === null) {
    throw fault(`${file}: plugins() must return an object with lists such as transformations, found ${typeof plugins}`)
  }
  const unknown = Object.keys(plugins).find(key => !(kinds as readonly string[]).includes(key))
  if (unknown !== undefined) {
    throw fault(`${file}: plugins() returns ${unknown}, which is none of ${kinds.join(', ')}`)
  }
  for (const [kind, list] of Object.entries(plugins)) {
    if (!Array.isArray(list)) throw fault(`${file}: ${kind} must be a list of plugins`)
  }
  return plugins
}

function checkedName(plugin: UserPlugin<unknown>, kind: string, file: string): string {
  const { className, create } = plugin ?? {}
  if (typeof className !== 'string' || !classNamePattern.test(className)) {
    throw fault(
      `${file}: a plugin among ${kind} has the className ${JSON.stringify(className)}, expected one such as com.example.Mask$Value`
    )
  }
  if (typeof create !== 'function') throw fault(`${file}: ${className} has no function create`)
  return className
}

function definitionOf(plugin: UserPlugin<unknown>, file: string): ConfigDef {
  const definition = new ConfigDef()
  try {
    for (const key of plugin.config ?? []) definition.define(key)
  } catch (error) {
    throw fault(`${file}: the config of ${plugin.className} must be a list of keys: ${(error as Error).message}`, error)
  }
  return definition
}

/** Refuses what `create` returned where it cannot do what its kind must. */
function able<T>(made: T, kind: (typeof kinds)[number], { className }: { readonly className: string }): T {
  const members = (typeof made === 'object' && made !== null ? made : {}) as Record<string, unknown>
  const missing = methods[kind].filter(method => typeof members[method] !== 'function')
  if (missing.length === 0) return made
  throw new ConnectError(
    `${className}: create() returned something without ${missing.map(each => `${each}()`).join(', ')}`
  )
}

/** The record comes with Maps that the user's code may change. A transform that forgets to return, or returns a promise, is told so; dropping a record is an explicit null. */
function guarded(transformation: Transformation, { className }: { readonly className: string }): Transformation {
  return {
    apply(record: SinkRecord): SinkRecord | null {
      const result: unknown = transformation.apply(withOwnMaps(record))
      if (result === null) return null
      if (typeof result === 'object' && 'original' in result) return result as SinkRecord
      const found = result instanceof Promise ? 'a promise' : result === undefined ? 'nothing' : typeof result
      throw new DataError(
        `${className}.apply() returned ${found}, expected a record (changeRecord makes one) or null to drop it`
      )
    },
    close: () => transformation.close?.()
  }
}

function withMapsOfItsOwn(predicate: Predicate): Predicate {
  return {
    test: record => predicate.test(withOwnMaps(record)),
    close: () => predicate.close?.()
  }
}
