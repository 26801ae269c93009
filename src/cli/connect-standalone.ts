// The command connect-standalone: a worker of one process, connectors in files, as Apache Kafka's command of that name.
import process from 'node:process'
import { Worker } from 'node:worker_threads'
import { taskThreadOptions } from '../thread-options.ts'
import { visibleText } from '../util/visible-text.ts'

const usage = `Usage: connect-standalone WORKER.properties [CONNECTOR.properties|CONNECTOR.json ...]

Runs the connectors in this process until it gets SIGTERM or SIGINT: then tasks finish, commit and leave their groups.
A second signal ends it at once.
`

const signalExitCodes = { SIGINT: 130, SIGTERM: 143 } as const

const threadEntry = new URL(import.meta.url.replace(/cli\/connect-standalone(\.[jt]s)$/, 'task-thread$1'))

// A log that nobody reads any more is no reason to stop.
process.stdout.on('error', () => undefined)

const args = process.argv.slice(2)
if (args.includes('--help') || args.includes('-h')) {
  process.stdout.write(usage)
} else if (args[0] === undefined || args[0].startsWith('-')) {
  process.stderr.write(usage)
  process.exitCode = 1
} else {
  await run(args[0], args.slice(1))
}

async function run(workerPath: string, connectorPaths: readonly string[]): Promise<void> {
  // What tasks need takes as long to load as all the rest: both load side by side.
  const thread = connectorPaths.length === 0 ? null : new Worker(threadEntry, taskThreadOptions)
  const { startStandalone, StartError } = await import('../main.ts')
  const running = startStandalone(workerPath, connectorPaths, thread)
  let stopping = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(signalExitCodes[signal])
      stopping = true
      running
        .then(worker => worker.stop())
        .then(
          () => process.stdout.write('', () => process.exit(0)),
          () => process.exit(1)
        )
    })
  }
  try {
    await running
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    process.stderr.write(`connect-standalone does not start:\n${visibleText(error.message)}\n`)
    process.stdout.write('', () => process.exit(error.exitCode))
  }
}
