// The kit's own promises about children: no word is missed, none is judged too early, and a closed input breaks nothing.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { test } from 'node:test'
import { endInput, follow, run, writeInput } from './child.ts'

const node = (code: string) => spawn(process.execPath, ['-e', code], { stdio: ['pipe', 'pipe', 'pipe'] })

test('the last words of a child that has ended are heard, however late they are read', async () => {
  const long = 1 << 20
  const child = follow('child', node(`process.stdout.write('x'.repeat(${long}) + 'last words')`))
  await child.said(/last words/)
  assert.equal(await child.ended, 0)
  assert.equal(child.logAtEnd().length, long + 'last words'.length)
})

test('waiting for what is never said fails at the end, with the log', async () => {
  const child = follow('child', node(`console.log('one'); console.error('two'); process.exitCode = 3`))
  await assert.rejects(
    child.said(/three/),
    /^AssertionError.*The child ended \(3\) without saying \/three\/:\n(one\ntwo|two\none)\n/s
  )
  await assert.rejects(child.said(/o/, 3), /without saying \/o\/ 3 times/)
})

test('a word is waited for as often as asked, and counted at the end', async () => {
  const child = follow(
    'child',
    node(`for (const each of [1, 2, 3]) setTimeout(() => console.log('beat ' + each), each)`)
  )
  assert.equal((await child.said(/beat (\d)/, 3))[1], '3')
  await child.ended
  child.saidTimes(/beat/, 3)
  child.neverSaid(/missed/, /lost/)
  assert.throws(() => child.saidTimes(/beat/, 2), /said \/beat\/ 3 times instead of 2:\nbeat 1\n/)
  assert.throws(() => child.neverSaid(/missed/, /beat 2/), /said \/beat 2\/ \("beat 2"\):\nbeat 1\n/)
})

test('a log that is still written is not judged', async () => {
  const process_ = node('setInterval(() => undefined, 1000)')
  const child = follow('child', process_)
  for (const judge of [() => child.neverSaid(/x/), () => child.saidTimes(/x/, 0), () => child.logAtEnd()]) {
    assert.throws(judge, /The child still runs: stop it/)
  }
  process_.kill('SIGKILL')
  assert.equal(await child.ended, null)
  child.neverSaid(/x/)
})

test('writing to a child that has ended, or that closes its input, is no error of the test', async () => {
  const child = node('process.stdin.destroy()')
  const { ended } = follow('child', child)
  await ended
  writeInput(child, 'nobody reads this')
  endInput(child, 'x'.repeat(1 << 20))
  const { code, stdout } = await run(process.execPath, ['-e', 'console.log(1); process.exit(4)'], {
    stdin: 'x'.repeat(1 << 20)
  })
  assert.deepEqual([code, stdout], [4, '1\n'])
})
