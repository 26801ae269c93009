// KCR_SEED's promise: the same cases unless asked, new ones on demand, and always a number that repeats them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { run } from './child.ts'
import { seed, seedOf } from './seed.ts'

/** The first cases that a test process of its own takes, and the seed it says. */
async function cases(given: string | undefined): Promise<string> {
  const code = `import fc from 'fast-check'; import { seed } from './test/kit/seed.ts';
    const seen = []
    fc.assert(fc.property(fc.nat(), each => { seen.push(each) }), { numRuns: 5 })
    console.log(seed, String(seen))`
  const env = { KCR_SEED: given ?? '' }
  const {
    code: status,
    stdout,
    stderr
  } = await run(process.execPath, ['--import', './test/kit/seed.ts', '--input-type=module', '-e', code], { env })
  assert.equal(status, 0, stderr)
  return stdout
}

test('the same cases come each time, others where asked, and those of a seed that was said', async () => {
  const fixed = await cases(undefined)
  assert.match(fixed, /^20261124 /)
  assert.equal(await cases(undefined), fixed)
  const random = await cases('random')
  assert.notEqual(random.split(' ')[1], fixed.split(' ')[1])
  assert.equal(await cases(random.split(' ')[0]), random)
})

test('a seed that is neither a number nor "random" is refused', () => {
  for (const given of ['Random', '1.5', 'NaN', ' 7']) assert.throws(() => seedOf(given), /KCR_SEED is ".*": a whole/)
  assert.notEqual(seedOf('random'), seedOf('random'))
  assert.deepEqual([seedOf('0'), seedOf('-5')], [0, -5])
})

test('every property of this process has the seed that is said', () => {
  assert.equal(fc.readConfigureGlobal().seed, seed)
})
