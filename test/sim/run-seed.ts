// Runs one world, and sees to it that an error that nobody caught in it is told as its finding.
import { type TraceLine } from './engine/trace.ts'
import { type Outcome, World } from './world/world.ts'
import { type WorldPlan } from './world/plan.ts'

export interface RunOptions {
  /** Keep every line of what happened. */
  readonly keep?: boolean
}

export async function runSeed(
  plan: WorldPlan,
  { keep = false }: RunOptions = {}
): Promise<Outcome & { readonly lines: readonly TraceLine[] }> {
  const world = new World(plan)
  world.scheduler.trace.keep = keep
  const broke = (error: unknown): void => world.broke(error)
  const events = ['uncaughtException', 'unhandledRejection'] as const
  for (const event of events) process.on(event, broke)
  try {
    const outcome = await world.run()
    return { ...outcome, lines: world.scheduler.trace.lines }
  } finally {
    for (const event of events) process.off(event, broke)
  }
}
