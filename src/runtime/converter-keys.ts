// Settings of converters that nobody reads: spelled otherwise than their converter has them, or below a converter that the connector does not name itself.
import { type Config } from '../connect/plugin.ts'
import { foundOrNull } from './connector-keys.ts'
import { nearestName } from '../util/nearest-name.ts'
import { type PluginEntry, type PluginRegistry } from './plugin-registry.ts'

type Part = 'key' | 'value' | 'header'
const parts: readonly Part[] = ['key', 'value', 'header']

const toldMax = 20

/** What people write for a setting, dots and dashes taken out. */
const meant: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'schemas.enable': 'schema schemas schemaenable schemaenabled schemasenabled enableschema enableschemas withschema withschemas jsonschemasenable includeschema',
    'schema.registry.url': 'url registry registryurl registryurls schemaregistry schemaregistryurls schemaregistryendpoint schemaregistryhost schemaregistryaddress registryendpoint',
    'basic.auth.user.info': 'user username userinfo basicauth basicauthuser basicauthuserinfo schemaregistryuser schemaregistrybasicauth registryuserinfo',
    'converter.encoding': 'encoding charset'
  }).flatMap(([name, words]) => words.split(' ').map(word => [word, name] as const))
) // prettier-ignore

/** A sentence for each such key of a worker's file, whose converters hold for connectors that name none. */
export function workerConverterWarnings(worker: Config, registry: PluginRegistry): readonly string[] {
  return parts.flatMap(part => ofNamed(part, worker, entryOf(part, worker, registry), registry)).slice(0, toldMax)
}

/** The same of a connector's configuration. */
export function converterWarnings(config: Config, worker: Config, registry: PluginRegistry): readonly string[] {
  return parts
    .flatMap(part =>
      config.get(`${part}.converter`) === undefined
        ? ofUnnamed(part, config, worker, registry)
        : ofNamed(part, config, entryOf(part, config, registry), registry)
    )
    .slice(0, toldMax)
}

function ofNamed(part: Part, config: Config, entry: PluginEntry | null, registry: PluginRegistry): readonly string[] {
  // A class that is none is told by its own key.
  if (entry === null) return []
  return settingsBelow(part, config).flatMap(([key, name]) => {
    if (entry.configDef.key(name) !== undefined) return []
    const right = rightName(name, entry)
    if (right !== null) return [`${key} has no effect: did you mean ${part}.converter.${right}?`]
    // Serializers of the registry's converters and users' own converters read more than they define; what another converter reads is a harmless leftover.
    const isWhole = entry.className.startsWith('org.apache.kafka.connect.')
    if (!isWhole || isOfAnother(name, registry)) return []
    return [`${key} has no effect: ${simpleName(entry)} has no setting of that name`]
  })
}

/** As in Java: a connector that names no converter takes the worker's, with the worker's settings and none of its own. */
function ofUnnamed(part: Part, config: Config, worker: Config, registry: PluginRegistry): readonly string[] {
  const name = `${part}.converter`
  const entry = entryOf(part, worker, registry)
  return settingsBelow(part, config).flatMap(([key, setting]) => {
    const right = entry === null || entry.configDef.key(setting) !== undefined ? setting : rightName(setting, entry)
    // What the worker says too is so anyway.
    if (right === null || worker.get(`${name}.${right}`)?.trim() === config.get(key)?.trim()) return []
    const also = right === setting ? 'too' : `and ${name}.${right}`
    return [
      `${key} has no effect: without ${name} the worker's converter holds, with the worker's settings. Write ${name}=${entry?.className ?? 'the class'} here ${also}`
    ]
  })
}

function settingsBelow(part: Part, config: Config): readonly (readonly [key: string, setting: string])[] {
  const prefix = `${part}.converter.`
  return [...config.keys()]
    .filter(key => key.startsWith(prefix) && key !== `${prefix}plugin.version`)
    .slice(0, toldMax * 5)
    .map(key => [key, key.slice(prefix.length)] as const)
}

/** What was meant by a setting that the converter has not: by its sense before its spelling. */
function rightName(setting: string, entry: PluginEntry): string | null {
  const names = entry.configDef.keys().map(key => key.name)
  const sense = meant.get(setting.toLowerCase().replace(/[^a-z0-9]+/g, ''))
  return sense !== undefined && names.includes(sense) ? sense : nearestName(setting, names)
}

function isOfAnother(setting: string, registry: PluginRegistry): boolean {
  return registry.converterNames.some(
    name => registry.converter('value.converter', name).configDef.key(setting) !== undefined
  )
}

function entryOf(part: Part, config: Config, registry: PluginRegistry): PluginEntry | null {
  const key = `${part}.converter`
  const name = config.get(key)?.trim()
  if (name === undefined) return null
  return foundOrNull(() => (part === 'header' ? registry.headerConverter(key, name) : registry.converter(key, name)))
}

function simpleName({ className }: PluginEntry): string {
  return className.slice(className.lastIndexOf('.') + 1)
}
