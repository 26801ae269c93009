// Three brokers: killed and started in turn under load, a log truncated by an unclean election, replicas read from the reader's own rack.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type ApiName, type RequestOf, type ResponseOf } from '../../src/kafka/protocol/apis.ts'
import { type BrokerAddress } from '../../src/kafka/client-properties.ts'
import { KafkaWire, type RequestOptions, type Wire } from '../../src/kafka/wire.ts'
import { readClientConfig } from '../../src/kafka/client-config.ts'
import { ClientProperties } from '../../src/kafka/client-properties.ts'
import {
  clientOptions,
  numbered,
  openAdmin,
  openConsumer,
  openProducer,
  sendValues,
  TestConsumer
} from '../kit/consumer.ts'
import { brokerIds, startCluster } from '../kit/kafka-cluster.ts'
import { until } from '../kit/worker.ts'

/** "npm run chaos" asks for more. */
const rounds = Number(process.env['KCR_CHAOS_ROUNDS'] ?? 1)

let cluster: Awaited<ReturnType<typeof startCluster>>
let settings: { readonly 'bootstrap.servers': string } & Readonly<Record<string, string | number>>
before(async () => {
  cluster = await startCluster()
  settings = { 'bootstrap.servers': cluster.bootstrap, 'request.timeout.ms': 5000, 'metadata.max.age.ms': 1000 }
})
after(() => cluster[Symbol.asyncDispose]())

async function createTopic(
  name: string,
  partitions: number,
  configs: Readonly<Record<string, string>> = {}
): Promise<void> {
  await using admin = await openAdmin(settings)
  await admin.ensureTopic({ name, partitions, replicationFactor: 3, configs: new Map(Object.entries(configs)) })
}

/** Counts the fetches that each broker gets. */
class CountingWire implements Wire {
  readonly fetches = new Map<number, number>()
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
    const answer = await this.#wire.request(broker, api, args, options)
    const { responses } = answer as ResponseOf<'Fetch'>
    const isData =
      api === 'Fetch' && responses.some(topic => topic.partitions.some(({ records }) => (records?.length ?? 0) > 0))
    if (isData) this.fetches.set(broker.port, (this.fetches.get(broker.port) ?? 0) + 1)
    return answer
  }

  supports(broker: BrokerAddress, api: ApiName): Promise<boolean> {
    return this.#wire.supports(broker, api)
  }

  close(): Promise<void> {
    return this.#wire.close()
  }
}

test('client.rack: records come from the replica in the reader’s own rack', async () => {
  await createTopic('racks', 3)
  await sendValues('racks', numbered('v', 300), 3, settings)
  for (const id of brokerIds) {
    const options = await clientOptions({
      ...settings,
      'auto.offset.reset': 'earliest',
      'client.rack': `rack-${id}`,
      'max.partition.fetch.bytes': 200
    })
    const config = readClientConfig(new ClientProperties(options.properties), 'test')
    const wire = new CountingWire(new KafkaWire({ ...config, ...options }))
    await using reader = new TestConsumer({ ...options, wire })
    reader.consumer.assign([0, 1, 2].map(partition => ({ topic: 'racks', partition })))
    await reader.untilRead(300)
    assert.deepEqual([...wire.fetches.keys()], [cluster.portOf(id)])
  }
})

test('brokers killed and started in turn: every record is read in order, none is skipped', async () => {
  await createTopic('turns', 6, { 'min.insync.replicas': '2' })
  await using producer = await openProducer(settings)
  let sent = 0
  let producing = true
  const load = (async () => {
    while (producing) {
      const batch = Array.from({ length: 30 }, () => sent++)
      await Promise.all(
        batch.map(number => {
          const value = Buffer.from(String(number))
          return producer.send({
            topic: 'turns',
            partition: number % 6,
            key: null,
            value,
            headers: [],
            timestamp: null
          })
        })
      )
    }
  })()
  const group = { ...settings, 'group.id': 'turns', 'session.timeout.ms': 10_000, 'heartbeat.interval.ms': 300 }
  const strategy = 'org.apache.kafka.clients.consumer.CooperativeStickyAssignor'
  const members = await Promise.all(
    [0, 1].map(() => openConsumer({ ...group, 'partition.assignment.strategy': strategy }))
  )
  let reading = true
  const loops = members.map(async member => {
    member.onRevoke = () => member.commit().catch(() => undefined)
    member.subscribe(['turns'])
    while (reading) if ((await member.poll(100)) > 0) await member.commit().catch(() => undefined)
  })
  const count = (): number => members.reduce((sum, { read }) => sum + read.length, 0)
  await until(() => count() > 300)
  for (const id of Array.from({ length: rounds }, () => brokerIds).flat()) {
    await cluster.kill(id)
    const [now, then] = [count(), sent]
    // Two of three go on: both sides make progress without it.
    await until(() => count() > now + 100 && sent > then + 100)
    await cluster.start(id)
  }
  producing = false
  await load
  await until(() => new Set(members.flatMap(({ read }) => read.map(({ value }) => value))).size === sent)
  reading = false
  await Promise.all(loops)
  assertGapless(members)
  await Promise.all(members.map(member => member.consumer.close()))
})

test('a log truncated by an unclean election is noticed and named, and what replaced the records is read', async () => {
  await createTopic('truncated', 1, { 'unclean.leader.election.enable': 'true', 'min.insync.replicas': '1' })
  await sendValues('truncated', numbered('kept', 100), 1, settings)
  // Without a group: its coordinator's own log has no unclean election.
  await using reader = await openConsumer(settings)
  reader.consumer.assign([{ topic: 'truncated', partition: 0 }])
  await reader.untilRead(100)
  const leader = await leaderOf('truncated')
  const others = brokerIds.filter(id => id !== leader)
  for (const id of others) await cluster.kill(id)
  // The leader alone has these; acks=all means all that are in sync, which is itself.
  await sendValues('truncated', numbered('gone', 50), 1, { ...settings, 'delivery.timeout.ms': 60_000 })
  await reader.untilRead(150)
  await cluster.kill(leader)
  await Promise.all(others.map(id => cluster.start(id)))
  await sendValues('truncated', numbered('new', 80), 1, settings)
  await reader.untilRead(230)
  assert.deepEqual(
    reader.read.slice(150).map(({ value }) => value),
    numbered('new', 80)
  )
  assert.equal(reader.read[150]?.offset, 100)
  const warning =
    /WARN truncated-0: the log was truncated to offset 100 .* records 100 to 149 were read from it before and are GONE/
  assert.ok(reader.log.lines.some(line => warning.test(line)))
})

/** All offsets of each partition were read; one that was read twice, after a rebalance, held the same record. */
function assertGapless(members: readonly TestConsumer[]): void {
  const seen = new Map<number, Map<number, string | null>>()
  for (const { partition, offset, value } of members.flatMap(({ read }) => read)) {
    const offsets = seen.get(partition) ?? new Map<number, string | null>()
    seen.set(partition, offsets)
    assert.equal(offsets.get(offset) ?? value, value)
    offsets.set(offset, value)
  }
  for (const [partition, offsets] of seen) {
    const last = [...offsets.keys()].reduce((max, offset) => Math.max(max, offset), 0)
    assert.equal(offsets.size, last + 1, `no offset of partition ${partition} is skipped`)
  }
}

async function leaderOf(topic: string): Promise<number> {
  const options = await clientOptions(settings)
  const wire = new KafkaWire({ ...readClientConfig(new ClientProperties(options.properties), 'test'), ...options })
  const [host = '', port = ''] = cluster.bootstrap.split(',')[0]?.split(':') ?? []
  const answer = await wire.request({ host, port: Number(port) }, 'Metadata', {
    topics: [{ topicId: '0'.repeat(32), name: topic }],
    allowAutoTopicCreation: false,
    includeClusterAuthorizedOperations: false,
    includeTopicAuthorizedOperations: false
  })
  await wire.close()
  return answer.topics[0]?.partitions[0]?.leaderId ?? -1
}
