// A task thread knows what the worker's own file was given: tasks get the worker's properties resolved, and what they say of them leaves by the thread's doors.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Worker as NodeWorker } from 'node:worker_threads'
import { LogStream } from '../src/runtime/log.ts'
import { buildTask } from '../src/runtime/task-builder.ts'
import { ThreadHost, type ThreadStart } from '../src/runtime/thread-host.ts'
import { type FromTask, type StartTask } from '../src/runtime/task-messages.ts'
import { openTaskDoors } from '../src/task-thread.ts'
import { taskThreadOptions } from '../src/thread-options.ts'
import { systemClock } from '../src/util/clock.ts'

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
  ...{ commitIntervalMs: 1000, commitTimeoutMs: 1000, gracefulTimeoutMs: 1000, metrics: new SharedArrayBuffer(4096) }
}

test('how a topic is called is for its own connector to say, not for those that share its thread', async () => {
  process.env['KCR_SHARED_TOPIC'] = 'orders'
  const lines: string[] = []
  const logs = new LogStream({ clock: systemClock, write: line => void lines.push(line) })
  const told: string[] = []
  const doors = await openTaskDoors(logs, [])
  for (const topics of ['${env:KCR_SHARED_TOPIC}', 'orders']) {
    const connectorConfig = [
      ['connector.class', 'RedisSink'],
      ['topics', topics],
      ['connect.redis.kcql', 'SELECT * FROM orders'],
      ['key.converter', 'StringConverter'],
      ['value.converter', 'StringConverter']
    ] as const
    await buildTask({ ...start, connectorConfig, workerConfig: providers }, doors, {
      post: () => undefined,
      listener: {
        onRunning: () => undefined,
        onPaused: () => undefined,
        onFailed: () => undefined,
        onStopped: () => undefined
      },
      onTopic: () => undefined,
      onLabels: label => void told.push(['orders', 'Orders'].map(label).join())
    })
  }
  assert.deepEqual(told, ['${env:KCR_SHARED_TOPIC},Orders', 'orders,Orders'], lines.join(''))
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
