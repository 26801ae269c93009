// A task thread knows what the worker's own file was given: tasks get the worker's properties resolved, and what they say of them leaves by the thread's doors.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Worker as NodeWorker } from 'node:worker_threads'
import { ThreadHost, type ThreadStart } from '../src/runtime/thread-host.ts'
import { type FromTask, type StartTask } from '../src/runtime/task-messages.ts'
import { taskThreadOptions } from '../src/thread-options.ts'

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
  ...{ kind: 'start', id: { connector: 'c', task: 0 }, incarnation: 1, paused: false },
  connectorConfig: [['connector.class', 'no.sesame-4711']],
  taskConfig: [],
  workerConfig: [['client.id', 'sesame-4711']],
  ...{ commitIntervalMs: 1000, commitTimeoutMs: 1000, gracefulTimeoutMs: 1000, metrics: new SharedArrayBuffer(4096) }
}

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
