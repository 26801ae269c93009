// A soak of the consumer: a group that keeps changing reads what is produced without end; every offset is accounted for and memory watched.
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { openAdmin, openConsumer, openProducer, type TestConsumer } from './consumer.ts'
import { uniqueName } from './stack.ts'

export interface SoakOptions {
  readonly minutes: number
  readonly recordsPerSecond: number
  readonly log: (line: string) => void
}

export interface SoakResult {
  readonly read: number
  /** Records read again, after a rebalance or a member that left without a commit. */
  readonly again: number
  readonly rebalances: number
  /** Averages over the second and over the last quarter of the time. */
  readonly early: Memory
  readonly late: Memory
}

/** In MB. */
export interface Memory {
  /** What the process holds of the system's memory: with garbage, and with what V8 and malloc keep for later. */
  readonly rss: number
  /** What is in use when all garbage is gone: JavaScript's heap, and buffers outside of it. A leak grows here. */
  readonly heap: number
  readonly external: number
}

const partitions = 12
const roundMs = 4000
/** Garbage is collected for a look at what is left that often; the rounds between show the memory of an undisturbed process. */
const roundsPerLook = 5
setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
const codecs = ['none', 'gzip', 'zstd']
const strategies = ['RangeAssignor', 'CooperativeStickyAssignor'].map(
  name => `org.apache.kafka.clients.consumer.${name}`
)

/** One member after another joins and leaves; throws where an offset is skipped or records end without being read. */
export async function soak({ minutes, recordsPerSecond, log }: SoakOptions): Promise<SoakResult> {
  await using admin = await openAdmin()
  const topic = uniqueName('soak')
  const bounded = new Map([
    ['retention.bytes', String(64 << 20)],
    ['segment.bytes', String(16 << 20)]
  ])
  await admin.ensureTopic({ name: topic, partitions, replicationFactor: 1, configs: bounded })
  const endsAt = performance.now() + minutes * 60_000
  const tally = new Tally()
  const load = produce(topic, recordsPerSecond, () => performance.now() < endsAt)
  const memory: Memory[] = []
  const properties = {
    'group.id': uniqueName('group'),
    'heartbeat.interval.ms': 200,
    'session.timeout.ms': 6000,
    'metadata.max.age.ms': 5000,
    'isolation.level': 'read_committed',
    // Both in the list: an eager group, as Connect's default is.
    'partition.assignment.strategy': strategies.join()
  }
  const members = [await join(topic, properties, tally), await join(topic, properties, tally)]
  for (let round = 0; performance.now() < endsAt; round++) {
    await sleep(Math.min(roundMs, Math.max(0, endsAt - performance.now())))
    if (round % roundsPerLook === 0) memory.push(look())
    if (round % 3 === 0) members.push(await join(topic, properties, tally))
    if (members.length > 3) await members.shift()?.leave()
    if (round % 15 === 0)
      log(
        `${Math.round((endsAt - performance.now()) / 1000)} s left: ${tally.read} records, ${JSON.stringify(memory.at(-1))} MB`
      )
  }
  const sent = await load
  while (tally.offsets < sent) await sleep(50)
  for (const member of members) await member.leave()
  const quarter = Math.max(1, Math.floor(memory.length / 4))
  return {
    read: tally.read,
    again: tally.read - sent,
    rebalances: tally.rebalances,
    early: average(memory.slice(quarter, 2 * quarter)),
    late: average(memory.slice(-quarter))
  }
}

/** What was read so far. The log is dense, so an offset beyond the next one means that records were skipped. */
class Tally {
  read = 0
  rebalances = 0
  readonly #next = new Map<number, number>()

  /** Different offsets read. */
  get offsets(): number {
    return [...this.#next.values()].reduce((sum, next) => sum + next, 0)
  }

  take(partition: number, offset: number): void {
    this.read++
    const next = this.#next.get(partition) ?? 0
    if (offset > next) throw new Error(`partition ${partition}: records ${next} to ${offset - 1} were skipped`)
    if (offset === next) this.#next.set(partition, next + 1)
  }
}

async function produce(topic: string, recordsPerSecond: number, goesOn: () => boolean): Promise<number> {
  const producers = await Promise.all(
    codecs.map(codec => openProducer({ 'compression.type': codec, 'batch.size': 200_000 }))
  )
  const perTick = Math.ceil(recordsPerSecond / 10)
  const value = Buffer.from(JSON.stringify({ id: 1234, name: 'x'.repeat(100) }))
  let sent = 0
  for (let tick = 0; goesOn(); tick++) {
    const producer = producers[tick % producers.length]
    if (producer === undefined) break
    const began = performance.now()
    await Promise.all(
      Array.from({ length: perTick }, () =>
        producer.send({ topic, partition: sent++ % partitions, key: null, value, headers: [], timestamp: null })
      )
    )
    await sleep(Math.max(0, 100 - (performance.now() - began)))
  }
  await Promise.all(producers.map(producer => producer.close()))
  return sent
}

async function join(topic: string, properties: Readonly<Record<string, string | number>>, tally: Tally) {
  const member: TestConsumer = await openConsumer(properties, false)
  const commit = (): Promise<unknown> => member.commit().catch((error: unknown) => error)
  member.onRevoke = async () => void (await commit())
  member.onRecord = ({ partition, offset }) => tally.take(partition, offset)
  member.subscribe([topic])
  let left = false
  const loop = async (): Promise<void> => {
    while (!left) if ((await member.poll(100)) > 0) await commit()
  }
  const running = loop()
  return {
    leave: async () => {
      left = true
      await running
      await commit()
      await member.consumer.close()
      tally.rebalances += member.events.length
    }
  }
}

function look(): Memory {
  const mb = (bytes: number): number => Math.round((bytes / 2 ** 20) * 10) / 10
  const rss = mb(process.memoryUsage.rss())
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return { rss, heap: mb(heapUsed), external: mb(external) }
}

function average(memory: readonly Memory[]): Memory {
  const of = (part: keyof Memory): number => memory.reduce((sum, each) => sum + each[part], 0) / memory.length
  return { rss: of('rss'), heap: of('heap'), external: of('external') }
}
