// The schema registry goes away or refuses us: no good record is skipped under any tolerance, and the task stays alive to everything else.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import avsc from 'avsc'
import { FakeRegistry, framed } from '../kit/fake-registry.ts'
import { restOf, type Spoken } from '../kit/rest.ts'
import { startRedis, uniqueName } from '../kit/stack.ts'
import { openKafka, openRedis, type Sent, type Settings, startWorker } from '../kit/worker.ts'

const avroConverter = 'io.confluent.connect.avro.AvroConverter'

/** A record schema with a number and, so that schemas differ, a field of that name. */
const avroSchema = (extra: string) => ({
  type: 'record',
  name: 'R',
  fields: [
    { name: 'id', type: 'int' },
    { name: extra, type: 'string', default: '' }
  ]
})

/** One format: how a schema is registered (as number `version`) and a record of it is written. */
interface Format {
  readonly converter: string
  readonly isKey?: boolean
  readonly settings?: Settings
  schema(registry: FakeRegistry, version: string): number
  payload(version: string, id: number): Uint8Array
}

const avro: Format = {
  converter: avroConverter,
  schema: (registry, version) => registry.add(avroSchema(version)),
  payload: (version, id) =>
    avsc.Type.forSchema(avroSchema(version) as unknown as avsc.Schema).toBuffer({ id, [version]: '' })
}

const formats: Readonly<Record<string, Format>> = {
  'avro, compiled': avro,
  'avro, general': {
    ...avro,
    settings: { transforms: 'x', 'transforms.x.type': 'org.apache.kafka.connect.transforms.DropHeaders', 'transforms.x.headers': 'h' }
  },
  'avro key': { ...avro, isKey: true },
  'protobuf with a reference': {
    converter: 'io.confluent.connect.protobuf.ProtobufConverter',
    schema: (registry, version) => {
      registry.addVersion(`part-${version}`, 1, `syntax = "proto3"; message Part_${version} { string ${version} = 1; }`)
      const text = `syntax = "proto3"; import "part.proto"; message R { int32 id = 1; Part_${version} part = 2; }`
      return registry.add(text, 'PROTOBUF', [{ name: 'part.proto', subject: `part-${version}`, version: 1 }])
    },
    payload: (_version, id) => Buffer.from([0, 0x08, id])
  },
  'json schema': {
    converter: 'io.confluent.connect.json.JsonSchemaConverter',
    schema: (registry, version) =>
      registry.add({ type: 'object', title: version, properties: { id: { type: 'integer' } } }, 'JSON'),
    payload: (_version, id) => Buffer.from(`{"id":${id}}`)
  }
} // prettier-ignore

async function taskOf(rest: Awaited<ReturnType<typeof restOf>>, name: string) {
  const { json } = await rest.get(`/connectors/${name}/status`)
  const { tasks = [] } = (json ?? {}) as { tasks?: { state: string; trace?: string }[] }
  return tasks[0]
}

function registrySettings(format: Format, registry: FakeRegistry): Settings {
  const side = format.isKey === true ? 'key.converter' : 'value.converter'
  return {
    [side]: format.converter,
    [`${side}.schema.registry.url`]: registry.url,
    [`${side}.max.retries`]: 0,
    ...(format.isKey === true
      ? {
          'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
          'value.converter.schemas.enable': 'false'
        }
      : {})
  }
}

/** Connectors side by side in one worker, each a format of its own, that write the ids of partition 1 into a stream in order. */
async function setUp(registry: FakeRegistry, count = Infinity) {
  const kafka = await openKafka()
  const server = await startRedis()
  const redis = openRedis(server.port)
  const cases = await Promise.all(
    Object.entries(formats)
      .slice(0, count)
      .map(async ([title, format], index) => {
        const topic = await kafka.createTopic(`registry${index}`, 2)
        const schemas: Record<string, number> = {}
        const record = (version: string, id: number): Sent => {
          const bytes = framed((schemas[version] ??= format.schema(registry, version)), format.payload(version, id))
          return format.isKey === true
            ? { key: bytes, value: `{"id":${id}}`, partition: 1 }
            : { value: bytes, partition: 1 }
        }
        const name = uniqueName(`registry${index}`)
        const settings: Settings = {
          name,
          topics: topic,
          'errors.tolerance': 'all',
          'connect.redis.port': server.port,
          'connect.redis.kcql': `INSERT INTO ${topic} SELECT id FROM ${topic} STOREAS Stream`,
          'consumer.override.max.poll.interval.ms': 1500,
          'errors.retry.delay.max.ms': 600,
          ...registrySettings(format, registry),
          ...format.settings
        }
        return { title, topic, name, record, settings }
      })
  )
  return {
    kafka,
    cases,
    committed: async ({ name, topic }: (typeof cases)[number]) =>
      (await kafka.committed(`connect-${name}`, topic)).get(1) ?? 0,
    ids: async ({ topic }: (typeof cases)[number]) =>
      (await redis.xrange(topic, '-', '+')).map(([, fields]) => Number(fields[1])),
    async [Symbol.asyncDispose]() {
      await redis[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
      await kafka[Symbol.asyncDispose]()
    }
  }
}

/** The state of each task, asked until all have the one wanted. */
async function allInState(worker: Spoken & { until: (probe: () => Promise<boolean>) => Promise<boolean> }, names: readonly string[], state: string) {
  const rest = await restOf(worker)
  await worker.until(async () => {
    const tasks = await Promise.all(names.map(name => taskOf(rest, name)))
    return tasks.every(task => task?.state === state)
  })
} // prettier-ignore

test('while the registry is away no record is skipped: commits, pause and stop go on, and all passes in order when it is back', async () => {
  using registry = await FakeRegistry.open()
  await using bench = await setUp(registry)
  const { kafka, cases, committed, ids } = bench
  await using worker = await startWorker(cases.map(({ settings }) => settings))
  const names = cases.map(({ name }) => name)
  // A schema that is known, two records; then one that nobody can fetch, and the known one behind it.
  await Promise.all(cases.map(({ topic, record }) => kafka.send(topic, [record('a', 1)])))
  for (const each of cases) await worker.until(async () => (await committed(each)) === 1)
  registry.trouble = { status: 503 }
  const later = ['a', 'a', 'b', 'a', 'c']
  await Promise.all(cases.map(({ topic, record }) => kafka.send(topic, later.map((version, at) => record(version, at + 2))))) // prettier-ignore
  for (const { title, topic, ...each } of cases) {
    await worker.until(async () => (await committed({ title, topic, ...each })) === 3)
    const line = `waiting for schema registry at ${registry.url} since .*, attempt 1: .*answered 503.* Record ${topic}-1@3`
    await worker.said(new RegExp(line))
  }
  // They are asked again for longer than max.poll.interval.ms, and stay in their groups.
  registry.asked.length = 0
  await worker.until(() => Promise.resolve(registry.asked.length >= 6 * cases.length))
  const rest = await restOf(worker)
  await Promise.all(names.map(name => rest.ask('PUT', `/connectors/${name}/pause`)))
  await allInState(worker, names, 'PAUSED')
  await Promise.all(names.map(name => rest.ask('PUT', `/connectors/${name}/resume`)))
  await allInState(worker, names, 'RUNNING')
  for (const each of cases) {
    assert.deepEqual(await ids(each), [1, 2, 3], each.title)
    assert.equal(await kafka.membersOf(`connect-${each.name}`), 1, each.title)
  }
  // Half-way: schemas come, what they refer to does not.
  registry.troubleOf = /^\/subjects/
  registry.asked.length = 0
  const [protobuf] = cases.filter(({ title }) => title.startsWith('protobuf'))
  assert.ok(protobuf)
  for (const each of cases) {
    if (each === protobuf) continue
    await worker.until(async () => (await committed(each)) === 6)
    assert.deepEqual(await ids(each), [1, 2, 3, 4, 5, 6], each.title)
  }
  await worker.until(() => Promise.resolve(registry.asked.filter(path => path.startsWith('/subjects/')).length >= 2))
  assert.equal(await committed(protobuf), 3)
  registry.trouble = null
  await worker.until(async () => (await committed(protobuf)) === 6)
  assert.deepEqual(await ids(protobuf), [1, 2, 3, 4, 5, 6])
  await worker.said(new RegExp(`it answered at record ${protobuf.topic}-1@3, after `))
  // Stopped while it waits: in order, with what was settled committed.
  registry.trouble = response => void response.destroy()
  registry.troubleOf = /^/
  await Promise.all(cases.map(({ topic, record }) => kafka.send(topic, [record('a', 7), record('d', 8)])))
  for (const { topic } of cases) await worker.said(new RegExp(`attempt 1: .* Record ${topic}-1@7`))
  await worker.stop()
  for (const each of cases) assert.equal(await committed(each), 7, each.title)
})

test('a registry that never answers is waited for like one that refuses connections', async () => {
  using registry = await FakeRegistry.open()
  registry.trouble = () => undefined
  await using bench = await setUp(registry, 2)
  const { kafka, cases: two, committed, ids } = bench
  await Promise.all(two.map(({ topic, record }) => kafka.send(topic, [record('a', 1), record('a', 2)])))
  await using worker = await startWorker(two.map(({ settings }) => ({ ...settings, 'value.converter.http.read.timeout.ms': 600 })))
  await worker.until(() => Promise.resolve(registry.asked.length >= two.length))
  const names = two.map(({ name }) => name)
  const rest = await restOf(worker)
  await Promise.all(names.map(name => rest.ask('PUT', `/connectors/${name}/pause`)))
  await allInState(worker, names, 'PAUSED')
  await Promise.all(names.map(name => rest.ask('PUT', `/connectors/${name}/resume`)))
  for (const { topic } of two) await worker.said(new RegExp(`no answer within 600 ms.* Record ${topic}-1@0`))
  registry.trouble = null
  for (const each of two) {
    await worker.until(async () => (await committed(each)) === 2)
    assert.deepEqual(await ids(each), [1, 2], each.title)
  }
}) // prettier-ignore

test('a partition that waits for the registry can be taken over: its new owner writes what is left of it', async () => {
  using registry = await FakeRegistry.open()
  await using bench = await setUp(registry, 2)
  const { kafka, cases: two, committed, ids } = bench
  const settings = two.map(each => each.settings)
  await Promise.all(two.map(({ topic, record }) => kafka.send(topic, [record('a', 1)])))
  await using first = await startWorker(settings)
  for (const each of two) await first.until(async () => (await committed(each)) === 1)
  registry.trouble = { status: 503 }
  await Promise.all(two.map(({ topic, record }) => kafka.send(topic, [record('a', 2), record('b', 3), record('a', 4)])))
  for (const { topic } of two) await first.said(new RegExp(`attempt 1: .* Record ${topic}-1@2`))
  // The second member is given something only when the first one, which waits, has given up what it had and joined anew.
  await using second = await startWorker(settings)
  for (const { name } of two) await second.said(new RegExp(`group connect-${name}: assigned \\[.+\\]`))
  await first.stop()
  registry.trouble = null
  for (const each of two) {
    await second.until(async () => (await committed(each)) === 4)
    assert.deepEqual(await ids(each), [1, 2, 3, 4], each.title)
  }
})

test('errors.retry.timeout, wrong credentials and a redirection fail the task under tolerance all, an unknown id skips its record alone', async () => {
  using away = await FakeRegistry.open()
  using locked = await FakeRegistry.open()
  using moved = await FakeRegistry.open()
  using good = await FakeRegistry.open()
  away.trouble = { status: 503 }
  locked.trouble = { status: 401, body: '{"error_code":40101,"message":"Unauthorized"}' }
  moved.trouble = response => void response.writeHead(302, { location: good.url }).end()
  await using kafka = await openKafka()
  await using server = await startRedis()
  await using redis = openRedis(server.port)
  const registries = { away, locked, moved, good }
  const connectors = await Promise.all(
    Object.entries(registries).map(async ([prefix, registry]) => {
      const topic = await kafka.createTopic(prefix)
      const id = registry.add(avroSchema('a'))
      const payload = (number: number) => avro.payload('a', number)
      await kafka.send(topic, [{ value: framed(99, payload(1)) }, { value: framed(id, payload(2)) }])
      const settings: Settings = {
        name: topic,
        topics: topic,
        'errors.tolerance': 'all',
        'errors.retry.timeout': 700,
        'connect.redis.port': server.port,
        'connect.redis.kcql': `INSERT INTO ${topic}: SELECT id FROM ${topic} PK id`,
        ...registrySettings(avro, registry)
      }
      return { topic, settings }
    })
  )
  await using worker = await startWorker(connectors.map(({ settings }) => settings))
  const rest = await restOf(worker)
  const remedies = [
    /waited for schema registry at .* longer than errors\.retry\.timeout=700 ms.*restart the task/,
    /refused the schema of id 99.*401, Unauthorized\. Check basic\.auth/,
    /302.*write the address that it leads to/
  ]
  for (const [index, remedy] of remedies.entries()) {
    const { topic } = connectors[index] ?? assert.fail()
    const { trace = '' } = await worker.until(async () => {
      const task = await taskOf(rest, topic)
      return task?.state === 'FAILED' && task
    })
    assert.match(trace, remedy)
    assert.equal((await kafka.committed(`connect-${topic}`, topic)).get(0), undefined)
  }
  const { topic } = connectors[3] ?? assert.fail()
  await worker.until(async () => (await kafka.committed(`connect-${topic}`, topic)).get(0) === 2)
  assert.deepEqual(await redis.keys('*'), [`${topic}:2`])
  assert.equal((await taskOf(rest, topic))?.state, 'RUNNING')
})

test('Redis killed while the cache has lost the schemas of what is in flight: all lands, of both partitions', async () => {
  using registry = await FakeRegistry.open()
  await using kafka = await openKafka()
  await using server = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] })
  await using redis = openRedis(server.port)
  const topic = await kafka.createTopic('evicted', 2)
  const ids = { a: registry.add(avroSchema('a')), b: registry.add(avroSchema('b')) }
  const records = (partition: number, from: number, runs: readonly ('a' | 'b')[]): Sent[] =>
    runs.flatMap((version, run) =>
      Array.from({ length: 50 }, (_, at) => ({
        value: framed(ids[version], avro.payload(version, from + run * 50 + at)),
        partition
      }))
    )
  await using worker = await startWorker([
    {
      name: topic,
      topics: topic,
      'connect.redis.port': server.port,
      'connect.redis.kcql': `SELECT id FROM ${topic} PK id`,
      ...registrySettings(avro, registry),
      'value.converter.schemas.cache.config': 1
    }
  ])
  // Redis takes what is written and answers nothing.
  await redis.call('CLIENT', 'PAUSE', '600000', 'WRITE')
  await kafka.send(topic, [...records(0, 0, ['a', 'a']), ...records(1, 1000, ['a', 'b', 'a', 'b'])])
  const rest = await restOf(worker)
  await worker.until(async () => /sink_record_send_total\{.*\} 300\b/.test((await rest.get('/metrics')).text))
  await worker.said(/Records go the compiled way/)
  await server.kill()
  await server.start()
  await worker.until(
    async () => {
      const offsets = await kafka.committed(`connect-${topic}`, topic)
      return offsets.get(0) === 100 && offsets.get(1) === 200
    },
    { unless: /unrecoverable/ }
  )
  assert.equal(await redis.dbsize(), 300)
})
