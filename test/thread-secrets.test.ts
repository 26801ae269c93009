// A task thread knows what the worker's own file was given: tasks get the worker's properties resolved, and what they say of them leaves by the thread's doors.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Worker as NodeWorker } from 'node:worker_threads'
import { matchesWhole, pluginTable } from '../src/plugins.ts'
import { LogStream } from '../src/runtime/log.ts'
import { PluginRegistry } from '../src/runtime/plugin-registry.ts'
import { type TaskDoors } from '../src/runtime/task-doors.ts'
import { TaskMetrics } from '../src/runtime/task-metrics.ts'
import { TaskRunner } from '../src/runtime/task-runner.ts'
import { ThreadHost, type ThreadStart } from '../src/runtime/thread-host.ts'
import { type FromTask, type StartTask } from '../src/runtime/task-messages.ts'
import { taskThreadOptions } from '../src/thread-options.ts'
import { systemClock } from '../src/util/clock.ts'
import { middleRandom } from './kit/fake-clock.ts'
import { FakeConsumer, FakeSink } from './kit/task-world.ts'

const providers = [
  ['config.providers', 'env'],
  ['config.providers.env.class', 'org.apache.kafka.common.config.provider.EnvVarConfigProvider'],
  ['bootstrap.servers', 'localhost:1']
] as const

const threadStart: ThreadStart = {
  format: 'json',
  levels: [],
  pluginFiles: [],
  secrets: [
    { text: '${file:/run/w:p}', value: 'sesame-4711', isSecret: true },
    { text: '${file:/run/w:words}', value: 'level,message,loggers', isSecret: false }
  ]
}
const start: StartTask = {
  kind: 'start',
  ...{ id: { connector: 'c', task: 0 }, incarnation: 1, paused: false },
  connectorConfig: [['connector.class', 'no.sesame-4711']],
  taskConfig: [],
  workerConfig: [['client.id', 'sesame-4711']],
  ...{ commitIntervalMs: 1000, commitTimeoutMs: 1000, gracefulTimeoutMs: 1000, metrics: TaskMetrics.newBuffer() }
}

/** What a thread tells of two tasks, whose connectors write the same topic in these two ways. */
async function toldOf(topics: readonly string[], read: string): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const told = new Map(topics.map(written => [written, new Set<string>()]))
  const { promise: ended, resolve } = Promise.withResolvers<void>()
  let running = topics.length
  const table = pluginTable({ newSinkTask: () => new FakeSink(), environment: { KCR_TOPIC: 'orders' } })
  const doors: TaskDoors = {
    ...{ clock: systemClock, random: middleRandom, compileRegex: matchesWhole, yieldTurn: () => Promise.resolve() },
    logs: new LogStream({ clock: systemClock, write: () => undefined }),
    registry: new PluginRegistry(table),
    consumer() {
      const consumer = Object.assign(new FakeConsumer(systemClock, read), { lag: () => 1 })
      void consumer.assign({ 0: 0 })
      consumer.give(0, 0, ['1'])
      return consumer
    },
    deadLetterProducer: () => assert.fail('no letters'),
    ensureTopic: () => assert.fail('no letters')
  }
  const runner = new TaskRunner(doors, message => {
    const { connector } = message.id
    const all = told.get(connector)
    if (message.kind === 'topic') all?.add(message.topic)
    if (message.kind === 'metrics')
      for (const { tags } of message.metrics) if (tags !== undefined) all?.add(JSON.stringify(tags))
    if (message.kind === 'ended' && --running === 0) resolve()
    if (all?.size === 2) runner.handle({ kind: 'order', order: 'stop', id: message.id, incarnation: 1 })
  })
  for (const written of topics) {
    const connectorConfig = [
      ...([
        ['connector.class', 'RedisSink'],
        ['topics', written],
        ['connect.redis.kcql', 'SELECT * FROM orders']
      ] as const),
      ...([
        ['key.converter', 'StringConverter'],
        ['value.converter', 'StringConverter']
      ] as const)
    ] as const
    const metrics = TaskMetrics.newBuffer()
    runner.handle({ ...start, id: { connector: written, task: 0 }, connectorConfig, workerConfig: providers, metrics })
  }
  await ended
  runner.close()
  return told
}

test('how a topic is called is for its own connector to say, not for those that share its thread', async () => {
  const written = ['${env:KCR_TOPIC}', 'orders']
  const told = await toldOf(written, 'orders')
  assert.deepEqual(
    [...told.values()].map(all => [...all].sort()),
    written.map(name => [name, JSON.stringify({ topic: name, partition: '0' })].sort())
  )
  const other = await toldOf(['${env:KCR_TOPIC}'], 'Orders')
  assert.ok(other.get('${env:KCR_TOPIC}')?.has('Orders'), 'letter by letter')
})

test("a task's trace and log hide what the worker's file was given, and a line of JSON keeps its keys", async () => {
  const thread = new NodeWorker(new URL('../src/task-thread.ts', import.meta.url), taskThreadOptions)
  const lines: string[] = []
  const host = new ThreadHost(thread, threadStart, text => void lines.push(text))
  try {
    const traces = await new Promise<readonly string[]>((resolve, reject) => {
      const failed: string[] = []
      host.onDeath(reject)
      host.onMessage((message: FromTask) => {
        if (message.kind === 'state') failed.push(message.trace ?? '')
        if (message.kind === 'ended') resolve(failed)
      })
      host.post(start)
    })
    const said = [...traces, ...lines].join('')
    assert.doesNotMatch(said, /sesame/)
    assert.match(traces.join(''), /\$\{file:\/run\/w:p\}/)
    assert.deepEqual(
      lines.map(line =>
        Object.keys(JSON.parse(line) as object)
          .slice(0, 3)
          .join()
      ),
      lines.map(() => 'time,level,logger')
    )
    assert.match(lines.join(''), /\$\{file:\/run\/w:p\}/)
  } finally {
    await host.close()
  }
})
