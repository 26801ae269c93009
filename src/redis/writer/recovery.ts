// Commands that were under way when something went wrong, until each is done or given up.
import { type SinkRecord, topicPartitionKey } from '../../connect/record.ts'
import { type Command } from '../encode.ts'
import { RefusedError } from '../refused-error.ts'
import { clipped } from '../modes/binding.ts'
import { type Flight, type Outcome } from './flight.ts'
import { type Refusal } from './refusal-judge.ts'
import { ReplyError } from './reply-reader.ts'
import { planResend, type Receipt, type Slot } from './resend.ts'
import { remedyFor, verdictOf } from './verdict.ts'
import { type Holder } from './watermark.ts'

export interface Assessment {
  /** One per refused record, in record order. */
  readonly refusals: readonly Refusal[]
  /** The first record, in record order, whose command was refused for a reason that no record could change. */
  readonly serverFault: Refusal | null
  /** Of the two, which comes first in record order. */
  readonly first: 'refusal' | 'serverFault' | null
  /** An answer that means Redis is away, if there is one. */
  readonly outageReply: ReplyError | null
}

export class Recovery implements Holder {
  #slots: Slot[] = []
  /** In record order; settled ones stay until all are. */
  readonly #receipts = new Map<SinkRecord, Receipt>()
  /** The first unsettled offsets by `topic-partition`; null since something changed. They are asked for much more often than that. */
  #firsts: ReadonlyMap<string, number> | null = null
  #bytes = 0
  #executed = false

  /** Bytes the flights had, for the budget. */
  get bytes(): number {
    return this.#bytes
  }

  get done(): boolean {
    return this.#slots.length === 0
  }

  /** Of what was sent last, Redis executed something, or refused a record for its own sake: it is there and takes commands. */
  get executed(): boolean {
    return this.#executed
  }

  /**
   * Takes a flight apart. Its sources plan the same commands in the same order as they did when it was filled. Throws where they do not, and has then
   * taken nothing.
   */
  add(flight: Flight): void {
    const outcomes = flight.outcomes()
    const planned: (readonly [SinkRecord, readonly Command[]])[] = []
    let parts = 0
    for (const source of flight.sources) {
      for (const each of source.expand()) {
        planned.push(each)
        parts += each[1].length
      }
    }
    // A wrong map from answers to records would settle what Redis never took.
    if (parts !== outcomes.length) {
      throw new Error(
        `A flight of ${outcomes.length} commands was planned again as ${parts}: nothing of it can be trusted`
      )
    }
    this.#firsts = null
    let part = 0
    for (const [record, commands] of planned) {
      const receipt = this.#receipt(record)
      for (const command of commands) {
        receipt.pending++
        this.#slots.push({ receipt, command, outcome: outcomes[part++] ?? 'lost' })
      }
    }
    this.#bytes += flight.weight
  }

  #receipt(record: SinkRecord): Receipt {
    let receipt = this.#receipts.get(record)
    if (receipt === undefined) {
      receipt = { record, pending: 0, dropped: false }
      this.#receipts.set(record, receipt)
    }
    return receipt
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
    if (done.length > 0) this.#firsts = null
    this.#slots = [...again]
    const refusals = new Map<Receipt, Refusal>()
    let serverFault: Refusal | null = null
    let first: Assessment['first'] = null
    let outageReply: ReplyError | null = null
    for (const slot of again) {
      const { receipt, command, outcome } = slot
      if (!(outcome instanceof ReplyError)) continue
      const verdict = verdictOf(outcome)
      if (verdict === 'outage') {
        outageReply ??= outcome
        // Noted once: the next round must not find it again.
        slot.outcome = 'lost'
      } else if (verdict === 'server') {
        serverFault ??= refusedByRedis(receipt.record, command, outcome, statementText)
        first ??= 'serverFault'
      } else if (!refusals.has(receipt)) {
        refusals.set(receipt, refusedByRedis(receipt.record, command, outcome, statementText))
        first ??= 'refusal'
      }
    }
    // What was executed beside it does not end an outage.
    if (outageReply !== null) this.#executed = false
    return { refusals: [...refusals.values()], serverFault, first, outageReply }
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
    this.#executed = false
    return [...this.#slots]
  }

  /** What is not settled before a refused record, to be sent now. Only that refusal stays known: the rest is found again behind it. */
  before({ record }: Refusal): readonly Slot[] {
    const end = this.#slots.findIndex(({ receipt }) => receipt.record === record)
    if (end <= 0) return []
    for (const slot of this.#slots) if (slot.receipt.record !== record) slot.outcome = 'lost'
    this.#executed = false
    return this.#slots.slice(0, end)
  }

  /** What became of slots that were sent. */
  learn(slots: readonly Slot[], outcomes: readonly Outcome[]): void {
    for (const [index, slot] of slots.entries()) {
      slot.outcome = outcomes[index] ?? 'lost'
      this.#executed ||= isTaken(slot.outcome)
    }
  }

  /** Where nothing is left to be judged all is settled, so that `done` tells the truth. */
  settle(): void {
    if (this.#slots.some(slot => slot.outcome !== 'ok')) return
    for (const { receipt } of this.#slots) receipt.pending--
    this.#firsts = null
    this.#slots = []
  }

  /** The first offset of a partition that is not settled, or Infinity. */
  firstUnsettled(partition: string): number {
    this.#firsts ??= this.#findFirsts()
    return this.#firsts.get(partition) ?? Infinity
  }

  #findFirsts(): ReadonlyMap<string, number> {
    const firsts = new Map<string, number>()
    for (const { record, pending, dropped } of this.#receipts.values()) {
      if (pending === 0 || dropped) continue
      const { topic, partition, offset } = record.original
      const key = topicPartitionKey(topic, partition)
      firsts.set(key, Math.min(firsts.get(key) ?? Infinity, offset))
    }
    return firsts
  }

  #sweep(): void {
    this.#firsts = null
    this.#slots = this.#slots.filter(({ receipt }) => !receipt.dropped)
  }
}

const keyShownMax = 200
const statementShownMax = 300

/** Redis looked at the command itself: it is there for us. */
function isTaken(outcome: Outcome): boolean {
  return outcome === 'ok' || (outcome instanceof ReplyError && verdictOf(outcome) === 'record')
}

function refusedByRedis(
  record: SinkRecord,
  { statement, key }: Command,
  reply: ReplyError,
  statementText: (index: number) => string
): Refusal {
  const { topic, partition, offset } = record.original
  const error = new RefusedError(
    `Record ${topic}-${partition}@${offset} is refused by Redis for the key ${JSON.stringify(clipped(key, keyShownMax))} ` +
      `(statement ${statement + 1}: ${clipped(statementText(statement).trim(), statementShownMax)}): ${reply.text}. ${remedyFor(reply)}`,
    statement,
    false
  )
  return { record, error }
}
