// Commands that were under way when something went wrong, until each is done or given up.
import { type SinkRecord, topicPartitionKey } from '../../connect/record.ts'
import { RefusedError } from '../refused-error.ts'
import { clipped } from '../modes/binding.ts'
import { type Flight, type Outcome } from './flight.ts'
import { isOutageReply } from './outage.ts'
import { type Refusal } from './refusal-judge.ts'
import { ReplyError } from './reply-reader.ts'
import { planResend, type Receipt, type Slot } from './resend.ts'

export interface Assessment {
  /** One per refused record, in record order. */
  readonly refusals: readonly Refusal[]
  /** An answer that means Redis is away, if there is one. */
  readonly outageReply: ReplyError | null
}

export class Recovery {
  #slots: Slot[] = []
  /** In record order; settled ones stay until all are. */
  readonly #receipts = new Map<SinkRecord, Receipt>()
  #bytes = 0
  #heard = false

  /** Bytes the flights had, for the budget. */
  get bytes(): number {
    return this.#bytes
  }

  get done(): boolean {
    return this.#slots.length === 0
  }

  /** Redis answered something to what was sent last. */
  get heard(): boolean {
    return this.#heard
  }

  /** Takes a flight apart. Its sources plan the same commands in the same order as they did when it was filled. */
  add(flight: Flight): void {
    const outcomes = flight.outcomes()
    let part = 0
    for (const source of flight.sources) {
      for (const [record, commands] of source.expand()) {
        let receipt = this.#receipts.get(record)
        if (receipt === undefined) {
          receipt = { record, pending: 0, dropped: false }
          this.#receipts.set(record, receipt)
        }
        for (const command of commands) {
          receipt.pending++
          this.#slots.push({ receipt, command, outcome: outcomes[part++] ?? 'lost' })
        }
      }
    }
    // A wrong map from answers to records would settle what Redis never took.
    if (part !== outcomes.length) {
      throw new Error(
        `A flight of ${outcomes.length} commands was planned again as ${part}: nothing of it can be trusted`
      )
    }
    this.#bytes += flight.weight
  }

  /** Partitions that were given up: their records count for nothing here. False where there were none. */
  forget(partitions: ReadonlySet<string>): boolean {
    const before = this.#slots.length
    for (const receipt of this.#receipts.values()) {
      const { topic, partition } = receipt.record.original
      if (partitions.has(topicPartitionKey(topic, partition))) receipt.dropped = true
    }
    this.#sweep()
    return this.#slots.length < before
  }

  /** Settles what is done and says what is wrong with the rest. */
  assess(statementText: (index: number) => string): Assessment {
    const { done, again } = planResend(this.#slots)
    for (const { receipt } of done) receipt.pending--
    this.#slots = [...again]
    const refusals = new Map<Receipt, Refusal>()
    let outageReply: ReplyError | null = null
    for (const slot of again) {
      const { receipt, command, outcome } = slot
      if (!(outcome instanceof ReplyError)) continue
      if (isOutageReply(outcome)) {
        outageReply ??= outcome
        // Noted once: the next round must not find it again.
        slot.outcome = 'lost'
      } else if (!refusals.has(receipt)) {
        const error = refusedByRedis(receipt.record, command.statement, command.key, outcome, statementText)
        refusals.set(receipt, { record: receipt.record, error })
      }
    }
    return { refusals: [...refusals.values()], outageReply }
  }

  /** These records are given up: none of their commands is sent any more. */
  drop(refusals: readonly Refusal[]): void {
    for (const { record } of refusals) {
      const receipt = this.#receipts.get(record)
      if (receipt !== undefined) receipt.dropped = true
    }
    this.#sweep()
  }

  /** What is to be sent now; its outcomes are unknown from here on. */
  again(): readonly Slot[] {
    for (const slot of this.#slots) slot.outcome = 'lost'
    this.#heard = false
    return [...this.#slots]
  }

  /** What is not settled before a refused record, to be sent now. Only that refusal stays known: the rest is found again behind it. */
  before({ record }: Refusal): readonly Slot[] {
    const end = this.#slots.findIndex(({ receipt }) => receipt.record === record)
    if (end <= 0) return []
    for (const slot of this.#slots) if (slot.receipt.record !== record) slot.outcome = 'lost'
    this.#heard = false
    return this.#slots.slice(0, end)
  }

  /** What became of slots that were sent. */
  learn(slots: readonly Slot[], outcomes: readonly Outcome[]): void {
    for (const [index, slot] of slots.entries()) {
      slot.outcome = outcomes[index] ?? 'lost'
      this.#heard ||= slot.outcome !== 'lost'
    }
  }

  /** Where nothing is left to be judged all is settled, so that `done` tells the truth. */
  settle(): void {
    if (this.#slots.some(slot => slot.outcome !== 'ok')) return
    for (const { receipt } of this.#slots) receipt.pending--
    this.#slots = []
  }

  /** The first offset of a partition that is not settled, or Infinity. */
  firstUnsettled(partition: string): number {
    let first = Infinity
    for (const { record, pending, dropped } of this.#receipts.values()) {
      if (pending === 0 || dropped) continue
      const origin = record.original
      if (topicPartitionKey(origin.topic, origin.partition) === partition) first = Math.min(first, origin.offset)
    }
    return first
  }

  #sweep(): void {
    this.#slots = this.#slots.filter(({ receipt }) => !receipt.dropped)
  }
}

const keyShownMax = 200
const statementShownMax = 300

function refusedByRedis(
  record: SinkRecord,
  statement: number,
  key: string,
  reply: ReplyError,
  statementText: (index: number) => string
): RefusedError {
  const { topic, partition, offset } = record.original
  return new RefusedError(
    `Record ${topic}-${partition}@${offset} is refused by Redis for the key ${JSON.stringify(clipped(key, keyShownMax))} ` +
      `(statement ${statement + 1}: ${clipped(statementText(statement).trim(), statementShownMax)}): ${reply.text}. ${remedyFor(reply)}`,
    statement,
    false
  )
}

function remedyFor({ text }: ReplyError): string {
  if (text.startsWith('WRONGTYPE'))
    return 'The key holds another type: delete or rename it, or choose another prefix by INSERT INTO.'
  if (text.startsWith('NOPERM')) return 'Give the Redis user the right to this command and key.'
  if (text.startsWith('NOAUTH')) return 'Set connect.redis.password.'
  if (/^(MOVED|ASK|CROSSSLOT) /.test(text))
    return 'This Redis is a node of a cluster: name a server that holds all keys.'
  return 'Correct the record or the statement.'
}
