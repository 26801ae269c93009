// Whatever befalls brokers and members: in the end everything is read and committed, and a seed always tells the same story.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Chance } from '../engine/chance.ts'
import { Cluster, type Member, numbered } from './reader-kit.ts'

const partitions = 3
const seeds = 10
const spanMs = 60_000

interface Story {
  readonly digest: string
  readonly missing: readonly string[]
  readonly lines: readonly string[]
}

function fault({ kafka, scheduler, network }: Cluster, chance: Chance, members: readonly Member[]): void {
  const index = chance.between(0, kafka.brokers.length - 1)
  const spanFor = chance.between(50, 12_000)
  const partition = chance.between(0, partitions - 1)
  const acts: (() => void)[] = [
    () => {
      kafka.crash(index)
      scheduler.after(spanFor, () => kafka.restart(index))
    },
    () => {
      const process = kafka.process(index)
      process.freeze()
      scheduler.after(spanFor, () => process.thaw())
    },
    () => kafka.moveLeader(index, chance.next()),
    () => kafka.moveCoordinators(),
    () => kafka.forgetFetchSessions(),
    () => kafka.delayAnswers(chance.pick(['OffsetCommit', 'JoinGroup', 'SyncGroup', 'Heartbeat', 'Fetch', 'Metadata']), spanFor, 2), // prettier-ignore
    () => kafka.loseAnswers(chance.pick(['OffsetCommit', 'JoinGroup', 'SyncGroup', 'OffsetFetch', 'Fetch']), chance.pick(['before', 'after']), 2), // prettier-ignore
    () => kafka.failOnce(chance.between(0, 100), chance.next()),
    () => {
      const { process } = chance.pick(members)
      process.freeze()
      scheduler.after(spanFor, () => process.thaw())
    },
    () => {
      for (const broker of kafka.brokers) for (const each of network.connections('m0', broker)) each.cut(chance.next())
    },
    () => void kafka.append('t', partition, numbered(0, 3), { transaction: chance.pick(['committed', 'aborted']) }),
    () => kafka.holdOffset('g', 't', partition, true)
  ]
  chance.pick(acts)()
}

async function story(seed: number): Promise<Story> {
  const cluster = new Cluster((seed % 3) + 1, {}, seed)
  const { kafka, scheduler } = cluster
  const chance = cluster.chance.fork('story')
  kafka.createTopic('t', partitions)
  const strategy = chance.pick(['Range', 'CooperativeSticky'])
  const more = {
    'session.timeout.ms': '6000',
    'heartbeat.interval.ms': '1000',
    'request.timeout.ms': '5000',
    'isolation.level': 'read_committed',
    'partition.assignment.strategy': `org.apache.kafka.clients.consumer.${strategy}Assignor`
  }
  const members = Array.from({ length: chance.between(1, 3) }, (_, index) => cluster.member(`m${index}`, ['t'], more))
  for (let number = 0; number < 60; number++) {
    const at = chance.between(0, spanMs)
    scheduler.after(at, () => void kafka.append('t', number % partitions, numbered(number, 2), { codec: number % 5 === 0 ? 'gzip' : 'none' })) // prettier-ignore
  }
  for (let count = chance.between(0, 10); count > 0; count--)
    scheduler.after(chance.between(0, spanMs), () => fault(cluster, chance, members))
  await cluster.until(() => false, spanMs + 15_000)
  kafka.mend()
  for (const { process } of members) process.thaw()
  // A commit that its sender has given up may still be taken, and take newer offsets back: one more record, once all is quiet, mends that.
  await cluster.until(() => false, 30_000)
  for (let partition = 0; partition < partitions; partition++) kafka.append('t', partition, numbered(1000, 1))
  const ends = Array.from(
    { length: partitions },
    (_, partition) => (kafka.committedRecords('t', partition).at(-1)?.offset ?? -1) + 1
  )
  await cluster.until(() => ends.every((end, partition) => (kafka.committed('g', 't', partition) ?? 0) >= end), 400_000)
  const read = new Set(members.flatMap(member => member.offsets))
  const missing = ends.flatMap((end, partition) => {
    const committed = kafka.committed('g', 't', partition) ?? 0
    const unread = kafka.committedRecords('t', partition).filter(({ offset }) => !read.has(`t-${partition}@${offset}`))
    return [
      ...unread.map(({ offset }) => `seed ${seed}: t-${partition}@${offset} was never read`),
      ...(committed >= end ? [] : [`seed ${seed}: t-${partition} is committed up to ${committed} of ${end}`])
    ]
  })
  for (const member of members) member.process.kill()
  return { digest: scheduler.trace.digest(), missing, lines: members.flatMap(({ lines }) => lines) }
}

test(`everything is read and committed in ${seeds} worlds of faults`, async () => {
  for (let seed = 1; seed <= seeds; seed++) {
    const { missing, lines } = await story(seed)
    assert.deepEqual(missing, [], lines.slice(-20).join('\n'))
  }
})

test('a seed always tells the same story', async () => {
  for (const seed of [3, 4, 5]) assert.equal((await story(seed)).digest, (await story(seed)).digest)
})
