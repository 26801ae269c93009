// Members of ours and of Java's in one group, driven by chance: they join, leave, are killed, cut off, frozen, stalled and paused under load.
import { setTimeout as sleep } from 'node:timers/promises'
import { ClientProperties, type BrokerAddress } from '../../src/kafka/client-properties.ts'
import { readClientConfig } from '../../src/kafka/client-config.ts'
import { Consumer } from '../../src/kafka/consumer.ts'
import { CommitFailedError } from '../../src/kafka/errors.ts'
import { type OffsetToCommit } from '../../src/kafka/group/offsets.ts'
import { type TopicPartition } from '../../src/kafka/group/topic-partition.ts'
import { type ApiName, type RequestOf, type ResponseOf } from '../../src/kafka/protocol/apis.ts'
import { KafkaWire, type RequestOptions, type Wire } from '../../src/kafka/wire.ts'
import { clientOptions, keyOf, type Properties } from './consumer.ts'
import { type Ledger } from './kafka-ledger.ts'
import { javaHost } from './kafka-peer.ts'

/** Most of the time a member has read what it has not committed, so that a crash makes somebody read it again. */
const readsPerCommit = 6

/** A way to the brokers that may be cut for good, or closed for a while. */
class Tether implements Wire {
  readonly #wire: KafkaWire
  #open: Promise<void> = Promise.resolve()

  constructor(wire: KafkaWire) {
    this.#wire = wire
  }

  async request<A extends ApiName>(
    broker: BrokerAddress,
    api: A,
    args: RequestOf<A>,
    options?: RequestOptions
  ): Promise<ResponseOf<A>> {
    await this.#open
    return this.#wire.request(broker, api, args, options)
  }

  supports(broker: BrokerAddress, api: ApiName): Promise<boolean> {
    return this.#wire.supports(broker, api)
  }

  /** Requests wait that long before they go out, those of a heartbeat as any other. */
  freeze(ms: number): Promise<void> {
    return (this.#open = sleep(ms))
  }

  close(): Promise<void> {
    return this.#wire.close()
  }
}

/** A member of either kind. */
export interface Member {
  readonly name: string
  /** In order: what it read is committed. */
  leave(): Promise<void>
  /** As a crash: its sockets close, and nothing more is heard of it. */
  crash(): Promise<void>
  /** It does nothing for so long, and knows of nothing afterwards. */
  freeze(ms: number): Promise<void>
}

export interface Membership {
  readonly topic: string
  readonly properties: Properties
  readonly ledger: Ledger
  /** A promise was broken, or something happened that never should. */
  readonly failed: (error: unknown) => void
}

export class OurMember implements Member {
  readonly name: string
  readonly #consumer: Consumer
  readonly #tether: Tether
  readonly #membership: Membership
  readonly #next = new Map<string, OffsetToCommit>()
  #stalled: Promise<void> = Promise.resolve()
  #ends: 'not' | 'in order' | 'crashed' = 'not'
  readonly #running: Promise<void>

  private constructor(name: string, membership: Membership, consumer: Consumer, tether: Tether) {
    this.name = name
    this.#membership = membership
    this.#consumer = consumer
    this.#tether = tether
    consumer.subscribe(
      { names: [membership.topic] },
      {
        onAssigned: partitions => this.#take(partitions),
        onRevoked: async partitions => {
          await this.#commit()
          this.#forget(partitions)
        },
        onLost: partitions => {
          this.#forget(partitions)
          return Promise.resolve()
        }
      }
    )
    this.#running = this.#run().catch((error: unknown) => {
      if (this.#ends !== 'crashed') membership.failed(error)
    })
  }

  static async join(name: string, membership: Membership): Promise<OurMember> {
    const options = await clientOptions({ 'auto.offset.reset': 'earliest', ...membership.properties })
    const config = readClientConfig(new ClientProperties(options.properties), name)
    const tether = new Tether(new KafkaWire({ ...config, ...options }))
    return new OurMember(name, membership, new Consumer({ ...options, wire: tether }), tether)
  }

  async leave(): Promise<void> {
    this.#ends = 'in order'
    await this.#running
    await this.#consumer.close()
  }

  async crash(): Promise<void> {
    this.#ends = 'crashed'
    await this.#tether.close()
    await this.#running
    await this.#consumer.close()
  }

  async freeze(ms: number): Promise<void> {
    await this.#tether.freeze(ms)
  }

  /** Its heartbeats go on, its polls do not. */
  async stall(ms: number): Promise<void> {
    await (this.#stalled = sleep(ms))
  }

  /** Some of what it has is not read for a while. */
  async pause(ms: number, chosen: (partition: TopicPartition) => boolean): Promise<void> {
    const paused = this.#consumer.assignment().filter(chosen)
    this.#consumer.pause(paused)
    await sleep(ms)
    const kept = new Set(this.#consumer.assignment().map(keyOf))
    this.#consumer.resume(paused.filter(partition => kept.has(keyOf(partition))))
  }

  async #run(): Promise<void> {
    const { ledger } = this.#membership
    let reads = 0
    while (this.#ends === 'not') {
      await this.#stalled
      const cursors = await this.#consumer.poll(50)
      for (const cursor of cursors) {
        const { topic, partition } = cursor
        let [from, to] = [-1, -1]
        const note = (): void => {
          if (from >= 0) ledger.read(this.name, partition, from, to, Date.now())
        }
        while (cursor.next()) {
          if (cursor.offset !== to) {
            note()
            from = cursor.offset
          }
          to = cursor.offset + 1
        }
        note()
        this.#next.set(keyOf(cursor), { topic, partition, offset: cursor.nextOffset })
      }
      if (cursors.length === 0 || ++reads % readsPerCommit === 0) await this.#commit()
    }
    if (this.#ends === 'in order') await this.#commit()
  }

  async #take(partitions: readonly TopicPartition[]): Promise<void> {
    const committed = async (): Promise<number[]> => {
      const found = await this.#consumer.committed(partitions)
      return partitions.map(partition => found.get(keyOf(partition))?.offset ?? 0)
    }
    const before = await committed()
    const positions: number[] = []
    for (const partition of partitions) positions.push(await this.#consumer.position(partition))
    const after = await committed()
    partitions.forEach(({ partition }, at) => {
      this.#membership.ledger.began(this.name, partition, before[at] ?? 0, positions[at] ?? 0, after[at] ?? 0)
    })
  }

  #forget(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) {
      this.#next.delete(keyOf(partition))
      this.#membership.ledger.ended(this.name, partition.partition)
    }
  }

  /** A commit may meet a rebalance that went on without us: its records are read again, by whoever gets them. */
  async #commit(): Promise<void> {
    try {
      if (this.#next.size > 0) await this.#consumer.commit(this.#next)
    } catch (error) {
      if (!(error instanceof CommitFailedError)) throw error
    }
  }
}

/** A Java process, up and in no group, that is one member after another; each time it joins it has another name. */
export async function openJavaMember() {
  let name = ''
  let membership: Membership | null = null
  let left = (): void => undefined
  const said = (line: string): void => {
    const [what = '', ...words] = line.split(' ')
    const [a = 0, b = 0, c = 0, d = 0] = words.map(Number)
    try {
      if (what === 'begin') membership?.ledger.began(name, a, b, c, d)
      else if (what === 'read') membership?.ledger.read(name, a, b, c, d)
      else if (what === 'revoked' || what === 'lost') membership?.ledger.ended(name, a)
      else if (what === 'left') left()
    } catch (error) {
      membership?.failed(error)
    }
  }
  const host = await javaHost(said)
  return {
    get name() {
      return name
    },
    get alive() {
      return host.alive()
    },
    join(as: string, to: Membership): void {
      name = as
      membership = to
      const settings = Object.entries(to.properties).map(([key, value]) => `${key}=${value}`)
      host.tell(['join', to.topic, ...settings].join(' '))
    },
    async leave(): Promise<void> {
      const gone = new Promise<void>(resolve => (left = resolve))
      host.tell('leave')
      await gone
    },
    crash: () => host.kill(),
    async freeze(ms: number): Promise<void> {
      host.signal('SIGSTOP')
      await sleep(ms)
      host.signal('SIGCONT')
    },
    [Symbol.asyncDispose]: () => host.kill()
  }
}

export type JavaMember = Awaited<ReturnType<typeof openJavaMember>>
