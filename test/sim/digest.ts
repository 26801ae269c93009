// Prints the hash of what happens in the worlds whose seeds are given: the same under every Node.
import { runSeed } from './run-seed.ts'
import { planWorld } from './world/plan.ts'

for (const seed of process.argv.slice(2)) console.log(seed, (await runSeed(planWorld(Number(seed)))).digest)
