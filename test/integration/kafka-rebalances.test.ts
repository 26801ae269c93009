// Java's consumers and ours in one group, which chance disturbs under load: nothing is skipped, and what is read again was not committed.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { after, test } from 'node:test'
import { readClientConfig } from '../../src/kafka/client-config.ts'
import { ClientProperties } from '../../src/kafka/client-properties.ts'
import { KafkaWire } from '../../src/kafka/wire.ts'
import { clientOptions, openAdmin, openProducer, type Properties } from '../kit/consumer.ts'
import { commitsOf, Ledger } from '../kit/kafka-ledger.ts'
import { openJavaMember, OurMember, type JavaMember, type Member, type Membership } from '../kit/kafka-rebalances.ts'
import { pick, seeded } from '../kit/mutations.ts'
import { seedOf } from '../kit/seed.ts'
import { uniqueName, withStack } from '../kit/stack.ts'
import { openKafka, until } from '../kit/worker.ts'

const partitions = 6
const sessionMs = 2000
const pollIntervalMs = 3000
const oursMax = 3
const javasMax = 2

const strategy = (...names: string[]): Properties => ({
  'heartbeat.interval.ms': 200,
  'session.timeout.ms': sessionMs,
  'partition.assignment.strategy': names.map(name => `org.apache.kafka.clients.consumer.${name}Assignor`).join()
})
const protocols: readonly (readonly [string, Properties])[] = [
  ['Java’s default list', strategy('Range', 'CooperativeSticky')],
  ['range', strategy('Range')],
  ['sticky', strategy('Sticky')],
  ['cooperative-sticky', strategy('CooperativeSticky')],
  ['KIP-848', { 'group.protocol': 'consumer' }]
]

const disturbances = ['ours joins', 'ours joins', 'java joins', 'ours leaves', 'java leaves', 'ours crashes', 'java crashes'] // prettier-ignore
const troubles = ['ours freezes', 'java freezes', 'ours stalls', 'ours pauses']

/** "npm run chaos" asks for more. */
const rounds = Number(process.env['KCR_CHAOS_ROUNDS'] ?? 1)
const isLong = rounds > 1
/**
 * KCR_SEED repeats a schedule; what the members make of it depends on the machine's time, too. The long form takes new ones each time; every
 * landing takes the same, so that a red one says something of the change.
 */
const firstSeed = seedOf(process.env['KCR_SEED'] ?? (isLong ? 'random' : undefined))

/** Processes that are up and in no group. */
const idle: JavaMember[] = []
after(() => Promise.all(idle.map(member => member[Symbol.asyncDispose]())))

/** Sessions of the newer protocol are the group's, not the member's. */
async function shortenSessions(group: string): Promise<void> {
  const options = await clientOptions({})
  const wire = new KafkaWire({ ...readClientConfig(new ClientProperties(options.properties), 'test'), ...options })
  const [host = '', port = ''] = (await withStack()).kafka.bootstrap.split(':')
  const configs = [{ name: 'consumer.session.timeout.ms', configOperation: 0, value: String(sessionMs) }]
  const resources = [{ resourceType: 32, resourceName: group, configs }]
  const answer = await wire.request({ host, port: Number(port) }, 'IncrementalAlterConfigs', {
    resources,
    validateOnly: false
  })
  assert.equal(answer.responses[0]?.errorCode, 0)
  await wire.close()
}

/** Produces until `stop`, which says how many records each partition holds. */
async function startLoad(topic: string) {
  const producer = await openProducer()
  const ends = Array.from({ length: partitions }, () => 0)
  let producing = true
  const running = (async () => {
    while (producing) {
      const batch = Array.from({ length: 60 }, (_, at) => at % partitions)
      await Promise.all(
        batch.map(partition =>
          producer.send({ topic, partition, key: null, value: Buffer.from('x'), headers: [], timestamp: null })
        )
      )
      for (const partition of batch) ends[partition] = (ends[partition] ?? 0) + 1
      await sleep(20)
    }
  })()
  return {
    ends: ends as readonly number[],
    async stop(): Promise<void> {
      producing = false
      await running
      await producer.close()
    }
  }
}

class Play {
  readonly ledger = new Ledger()
  readonly did: string[] = []
  readonly #next: () => number
  readonly #membership: Membership
  readonly #ours: OurMember[] = []
  readonly #javas: JavaMember[] = []
  /** What goes on by itself meanwhile. */
  readonly #background: Promise<void>[] = []
  #members = 0
  #failure: unknown = null

  constructor(seed: number, topic: string, properties: Properties) {
    this.#next = seeded(seed)
    const failed = (error: unknown): void => void (this.#failure ??= error)
    this.#membership = { topic, properties, ledger: this.ledger, failed }
  }

  async disturb(what: string): Promise<void> {
    const [who, verb] = what.split(' ')
    const members: Member[] = who === 'ours' ? this.#ours : this.#javas
    if (members.length >= (who === 'ours' ? oursMax : javasMax) && verb === 'joins') return
    if (members.length === 0 || verb === 'joins') await (who === 'ours' ? this.#oursJoins() : this.#javaJoins())
    if (verb === 'joins') return
    const member = pick(this.#next, members, members[0] as Member)
    this.did.push(`${member.name} ${verb}`)
    if (verb === 'freezes') this.#background.push(member.freeze(sessionMs * 1.5))
    if (verb === 'stalls') this.#background.push((member as OurMember).stall(pollIntervalMs * 1.5))
    if (verb === 'pauses') this.#background.push((member as OurMember).pause(500, () => this.#next() < 0.5))
    if (verb === 'crashes') await this.#remove(member, () => member.crash())
    if (verb === 'leaves') await this.#remove(member, () => member.leave())
  }

  async #remove(member: Member, go: () => Promise<void>): Promise<void> {
    const java = this.#javas.findIndex(each => each === member)
    const our = this.#ours.findIndex(each => each === member)
    const [javaMember] = java < 0 ? [] : this.#javas.splice(java, 1)
    if (our >= 0) this.#ours.splice(our, 1)
    await go()
    if (javaMember?.alive === true) idle.push(javaMember)
  }

  async #oursJoins(): Promise<void> {
    const name = `ours-${++this.#members}`
    this.did.push(`${name} joins`)
    this.#ours.push(await OurMember.join(name, this.#membership))
  }

  async #javaJoins(): Promise<void> {
    const name = `java-${++this.#members}`
    this.did.push(`${name} joins`)
    const member = idle.pop() ?? (await openJavaMember())
    member.join(name, this.#membership)
    this.#javas.push(member)
  }

  /** All there is by now is committed, or else a moment passes. */
  async breathe(ends: readonly number[]): Promise<void> {
    if (this.#next() < 0.6) return sleep(this.#next() * 600)
    await this.#somebodyIsThere()
    await this.#untilCommitted([...ends])
  }

  /** Whether what was committed was read as well is asked at the end: whatever is skipped must not make this wait for ever. */
  async #untilCommitted(ends: readonly number[]): Promise<void> {
    await using admin = await openAdmin()
    const { topic, properties } = this.#membership
    await until(async () => {
      if (this.#failure !== null) throw this.#failure as Error
      const committed = await admin.groupOffsets(String(properties['group.id']))
      return ends.every((end, partition) => (committed.get(`${topic}-${partition}`)?.offset ?? 0) >= end)
    })
  }

  async #somebodyIsThere(): Promise<void> {
    if (this.#ours.length + this.#javas.length === 0) await this.#oursJoins()
  }

  shuffled(items: readonly string[]): string[] {
    return items
      .map(item => ({ item, at: this.#next() }))
      .sort((a, b) => a.at - b.at)
      .map(({ item }) => item)
  }

  /** Somebody is there at the end who reads what is left. */
  async finish(ends: readonly number[]): Promise<void> {
    await Promise.all(this.#background)
    await this.#somebodyIsThere()
    await this.#untilCommitted(ends)
    for (const member of [...this.#ours, ...this.#javas]) await this.#remove(member, () => member.leave())
  }

  /** Nothing is left behind, whatever happened. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#ours, ...this.#javas].map(member => member.crash()))
  }
}

for (let round = 0; round < rounds; round++) {
  const seed = firstSeed + round
  for (const [name, protocol] of protocols) {
    test(`chance disturbs a group of Java's members and ours (${name}, KCR_SEED=${seed})`, async t => {
      await using kafka = await openKafka()
      const topic = await kafka.createTopic('chance', partitions)
      const group = uniqueName('group')
      if ('group.protocol' in protocol) await shortenSessions(group)
      const properties = {
        ...{ 'group.id': group, 'metadata.max.age.ms': 1000, 'max.poll.interval.ms': pollIntervalMs },
        ...protocol
      }
      await using play = new Play(seed, topic, properties)
      const load = await startLoad(topic)
      try {
        const list = isLong
          ? [...disturbances, ...troubles, ...disturbances, ...troubles, ...disturbances]
          : [...disturbances, ...play.shuffled(troubles).slice(0, 2)]
        for (const what of play.shuffled(list)) {
          await play.disturb(what)
          await play.breathe(load.ends)
        }
      } finally {
        await load.stop()
        t.diagnostic(play.did.join(', '))
      }
      await play.finish(load.ends)
      const commits = await commitsOf(group, topic)
      play.ledger.assertCommits(commits, load.ends)
      const sent = load.ends.reduce((sum, end) => sum + end, 0)
      const { reads, begins } = play.ledger
      t.diagnostic(`${sent} records, ${reads} reads, ${begins} partitions begun, ${commits.length} commits`)
    })
  }
}
