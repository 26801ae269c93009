// The command connect-cli: the DataMountaineer command line for the Connect REST API, words, outputs and exit codes as they were.
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { runConnectCli } from './connect-cli/run.ts'

// A reader that has seen enough (`| head`) closes the pipe: that is no fault worth a trace.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

process.exitCode = await runConnectCli(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  version
})
