// Cuts the history of a failing world down: events are left out as long as the same checker still complains.
import { runSeed } from './run-seed.ts'
import { lineText } from './engine/trace.ts'
import { planWorld, type WorldEvent, type WorldPlan } from './world/plan.ts'

/** So many worlds are tried at most. */
const triesMax = 600

/** True: the world of `seed` fails, and its shortest history was told. */
export async function shrink(seed: number, tell: (text: string) => void): Promise<boolean> {
  const plan = planWorld(seed)
  const checker = (await runSeed(plan)).findings[0]?.checker
  if (checker === undefined) {
    tell(`Seed ${seed} breaks no promise`)
    return false
  }
  const shortest = await cutDown(plan, checker)
  const { findings, lines } = await runSeed(shortest, { keep: true })
  tell(`Seed ${seed}, ${plan.events.length} events cut down to ${shortest.events.length}:\n`)
  tell(describe(shortest))
  const end = findings[0]?.at ?? Infinity
  const history = lines.filter(({ at, what }) => at <= end && !what.includes(' INFO '))
  tell(
    history
      .slice(-historyLines)
      .map(line => lineText(line).slice(0, lineWidth))
      .join('\n')
  )
  for (const { at, checker: name, what } of findings.slice(0, 5)) tell(`${(at / 1000).toFixed(3)} s ${name}: ${what}`)
  return true
}

/** What a person reads on one screen. */
const historyLines = 30
const lineWidth = 180

/** Halves, quarters, and at last single events are left out. */
async function cutDown(plan: WorldPlan, checker: string): Promise<WorldPlan> {
  let best = plan
  let tries = 0
  const fails = async (events: readonly WorldEvent[]): Promise<boolean> => {
    tries++
    const { findings } = await runSeed({ ...best, events })
    return findings.some(finding => finding.checker === checker)
  }
  for (
    let size = Math.ceil(plan.events.length / 2);
    size >= 1 && tries < triesMax;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    // prettier-ignore
    for (let at = 0; at < best.events.length && tries < triesMax;) {
      const without = best.events.filter((_, index) => index < at || index >= at + size)
      if (await fails(without)) best = { ...best, events: without }
      else at += size
    }
  }
  return best
}

function describe({ topics, connectors, workers, brokers, events }: WorldPlan): string {
  const lines = [
    `${workers} worker(s), ${brokers} broker(s)`,
    ...topics.map(({ name, partitions, keys }) => `topic ${name}: ${partitions} partition(s), ${keys} keys`),
    ...connectors.map(
      ({ name, mode, policy, tolerant, tasks }) =>
        `connector ${name}: ${mode}, ${policy}, errors.tolerance=${tolerant ? 'all' : 'none'}, ${tasks} task(s)`
    ),
    ...events.map(eventText)
  ]
  return `${lines.join('\n')}\n`
}

function eventText({ at, moment, act }: WorldEvent): string {
  const when = moment === undefined ? `at ${at} ms` : `${at} ms after ${moment.name} number ${moment.count}`
  if (act.kind === 'produce') return `${when}: ${act.records.join(' ')} to ${act.topic}-${act.partition}`
  if (act.kind === 'fault') return `${when}: ${act.fault} (${act.target}, ${act.spanMs} ms, ${act.detail.toFixed(3)})`
  return `${when}: ${act.what} of sink-${act.connector} at worker-${act.worker}`
}
