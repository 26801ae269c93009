// Production clients against a simulated cluster, for its tests: members that read to the end and commit, each in a process of its own.
import { type Logger, silentLogger } from '../../../src/connect/log.ts'
import { causeChain } from '../../../src/connect/errors.ts'
import { KafkaAdmin } from '../../../src/kafka/admin.ts'
import { readClientConfig } from '../../../src/kafka/client-config.ts'
import { ClientProperties } from '../../../src/kafka/client-properties.ts'
import { Consumer } from '../../../src/kafka/consumer.ts'
import { type OffsetToCommit } from '../../../src/kafka/group/offsets.ts'
import { partitionKey, type TopicPartition } from '../../../src/kafka/group/topic-partition.ts'
import { Producer } from '../../../src/kafka/producer.ts'
import { type WireOptions } from '../../../src/kafka/wire.ts'
import { Chance } from '../engine/chance.ts'
import { Network } from '../engine/network.ts'
import { Scheduler, SimProcess } from '../engine/scheduler.ts'
import { type OutsideRecord, SimKafka, type SimKafkaOptions } from './cluster.ts'
import { simOpenLink } from './door.ts'

export class Cluster {
  readonly scheduler = new Scheduler()
  readonly network: Network
  readonly kafka: SimKafka
  readonly chance: Chance

  constructor(brokers: number, settings: SimKafkaOptions['settings'] = {}, seed = 1) {
    this.chance = new Chance(`kafka-${seed}`)
    this.network = new Network(this.scheduler, this.chance.fork('network'))
    this.kafka = new SimKafka({ scheduler: this.scheduler, network: this.network, chance: this.chance.fork('kafka'), brokers, settings }) // prettier-ignore
  }

  #doors(process: SimProcess, log: Logger) {
    return {
      clock: process.clock,
      random: this.chance.fork(process.name),
      log,
      openLink: simOpenLink(this.network, process)
    }
  }

  #properties(more: Readonly<Record<string, string>>): Map<string, string> {
    return new Map(Object.entries({ 'bootstrap.servers': this.kafka.brokers.join(','), ...more }))
  }

  /** For questions that no client would ask. */
  wireOptions(name: string): WireOptions {
    const doors = this.#doors(new SimProcess(name, this.scheduler), silentLogger)
    return { ...readClientConfig(new ClientProperties(this.#properties({})), name), ...doors }
  }

  member(name: string, topics: readonly string[], more: Readonly<Record<string, string>> = {}): Member {
    const process = new SimProcess(name, this.scheduler)
    const properties = this.#properties({
      'group.id': 'g',
      'auto.offset.reset': 'earliest',
      'client.id': name,
      ...more
    })
    const lines: string[] = []
    const consumer = new Consumer({ properties, ...this.#doors(process, keepingIn(lines)) })
    return new Member(process, consumer, topics, lines)
  }

  producer(more: Readonly<Record<string, string>> = {}): Producer {
    const process = new SimProcess('producer', this.scheduler)
    return new Producer({ properties: this.#properties(more), ...this.#doors(process, silentLogger) })
  }

  admin(): KafkaAdmin {
    const process = new SimProcess('admin', this.scheduler)
    return new KafkaAdmin({ properties: this.#properties({}), ...this.#doors(process, silentLogger) })
  }

  /** False: the limit of simulated time came first. */
  until(isOver: () => boolean, limitMs = 120_000): Promise<boolean> {
    return this.scheduler.run(isOver, limitMs)
  }

  /** Until group g has committed `count` records of each partition. */
  async whole(topic: string, partitions: number, count: number): Promise<void> {
    const places = Array.from({ length: partitions }, (_, partition) => partition)
    const done = await this.until(() =>
      places.every(partition => this.kafka.committed('g', topic, partition) === count)
    )
    const found = places.map(partition => this.kafka.committed('g', topic, partition))
    if (!done) throw new Error(`${topic} is committed up to ${found.join(', ')} instead of ${count}`)
  }

  /** Lets the world go on until `promise` is settled. */
  async settled<T>(promise: Promise<T>, limitMs = 120_000): Promise<T> {
    let isOver = false
    const end = (): void => void (isOver = true)
    promise.then(end, end)
    if (!(await this.until(() => isOver, limitMs))) throw new Error(`nothing within ${limitMs} ms of simulated time`)
    return promise
  }
}

/** Records whose values tell their numbers, with few keys. */
export function numbered(from: number, count: number): OutsideRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    key: Buffer.from(`k${(from + index) % 3}`),
    value: Buffer.from(`v${from + index}`)
  }))
}

export interface Read extends TopicPartition {
  readonly offset: number
  readonly value: string | null
}

/** A consumer that polls for ever, keeps what it reads and commits it. */
export class Member {
  readonly process: SimProcess
  readonly consumer: Consumer
  readonly lines: string[]
  readonly read: Read[] = []
  readonly events: string[] = []
  readonly failures: unknown[] = []
  readonly #left = new Map<string, OffsetToCommit>()
  #isClosing = false
  commits = true

  constructor(process: SimProcess, consumer: Consumer, topics: readonly string[], lines: string[]) {
    this.process = process
    this.consumer = consumer
    this.lines = lines
    const keys = (partitions: readonly TopicPartition[]): string => partitions.map(partitionKey).join(' ')
    consumer.subscribe(
      { names: [...topics] },
      {
        onAssigned: async partitions => void this.events.push(`assigned ${keys(partitions)}`),
        onRevoked: async partitions => {
          this.events.push(`revoked ${keys(partitions)}`)
          await this.commit().catch(() => undefined)
        },
        onLost: async partitions => {
          this.events.push(`lost ${keys(partitions)}`)
          this.#left.clear()
        }
      }
    )
    process.after(0, () => void this.#run())
  }

  get offsets(): string[] {
    return this.read.map(({ topic, partition, offset }) => `${topic}-${partition}@${offset}`)
  }

  async commit(): Promise<void> {
    if (this.#left.size === 0) return
    const offsets = new Map(this.#left)
    this.#left.clear()
    try {
      await this.consumer.commit(offsets)
    } catch (error) {
      const held = new Set(this.consumer.assignment().map(partitionKey))
      for (const [key, offset] of offsets) if (held.has(key) && !this.#left.has(key)) this.#left.set(key, offset)
      throw error
    }
  }

  close(): Promise<void> {
    this.#isClosing = true
    return this.consumer.close()
  }

  async #run(): Promise<void> {
    while (!this.#isClosing) {
      try {
        for (const cursor of await this.consumer.poll(1000)) {
          const { topic, partition } = cursor
          while (cursor.next()) {
            const value = cursor.valueStart < 0 ? null : Buffer.from(cursor.bytes.slice(cursor.valueStart, cursor.valueEnd)).toString() // prettier-ignore
            this.read.push({ topic, partition, offset: cursor.offset, value })
          }
          this.#left.set(`${topic}-${partition}`, { topic, partition, offset: cursor.nextOffset })
        }
        if (this.commits) await this.commit()
      } catch (error) {
        this.failures.push(error)
        await this.process.clock.sleep(100)
      }
    }
  }
}

function keepingIn(lines: string[]): Logger {
  const take = (level: string) => (message: string, error?: unknown) =>
    void lines.push(`${level} ${message}${error === undefined ? '' : ` ${causeChain(error)}`}`)
  const log: Logger = {
    trace: take('TRACE'),
    debug: take('DEBUG'),
    info: take('INFO'),
    warn: take('WARN'),
    error: take('ERROR'),
    enabled: () => true,
    named: () => log
  }
  return log
}
