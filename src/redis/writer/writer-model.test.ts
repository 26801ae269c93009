// Random records, refusals, cuts, outages and partitions given up: the writer leaves what one command after the other would leave.
// KCR_SEED=random KCR_WRITER_RUNS=20000 plays a long night; KCR_SEED=n replays the worlds of the seed in a test's name.
import { test } from 'node:test'
import fc from 'fast-check'
import { seed } from '../../../test/kit/seed.ts'
import { type Draft, partitions, play, type Step, type World } from '../../../test/kit/writer-world.ts'
import { type PolicyKind } from '../settings.ts'

const runs = Number(process.env['KCR_WRITER_RUNS'] ?? 400)

const harmless = ['set', 'setex', 'zadd', 'zaddTtl', 'geoadd', 'xadd', 'publish'] as const
/** Under RETRY only what an operator can put right. */
const refusedBy: Readonly<Record<PolicyKind, readonly Draft['kind'][]>> = {
  NOOP: ['forbidden', 'list', 'badGeo', 'badXadd', 'badStream'],
  THROW: ['forbidden', 'list', 'badGeo', 'badXadd', 'badStream'],
  RETRY: ['forbidden', 'list']
}

function draft(policy: PolicyKind): fc.Arbitrary<Draft> {
  const kind = fc.oneof(
    { weight: policy === 'THROW' ? 60 : 12, arbitrary: fc.constantFrom<Draft['kind']>(...harmless) },
    { weight: 1, arbitrary: fc.constantFrom<Draft['kind']>(...refusedBy[policy]) }
  )
  return fc.record({ kind, key: fc.nat(1), member: fc.nat(3) })
}

function steps(faults: boolean): fc.Arbitrary<readonly Step[]> {
  const partition = fc.constantFrom(...partitions)
  const amount = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max })
  const calm: { weight: number; arbitrary: fc.Arbitrary<Step> }[] = [
    { weight: 6, arbitrary: fc.record({ do: fc.constant('take'), partition, count: amount(12) }) },
    { weight: 4, arbitrary: fc.constant<Step>({ do: 'push' }) },
    { weight: 5, arbitrary: fc.record({ do: fc.constant('execute'), amount: amount(8) }) },
    { weight: 5, arbitrary: fc.record({ do: fc.constant('deliver'), amount: amount(200) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('advance'), amount: amount(3000) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('mood'), amount: fc.constantFrom(0, 2) }) },
    { weight: 2, arbitrary: fc.constant<Step>({ do: 'heal' }) }
  ]
  const stormy: { weight: number; arbitrary: fc.Arbitrary<Step> }[] = [
    { weight: 1, arbitrary: fc.constantFrom<Step>({ do: 'cut' }, { do: 'garbage' }, { do: 'outage' }, { do: 'heal' }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('cutBehind'), amount: fc.nat(60) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('mood'), amount: fc.constant(1) }) },
    { weight: 1, arbitrary: fc.constant<Step>({ do: 'late' }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('forget'), partition }) }
  ]
  return fc.array(fc.oneof(...calm, ...(faults ? stormy : [])), { maxLength: 60 })
}

function world(policy: PolicyKind, faults: boolean): fc.Arbitrary<World> {
  return fc.record({
    policy: fc.constant(policy),
    coalesce: fc.boolean(),
    transactions: fc.boolean(),
    scripts: fc.boolean(),
    large: fc.boolean(),
    hot: fc.boolean(),
    kills: fc.boolean(),
    serverFault: fc.boolean(),
    records: fc.tuple(fc.array(draft(policy), { maxLength: 60 }), fc.array(draft(policy), { maxLength: 60 })),
    steps: steps(faults)
  })
}

for (const policy of ['NOOP', 'THROW', 'RETRY'] as const) {
  for (const faults of [false, true]) {
    test(`${policy}, ${faults ? 'with' : 'without'} cuts: the state, the refusals and the offsets of one by one (seed ${seed})`, async () => {
      await fc.assert(fc.asyncProperty(world(policy, faults), play), { numRuns: Math.ceil(runs / 6) })
    })
  }
}
