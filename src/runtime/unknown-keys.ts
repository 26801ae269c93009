// Keys of a connector's configuration that nothing here reads: most often a slip of the pen, told with the name that was meant.
import { type Config } from '../connect/plugin.ts'
import { aliases, enrichedConfigDef } from './connector-config.ts'
import { type ConnectorConfigDoors, foundOrNull } from './connector-keys.ts'
import { converterWarnings } from './converter-keys.ts'
import { formerNameWarning, inTodaysNames } from './former-names.ts'
import { meaningOf } from './meant-keys.ts'
import { nearestName } from '../util/nearest-name.ts'

// What stands below these is told elsewhere: by clients, each of which says itself what it does not know, and beside the converters' own settings.
const foreign = /^(?:(?:key|value|header)\.converter|(?:consumer|producer|admin)\.override)\./

const stepOf = /^(transforms|predicates)\.([^.]+)\./

const toldMax = 20

/** One sentence per key without effect or under a former name. Java's worker is silent about them, so none of them is ever an error. */
export function unknownKeyWarnings(config: Config, doors: ConnectorConfigDoors): readonly string[] {
  const { met, config: today } = inTodaysNames(config, doors.registry)
  const former = met.slice(0, toldMax).map(formerNameWarning)
  const unread = withoutEffect(config, today, doors, new Set(met.map(name => name.former)))
  return [...former, ...unread, ...converterWarnings(config, doors.worker, doors.registry)]
}

function withoutEffect(
  config: Config,
  today: Config,
  doors: ConnectorConfigDoors,
  former: ReadonlySet<string>
): readonly string[] {
  const entry = foundOrNull(() => doors.registry.connector(config))
  if (entry === null) return []
  const known = [...enrichedConfigDef(config, doors).keys(), ...entry.configDef.keys()].map(key => key.name)
  const accepted = new Set([...known, ...former, ...(entry.formerNames?.keys() ?? [])])
  const unclear = stepsOfNoClass(config, doors)
  const unknown = [...config.keys()].filter(key => !accepted.has(key) && !foreign.test(key) && !unclear(key))
  const told = unknown.slice(0, toldMax).flatMap(key => {
    const meant = entry.foreignKey?.(key, today) ?? null
    // That is an error, and told as one.
    if (meant?.refused === true) return []
    return [`${key} has no effect: ${meant?.says ?? meaningOf(key) ?? remedy(key, known)}`]
  })
  const more = unknown.length - Math.min(unknown.length, toldMax)
  return more > 0 ? [...told, `${more} more keys have no effect`] : told
}

/** Settings of transforms and predicates whose class is none: what those would read nobody knows, and the class is told by its own key. */
function stepsOfNoClass(config: Config, { registry }: ConnectorConfigDoors): (key: string) => boolean {
  const unclear = new Set<string>()
  for (const list of ['transforms', 'predicates'] as const) {
    for (const alias of aliases(config, list)) {
      const key = `${list}.${alias}.type`
      const name = config.get(key)?.trim() ?? ''
      const entry = foundOrNull(() =>
        list === 'transforms' ? registry.transformation(key, name) : registry.predicate(key, name)
      )
      if (entry === null) unclear.add(`${list}.${alias}.`)
    }
  }
  return key => unclear.has(stepOf.exec(key)?.[0] ?? '')
}

function remedy(key: string, known: readonly string[]): string {
  const [, list, alias] = stepOf.exec(key) ?? []
  if (list !== undefined && !known.includes(`${list}.${alias}.type`)) return `${list}= does not name '${alias}'`
  const nearest = nearestName(key, known)
  return nearest === null ? 'no setting of that name is known' : `did you mean ${nearest}?`
}
