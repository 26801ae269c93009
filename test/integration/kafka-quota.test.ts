// A broker's quota on what a client may fetch: each answer says for how long to keep still, and we do.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { readClientConfig } from '../../src/kafka/client-config.ts'
import { ClientProperties, type BrokerAddress } from '../../src/kafka/client-properties.ts'
import { type ApiName, type RequestOf, type ResponseOf } from '../../src/kafka/protocol/apis.ts'
import { KafkaWire, type RequestOptions, type Wire } from '../../src/kafka/wire.ts'
import { clientOptions, numbered, sendValues, TestConsumer } from '../kit/consumer.ts'
import { javaTool, uniqueName, withStack } from '../kit/stack.ts'
import { openKafka } from '../kit/worker.ts'

const clientId = uniqueName('slow-client')
/** The broker lets ten seconds of that pass at once; what comes after waits. */
const bytesPerSecond = 200_000

async function alterQuota(...change: readonly string[]): Promise<void> {
  const { bootstrap } = (await withStack()).kafka
  const entity = ['--entity-type', 'clients', '--entity-name', clientId]
  await javaTool('kafka.admin.ConfigCommand', ['--bootstrap-server', bootstrap, '--alter', ...entity, ...change])
}

before(() => alterQuota('--add-config', `consumer_byte_rate=${bytesPerSecond}`))
after(() => alterQuota('--delete-config', 'consumer_byte_rate'))

interface Asked {
  readonly api: ApiName
  readonly sentAt: number
  readonly answeredAt: number
  readonly throttleTimeMs: number
}

/** Keeps when each request went out and came back. */
class TimingWire implements Wire {
  readonly asked: Asked[] = []
  readonly #wire: Wire

  constructor(wire: Wire) {
    this.#wire = wire
  }

  async request<A extends ApiName>(
    broker: BrokerAddress,
    api: A,
    args: RequestOf<A>,
    options?: RequestOptions
  ): Promise<ResponseOf<A>> {
    const sentAt = performance.now()
    const answer = await this.#wire.request(broker, api, args, options)
    const { throttleTimeMs = 0 } = answer as { readonly throttleTimeMs?: number }
    this.asked.push({ api, sentAt, answeredAt: performance.now(), throttleTimeMs })
    return answer
  }

  supports(broker: BrokerAddress, api: ApiName): Promise<boolean> {
    return this.#wire.supports(broker, api)
  }

  close(): Promise<void> {
    return this.#wire.close()
  }
}

test('a client over its quota keeps still for as long as the broker says, and stays in its group', async () => {
  await using kafka = await openKafka()
  const topic = await kafka.createTopic('quota', 2)
  const values = numbered('x'.repeat(1000), 2300)
  await sendValues(topic, values, 2, { 'batch.size': 20_000 })
  const options = await clientOptions({
    ...{ 'client.id': clientId, 'group.id': uniqueName('group'), 'auto.offset.reset': 'earliest' },
    ...{ 'heartbeat.interval.ms': 100, 'session.timeout.ms': 6000, 'max.partition.fetch.bytes': 60_000 }
  })
  const config = readClientConfig(new ClientProperties(options.properties), 'test')
  const wire = new TimingWire(new KafkaWire({ ...config, ...options }))
  await using reader = new TestConsumer({ ...options, wire })
  await reader.subscribe([topic]).untilRead(values.length)

  assert.equal(new Set(reader.read.map(({ value }) => value)).size, values.length)
  assert.equal(reader.read.length, values.length)
  const fetches = wire.asked.filter(({ api }) => api === 'Fetch')
  const throttled = fetches.filter(({ throttleTimeMs }) => throttleTimeMs > 0)
  assert.ok(throttled.length >= 2, `${throttled.length} of ${fetches.length} fetches were throttled`)
  fetches.forEach(({ answeredAt, throttleTimeMs }, at) => {
    const next = fetches[at + 1]
    // The clock that lets the next one out may be the fraction of a millisecond behind.
    if (next !== undefined)
      assert.ok(
        next.sentAt - answeredAt > throttleTimeMs - 2,
        `asked again ${next.sentAt - answeredAt} ms after ${throttleTimeMs}`
      )
  })
  // Muted are the fetches alone: the group's heartbeats go on meanwhile.
  const beats = wire.asked.filter(({ api, sentAt }) => {
    const isPaused = throttled.some(
      ({ answeredAt, throttleTimeMs }) => sentAt > answeredAt && sentAt < answeredAt + throttleTimeMs
    )
    return api === 'Heartbeat' && isPaused
  })
  assert.ok(beats.length > 0)
  assert.deepEqual(reader.events.length, 1)
  assert.deepEqual(
    reader.log.lines.filter(line => /^(WARN|ERROR)/.test(line)),
    []
  )
})
