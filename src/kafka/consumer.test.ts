// The consumer against a scripted broker: errors of one partition, throttling, fetch sessions, answers that come too late.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../connect/log.ts'
import { systemClock } from '../util/clock.ts'
import { systemRandom } from '../util/random.ts'
import { type BrokerAddress } from './client-properties.ts'
import { Consumer } from './consumer.ts'
import { BrokerUnreachableError } from './errors.ts'
import { type ApiName, type RequestOf, type ResponseOf } from './protocol/apis.ts'
import { writeBatch } from './records/batch-writer.ts'
import { type Wire } from './wire.ts'

const topicId = 'ab'.repeat(16)

interface Answer {
  readonly errorCode?: number
  readonly records?: number
}

/** One broker, one topic `t`; `answer` says what each asked partition gets. */
class ScriptedWire implements Wire {
  readonly partitions: number
  /** Every fetch: when, and the partitions newly named in it. */
  readonly fetches: { readonly at: number; readonly request: RequestOf<'Fetch'> }[] = []
  answer: (partition: number, fetchOffset: number) => Answer = () => ({})
  topLevel: (fetch: number) => { throttleTimeMs?: number; errorCode?: number } = () => ({})
  hold: Promise<void> | null = null
  #asked = new Map<number, number>()

  constructor(partitions: number) {
    this.partitions = partitions
  }

  async request<A extends ApiName>(_broker: BrokerAddress, api: A, args: RequestOf<A>): Promise<ResponseOf<A>> {
    await systemClock.sleep(1)
    if (api === 'Metadata') return this.#metadata() as ResponseOf<A>
    if (api === 'ListOffsets') return this.#offsets(args as RequestOf<'ListOffsets'>) as ResponseOf<A>
    if (api === 'Fetch') return (await this.#fetch(args as RequestOf<'Fetch'>)) as ResponseOf<A>
    throw new Error(`no script for ${api}`)
  }

  supports(): Promise<boolean> {
    return Promise.resolve(false)
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  #metadata(): ResponseOf<'Metadata'> {
    const partitions = Array.from({ length: this.partitions }, (_, partitionIndex) => ({
      errorCode: 0,
      partitionIndex,
      leaderId: 1,
      leaderEpoch: 3,
      replicaNodes: [1],
      isrNodes: [1],
      offlineReplicas: []
    }))
    const topic = { errorCode: 0, name: 't', topicId, isInternal: false, partitions, topicAuthorizedOperations: 0 }
    const brokers = [{ nodeId: 1, host: 'h', port: 1, rack: null }]
    return {
      throttleTimeMs: 0,
      brokers,
      clusterId: 'c',
      controllerId: 1,
      topics: [topic],
      clusterAuthorizedOperations: 0
    }
  }

  #offsets({ topics }: RequestOf<'ListOffsets'>): ResponseOf<'ListOffsets'> {
    return {
      throttleTimeMs: 0,
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => ({
          partitionIndex,
          errorCode: 0,
          timestamp: -1,
          offset: 0,
          leaderEpoch: 3
        }))
      }))
    }
  }

  async #fetch(request: RequestOf<'Fetch'>): Promise<ResponseOf<'Fetch'>> {
    this.fetches.push({ at: systemClock.monotonic(), request })
    const { throttleTimeMs = 0, errorCode = 0 } = this.topLevel(this.fetches.length)
    if (request.sessionEpoch === 0) this.#asked.clear()
    for (const { partitions } of request.forgottenTopics) for (const each of partitions) this.#asked.delete(each)
    for (const { partitions } of request.topics)
      for (const { partition, fetchOffset } of partitions) this.#asked.set(partition, fetchOffset)
    const asked = [...this.#asked]
    await (this.hold ?? systemClock.sleep(5))
    const partitions = asked.map(([partitionIndex, fetchOffset]) => {
      const answer = this.answer(partitionIndex, fetchOffset)
      return {
        partitionIndex,
        errorCode: answer.errorCode ?? 0,
        highWatermark: 1000,
        lastStableOffset: 1000,
        logStartOffset: 0,
        divergingEpoch: null,
        currentLeader: null,
        abortedTransactions: null,
        preferredReadReplica: -1,
        records: answer.records === undefined ? null : batchAt(fetchOffset, answer.records)
      }
    })
    return { throttleTimeMs, errorCode, sessionId: 77, responses: [{ topic: '', topicId, partitions }] }
  }
}

function batchAt(offset: number, count: number): Buffer {
  const record = { key: null, value: Buffer.from('v'), headers: [], timestamp: 0 }
  const batch = writeBatch(
    Array.from({ length: count }, () => record),
    'none'
  )
  // The base offset and the leader epoch are the broker's to write; no checksum covers them.
  batch.writeBigInt64BE(BigInt(offset), 0)
  batch.writeInt32BE(3, 12)
  return batch
}

function open(wire: ScriptedWire, more: readonly (readonly [string, string])[] = []) {
  const lines: string[] = []
  const properties = new Map([
    ['bootstrap.servers', 'h:1'],
    ['auto.offset.reset', 'earliest'],
    ['retry.backoff.ms', '20'],
    ...more
  ])
  const log = { ...silentLogger, warn: (line: string) => void lines.push(line) }
  const consumer = new Consumer({ properties, clock: systemClock, random: systemRandom, log, wire })
  consumer.assign(Array.from({ length: wire.partitions }, (_, partition) => ({ topic: 't', partition })))
  return { consumer, lines, [Symbol.asyncDispose]: () => consumer.close() }
}

async function read(consumer: Consumer, counts: Map<number, number>): Promise<void> {
  for (const cursor of await consumer.poll(50)) {
    while (cursor.next()) counts.set(cursor.partition, (counts.get(cursor.partition) ?? 0) + 1)
  }
}

test('a partition in error waits alone, with one warning, and goes on when it is well', async () => {
  const wire = new ScriptedWire(2)
  let sick = true
  wire.answer = partition => (partition === 0 && sick ? { errorCode: 56 } : { records: 2 })
  await using opened = open(wire)
  const counts = new Map<number, number>()
  while ((counts.get(1) ?? 0) < 40) await read(opened.consumer, counts)
  assert.equal(counts.get(0), undefined)
  assert.deepEqual(opened.lines, ['t-0@0: the broker answered KAFKA_STORAGE_ERROR (56); trying again'])
  sick = false
  while ((counts.get(0) ?? 0) < 4) await read(opened.consumer, counts)
})

test('a throttled answer is waited out before the next request', async () => {
  const wire = new ScriptedWire(1)
  wire.answer = () => ({ records: 1 })
  wire.topLevel = fetch => (fetch === 2 ? { throttleTimeMs: 400 } : {})
  await using opened = open(wire)
  const counts = new Map<number, number>()
  while (wire.fetches.length < 4) await read(opened.consumer, counts)
  const [, second, third] = wire.fetches
  assert.ok((third?.at ?? 0) - (second?.at ?? 0) >= 400)
})

test('in a fetch session only what changed is sent again, and a lost session begins anew', async () => {
  const wire = new ScriptedWire(3)
  // Only partition 2 has anything: the others' places do not change.
  wire.answer = partition => (partition === 2 ? { records: 1 } : {})
  let lost = 0
  wire.topLevel = fetch => (fetch === 6 ? { errorCode: (lost = 70) } : {})
  await using opened = open(wire)
  const counts = new Map<number, number>()
  while (wire.fetches.length < 9) await read(opened.consumer, counts)
  const sent = wire.fetches.map(({ request }) => ({
    epoch: request.sessionEpoch,
    partitions: request.topics.flatMap(({ partitions }) => partitions.map(({ partition }) => partition)).sort()
  }))
  assert.deepEqual(sent[0], { epoch: 0, partitions: [0, 1, 2] })
  for (const each of sent.slice(1, 6)) assert.ok(each.epoch > 0 && each.partitions.join() === '2', JSON.stringify(each))
  assert.equal(lost, 70)
  assert.deepEqual(sent[6], { epoch: 0, partitions: [0, 1, 2] })
})

test('an answer to a question from before a seek is dropped', async () => {
  const wire = new ScriptedWire(1)
  wire.answer = (_partition, fetchOffset) => ({ records: fetchOffset === 500 ? 3 : 1 })
  let release: () => void = () => undefined
  wire.hold = new Promise(resolve => (release = resolve))
  await using opened = open(wire)
  while (wire.fetches.length === 0) await opened.consumer.poll(10)
  opened.consumer.seek({ topic: 't', partition: 0 }, 500)
  wire.hold = null
  release()
  const offsets: number[] = []
  while (offsets.length < 3) {
    for (const cursor of await opened.consumer.poll(50)) while (cursor.next()) offsets.push(cursor.offset)
  }
  assert.deepEqual(offsets.slice(0, 3), [500, 501, 502])
})

test('polls end at a wakeup, the one under way or the next', async () => {
  const wire = new ScriptedWire(1)
  await using opened = open(wire)
  const waiting = opened.consumer.poll(60_000)
  opened.consumer.wakeup()
  assert.deepEqual(await waiting, [])
  opened.consumer.wakeup()
  assert.deepEqual(await opened.consumer.poll(60_000), [])
})

test('a consumer that is closed while it asks for metadata says nothing of it', async () => {
  const asked = Promise.withResolvers<never>()
  const wire: Wire = {
    request: () => asked.promise,
    supports: () => Promise.resolve(false),
    close() {
      asked.reject(new BrokerUnreachableError('the client is closed'))
      return Promise.resolve()
    }
  }
  const lines: string[] = []
  const log = { ...silentLogger, warn: (line: string) => void lines.push(line) }
  const properties = new Map([['bootstrap.servers', 'h:1']])
  const consumer = new Consumer({ properties, clock: systemClock, random: systemRandom, log, wire })
  consumer.assign([{ topic: 't', partition: 0 }])
  await consumer.poll(20)
  await consumer.close()
  await new Promise(resolve => setImmediate(resolve))
  assert.deepEqual(lines, [])
})
