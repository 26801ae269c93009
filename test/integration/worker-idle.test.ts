// Tasks without partitions: `tasks.max` far above the partitions of a topic costs next to nothing, and leaves as fast as it came.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { restOf } from '../kit/rest.ts'
import { startRedis, uniqueName, withStack } from '../kit/stack.ts'
import { oldClass, openKafka, openRedis, startWorker } from '../kit/worker.ts'

const idleTasks = 300
/** A thousand shall fit into a process of 300 MB, of which the worker itself takes 228: 72 each, and half as much again for chance. Once it was 230. */
const kilobytesPerTask = 108

function residentKilobytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
}

/** A worker with REST to hand, and a connector as asked for over it. */
async function setUp() {
  const kafka = await openKafka()
  const running = await startWorker([], { 'worker.threads': 2, 'offset.flush.interval.ms': 10_000 })
  const rest = await restOf(running)
  return {
    kafka,
    running,
    rest,
    async post(prefix: string, port: number, tasks: number) {
      const topic = await kafka.createTopic(prefix, 1)
      const name = uniqueName(prefix)
      const config = {
        'connector.class': oldClass,
        topics: topic,
        'tasks.max': String(tasks),
        'connect.redis.host': '127.0.0.1',
        'connect.redis.port': String(port),
        'connect.redis.kcql': `INSERT INTO ${name}: SELECT * FROM ${topic} PK id`
      }
      assert.equal((await rest.ask('POST', '/connectors', { body: { name, config } })).status, 201)
      const states = async (): Promise<readonly string[]> => {
        const status = (await rest.get(`/connectors/${name}/status`)).json as { tasks: { state: string }[] }
        return status.tasks.map(({ state }) => state)
      }
      return {
        name,
        key: (id: number) => `${name}:${id}`,
        send: (id: number) => kafka.send(topic, [{ value: JSON.stringify({ id }) }]),
        target: (verb: string) => rest.ask('PUT', `/connectors/${name}/${verb}`),
        all: (wanted: string) => running.until(async () => (await states()).every(state => state === wanted)),
        members: (count: number) => running.until(async () => (await kafka.membersOf(`connect-${name}`)) === count)
      }
    },
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]()
      await kafka[Symbol.asyncDispose]()
    }
  }
}

test('three hundred tasks on one partition: one connection to Redis, little memory, no zeros in the metrics, and gone in no time', async () => {
  const stack = await withStack()
  await using server = await startRedis()
  await using redis = openRedis(server.port)
  await using shared = openRedis(stack.redis.port)
  await using bench = await setUp()
  const { running, rest } = bench
  const clients = async (): Promise<number> =>
    ((await redis.call('CLIENT', 'LIST')) as string).split('\n').filter(line => line !== '').length - 1
  // Both threads have loaded what tasks need.
  const small = await bench.post('busy', stack.redis.port, 2)
  await small.send(1)
  await running.until(async () => (await shared.exists(small.key(1))) === 1)
  await small.members(2)
  const before = residentKilobytes(running.pid)

  const large = await bench.post('idle', server.port, idleTasks)
  await large.all('RUNNING')
  await large.members(idleTasks)
  await large.send(1)
  await running.until(async () => (await redis.exists(large.key(1))) === 1)
  await running.until(async () => (await clients()) === 1)
  if (process.platform === 'linux')
    await running.until(async () => residentKilobytes(running.pid) - before < idleTasks * kilobytesPerTask)

  const metrics = (await rest.get('/metrics')).text.split('\n').filter(line => line.includes(large.name))
  const taskOf = (line: string): string => /task="(\d+)"/.exec(line)?.[1] ?? ''
  const readers = metrics.filter(line => line.startsWith('kafka_connect_sink_task_sink_record_read_total{'))
  // While they join, the partition may pass through several hands; all the others never had one, and have nothing to tell.
  assert.ok(readers.length >= 1 && readers.length < idleTasks / 10, `${readers.length} tasks tell of records`)
  const hands = new Set(readers.map(taskOf))
  const idle = metrics.filter(line => taskOf(line) !== '' && !hands.has(taskOf(line)))
  // Its state under the two names that boards ask for, two ratios and how many partitions it has.
  assert.ok(idle.length <= 5 * (idleTasks - 1), `${idle.length} lines of idle tasks`)

  // A paused task keeps its partitions, and nothing in Redis; the next record finds its way.
  await large.target('pause')
  await large.all('PAUSED')
  await running.until(async () => (await clients()) === 0)
  await large.target('resume')
  await large.send(2)
  await running.until(async () => (await redis.exists(large.key(2))) === 1)

  assert.equal((await rest.ask('DELETE', `/connectors/${large.name}`)).status, 204)
  await large.members(0)
  await running.until(async () => (await clients()) === 0)
  await small.send(2)
  await running.until(async () => (await shared.exists(small.key(2))) === 1)
  await running.stop()
  running.neverSaid(/Graceful stop of task/)
})
