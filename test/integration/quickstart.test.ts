// The README's first command, run as a newcomer runs it: the manual's record must come out as the manual shows it.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { endInput, follow, run } from '../kit/child.ts'
import { uniqueName, withStack } from '../kit/stack.ts'

const jane = '{"firstName": "Jane", "lastName": "Doe", "age": 41, "salary": 5120.5}'

/** Runs a program of the house and gathers all it says. */
function start(script: string, args: readonly string[], stdin = '') {
  const child = spawn(process.execPath, ['scripts/run.mjs', script, ...args])
  endInput(child, stdin)
  return { child, ...follow(script, child) }
}

test('quickstart --once reads back what the manual shows, and leaves nothing', async () => {
  const quickstart = start('quickstart', ['--once'])
  assert.equal(await quickstart.ended, 0, quickstart.logAtEnd())
  const said = quickstart.logAtEnd()
  assert.match(said, /^ {5}"SET" "John\.Smith" "\{\\"firstName\\":\\"John\\",/im)
  assert.match(
    said,
    /redis-cli -p \d+ get John\.Smith\n {5}\{"firstName":"John","lastName":"Smith","age":30,"income":4830\.0\}\n/
  )
  const dir = /cd (\S+)\/quickstart$/m.exec(said)?.[1] ?? assert.fail(said)
  assert.equal(existsSync(dir), false)
})

test('the quickstart stays up for more records, Avro and JSON, until Ctrl-C', async () => {
  const quickstart = start('quickstart', [])
  try {
    const [, redis] = await quickstart.said(/redis-cli -p (\d+) get json-Jane\.Doe/)
    const more = [
      {
        args: ['--topic', 'redis-topic'],
        key: 'Jane.Doe',
        form: /Avro/,
        value: '{"firstName":"Jane","lastName":"Doe","age":41,"income":5120.5}'
      },
      {
        args: ['--topic', 'redis-json-topic', '--json'],
        key: 'json-Jane.Doe',
        form: /JSON/,
        value: '{"firstName":"Jane","lastName":"Doe","age":41,"salary":5120.5}'
      }
    ]
    for (const { args, key, form, value } of more) {
      const produce = start('produce', args, `${jane}\n`)
      assert.equal(await produce.ended, 0, produce.logAtEnd())
      await produce.said(form)
      assert.equal(await valueOf(Number(redis), key), value)
    }
  } finally {
    quickstart.child.kill('SIGINT')
  }
  assert.equal(await quickstart.ended, 0, quickstart.logAtEnd())
})

test('produce makes no topic of a mistyped name; --create makes one', async () => {
  const { kafka } = await withStack()
  const topic = uniqueName('produced')
  const to = ['--topic', topic, '--json', '--bootstrap', kafka.bootstrap]
  const refused = start('produce', to, '{"id":1}\n')
  assert.equal(await refused.ended, 1)
  assert.match(refused.logAtEnd(), new RegExp(`has no topic ${topic}\\. If the name is right, .* --create`))
  const made = start('produce', [...to, '--create'], '{"id":1}\n')
  assert.equal(await made.ended, 0, made.logAtEnd())
  assert.match(made.logAtEnd(), new RegExp(`${topic}@0 `))
})

/** Waits for a key as long as it takes: the test runner's own limit ends a wait that never would. */
async function valueOf(port: number, key: string): Promise<string> {
  for (;;) {
    const { stdout } = await run('redis-cli', ['-p', String(port), '--raw', 'get', key])
    if (stdout.trim() !== '') return stdout.trim()
    await sleep(50)
  }
}
