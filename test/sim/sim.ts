// npm run sim: runs worlds by their seeds, and says of each one that breaks a promise how to run it again and what happened in it.
import { fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import { doings, pairName, troubles } from './check/crossings.ts'
import { lineText } from './engine/trace.ts'
import { runSeed } from './run-seed.ts'
import { shrink } from './shrink.ts'
import { planWorld } from './world/plan.ts'

const usage = `npm run sim -- --seed N [--seeds M] [--minutes T] [--jobs J] [--shrink] [--trace]

  --seed N      the first world (default 1)
  --seeds M     how many worlds, one behind the other (default 1)
  --minutes T   stop after so many minutes of real time
  --jobs J      so many at once (default: one per core)
  --shrink      cut the history of the first world that fails down to what is needed
  --trace       print all that happened in the first world
  --first       stop at the first world that breaks a promise
  --table       say how often each pair of a doing and a trouble met`

/** What a child tells of one world. */
interface Report {
  readonly seed: number
  readonly findings: readonly { readonly at: number; readonly checker: string; readonly what: string }[]
  readonly events: number
  readonly simulatedMs: number
  readonly records: number
  readonly crossings: readonly (readonly [string, number])[]
}

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    minutes: { type: 'string' },
    jobs: { type: 'string' },
    shrink: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
    table: { type: 'boolean', default: false },
    first: { type: 'boolean', default: false },
    step: { type: 'string' },
    help: { type: 'boolean', default: false }
  }
})

function whole(name: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new Error(`--${name} is "${text}": a whole number is expected.\n\n${usage}`)
  return Number(text)
}

/** One child's share: every `step`-th seed. */
async function runShare(first: number, end: number, step: number): Promise<void> {
  for (let seed = first; seed < end; seed += step) {
    const { findings, events, simulatedMs, records, crossings } = await runSeed(planWorld(seed))
    const report: Report = { seed, findings, events, simulatedMs, records, crossings: [...crossings] }
    await new Promise<void>(resolve => process.send?.(report, undefined, undefined, () => resolve()))
  }
}

async function runAll(first: number, count: number): Promise<boolean> {
  const jobs = Math.min(count, values.jobs === undefined ? availableParallelism() : whole('jobs', values.jobs))
  const startedAt = performance.now()
  const limitMs = values.minutes === undefined ? Infinity : whole('minutes', values.minutes) * 60_000
  const failed: Report[] = []
  const pairs = new Map<string, number>()
  const sum = { worlds: 0, events: 0, simulatedMs: 0, records: 0 }
  const stop = (): void => {
    for (const each of children) each.kill()
  }
  const children = Array.from({ length: jobs }, (_, job) => {
    const args = ['--seed', String(first + job), '--seeds', String(count - job), '--step', String(jobs)]
    const child = fork(fileURLToPath(import.meta.url), args, { env: { ...process.env, KCR_SCRIBBLE: '1' } })
    child.on('message', (report: Report) => {
      sum.worlds++
      sum.events += report.events
      sum.simulatedMs += report.simulatedMs
      sum.records += report.records
      for (const [pair, met] of report.crossings) pairs.set(pair, (pairs.get(pair) ?? 0) + met)
      if (report.findings.length > 0) {
        failed.push(report)
        tell(report)
        if (values.first) stop()
      }
      if (performance.now() - startedAt > limitMs) stop()
    })
    return child
  })
  // What was run until then is told all the same.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)
  const codes = await Promise.all(
    children.map(child => new Promise<number | null>(resolve => child.on('exit', code => resolve(code))))
  )
  const seconds = (performance.now() - startedAt) / 1000
  console.log(
    `${sum.worlds} worlds, ${(sum.simulatedMs / 3_600_000).toFixed(1)} simulated hours, ${sum.records} records, ${sum.events} events ` +
      `in ${seconds.toFixed(1)} s (${(sum.worlds / seconds).toFixed(1)} a second): ${failed.length} broke a promise`
  )
  if (values.table) tellPairs(pairs)
  return failed.length === 0 && (limitMs < Infinity || codes.every(code => code === 0))
}

function tell({ seed, findings }: Report): void {
  console.log(`\nSeed ${seed} breaks a promise. Again: npm run sim -- --seed ${seed} --trace, or --shrink`)
  for (const { at, checker, what } of findings.slice(0, 5)) console.log(`  ${(at / 1000).toFixed(3)} s ${checker}: ${what}`) // prettier-ignore
  if (findings.length > 5) console.log(`  and ${findings.length - 5} more`)
}

function tellPairs(pairs: ReadonlyMap<string, number>): void {
  console.log(`\n| | ${troubles.join(' | ')} |\n|---|${troubles.map(() => '---').join('|')}|`)
  for (const doing of doings)
    console.log(`| ${doing} | ${troubles.map(trouble => pairs.get(pairName(doing, trouble)) ?? 0).join(' | ')} |`)
}

async function traceOne(seed: number): Promise<boolean> {
  const { findings, lines, digest } = await runSeed(planWorld(seed), { keep: true })
  for (const line of lines) console.log(lineText(line))
  console.log(`digest ${digest}`)
  for (const { at, checker, what } of findings) console.log(`${(at / 1000).toFixed(3)} s ${checker}: ${what}`)
  return findings.length === 0
}

const first = whole('seed', values.seed)
const count = whole('seeds', values.seeds)
if (values.help) console.log(usage)
else if (values.step !== undefined && process.send !== undefined) {
  await runShare(first, first + count, whole('step', values.step))
  process.disconnect()
} else if (values.shrink) process.exitCode = (await shrink(first, text => console.log(text))) ? 1 : 0
else if (values.trace) process.exitCode = (await traceOne(first)) ? 0 : 1
else process.exitCode = (await runAll(first, count)) ? 0 : 1
