// All six modes through a real worker, with connections killed, workers stopped, killed and added: Redis holds what the model of the old sink holds.
// KCR_SEED=random KCR_CHAOS_STEPS=40 makes it long; KCR_SEED=n replays the records and the steps of a seed that the test's name shows.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { assertInOrder } from '../kit/in-order.ts'
import {
  emptyModelState,
  modelApply,
  type ModelObject,
  type ModelRecord,
  type ModelState,
  type ModelStatement,
  type ModelValue
} from '../kit/redis-model.ts'
import { seed } from '../kit/seed.ts'
import { startRedis, uniqueName } from '../kit/stack.ts'
import { openKafka, openRedis, startWorker, type Settings } from '../kit/worker.ts'

const stepsAsked = process.env['KCR_CHAOS_STEPS']
const partitions = 3
const perStep = 400

type Redis = ReturnType<typeof openRedis>
type Worker = Awaited<ReturnType<typeof startWorker>>
type Form = ModelRecord['form']

// --- the records: their `id` chooses the partition, and stands in every key and member, so that order per key is order in Kafka

const word = fc.oneof(fc.string({ unit: 'binary', maxLength: 6 }), fc.constantFrom('', 'é😀', '\u0001"\\', ' 7 '))
const number = fc.oneof(
  fc.integer({ min: -8000, max: 8000 }).map(value => value / 8),
  fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n })
)
const coordinate = (most: number) =>
  fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: -most * 4, max: most * 4 }).map(value => value / 4) },
    { weight: 1, arbitrary: fc.constantFrom<ModelValue>(null, 'nowhere', '12.5', 3n) }
  )
const body = fc.record({
  id: fc.integer({ min: 0, max: 11 }).map(BigInt),
  name: word,
  // Null is no score: the record is refused.
  price: fc.oneof({ weight: 20, arbitrary: number }, { weight: 1, arbitrary: fc.constant(null) }),
  ok: fc.boolean(),
  nul: fc.constant(null),
  nested: fc.record({ x: fc.integer({ min: 0, max: 2 }).map(BigInt), y: word }),
  longitude: coordinate(180),
  latitude: coordinate(85),
  ch: fc.oneof({ weight: 20, arbitrary: fc.constantFrom('c0', 'c1') }, { weight: 1, arbitrary: fc.constant(null) })
})

function modelObject(value: object): ModelObject {
  const isPlain = (each: unknown): each is object => typeof each === 'object' && each !== null
  return {
    fields: Object.entries(value).map(([name, each]) => [
      name,
      isPlain(each) ? modelObject(each) : (each as ModelValue)
    ])
  }
}

function json(value: ModelValue): string {
  if (typeof value === 'number') return Number.isInteger(value) ? `${value}.0` : String(value)
  if (value === null || typeof value !== 'object')
    return typeof value === 'string' ? JSON.stringify(value) : String(value)
  if ('fields' in value) return `{${value.fields.map(([name, each]) => `"${name}":${json(each)}`).join(',')}}`
  return `[${value.map(json).join(',')}]`
}

// --- the statements, as text and for the model

const plain = (...names: readonly string[]) => names.map((name): readonly [string, string] => [name, name])

function statementsOf(topic: string, prefix: string): readonly (readonly [kcql: string, model: ModelStatement])[] {
  const base = { topic, select: null, ignore: [], pk: ['id'], delimiter: '.', score: '', ttl: 0 } as const
  const columns = 'id, name, price AS cost, nested.x AS nx, ok, nul'
  return [
    [`INSERT INTO ${prefix}c: SELECT * FROM ${topic} PK id`, { ...base, mode: 'cache', target: `${prefix}c:` }],
    [
      `INSERT INTO ${prefix}t: SELECT ${columns} FROM ${topic} PK id, nested.x TTL=5000`,
      {
        ...base,
        mode: 'cache',
        target: `${prefix}t:`,
        select: [['id', 'id'], ['name', 'name'], ['price', 'cost'], ['nested.x', 'nx'], ['ok', 'ok'], ['nul', 'nul']],
        pk: ['id', 'nested.x'],
        ttl: 5000
      }
    ],
    [
      `INSERT INTO ${prefix}z SELECT id, seq, name FROM ${topic} STOREAS SortedSet(score=seq)`,
      { ...base, mode: 'sortedSet', target: `${prefix}z`, select: plain('id', 'seq', 'name'), score: 'seq' }
    ],
    [
      `INSERT INTO ${prefix}zs: SELECT name FROM ${topic} PK id STOREAS SortedSet(score=price) TTL=5000`,
      { ...base, mode: 'sortedSets', target: `${prefix}zs:`, select: plain('name'), score: 'price', ttl: 5000 }
    ],
    [
      `INSERT INTO ${prefix}g: SELECT id, name FROM ${topic} PK id STOREAS GeoAdd`,
      { ...base, mode: 'geo', target: `${prefix}g:`, select: plain('id', 'name') }
    ],
    [
      `INSERT INTO ${prefix}s SELECT id, seq, name, nul, nested FROM ${topic} STOREAS Stream`,
      { ...base, mode: 'stream', target: `${prefix}s`, select: plain('id', 'seq', 'name', 'nul', 'nested') }
    ],
    [
      `SELECT id, seq, ch FROM ${topic} STOREAS PubSub(channel=ch)`,
      { ...base, mode: 'pubSub', target: '', select: plain('id', 'seq', 'ch'), channel: 'ch' }
    ]
  ]
} // prettier-ignore

/** A topic in one of the two forms, what the model makes of it, and what it sends to subscribers. */
class Side {
  readonly form: Form
  readonly topic: string
  readonly prefix: string
  readonly settings: Settings
  readonly records: readonly ModelRecord[]
  readonly state = emptyModelState()
  /** Entries and messages by partition, in order. */
  readonly entries: readonly string[][] = Array.from({ length: partitions }, () => [])
  readonly messages: readonly string[][] = Array.from({ length: partitions }, () => [])

  constructor(form: Form, topic: string, port: number, count: number) {
    this.form = form
    this.topic = topic
    this.prefix = `${form}-`
    const statements = statementsOf(topic, this.prefix)
    this.settings = {
      name: uniqueName(form),
      topics: topic,
      'tasks.max': 2,
      'connect.redis.port': port,
      'connect.redis.error.policy': 'NOOP',
      'connect.redis.kcql': statements.map(([kcql]) => kcql).join(';'),
      'consumer.override.session.timeout.ms': 6000,
      ...(form === 'ordered' ? { 'value.converter': 'org.apache.kafka.connect.storage.StringConverter' } : {})
    }
    const next = Array.from({ length: partitions }, () => 0)
    this.records = fc.sample(body, { seed, numRuns: count }).map((value, seq) => {
      const partition = Number(value.id) % partitions
      const ch = value.ch === null ? null : `${this.prefix}${value.ch}`
      const offset = next[partition] ?? 0
      next[partition] = offset + 1
      return { topic, partition, offset, form, value: modelObject({ ...value, ch, seq: BigInt(seq) }) }
    })
    const models = statements.map(([, model]) => model)
    for (const record of this.records) this.#apply(models, record)
  }

  /** A record is one unit: where one statement refuses it, none writes it. */
  #apply(models: readonly ModelStatement[], record: ModelRecord): void {
    try {
      for (const model of models) modelApply(emptyModelState(), model, record)
    } catch {
      return
    }
    const { streams, published } = this.state
    const stream = `${this.prefix}s`
    for (const model of models) modelApply(this.state, model, record)
    this.entries[record.partition]?.push(String(streams.get(stream)?.at(-1)))
    this.messages[record.partition]?.push(String(published.at(-1)))
  }

  /** How the records of one step are sent. */
  sent(from: number, to: number): { value: string; partition: number }[] {
    return this.records.slice(from, to).map(({ value, partition }) => ({ value: json(value), partition }))
  }
}

// --- what Redis holds

async function compare(redis: Redis, side: Side, heard: readonly string[]): Promise<void> {
  const { state, prefix } = side
  const keys = [...state.strings.keys(), ...state.sortedSets.keys(), ...state.geoSets.keys(), ...state.streams.keys()]
  assert.deepEqual((await redis.keys(`${prefix}*`)).sort(), keys.sort())
  const expires = async (key: string): Promise<boolean> => (await redis.ttl(key)) > 0
  for (const [key, { value, ttl }] of state.strings) {
    assert.equal(await redis.get(key), value, key)
    assert.equal(await expires(key), ttl > 0, key)
  }
  for (const [key, { scores, ttl }] of state.sortedSets) {
    assert.deepEqual(await scoresOf(redis, key), scores, key)
    assert.equal(await expires(key), ttl > 0, key)
  }
  await compareGeo(redis, state)
  const stream = (await redis.xrange(`${prefix}s`, '-', '+')).map(([, fields]) => String(fields))
  for (let partition = 0; partition < partitions; partition++) {
    const isHere = new Set([...(side.entries[partition] ?? []), ...(side.messages[partition] ?? [])])
    assertInOrder(stream.filter(entry => isHere.has(entry)), side.entries[partition] ?? [], `${prefix}s-${partition}`)
    assertInOrder(heard.filter(message => isHere.has(message)), side.messages[partition] ?? [], `channels-${partition}`)
  }
  const all = new Set(side.entries.flat())
  assert.deepEqual(stream.filter(entry => !all.has(entry)), [], 'nothing else stands in the stream')
} // prettier-ignore

async function scoresOf(redis: Redis, key: string): Promise<Map<string, number>> {
  const flat = await redis.zrange(key, '0', '-1', 'WITHSCORES')
  const pairs = flat.flatMap((member, at) => (at % 2 === 0 ? [[member, Number(flat[at + 1])] as const] : []))
  return new Map(pairs)
}

/** Redis keeps coordinates to some millionths of a degree. */
async function compareGeo(redis: Redis, state: ModelState): Promise<void> {
  for (const [key, members] of state.geoSets) {
    assert.deepEqual((await redis.zrange(key, '0', '-1')).sort(), [...members.keys()].sort(), key)
    for (const [member, expected] of members) {
      const [found] = await redis.geopos(key, member)
      for (const axis of [0, 1] as const) {
        const off = Math.abs(Number(found?.[axis]) - expected[axis])
        assert.ok(off < 1e-4, `${key} ${member}: ${String(found)} for ${String(expected)}`)
      }
    }
  }
}

// --- what happens meanwhile

const chaos = ['connections', 'second', 'connections', 'kill', 'connections', 'stop', 'connections'] as const
type Chaos = (typeof chaos)[number]

function chosenSteps(): readonly Chaos[] {
  if (stepsAsked === undefined) return chaos
  return fc.sample(fc.constantFrom(...chaos), { seed, numRuns: Number(stepsAsked) })
}

class Fleet {
  readonly #start: () => Promise<Worker>
  readonly #workers: Worker[] = []

  constructor(start: () => Promise<Worker>) {
    this.#start = start
  }

  async add(): Promise<void> {
    this.#workers.push(await this.#start())
  }

  /** One worker is there at least when a step is over; there are never more than two. */
  async play(step: Chaos, redis: Redis): Promise<void> {
    if (step === 'connections') {
      await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
      return
    }
    const oldest = this.#workers.length > (step === 'second' ? 1 : 0) ? this.#workers.shift() : undefined
    if (step === 'kill') await oldest?.kill()
    else if (oldest !== undefined) await oldest.stop()
    await oldest?.[Symbol.asyncDispose]()
    if (step === 'second' || this.#workers.length === 0) await this.add()
  }

  /** Waits as `until`, for as long as all workers live. */
  async until(probe: () => Promise<boolean>): Promise<void> {
    await Promise.all(this.#workers.map(worker => worker.until(probe)))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const worker of this.#workers) await worker[Symbol.asyncDispose]()
  }
}

test(`six modes, two forms, in spite of everything (seed ${seed})`, async () => {
  await using kafka = await openKafka()
  await using server = await startRedis()
  await using redis = openRedis(server.port)
  await using ears = openRedis(server.port)
  const steps = chosenSteps()
  const count = perStep * (steps.length + 1)
  const sides: Side[] = []
  for (const form of ['schemaless', 'ordered'] as const) {
    sides.push(new Side(form, await kafka.createTopic(form, partitions), server.port, count))
  }
  const heard: string[] = []
  ears.on('pmessage', (_: string, channel: string, message: string) => heard.push(String([channel, message])))
  await ears.psubscribe('*')
  await using fleet = new Fleet(() => startWorker(sides.map(({ settings }) => settings)))
  await fleet.add()
  const written = async (): Promise<number> => (await redis.xlen('schemaless-s')) + (await redis.xlen('ordered-s'))
  for (const [index, step] of [...steps, null].entries()) {
    const before = await written()
    for (const side of sides) await kafka.send(side.topic, side.sent(index * perStep, (index + 1) * perStep))
    await fleet.until(async () => (await written()) > before)
    if (step !== null) await fleet.play(step, redis)
  }
  for (const { topic, settings } of sides) {
    const done = async (): Promise<number> => {
      const offsets = await kafka.committed(`connect-${settings['name']}`, topic)
      return [...offsets.values()].reduce((sum, offset) => sum + offset, 0)
    }
    await fleet.until(async () => (await done()) === count)
  }
  for (const side of sides) {
    assert.ok(side.entries.flat().length > count / 2, 'most records pass')
    await compare(redis, side, heard)
  }
})
