// A way to real brokers that tells of each request and answer, so that a test can act in just that moment.
import { readClientConfig } from '../../src/kafka/client-config.ts'
import { ClientProperties, type BrokerAddress } from '../../src/kafka/client-properties.ts'
import { type ApiName, type RequestOf, type ResponseOf } from '../../src/kafka/protocol/apis.ts'
import { KafkaWire, type RequestOptions, type Wire } from '../../src/kafka/wire.ts'
import { clientOptions, TestConsumer, type Properties } from './consumer.ts'
import { settle } from './fake-clock.ts'

/** The `count`th request of that kind was sent, its answer has come and is not heard of yet, or was heard. */
export type Moment = readonly [api: ApiName, count: number, when: 'asked' | 'held' | 'answered']

export class WatchedWire implements Wire {
  readonly #wire: KafkaWire
  readonly #counts = new Map<string, number>()
  readonly #awaited = new Map<string, () => void>()
  /** Called before each request goes out; what it returns is waited for. */
  before: (api: ApiName) => Promise<void> | void = () => undefined

  constructor(wire: KafkaWire) {
    this.#wire = wire
  }

  async request<A extends ApiName>(
    broker: BrokerAddress,
    api: A,
    args: RequestOf<A>,
    options?: RequestOptions
  ): Promise<ResponseOf<A>> {
    await this.before(api)
    const count = (this.#counts.get(api) ?? 0) + 1
    this.#counts.set(api, count)
    const answer = this.#wire.request(broker, api, args, options)
    this.#happened([api, count, 'asked'])
    try {
      const held = await answer
      if (this.#happened([api, count, 'held'])) await settle()
      return held
    } finally {
      this.#happened([api, count, 'answered'])
    }
  }

  /** Resolves in that very moment. */
  when(moment: Moment): Promise<void> {
    return new Promise(resolve => this.#awaited.set(moment.join(' '), resolve))
  }

  /** Whether somebody waited for it. */
  #happened(moment: Moment): boolean {
    const wake = this.#awaited.get(moment.join(' '))
    wake?.()
    return wake !== undefined
  }

  supports(broker: BrokerAddress, api: ApiName): Promise<boolean> {
    return this.#wire.supports(broker, api)
  }

  close(): Promise<void> {
    return this.#wire.close()
  }
}

export async function openWatched(properties: Properties) {
  const options = await clientOptions({ 'auto.offset.reset': 'earliest', ...properties })
  const config = readClientConfig(new ClientProperties(options.properties), 'watched')
  const wire = new WatchedWire(new KafkaWire({ ...config, ...options }))
  const member = new TestConsumer({ ...options, wire })
  return { wire, member, [Symbol.asyncDispose]: () => member.consumer.close() }
}
