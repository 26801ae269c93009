// Runs records of one topic through the compiled way (a real RawWay and Writer before a Redis that says yes) and through the general way, for comparison.
import assert from 'node:assert/strict'
import { type CompiledReader, type Needed, type Shape, type SlotKind } from '../../src/connect/compiled.ts'
import { ConfigErrors, ConversionError } from '../../src/connect/errors.ts'
import { silentLogger } from '../../src/connect/log.ts'
import { silentSkips } from '../../src/connect/skips.ts'
import { silentWaits } from '../../src/connect/waits.ts'
import { type Converter, type RawAccess } from '../../src/connect/plugin.ts'
import { type MemoryLease, type RawHeader, type RecordCursor, type SinkRecord } from '../../src/connect/record.ts'
import { createSimpleHeaderConverter } from '../../src/converters/simple-header-converter.ts'
import { createStringConverter } from '../../src/converters/string-converter.ts'
import { encodeUtf8 } from '../../src/converters/java-utf8.ts'
import { type OpenedRedis } from '../../src/redis/client.ts'
import { type RedisEvents } from '../../src/redis/link.ts'
import { RawWay } from '../../src/redis/compiled/raw-way.ts'
import { parseSinkSettings } from '../../src/redis/config-read.ts'
import { compilePlans, type Plans } from '../../src/redis/plan.ts'
import { RefusedError } from '../../src/redis/refused-error.ts'
import { type Contract } from '../../src/redis/settings.ts'
import { type Flight, wordsOf } from '../../src/redis/writer/flight.ts'
import { Outage } from '../../src/redis/writer/outage.ts'
import { RetryBudget } from '../../src/redis/writer/policy.ts'
import { unaskedRights } from '../../src/redis/writer/rights.ts'
import { RefusalJudge } from '../../src/redis/writer/refusal-judge.ts'
import { Writer } from '../../src/redis/writer/writer.ts'
import { LazyRecord, type TaskConverters } from '../../src/runtime/lazy-record.ts'
import { FakeClock, middleRandom } from './fake-clock.ts'
import { killable } from './killable.ts'
import { caseConfig } from './plan-cases.ts'

/** A value as it lies in the log, and the headers beside it. */
export interface RawValue {
  readonly bytes: Uint8Array | null
  readonly headers?: readonly RawHeader[]
}

/** What became of records, in order: commands word by word (bytes as latin1), refusals, dropped records, warnings. */
export interface WayOutcome {
  readonly commands: string[]
  readonly refused: string[]
  readonly dropped: string[]
  readonly skips: string[]
  /** What the compiled way's flights came to when they were planned again; only where that was asked for. */
  readonly again: string[]
}

/** Values side by side in one buffer, so that who reads beyond his own meets the next one's. */
/** Memory that nobody may read after its last holder let go: it is overwritten then. */
class ScribbledLease implements MemoryLease {
  readonly #bytes: Uint8Array
  #holders = 1

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get held(): boolean {
    return this.#holders > 0
  }

  hold(): void {
    this.#holders++
  }

  release(): void {
    if (--this.#holders === 0) this.#bytes.fill(0xff)
  }

  keep(): void {
    this.#holders = Infinity
  }
}

class MemoryCursor implements RecordCursor {
  readonly topic = 't'
  readonly partition = 3
  readonly timestamp = 0
  readonly timestampType = 'CreateTime'
  readonly keyStart = -1
  readonly keyEnd = -1
  readonly bytes: Uint8Array
  readonly lease: ScribbledLease
  readonly #values: readonly RawValue[]
  readonly #starts: readonly number[]
  readonly #to: number
  offset: number
  recordCount = 0

  constructor(values: readonly RawValue[], from = 0, to = values.length, of?: MemoryCursor) {
    this.#values = values
    let at = 0
    this.#starts = values.map(({ bytes }) => (at += bytes?.length ?? 0) - (bytes?.length ?? 0))
    this.bytes = of?.bytes ?? Buffer.concat(values.map(({ bytes }) => bytes ?? Buffer.alloc(0)))
    this.lease = of?.lease ?? new ScribbledLease(this.bytes)
    this.offset = from - 1
    this.#to = to
  }

  next(): boolean {
    if (this.offset + 1 >= this.#to) return false
    this.offset++
    this.recordCount++
    return true
  }
  get valueStart(): number {
    return this.#values[this.offset]?.bytes === null ? -1 : (this.#starts[this.offset] ?? 0)
  }
  get valueEnd(): number {
    return this.valueStart + (this.#values[this.offset]?.bytes?.length ?? 0)
  }
  get hasHeaders(): boolean {
    return this.headers().length > 0
  }
  headers(): readonly RawHeader[] {
    return this.#values[this.offset]?.headers ?? []
  }
  get nextOffset(): number {
    return this.offset + 1
  }
  again(offset: number): RecordCursor {
    return new MemoryCursor(this.#values, offset, this.#to, this)
  }
}

const metric = { add: () => undefined, set: () => undefined }
const common = { clock: new FakeClock(), random: middleRandom, log: silentLogger }

/** Sends a flight early wherever `split` says so: it is asked once per record. */
class SplittingWriter extends Writer {
  split: () => boolean = () => false
  /** All that were pushed, the oldest first. */
  readonly flights: Flight[] = []

  override push(): void {
    const flight = this.flight()
    if (flight.parts > 0) this.flights.push(flight)
    super.push()
  }

  override get solo(): boolean {
    if (this.split()) this.push()
    return super.solo
  }
}

/** A reader that must keep its word on how much it writes. */
class MeasuredReader implements CompiledReader {
  readonly #reader: CompiledReader

  constructor(reader: CompiledReader) {
    this.#reader = reader
  }

  read(...value: Parameters<CompiledReader['read']>): Shape | null {
    return this.#reader.read(...value)
  }
  kind(slot: number): SlotKind {
    return this.#reader.kind(slot)
  }
  get odd(): boolean {
    return this.#reader.odd
  }
  get needs(): Needed | null {
    return this.#reader.needs
  }
  writeJson(slot: number, out: Buffer, at: number): number {
    return this.#measured(at, this.#reader.writeJson(slot, out, at), this.room())
  }
  writeText(slot: number, out: Buffer, at: number): number {
    return this.#measured(at, this.#reader.writeText(slot, out, at), this.room())
  }
  number(slot: number): number {
    return this.#reader.number(slot)
  }
  writeNumber(slot: number, out: Buffer, at: number): number {
    return this.#measured(at, this.#reader.writeNumber(slot, out, at), 32)
  }
  room(): number {
    return this.#reader.room()
  }

  #measured(from: number, to: number, most: number): number {
    assert.ok(to >= from && to - from <= most, `${to - from} bytes were written, ${most} were announced`)
    return to
  }
}

/** The ways of one converter. */
export class BothWays {
  readonly #sent: Buffer[] = []
  readonly #writer: SplittingWriter
  readonly #converters: TaskConverters
  /** Answers that wait; null: they come at once. */
  #held: (() => void)[] | null = null
  /** Records that the compiled way took itself. */
  compiledRecords = 0

  constructor(value: Converter) {
    this.#converters = {
      key: { className: 'StringConverter', plugin: createStringConverter(new Map(), true) },
      value: { className: 'TestedConverter', plugin: value },
      header: { className: 'SimpleHeaderConverter', plugin: createSimpleHeaderConverter(new Map(), false) }
    }
    const retries = new RetryBudget({ kind: 'THROW', maxRetries: 0, retryIntervalMs: 0 }, common.clock, common.log)
    const judge = new RefusalJudge({
      ...{ retries, report: null, refused: metric, dropped: metric, skips: silentSkips },
      ...common,
      fail: fails
    })
    this.#writer = new SplittingWriter({
      door: { address: 'nowhere', open: () => Promise.resolve(this.#open()) },
      coalesce: false,
      outage: new Outage({ address: 'nowhere', outageMs: null, retries, waits: silentWaits, ...common }),
      retries,
      judge,
      ...common,
      metrics: {
        ...{ commands: metric, wires: metric, bytes: metric, flights: metric },
        ...{ latencyMs: metric, resent: metric, reconnects: metric }
      },
      ownership: null,
      fenceKey: 'fence',
      statementText: () => '',
      onFailed: fails
    })
    this.#writer.start()
  }

  close(): void {
    this.#writer.close()
  }

  #open(): OpenedRedis {
    let events: RedisEvents | null = null
    const link = {
      ...killable,
      write: (pieces: readonly Uint8Array[]) => {
        const bytes = Buffer.concat(pieces)
        this.#sent.push(bytes)
        const yes = (): void => events?.onData(Buffer.from(yesTo(bytes)))
        if (this.#held === null) setImmediate(yes)
        else this.#held.push(yes)
        return true
      },
      listen: (given: RedisEvents) => (events = given),
      destroy: () => undefined
    }
    return { passwordIdle: false, link, rights: unaskedRights }
  }

  /**
   * `split` is asked before each record whether the flight ends; `cuts` are offsets where a new cursor begins. With `disturb`, Redis answers nothing until
   * that is done and all flights have been planned again.
   */
  async compiled(
    plans: Plans,
    contract: Contract,
    values: readonly RawValue[],
    split: () => boolean = () => false,
    cuts: readonly number[] = [],
    disturb: (() => Promise<void>) | null = null
  ): Promise<WayOutcome> {
    const outcome = noOutcome()
    const writer = this.#writer
    writer.split = split
    this.#sent.length = 0
    let general = 0
    const access: RawAccess = {
      reader: (topic, style) => {
        const reader = this.#converters.value.plugin.compile?.(topic, style) ?? null
        return reader === null ? null : new MeasuredReader(reader)
      },
      mustDecode: () => false,
      judged: cursor => {
        general++
        return this.#judged(cursor, outcome)
      },
      lazy: cursor => new LazyRecord(cursor, this.#converters)
    }
    const way = new RawWay({
      access,
      plans,
      writer,
      style: contract === 'old' ? 'java' : 'source',
      expiring: true,
      wait: () => writer.change(),
      refuse: (_record, error) => Promise.resolve(void outcome.refused.push(error.message)),
      skip: (_record, skipped) => outcome.skips.push(skipped),
      delivered: () => undefined
    })
    const bounds = [0, ...cuts.filter(cut => cut > 0 && cut < values.length).toSorted((a, b) => a - b), values.length]
    const cursors = bounds.slice(1).map((to, index) => new MemoryCursor(values, bounds[index], to))
    this.#held = disturb === null ? null : []
    writer.flights.length = 0
    await way.put(cursors)
    if (disturb !== null) await this.#planAgain(disturb, outcome)
    for (const { lease } of cursors) lease.release()
    while (!writer.idle) await writer.change()
    // Records planned again keep theirs for good.
    assert.ok(
      disturb !== null || general > 0 || cursors.every(({ lease }) => !lease.held),
      'what was settled holds no memory any more'
    )
    for (const words of unmerged(this.#sent)) outcome.commands.push(words.join('\u0000'))
    this.compiledRecords += values.length - general
    return outcome
  }

  async #planAgain(disturb: () => Promise<void>, outcome: WayOutcome): Promise<void> {
    try {
      await disturb()
      for (const { sources } of this.#writer.flights) {
        for (const [, commands] of sources.flatMap(source => [...source.expand()]))
          for (const command of commands) outcome.again.push(wordsOf(command).map(latin1).join('\u0000'))
      }
    } finally {
      const held = this.#held ?? []
      this.#held = null
      for (const answer of held) answer()
    }
  }

  /** The same records decoded and planned one by one. */
  async general(plans: Plans, values: readonly RawValue[]): Promise<WayOutcome> {
    const outcome = noOutcome()
    const cursor = new MemoryCursor(values)
    while (cursor.next()) {
      const record = await this.#judged(cursor, outcome)
      if (record === null) continue
      try {
        const { commands, skips } = plans.run(record)
        outcome.skips.push(...skips)
        for (const command of commands) outcome.commands.push(wordsOf(command).map(latin1).join('\u0000'))
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error
        outcome.refused.push(error.message)
      }
    }
    return outcome
  }

  async #judged(cursor: RecordCursor, outcome: WayOutcome): Promise<SinkRecord | null> {
    const record = new LazyRecord(cursor, this.#converters)
    await record.prepare()
    try {
      record.decode()
      return record
    } catch (error) {
      if (!(error instanceof ConversionError)) throw error
      outcome.dropped.push(`${cursor.offset}: ${error.message}`)
      return null
    }
  }
}

function noOutcome(): WayOutcome {
  return { commands: [], refused: [], dropped: [], skips: [], again: [] }
}

/** The plans of a KCQL text under a contract; null where the text can't be run at all. */
export function plansOf(contract: Contract, kcql: string): Plans | null {
  try {
    return compilePlans(parseSinkSettings(caseConfig(contract, kcql)))
  } catch (error) {
    if (error instanceof ConfigErrors) return null
    throw error
  }
}

/** Both ways over the same values, which must come to the same; answers what that is. */
export async function assertSame(
  ways: BothWays,
  contract: Contract,
  kcql: string,
  values: readonly RawValue[],
  split?: () => boolean,
  cuts?: readonly number[]
): Promise<WayOutcome | null> {
  const plans = plansOf(contract, kcql)
  if (plans === null) return null
  const expected = await ways.general(plans, values)
  const actual = await ways.compiled(plans, contract, values, split, cuts)
  // The first difference says enough.
  for (const kind of ['commands', 'refused', 'dropped', 'skips'] as const) {
    const at = expected[kind].findIndex((each, index) => each !== actual[kind][index])
    const where = `${kind}[${at < 0 ? expected[kind].length : at}] by ${kcql}`
    assert.equal(actual[kind][at < 0 ? expected[kind].length : at], expected[kind][at], where)
  }
  return expected
}

function fails(error: Error): void {
  throw error
}

function latin1(word: string): string {
  return encodeUtf8(word).toString('latin1')
}

/** Commands as they were before they were merged; transactions are taken apart. */
function* unmerged(sent: readonly Buffer[]): Iterable<string[]> {
  for (const words of sent.flatMap(bytes => [...requests(bytes)])) {
    const [name = '', ...rest] = words
    if (name === 'MULTI' || name === 'EXEC') continue
    const [key = '', ...parts] = rest
    if (name === 'MSET') for (let at = 0; at < rest.length; at += 2) yield ['SET', ...rest.slice(at, at + 2)]
    else if (name === 'ZADD') for (let at = 0; at < parts.length; at += 2) yield [name, key, ...parts.slice(at, at + 2)]
    else if (name === 'GEOADD')
      for (let at = 0; at < parts.length; at += 3) yield [name, key, ...parts.slice(at, at + 3)]
    else yield words
  }
}

/** Whole requests, read strictly; words as latin1, so that no byte is lost. */
function* requests(bytes: Buffer): Iterable<string[]> {
  let at = 0
  const count = (mark: string): number => {
    const end = bytes.indexOf('\r\n', at)
    const line = bytes.toString('latin1', at, end)
    assert.match(line, mark === '*' ? /^\*[1-9][0-9]*$/ : /^\$(0|[1-9][0-9]*)$/)
    at = end + 2
    return Number(line.slice(1))
  }
  while (at < bytes.length) {
    const words: string[] = []
    for (let left = count('*'); left > 0; left--) {
      const length = count('$')
      words.push(bytes.toString('latin1', at, at + length))
      assert.equal(bytes.toString('latin1', at + length, at + length + 2), '\r\n')
      at += length + 2
    }
    yield words
  }
}

function yesTo(bytes: Buffer): string {
  const names = [...requests(bytes)].map(words => words[0])
  if (names[0] !== 'MULTI') return names.map(() => '+OK\r\n').join('')
  const inside = names.length - 2
  return `+OK\r\n${'+QUEUED\r\n'.repeat(inside)}*${inside}\r\n${':1\r\n'.repeat(inside)}`
}
