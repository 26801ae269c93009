// Questions to a broker whose answers do not depend on which one it is: asked of a real and of a simulated one, they must be answered alike.
import { type ApiName, type RequestOf, type ResponseOf } from '../../../src/kafka/protocol/apis.ts'
import { writeBatch } from '../../../src/kafka/records/batch-writer.ts'

export type Ask = <A extends ApiName>(api: A, args: RequestOf<A>) => Promise<ResponseOf<A>>

/** An answer, with what differs from broker to broker taken out. */
export interface Told {
  readonly question: string
  readonly answer: unknown
}

const noId = '0'.repeat(32)
const timestamp = 1_700_000_000_000
/** Of the cluster or of the moment. */
const passing = new Set(['throttleTimeMs', 'brokers', 'clusterId', 'controllerId', 'host', 'port', 'nodeId', 'leaderId', 'replicaNodes', 'isrNodes', 'clientHost', 'clusterAuthorizedOperations', 'topicAuthorizedOperations', 'authorizedOperations', 'errorMessage', 'sessionId', 'leader', 'coordinators', 'configs']) // prettier-ignore
/** Named by the broker at random. */
const names = new Set(['memberId', 'topicId'])

export class Questions {
  readonly told: Told[] = []
  readonly #ask: Ask
  readonly #known = new Map<string, string>([[noId, 'none'], ['', '']]) // prettier-ignore

  constructor(ask: Ask) {
    this.#ask = ask
  }

  async ask<A extends ApiName>(question: string, api: A, args: RequestOf<A>): Promise<ResponseOf<A>> {
    const answer = await this.#ask(api, args)
    this.told.push({ question, answer: this.#plain(answer, '') })
    return answer
  }

  /** Asked, and its answer kept to oneself. */
  quietly<A extends ApiName>(api: A, args: RequestOf<A>): Promise<ResponseOf<A>> {
    return this.#ask(api, args)
  }

  /** Names it for good. */
  know(value: string, name: string): void {
    if (!this.#known.has(value)) this.#known.set(value, name)
  }

  #plain(value: unknown, key: string): unknown {
    if (typeof value === 'bigint') return String(value)
    if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
    if (Array.isArray(value)) return value.map(each => this.#plain(each, key))
    if (typeof value === 'string' && names.has(key)) return this.#known.get(value) ?? `a new ${key}`
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value)
        .filter(([name]) => !passing.has(name))
        .map(([name, each]) => [name, this.#plain(each, name)])
    )
  }
}

/** What is in a log, and how it is read. */
export async function askOfLogs(questions: Questions, topic: string): Promise<void> {
  const ask = questions.ask.bind(questions)
  const rights = { allowAutoTopicCreation: false, includeClusterAuthorizedOperations: false, includeTopicAuthorizedOperations: false } // prettier-ignore
  const create = { topics: [{ name: topic, numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] }], timeoutMs: 30_000, validateOnly: false } // prettier-ignore
  await ask('a topic is made', 'CreateTopics', create)
  await ask('a topic is made again', 'CreateTopics', create)
  await ask('too many replicas', 'CreateTopics', { ...create, topics: create.topics.map(each => ({ ...each, name: `${topic}-2`, replicationFactor: 9 })) }) // prettier-ignore
  await untilHeard(questions, topic)
  const found = await ask('metadata', 'Metadata', { topics: [{ topicId: noId, name: topic }], ...rights })
  // Versions before ids say nothing of them.
  const topicId = found.topics[0]?.topicId ?? noId
  questions.know(topicId, 'the topic')
  await ask('metadata of nothing', 'Metadata', { topics: [{ topicId: noId, name: `${topic}-3` }], ...rights })
  const produce = (question: string, index: number, records: Buffer) =>
    ask(question, 'Produce', { transactionalId: null, acks: -1, timeoutMs: 30_000, topicData: [{ name: topic, partitionData: [{ index, records }] }] }) // prettier-ignore
  for (const codec of ['none', 'none', 'gzip'] as const) {
    const record = { key: Buffer.from('k'), value: Buffer.from('v'), headers: [{ key: 'h', value: null }], timestamp }
    await produce(`a batch of ${codec}`, 0, writeBatch([record, { ...record, key: null, timestamp: timestamp + 5 }, { ...record, value: null }], codec)) // prettier-ignore
  }
  const damaged = Buffer.from(writeBatch([{ key: null, value: null, headers: [], timestamp }], 'none'))
  damaged[30] = 77
  await produce('a damaged batch', 0, damaged)
  await produce('a batch for no partition', 7, damaged)
  // The youngest of all, too; of records that are deleted brokers know it still.
  await askOfOffsets(questions, topic, [...times, -3])
  await askOfFetching(questions, topic, topicId)
  await produce('a batch in the other partition', 1, writeBatch([{ key: null, value: Buffer.from('other'), headers: [], timestamp }], 'none')) // prettier-ignore
  await askOfSmallParts(questions, topic, topicId)
  for (const [partitionIndex, offset] of [[0, 4], [1, 5]] as const) // prettier-ignore
    await ask(`records below ${offset} of ${partitionIndex} are deleted`, 'DeleteRecords', { topics: [{ name: topic, partitions: [{ partitionIndex, offset }] }], timeoutMs: 30_000 }) // prettier-ignore
  await askOfOffsets(questions, topic, times)
  await askOfFetching(questions, topic, topicId)
}

/** Of what comes first at least one batch is given whole; of what comes behind it, none that has no room. */
async function askOfSmallParts(questions: Questions, topic: string, topicId: string): Promise<void> {
  for (const [bytesOfFirst, bytesOfSecond, maxBytes] of [
    [20, 20, 1000],
    [1000, 20, 1000],
    [20, 1000, 100],
    [120, 1000, 1000],
    [200, 60, 300],
    [1000, 1000, 120]
  ] as const) {
    // prettier-ignore
    const partitions = [bytesOfFirst, bytesOfSecond].map((partitionMaxBytes, partition) => ({ partition, currentLeaderEpoch: -1, fetchOffset: 0, lastFetchedEpoch: -1, logStartOffset: -1, partitionMaxBytes })) // prettier-ignore
    await questions.ask(`fetch of ${bytesOfFirst} and ${bytesOfSecond} of ${maxBytes}`, 'Fetch', { replicaId: -1, maxWaitMs: 0, minBytes: 1, maxBytes, isolationLevel: 0, sessionId: 0, sessionEpoch: -1, forgottenTopics: [], rackId: '', topics: [{ topic, topicId, partitions }] }) // prettier-ignore
  }
}

/** A broker hears of a new topic a little after it has made it. */
async function untilHeard(questions: Questions, topic: string): Promise<void> {
  const partitions = [0, 1].map(partitionIndex => ({ partitionIndex, currentLeaderEpoch: -1, timestamp: -1 }))
  for (;;) {
    const { topics } = await questions.quietly('ListOffsets', { replicaId: -1, isolationLevel: 0, topics: [{ name: topic, partitions }] }) // prettier-ignore
    if (topics.every(each => each.partitions.every(({ errorCode }) => errorCode === 0))) return
  }
}

const times = [-2, -1, timestamp, timestamp + 1, timestamp + 6]

async function askOfOffsets(questions: Questions, topic: string, of: readonly number[]): Promise<void> {
  for (const time of of) {
    for (const [partitionIndex, currentLeaderEpoch] of [[0, -1], [1, 0], [1, 5], [9, 0]] as const) // prettier-ignore
      await questions.ask(`offset of ${time} in ${partitionIndex} of epoch ${currentLeaderEpoch}`, 'ListOffsets', { replicaId: -1, isolationLevel: 0, topics: [{ name: topic, partitions: [{ partitionIndex, currentLeaderEpoch, timestamp: time }] }] }) // prettier-ignore
  }
  for (const [partition, leaderEpoch] of [[0, 0], [0, 1], [0, -1], [1, 0], [9, 0]] as const) // prettier-ignore
    await questions.ask(`end of epoch ${leaderEpoch} in ${partition}`, 'OffsetForLeaderEpoch', { replicaId: -1, topics: [{ topic, partitions: [{ partition, currentLeaderEpoch: 0, leaderEpoch }] }] }) // prettier-ignore
}

async function askOfFetching(questions: Questions, topic: string, topicId: string): Promise<void> {
  const one = (partition: number, fetchOffset: number, more = {}) => ({ partition, currentLeaderEpoch: -1, fetchOffset, lastFetchedEpoch: -1, logStartOffset: -1, partitionMaxBytes: 1000, ...more }) // prettier-ignore
  const base = { replicaId: -1, maxWaitMs: 0, minBytes: 1, maxBytes: 1_000_000, isolationLevel: 0, sessionId: 0, sessionEpoch: -1, forgottenTopics: [], rackId: '' } // prettier-ignore
  const of = (partitions: ReturnType<typeof one>[]) => [{ topic, topicId, partitions }]
  const ask = (question: string, args: Partial<RequestOf<'Fetch'>>) => questions.ask(question, 'Fetch', { ...base, topics: [], ...args }) // prettier-ignore
  for (const offset of [0, 1, 3, 5, 6, 8, 9, 10])
    await ask(`fetch ${offset}`, { topics: of([one(0, offset), one(1, 0)]) })
  await ask('fetch little', { topics: of([one(0, 6, { partitionMaxBytes: 30 })]), maxBytes: 20 })
  await ask('fetch a bit more than a batch', { topics: of([one(0, 4, { partitionMaxBytes: 120 })]) })
  await ask('fetch committed', { topics: of([one(0, 5)]), isolationLevel: 1 })
  await ask('fetch of an old epoch', { topics: of([one(0, 5, { currentLeaderEpoch: 7 })]) })
  await ask('fetch of an epoch that never was', { topics: of([one(0, 5, { lastFetchedEpoch: 3 })]) })
  await ask('fetch of no partition', { topics: of([one(5, 0)]) })
  await ask('fetch of no topic', {
    topics: [{ topic: `${topic}-3`, topicId: '12'.repeat(16), partitions: [one(0, 0)] }]
  })
  const { sessionId } = await ask('a session begins', { topics: of([one(0, 9), one(1, 0)]), sessionEpoch: 0 })
  await ask('nothing is new', { sessionId, sessionEpoch: 1 })
  await ask('one is read again', { sessionId, sessionEpoch: 2, topics: of([one(0, 6)]) })
  await ask('and again, without a word', { sessionId, sessionEpoch: 3 })
  await ask('one is forgotten', { sessionId, sessionEpoch: 4, topics: of([one(1, 3)]), forgottenTopics: [{ topic, topicId, partitions: [0] }] }) // prettier-ignore
  await ask('an epoch is left out', { sessionId, sessionEpoch: 9 })
  await ask('the session is still there', { sessionId, sessionEpoch: 5 })
  await ask('it ends', { sessionId, sessionEpoch: -1, topics: of([one(0, 9)]) })
  await ask('it is gone', { sessionId, sessionEpoch: 6 })
}
