// What is defined of a connector's keys, by whoever reads them: what is secret and what leads to a host stands there, and in no key's spelling.
import { type ConfigKey } from '../connect/config.ts'
import { type Config } from '../connect/plugin.ts'
import { enrichedConfigDef } from './connector-config.ts'
import { type ConnectorConfigDoors, foundOrNull } from './connector-keys.ts'
import { type PluginEntry } from './plugin-registry.ts'
import { withPrefix } from './worker-config.ts'

/** By key; what nobody defines is not among them. `config` is resolved. */
export async function definedKeys(
  config: Config,
  doors: ConnectorConfigDoors
): Promise<ReadonlyMap<string, Pick<ConfigKey, 'type' | 'destinations'>>> {
  const entry = foundOrNull(() => doors.registry.connector(config))
  const connector = entry?.configDef.keys() ?? []
  const known = [...connector, ...enrichedConfigDef(config, doors).keys()]
  const found = new Map<string, Pick<ConfigKey, 'type' | 'destinations'>>(known.map(key => [key.name, key]))
  for (const [name, today] of entry?.formerNames ?? []) {
    const key = found.get(today)
    if (key !== undefined) found.set(name, key)
  }
  for (const part of ['key', 'value', 'header'] as const) {
    const converter = converterOf(part, config, doors)
    for (const key of converter?.configDef.keys() ?? []) found.set(`${part}.converter.${key.name}`, key)
  }
  for (const kind of ['consumer', 'producer', 'admin'] as const) {
    const overrides = withPrefix(config, `${kind}.override.`)
    if (overrides.size === 0) continue
    const { clientSetting } = await import('../kafka/client-definitions.ts')
    const { clientDestinations } = await import('../kafka/client-destinations.ts')
    for (const setting of overrides.keys()) {
      const definition = clientSetting(kind, setting)
      if (definition === null) continue
      const destinations = clientDestinations(setting)
      found.set(`${kind}.override.${setting}`, {
        type: definition.type,
        ...(destinations === null ? {} : { destinations })
      })
    }
  }
  return found
}

/** The converter that the connector names itself; the worker's takes the worker's settings. */
function converterOf(
  part: 'key' | 'value' | 'header',
  config: Config,
  { registry }: ConnectorConfigDoors
): PluginEntry | null {
  const key = `${part}.converter`
  const name = config.get(key)?.trim()
  if (name === undefined) return null
  return foundOrNull(() => (part === 'header' ? registry.headerConverter(key, name) : registry.converter(key, name)))
}
