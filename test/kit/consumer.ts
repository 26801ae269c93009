// Our consumer, producer and admin on a real cluster, for tests: read to the end, keep what was read, log lines at hand.
import { toldWaits } from './told-waits.ts'
import { causeChain } from '../../src/connect/errors.ts'
import { type Logger } from '../../src/connect/log.ts'
import { KafkaAdmin } from '../../src/kafka/admin.ts'
import { type ClientOptions } from '../../src/kafka/client-config.ts'
import { Consumer } from '../../src/kafka/consumer.ts'
import { type RebalanceListener } from '../../src/kafka/group/consumer-group.ts'
import { type OffsetToCommit } from '../../src/kafka/group/offsets.ts'
import { type TopicPartition } from '../../src/kafka/group/topic-partition.ts'
import { Producer } from '../../src/kafka/producer.ts'
import { type Topics } from '../../src/kafka/subscription.ts'
import { systemClock } from '../../src/util/clock.ts'
import { systemRandom } from '../../src/util/random.ts'
import { withStack } from './stack.ts'

/** A record as it came out of a cursor. */
export interface Read extends TopicPartition {
  readonly offset: number
  readonly timestamp: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [string, string | null])[]
}

export type Properties = Readonly<Record<string, string | number>>

/** Keeps all lines. */
export function keepingLogger(): Logger & { readonly lines: string[] } {
  const lines: string[] = []
  const take = (level: string) => (message: string, error?: unknown) =>
    void lines.push(`${level} ${message}${error === undefined ? '' : ` ${causeChain(error)}`}`)
  const logger: Logger & { lines: string[] } = {
    lines,
    trace: take('TRACE'),
    debug: take('DEBUG'),
    info: take('INFO'),
    warn: take('WARN'),
    error: take('ERROR'),
    enabled: () => true,
    named: () => logger
  }
  return logger
}

export async function clientOptions(
  properties: Properties
): Promise<ClientOptions & { log: ReturnType<typeof keepingLogger> }> {
  const bootstrap = properties['bootstrap.servers'] ?? (await withStack()).kafka.bootstrap
  const all = { 'bootstrap.servers': bootstrap, ...properties }
  const log = keepingLogger()
  return {
    properties: new Map(Object.entries(all).map(([key, value]) => [key, String(value)])),
    clock: systemClock,
    random: systemRandom,
    log,
    waits: toldWaits('test-0', systemClock, log).waits
  }
}

export async function openProducer(properties: Properties = {}) {
  const producer = new Producer(await clientOptions(properties))
  return Object.assign(producer, { [Symbol.asyncDispose]: () => producer.close() })
}

/** Sends values, spread over the first `partitions` partitions in turn, each exactly once as long as nothing fails. */
export async function sendValues(
  topic: string,
  values: readonly string[],
  partitions = 1,
  properties: Properties = {}
): Promise<void> {
  await using producer = await openProducer(properties)
  await Promise.all(
    values.map((value, at) =>
      producer.send({
        topic,
        partition: at % partitions,
        key: null,
        value: Buffer.from(value),
        headers: [],
        timestamp: null
      })
    )
  )
}

/** "prefix-0", "prefix-1" and so on. */
export function numbered(prefix: string, count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, at) => `${prefix}-${from + at}`)
}

export async function openAdmin(properties: Properties = {}) {
  const admin = new KafkaAdmin(await clientOptions(properties))
  return Object.assign(admin, { [Symbol.asyncDispose]: () => admin.close() })
}

/** A consumer that keeps what it reads and what happened to its partitions. */
export class TestConsumer {
  readonly consumer: Consumer
  readonly group: string
  readonly log: ReturnType<typeof keepingLogger>
  readonly read: Read[] = []
  /** What the group did, in order: "assigned t-0 t-1", "revoked t-0", "lost t-1". */
  readonly events: string[] = []
  /** The next offset of each partition that was read, which `commit` commits. */
  readonly next = new Map<string, OffsetToCommit>()
  /** Called before partitions are given up; commits what was read unless told otherwise. */
  onRevoke: (partitions: readonly TopicPartition[]) => Promise<void> = () => this.commit()
  /** Called for each record, kept or not. */
  onRecord: (record: TopicPartition & { readonly offset: number }) => void = () => undefined
  readonly #keep: boolean

  constructor(options: ClientOptions & { log: ReturnType<typeof keepingLogger> }, keep = true) {
    this.log = options.log
    this.consumer = new Consumer(options)
    this.group = options.properties.get('group.id') ?? ''
    this.#keep = keep
  }

  subscribe(topics: Topics | readonly string[]): this {
    const listener: RebalanceListener = {
      onAssigned: async partitions => {
        this.#note('assigned', partitions)
        for (const partition of partitions) await this.consumer.position(partition)
      },
      onRevoked: async partitions => {
        await this.onRevoke(partitions)
        this.#note('revoked', partitions)
        for (const partition of partitions) this.next.delete(keyOf(partition))
      },
      onLost: partitions => {
        this.#note('lost', partitions)
        for (const partition of partitions) this.next.delete(keyOf(partition))
        return Promise.resolve()
      }
    }
    this.consumer.subscribe('length' in topics ? { names: topics } : topics, listener)
    return this
  }

  /** One poll; every record of it is read. */
  async poll(timeoutMs = 200): Promise<number> {
    let count = 0
    for (const cursor of await this.consumer.poll(timeoutMs)) {
      while (cursor.next()) {
        count++
        this.onRecord(cursor)
        if (!this.#keep) continue
        const { topic, partition, offset, timestamp, bytes, keyStart, keyEnd, valueStart, valueEnd } = cursor
        this.read.push({
          topic,
          partition,
          offset,
          timestamp,
          key: textOf(bytes, keyStart, keyEnd),
          value: textOf(bytes, valueStart, valueEnd),
          headers: cursor
            .headers()
            .map(({ key, value }) => [key, value === null ? null : Buffer.from(value).toString()])
        })
      }
      const { topic, partition, nextOffset: offset } = cursor
      this.next.set(keyOf(cursor), { topic, partition, offset })
    }
    return count
  }

  /** Polls until `done`; the test runner's own limit ends what never comes. */
  async until(done: () => boolean): Promise<this> {
    while (!done()) await this.poll()
    return this
  }

  /** Polls until that many records are read in all. */
  untilRead(count: number): Promise<this> {
    return this.until(() => this.read.length >= count)
  }

  async commit(): Promise<void> {
    if (this.next.size > 0) await this.consumer.commit(this.next)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.consumer.close()
  }

  #note(what: string, partitions: readonly TopicPartition[]): void {
    this.events.push(`${what} ${partitions.map(keyOf).join(' ')}`)
  }
}

export async function openConsumer(properties: Properties = {}, keep = true): Promise<TestConsumer> {
  return new TestConsumer(await clientOptions({ 'auto.offset.reset': 'earliest', ...properties }), keep)
}

export function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}

function textOf(bytes: Uint8Array, start: number, end: number): string | null {
  return start < 0 ? null : Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString()
}
