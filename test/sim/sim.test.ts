// A seed is one history: the hash of all that happens is the same each time, under this Node and the one before it.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { runSeed } from './run-seed.ts'
import { planWorld } from './world/plan.ts'

/** Several workers, faults of all sides, restarts. */
const seeds = [3, 17, 42]

for (const seed of seeds) {
  test(`world ${seed} happens the same way three times`, async () => {
    const found = new Set<string>()
    for (let time = 0; time < 3; time++) {
      const { findings, digest } = await runSeed(planWorld(seed))
      assert.deepEqual(findings, [])
      found.add(digest)
    }
    assert.equal(found.size, 1, 'one run differs from another')
  })
}

test('worlds happen the same way under Node 24 and the Node of this run', () => {
  const digests = (program: string, args: readonly string[]): string => {
    const { stdout, stderr, status } = spawnSync(program, [...args, 'test/sim/digest.ts', ...seeds.map(String)])
    assert.equal(status, 0, stderr.toString())
    return stdout.toString()
  }
  assert.equal(digests(process.execPath, ['scripts/run.mjs', 'node-24']), digests(process.execPath, []))
})
