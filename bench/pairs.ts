// The command "npm run bench:pairs": this checkout beside another one, run in turn on the same data, so that a noisy machine is as hard on the one as on the other.
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import kafkajs from 'kafkajs'
import { down, up, type Endpoints } from '../scripts/stack/stack.ts'
import { type Case, cases } from './cases.ts'
import { loadAvro, loadJson } from './load.ts'
import { ratioOf } from './ratio.ts'
import { runCase, workerCommand } from './worker.ts'

const { values: options } = parseArgs({
  options: {
    before: { type: 'string' },
    only: { type: 'string', multiple: true },
    pairs: { type: 'string', default: '20' },
    records: { type: 'string' }
  }
})

/** The cases that one of --only names; all of them where it is not given. */
function chosen(): readonly Case[] {
  const { only, records } = options
  return cases
    .filter(({ name }) => only?.some(text => name.includes(text)) ?? true)
    .map(item => (records === undefined ? item : { ...item, records: Number(records) }))
}

function build(home: string): void {
  const { status } = spawnSync(process.execPath, ['scripts/build.ts'], { cwd: home, stdio: 'inherit' })
  if (status !== 0) throw new Error(`${home} could not be built.`)
}

/** Loads the case's topic, warms both up by a run, then measures the pairs, each in the other order than the one before it. */
async function measure(stack: Required<Endpoints>, item: Case, topic: string, before: string): Promise<void> {
  const admin = new kafkajs.Kafka({ brokers: [stack.kafka.bootstrap], logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  const topics = [topic, ...(item.moreTopics ?? []).map(name => name.replaceAll('TOPIC', topic))]
  await admin.createTopics({
    topics: topics.map(name => ({ topic: name, numPartitions: name === topic ? item.partitions : 1 })),
    waitForLeaders: true
  })
  await (item.format === 'avro' ? loadAvro(item, stack, topic) : loadJson(item, stack.kafka.bootstrap, topic))
  const pairs: { before: number; after: number }[] = []
  for (let index = -1; index < Number(options.pairs); index++) {
    const run = async (home: string): Promise<number> =>
      (
        await runCase(item, stack, topic, `connect-${topic}-${index}-${home === before ? 'before' : 'after'}`, dir =>
          workerCommand(dir, home)
        )
      ).workerCpuPerMillion
    const first = await run(index % 2 === 0 ? before : '.')
    const second = await run(index % 2 === 0 ? '.' : before)
    if (index < 0) continue
    const pair = index % 2 === 0 ? { before: first, after: second } : { before: second, after: first }
    pairs.push(pair)
    console.error(`${item.name}: ${pair.before.toFixed(3)} ${pair.after.toFixed(3)}`)
  }
  const { ratio, low, high, median } = ratioOf(pairs)
  console.log(
    `${item.name}: ${pairs.length} pairs, after / before ${ratio.toFixed(3)} (95 %: ${low.toFixed(3)} to ${high.toFixed(3)}), median ${median.toFixed(3)}`
  )
  await admin.deleteTopics({ topics })
  await admin.disconnect()
}

const { before } = options
if (before === undefined) {
  console.error('Say which checkout to measure against: npm run bench:pairs -- --before DIR [--only CASE] [--pairs N]')
  process.exit(1)
}
if (chosen().length === 0) {
  console.error(`No case has such a name. There are:\n  ${cases.map(({ name }) => name).join('\n  ')}`)
  process.exit(1)
}
build(before)
build('.')
const name = `bench-${process.pid}`
const { kafka, redis, registry, ...rest } = await up({ name, log: line => console.error(line) })
if (kafka === undefined || redis === undefined || registry === undefined) throw new Error('The stack lacks a server.')
try {
  for (const [index, item] of chosen().entries())
    await measure({ ...rest, kafka, redis, registry }, item, `bench-${process.pid}-${index}`, before)
} finally {
  await down(name)
}
