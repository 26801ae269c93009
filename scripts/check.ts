// The task "check": types, lint, format and the house's own rules, two at a time, with the output of those that fail.
import { spawn } from 'node:child_process'

const checks: readonly (readonly [what: string, program: string, ...args: string[]])[] = [
  ['lint', 'eslint', '.'],
  ['types', 'tsc', '-p', 'tsconfig.json', '--noEmit'],
  ['format', 'prettier', '--check', '--log-level', 'warn', '.'],
  ['tidy', 'node', '--test', 'test/tidy.test.ts']
]

function run([what, program, ...args]: (typeof checks)[number]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now()
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const said: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => said.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk))
    child.on('error', reject)
    child.on('close', status => {
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
      console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${what} (${seconds} s)`)
      if (status !== 0) process.stdout.write(Buffer.concat(said))
      resolve(status === 0)
    })
  })
}

// The machines of the house have two cores: more at once would only queue.
const waiting = [...checks]
const results: boolean[] = []
const lane = async () => {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) results.push(await run(next))
}
await Promise.all([lane(), lane()])
process.exitCode = results.every(Boolean) ? 0 : 1
