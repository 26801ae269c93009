// Former names of keys, as files that are years old hold them: read under the name of today wherever its key is not set too.
import { type Config } from '../connect/plugin.ts'
import { aliases } from './connector-config.ts'
import { foundOrNull } from './connector-keys.ts'
import { type PluginEntry, type PluginRegistry } from './plugin-registry.ts'

export interface TodaysNames {
  /** What was given, and beside it each former name's value under the name of today. */
  readonly config: Config
  /** The former names of transforms and predicates that were met; a connector tells its own. */
  readonly met: readonly FormerName[]
}

export interface FormerName {
  readonly former: string
  readonly today: string
  /** The name of today is set too, and counts. */
  readonly outdone: boolean
}

/** A connector's configuration under today's names; whoever reads settings of transforms reads them from here. */
export function inTodaysNames(given: Config, registry: PluginRegistry): TodaysNames {
  const config = new Map(given)
  const met: FormerName[] = []
  const rename = (entry: PluginEntry | null, prefix: string): readonly FormerName[] => {
    const found: FormerName[] = []
    for (const [formerName, todaysName] of entry?.formerNames ?? []) {
      const [former, today] = [prefix + formerName, prefix + todaysName]
      const value = given.get(former)
      if (value === undefined) continue
      const outdone = config.has(today)
      if (!outdone) config.set(today, value)
      found.push({ former, today, outdone })
    }
    return found
  }
  rename(
    foundOrNull(() => registry.connector(given)),
    ''
  )
  const step = (list: 'transforms' | 'predicates', resolve: (key: string, name: string) => PluginEntry): void => {
    for (const alias of aliases(given, list)) {
      const type = given.get(`${list}.${alias}.type`)?.trim() ?? ''
      met.push(
        ...rename(
          foundOrNull(() => resolve(`${list}.${alias}.type`, type)),
          `${list}.${alias}.`
        )
      )
    }
  }
  step('transforms', (key, name) => registry.transformation(key, name))
  step('predicates', (key, name) => registry.predicate(key, name))
  return { config, met }
}

/** One sentence for a former name that was met. */
export function formerNameWarning({ former, today, outdone }: FormerName): string {
  return outdone
    ? `${former} has no effect: ${today}, its name of today, is set too`
    : `${former} is a former name of ${today}: it is read, please rename it.`
}
