// What a record would become, in words and redis-cli commands: the task's own plans, run without writing.
import { type SinkRecord } from '../connect/record.ts'
import { type Plans } from './plan.ts'
import { redisCliExpiry, redisCliForm, redisCliWord } from './redis-cli-form.ts'
import { RefusedError } from './refused-error.ts'
import { type ModeName, type SinkSettings } from './settings.ts'
import { modeNames } from './statement.ts'

export interface StatementExplanation {
  /** Its place in `connect.redis.kcql`, from 1. */
  readonly number: number
  readonly mode: string
  readonly text: string
  /** What its commands go to: `key FX-USDGBP`, `stream audit`, `channel sport`; null where there is none. */
  readonly target: string | null
  readonly commands: readonly string[]
  /** Why it makes no command of this record although nothing is wrong. */
  readonly skipped: string | null
}

export type Explanation =
  | { readonly kind: 'commands'; readonly statements: readonly StatementExplanation[] }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'ignored'; readonly message: string }

/** Runs the plans of a record's topic. Decoding errors (ConversionError) pass through. */
export function explainRecord(plans: Plans, record: SinkRecord): Explanation {
  let planned: ReturnType<Plans['run']>
  try {
    planned = plans.run(record)
  } catch (error) {
    if (error instanceof RefusedError) return { kind: 'refused', message: error.message }
    throw error
  }
  const { commands, skips } = planned
  if (commands.length + skips.length === 0) {
    return { kind: 'ignored', message: 'a tombstone, passed over: connect.redis.tombstones=ignore' }
  }
  const skipsLeft = [...skips]
  const statements = plans.forTopic(record.topic).map(({ statement }) => {
    const own = commands.filter(command => command.statement === statement.index)
    const [first] = own
    return {
      number: statement.index + 1,
      mode: modeNames[statement.mode],
      text: statement.text,
      target: first === undefined ? null : `${targetNoun(statement.mode)} ${redisCliWord(first.key)}`,
      commands: own.flatMap(command => {
        const expiry = redisCliExpiry(command)
        return expiry === null
          ? [redisCliForm(command)]
          : [redisCliForm(command), `${expiry}   (where the member is new)`]
      }),
      // A statement makes commands or skips the record, and skips come in the order of their statements.
      skipped: first === undefined ? (skipsLeft.shift() ?? null) : null
    }
  })
  return { kind: 'commands', statements }
}

function targetNoun(mode: ModeName): string {
  return mode === 'stream' ? 'stream' : mode === 'pubSub' ? 'channel' : 'key'
}

/** What a task does about a refused record. */
export function refusalOutcome(settings: SinkSettings, deadLetterTopic: string, tolerateAll: boolean): string {
  if (settings.deadLetter && deadLetterTopic !== '') {
    const goes = `it would go to the dead letter queue ${deadLetterTopic}`
    return tolerateAll ? goes : `${goes}, and the task would fail (errors.tolerance=none)`
  }
  switch (settings.policy.kind) {
    case 'NOOP':
      return 'it would be dropped, logged and counted (connect.redis.error.policy=NOOP)'
    case 'RETRY':
      return 'the task would fail at once: trying such a record again is of no use (connect.redis.error.policy=RETRY)'
    case 'THROW':
      return 'the task would fail (connect.redis.error.policy=THROW)'
  }
}
