// What happens when something fails beside something else: tasks of one thread, a commit whose answer comes late, records given up with nowhere to go.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'node:test'
import { restOf } from '../kit/rest.ts'
import { startOwnStack, startRedis, uniqueName } from '../kit/stack.ts'
import { oldClass, openKafka, openRedis, type Sent, type Settings, startWorker } from '../kit/worker.ts'

const plainClass = 'connect.redis.RedisSinkConnector'
const killed = /Task is being killed and will not recover until manually restarted/g
const goesToQueue = (name: string): RegExp => new RegExp(`\\[${name}\\|task-0\\].*It goes to the dead letter queue`)
const good = (id: number): Sent => ({ value: JSON.stringify({ id: String(id), n: id }) })
const goods = (from: number, to: number): Sent[] => Array.from({ length: to - from }, (_, index) => good(from + index))

/** A task's state and trace as REST tells them. */
async function taskOf(rest: Awaited<ReturnType<typeof restOf>>, name: string) {
  const { json } = await rest.get(`/connectors/${name}/status`)
  const { tasks } = json as { tasks?: readonly { state: string; trace?: string }[] }
  return { state: tasks?.[0]?.state ?? '', trace: tasks?.[0]?.trace ?? '' }
}

/** A transform that breaks where nobody waits for it, at the record that says how. */
const breaking = `export function plugins() {
  return {
    transformations: [{
      className: 'com.example.Breaking',
      config: [],
      create: () => ({
        apply(record) {
          const how = record.value.get('how')
          if (how === 'timer') setTimeout(() => { throw new Error('broke in a timer') }, 1)
          if (how === 'promise') void Promise.reject(new Error('broke in a promise'))
          return record
        }
      })
    }]
  }
}`

test('an error that nobody caught fails its own task with its cause, and no other of the thread', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'kafka-connect-redis-plugins-'))
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'breaking.plugin.mjs'), breaking)
  await using kafka = await openKafka()
  await using server = await startRedis()
  await using redis = openRedis(server.port)
  const names = ['timer', 'promise', 'well'].map(uniqueName)
  const topics = await Promise.all(names.map(name => kafka.createTopic(name)))
  const connectors = names.map((name, index): Settings => ({
    name,
    topics: topics[index] ?? '',
    'connect.redis.port': server.port,
    'connect.redis.kcql': `INSERT INTO ${name}: SELECT * FROM ${topics[index] ?? ''} PK id`,
    transforms: 'breaking',
    'transforms.breaking.type': 'com.example.Breaking'
  }))
  await using worker = await startWorker(connectors, { 'plugin.path': folder, 'worker.threads': 1 })
  const rest = await restOf(worker)
  const send = (index: number, id: number, how: string): Promise<void> =>
    kafka.send(topics[index] ?? '', [{ value: JSON.stringify({ id, how }) }])
  await Promise.all(names.map((_, index) => send(index, 1, 'well')))
  await worker.until(async () => (await redis.keys('*:1')).length === 3)
  await send(0, 2, 'timer')
  await send(1, 2, 'promise')
  for (const [index, how] of ['timer', 'promise'].entries()) {
    const { trace } = await worker.until(async () => {
      const task = await taskOf(rest, names[index] ?? '')
      return task.state === 'FAILED' ? task : null
    })
    assert.match(
      trace,
      new RegExp(
        `^\\S+ConnectException: [^\\n]*broke in a ${how}[^\\n]* Exiting WorkerSinkTask due to unrecoverable exception\\.\nCaused by: `
      )
    )
  }
  await send(2, 2, 'well')
  await worker.until(() => redis.get(`${names[2]}:2`))
  assert.equal((await taskOf(rest, names[2] ?? '')).state, 'RUNNING')
  await worker.stop()
  worker.neverSaid(/task thread ended/)
})

test('a broker that is silent for longer than a commit may take costs no task its life, and all is committed at last', async () => {
  await using stack = await startOwnStack(['kafka'])
  await using kafka = await openKafka(stack.kafka?.bootstrap)
  await using server = await startRedis()
  await using redis = openRedis(server.port)
  const names = ['late-a', 'late-b'].map(uniqueName)
  const topic = await kafka.createTopic('late')
  const connectors = names.map((name): Settings => ({
    name,
    topics: topic,
    'connect.redis.port': server.port,
    'connect.redis.kcql': `INSERT INTO ${name}: SELECT * FROM ${topic} PK id`
  }))
  await using worker = await startWorker(connectors, {
    'bootstrap.servers': kafka.bootstrap,
    'worker.threads': 1,
    'offset.flush.interval.ms': 300,
    'offset.flush.timeout.ms': 300
  })
  const rest = await restOf(worker)
  const written = (id: number): Promise<boolean> =>
    worker.until(async () => (await redis.exists(...names.map(name => `${name}:${id}`))) === 2)
  const timedOut = (): boolean => worker.found(/Commit of offsets timed out/).length > 0
  let sent = 0
  // A commit must be under way when the broker falls silent.
  while (!timedOut()) {
    await kafka.send(topic, [good(sent)])
    await written(sent++)
    stack.freeze('kafka')
    for (let wait = 0; wait < 40 && !timedOut(); wait++) await sleep(25)
    stack.thaw('kafka')
  }
  await kafka.send(topic, [good(sent)])
  await written(sent++)
  for (const name of names) {
    await worker.until(async () => (await kafka.committed(`connect-${name}`, topic)).get(0) === sent)
    assert.equal((await taskOf(rest, name)).state, 'RUNNING')
  }
  await worker.stop()
  worker.neverSaid(/Task is being killed|thread ended/)
})

test('garbage under tolerance none: what was read before it is written once and committed, however often the task is restarted', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis()
  await using redis = openRedis(server.port)
  const topic = await kafka.createTopic('garbage')
  const name = uniqueName('garbage')
  await kafka.send(topic, [...goods(0, 50), { value: 'no json' }, good(51)])
  await using worker = await startWorker([
    {
      name,
      topics: topic,
      'connect.redis.port': server.port,
      'connect.redis.kcql': `INSERT INTO entries SELECT * FROM ${topic} STOREAS STREAM`,
      // A transform that changes nothing: every record is decoded.
      transforms: 'none',
      'transforms.none.type': 'org.apache.kafka.connect.transforms.RegexRouter',
      'transforms.none.regex': 'none',
      'transforms.none.replacement': 'none'
    }
  ])
  const rest = await restOf(worker)
  for (let start = 1; start <= 6; start++) {
    await worker.said(killed, start)
    await worker.until(async () => (await taskOf(rest, name)).state === 'FAILED')
    if (start < 6) await rest.ask('POST', `/connectors/${name}/tasks/0/restart`)
  }
  assert.equal(await redis.xlen('entries'), 50)
  assert.equal((await kafka.committed(`connect-${name}`, topic)).get(0), 50)
})

const places = {
  nothing: {},
  log: { 'errors.log.enable': 'true' },
  'log, tolerance all': { 'errors.log.enable': 'true', 'errors.tolerance': 'all' },
  'letters, tolerance none': { letters: 'yes' },
  'letters, tolerance all': { letters: 'yes', 'errors.tolerance': 'all' }
} as const

test('a refused record is given up only by NOOP or to a dead letter queue that took it; else the task fails right there', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis()
  await using redis = openRedis(server.port)
  const topic = await kafka.createTopic('refused')
  const queue = uniqueName('refused-letters')
  await kafka.send(topic, [...goods(0, 5), { value: '{"n":5}' }, ...goods(6, 11)])
  const cases = ['NOOP', 'THROW', 'RETRY'].flatMap(policy =>
    Object.entries(places).flatMap(([place, { letters, ...settings }]: [string, Settings]) =>
      [plainClass, oldClass].map(contract => {
        const isKept = letters !== undefined && settings['errors.tolerance'] === 'all'
        const goesOn = isKept || (letters === undefined && policy === 'NOOP')
        return {
          policy,
          place,
          contract,
          hasLetters: letters !== undefined,
          isKept,
          goesOn,
          settings,
          name: uniqueName('refused')
        }
      })
    )
  )
  const connectors = cases.map(({ name, policy, contract, hasLetters, settings }): Settings => ({
    name,
    topics: topic,
    'connector.class': contract,
    'connect.redis.port': server.port,
    'connect.redis.kcql': `INSERT INTO ${name}: SELECT n FROM ${topic} PK id`,
    'connect.redis.error.policy': policy,
    'connect.redis.errors.deadletter': 'true',
    ...settings,
    ...(hasLetters
      ? {
          'errors.deadletterqueue.topic.name': queue,
          'errors.deadletterqueue.topic.replication.factor': 1,
          'errors.deadletterqueue.context.headers.enable': 'true'
        }
      : {})
  }))
  await using worker = await startWorker(connectors)
  const rest = await restOf(worker)
  const committed = async (name: string): Promise<number> =>
    (await kafka.committed(`connect-${name}`, topic)).get(0) ?? 0
  for (const { name, policy, place, contract, goesOn, isKept, settings } of cases) {
    const what = `${policy}, ${place}, ${contract}`
    await worker.until(async () => {
      const { state } = await taskOf(rest, name)
      assert.ok(
        goesOn ? state !== 'FAILED' : state !== 'RUNNING' || (await committed(name)) <= 5,
        `${what} is ${state}`
      )
      return goesOn ? (await committed(name)) === 11 : state === 'FAILED'
    })
    assert.equal((await redis.keys(`${name}:*`)).length, goesOn ? 10 : 5, what)
    // What stood before the refused record is committed, and no more.
    if (!goesOn) assert.equal(await worker.until(async () => (await committed(name)) || null), 5, what)
    const line = new RegExp(`Error encountered in task ${name}-0\\. Executing stage 'TASK_PUT'`)
    if ('errors.log.enable' in settings) await worker.said(line)
    if (isKept) await worker.said(goesToQueue(name))
  }
  await worker.stop()
  worker.neverSaid(...cases.filter(({ isKept }) => !isKept).map(({ name }) => goesToQueue(name)))
  const expected = cases.filter(({ hasLetters }) => hasLetters).map(({ name }) => name)
  const letters = await kafka.read(queue, expected.length)
  const from = letters.map(({ headers }) => String(headers?.['__connect.errors.connector.name']))
  assert.deepEqual(from.toSorted(), expected.toSorted())
})
