// Keys of a connector's configuration that nothing here reads: most often a slip of the pen, told with the name that was meant.
import { type Config } from '../connect/plugin.ts'
import { enrichedConfigDef } from './connector-config.ts'
import { type ConnectorConfigDoors, foundOrNull } from './connector-keys.ts'
import { formerNameWarning, inTodaysNames } from './former-names.ts'
import { nearestName } from './worker-config.ts'

// What stands below these is read by clients, each of which says itself what it does not know, and by converters, whose serializers have settings of their own.
const foreign = /^(?:(?:key|value|header)\.converter|(?:consumer|producer|admin)\.override)\./

const toldMax = 20

/** One sentence per key without effect or under a former name. Java's worker is silent about them, so none of them is ever an error. */
export function unknownKeyWarnings(config: Config, doors: ConnectorConfigDoors): readonly string[] {
  const { met } = inTodaysNames(config, doors.registry)
  const former = met.slice(0, toldMax).map(formerNameWarning)
  const unread = withoutEffect(config, doors, new Set(met.map(name => name.former)))
  return [...former, ...unread, ...misspelledConverterKeys(config, doors)]
}

function withoutEffect(config: Config, doors: ConnectorConfigDoors, former: ReadonlySet<string>): readonly string[] {
  const entry = doors.registry.connector(config)
  if (entry === null) return []
  const known = [...enrichedConfigDef(config, doors).keys(), ...entry.configDef.keys()].map(key => key.name)
  const accepted = new Set([...known, ...former, ...(entry.formerNames?.keys() ?? [])])
  const unknown = [...config.keys()].filter(key => !accepted.has(key) && !foreign.test(key))
  const told = unknown.slice(0, toldMax).map(key => `${key} has no effect: ${remedy(key, known)}`)
  const more = unknown.length - told.length
  return more > 0 ? [...told, `${more} more keys have no effect`] : told
}

/** Settings of the connector's own converters that are spelled nearly as one they read: `schema.enable`. */
function misspelledConverterKeys(config: Config, { registry }: ConnectorConfigDoors): readonly string[] {
  return (['key', 'value', 'header'] as const).flatMap(part => {
    const name = `${part}.converter`
    const className = config.get(name)?.trim()
    if (className === undefined) return []
    const entry = foundOrNull(() =>
      part === 'header' ? registry.headerConverter(name, className) : registry.converter(name, className)
    )
    const known = (entry?.configDef.keys() ?? []).map(key => `${name}.${key.name}`)
    return [...config.keys()]
      .filter(key => key.startsWith(`${name}.`) && key !== `${name}.plugin.version` && !known.includes(key))
      .slice(0, toldMax)
      .flatMap(key => {
        const nearest = nearestName(key, known)
        return nearest === null ? [] : [`${key} has no effect: did you mean ${nearest}?`]
      })
  })
}

function remedy(key: string, known: readonly string[]): string {
  const [, list, alias] = /^(transforms|predicates)\.([^.]+)\./.exec(key) ?? []
  if (list !== undefined && !known.includes(`${list}.${alias}.type`)) return `${list}= does not name '${alias}'`
  const nearest = nearestName(key, known)
  return nearest === null ? 'no setting of that name is known' : `did you mean ${nearest}?`
}
