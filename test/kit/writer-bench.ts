// A writer on a fake Redis and a clock that stands still, with everything it says and counts kept for the test.
import { type Logger, type LogLevel } from '../../src/connect/log.ts'
import {
  type ErrantRecordReporter,
  type Metric,
  type OffsetToCommit,
  type Ownership
} from '../../src/connect/plugin.ts'
import { type SinkRecord, topicPartitionKey } from '../../src/connect/record.ts'
import { type Command } from '../../src/redis/encode.ts'
import { type PolicyKind } from '../../src/redis/settings.ts'
import { Outage } from '../../src/redis/writer/outage.ts'
import { RetryBudget } from '../../src/redis/writer/policy.ts'
import { RefusalJudge } from '../../src/redis/writer/refusal-judge.ts'
import { Writer } from '../../src/redis/writer/writer.ts'
import { FakeClock, middleRandom, settle } from './fake-clock.ts'
import { type FakeRedis } from './fake-redis.ts'
import { toldSkips } from './told-skips.ts'
import { toldWaits } from './told-waits.ts'

export interface Line {
  readonly level: LogLevel
  readonly text: string
}

/** A logger that keeps its lines, whatever their name. */
export function keepingLogger(lines: Line[]): Logger {
  const at =
    (level: LogLevel) =>
    (text: string): void =>
      void lines.push({ level, text })
  const logger: Logger = {
    trace: at('TRACE'),
    debug: at('DEBUG'),
    info: at('INFO'),
    warn: at('WARN'),
    error: at('ERROR'),
    enabled: () => true,
    named: () => logger
  }
  return logger
}

export function counter(): Metric & { value: number } {
  return {
    value: 0,
    add(amount) {
      this.value += amount
    },
    set(value) {
      this.value = value
    }
  }
}

/** A record as the writer needs it: its place. */
export function recordAt(partition: number, offset: number, topic = 't'): SinkRecord {
  return {
    topic,
    partition,
    timestamp: 0,
    timestampType: 'CreateTime',
    keySchema: null,
    key: null,
    valueSchema: null,
    value: null,
    headers: [],
    original: {
      topic,
      partition,
      offset,
      timestamp: 0,
      timestampType: 'CreateTime',
      rawKey: null,
      rawValue: null,
      rawHeaders: []
    }
  }
}

function command(kind: Command['kind'], key: string, rest: readonly string[], expireWhenAdded = 0n): Command {
  return { kind, key, args: [key, ...rest], statement: 0, expireWhenAdded }
}

export const set = (key: string, value: string): Command => command('SET', key, [value])
export const setex = (key: string, value: string): Command => command('SETEX', key, ['60', value])
export const zadd = (key: string, score: number | string, member: string): Command =>
  command('ZADD', key, [String(score), member])
export const zaddTtl = (key: string, score: number | string, member: string): Command =>
  command('ZADD', key, [String(score), member], 60n)
export const geoadd = (key: string, longitude: number, member: string): Command =>
  command('GEOADD', key, [String(longitude), '1', member])
export const xadd = (key: string, value: string): Command => command('XADD', key, ['*', 'f', value])
export const publish = (key: string, value: string): Command => command('PUBLISH', key, [value])

/** Records of partition 0, one command each, from `offset` on. */
export function fill(writer: Writer, commands: readonly Command[], offset = 0): void {
  for (const [index, command] of commands.entries()) writer.take(recordAt(0, offset + index), [command])
}

/** The entries of a stream, by their one value. */
export function entriesOf(redis: FakeRedis, key: string): readonly string[] {
  const held = redis.data.keys.get(key)
  return held?.type === 'stream' ? held.entries.map(fields => fields[1] ?? '') : []
}

export function stringOf(redis: FakeRedis, key: string): string | null {
  const held = redis.data.keys.get(key)
  return held?.type === 'string' ? held.value : null
}

export interface BenchOptions {
  readonly policy?: PolicyKind
  readonly maxRetries?: number
  readonly retryIntervalMs?: number
  readonly outageMs?: number | null
  readonly coalesce?: boolean
  readonly report?: ErrantRecordReporter | null
  readonly ownership?: Ownership | null
}

export function writerOn(redis: FakeRedis, options: BenchOptions = {}) {
  const clock = new FakeClock()
  const lines: Line[] = []
  const log = keepingLogger(lines)
  const failures: Error[] = []
  const { policy = 'THROW', maxRetries = 3, retryIntervalMs = 1000, outageMs = 60_000, coalesce = true } = options
  const retries = new RetryBudget({ kind: policy, maxRetries, retryIntervalMs }, clock, log)
  const refused = counter()
  const fail = (error: Error): void => void failures.push(error)
  const metrics = {
    commands: counter(),
    wires: counter(),
    bytes: counter(),
    flights: counter(),
    latencyMs: counter(),
    resent: counter(),
    reconnects: counter()
  }
  const told = { report: options.report ?? null, refused, dropped: counter(), skips: toldSkips(clock).skips }
  const judge = new RefusalJudge({ ...told, retries, clock, log, fail })
  const { waits, shown } = toldWaits('bench-0', clock, log)
  const outage = new Outage({ address: redis.address, outageMs, retries, clock, random: middleRandom, waits })
  const writer = new Writer({
    door: redis,
    coalesce,
    outage,
    retries,
    judge,
    clock,
    log,
    metrics,
    ownership: options.ownership ?? null,
    fenceKey: '__connect:fence:bench-0',
    statementText: index => `statement ${index}`,
    onFailed: fail
  })
  /** Moves turn by turn until `done`; what waits for time gets it. Fails where nothing moves any more. */
  const until = async (done: () => boolean, turnsMax = 1500): Promise<void> => {
    for (let turn = 0; turn < turnsMax; turn++) {
      await settle()
      if (done()) return
      const next = clock.untilNext
      if (next !== null && redis.connection?.busy !== true) clock.advance(next)
    }
    throw new Error(`The writer hangs. Its log:\n${logText(lines)}`)
  }
  return {
    writer,
    clock,
    /** What metrics and /health would show. */
    shown,
    lines,
    failures,
    refused,
    metrics,
    until,
    /** Everything taken is settled, or the writer has failed. */
    idle: () => until(() => writer.idle || writer.failure !== null),
    committable: (partition: number, position: number, topic = 't'): number => {
      const name = topicPartitionKey(topic, partition)
      const offsets = new Map<string, OffsetToCommit>([[name, { topic, partition, offset: position }]])
      return writer.committable(offsets).get(name)?.offset ?? -1
    }
  }
}

export function logText(lines: readonly Line[]): string {
  return lines.map(({ level, text }) => `${level} ${text}`).join('\n')
}
