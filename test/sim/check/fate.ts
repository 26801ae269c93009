// What becomes of a record of each kind, by the manual: the checkers' own reading of it.
import { type ConnectorPlan } from '../world/plan.ts'
import { type RecordKind } from '../world/records.ts'

/** What becomes of a record in a connector where nothing fails. */
export type Fate = 'written' | 'refused' | 'unreadable'

export function fateOf(kind: RecordKind, { mode, format, transform }: ConnectorPlan): Fate {
  switch (kind) {
    case 'good':
    case 'large':
    case 'null-key':
      return 'written'
    case 'garbage':
      // As text it is a text that is no object.
      return format === 'text' ? 'refused' : 'unreadable'
    case 'tombstone':
      return 'refused'
    case 'scalar':
      return transform ? 'unreadable' : 'refused'
    case 'no-key':
      return mode === 'sortedSet' || mode === 'stream' ? 'written' : 'refused'
    case 'bad-score':
      return mode === 'sortedSet' || mode === 'sortedSets' || mode === 'geo' ? 'refused' : 'written'
    case 'wrong-type':
      return mode === 'sortedSets' || mode === 'geo' ? 'refused' : 'written'
  }
}
