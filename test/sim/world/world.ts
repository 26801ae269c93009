// A world at work: Kafka, Redis, workers and whatever befalls them, from its first event until everything is written or the patience of its people ends.
import { Scheduler } from '../engine/scheduler.ts'
import { Chance } from '../engine/chance.ts'
import { Network } from '../engine/network.ts'
import { Crossings, type Trouble } from '../check/crossings.ts'
import { effectsOf } from '../check/effects.ts'
import { Groups } from '../check/groups.ts'
import { type Finding, Ledger } from '../check/ledger.ts'
import { States } from '../check/states.ts'
import { Storms } from '../check/storms.ts'
import { SimKafka } from '../kafka/cluster.ts'
import { RedisError } from '../redis/answer.ts'
import { isAnswered } from '../redis/history.ts'
import { SimRedis } from '../redis/server.ts'
import { Faults } from './fault-acts.ts'
import { Fleet } from './fleet.ts'
import { LogWatch } from './log-watch.ts'
import { Moments } from './moments.ts'
import { type Act, type WorldEvent, type WorldPlan } from './plan.ts'
import { draftRecord, poisonedGroup } from './records.ts'
import { letterTopic, redisAddress } from './settings.ts'

/** How one world went. */
export interface Outcome {
  readonly seed: number
  /** Equal in every run of the same plan. */
  readonly digest: string
  readonly findings: readonly Finding[]
  readonly events: number
  readonly simulatedMs: number
  readonly records: number
  readonly crossings: ReadonlyMap<string, number>
}

/** How long a world that was mended has until everything is written and committed. */
const patienceMs = 15 * 60_000
/** The longest session and more. */
const quietMs = 60_000
const stopPatienceMs = 120_000
/** After the last worker has stopped nothing may be written any more. */
const afterglowMs = 60_000

export class World {
  readonly plan: WorldPlan
  readonly scheduler = new Scheduler()
  readonly crossings: Crossings
  readonly ledger: Ledger
  readonly groups: Groups
  readonly states: States
  readonly storms: Storms
  readonly kafka: SimKafka
  readonly redis: SimRedis
  readonly fleet: Fleet
  readonly #network: Network
  readonly #faults: Faults
  readonly #moments: Moments
  readonly #watch: LogWatch
  #records = 0

  constructor(plan: WorldPlan) {
    this.plan = plan
    const { scheduler } = this
    const now = (): number => scheduler.now
    const chance = new Chance(`seed-${plan.seed}`)
    this.crossings = new Crossings(now, () => this.#present())
    this.ledger = new Ledger(plan, now)
    this.#network = new Network(scheduler, chance.fork('network'))
    const parts = { scheduler, network: this.#network }
    this.redis = new SimRedis({ ...parts, chance: chance.fork('redis'), address: redisAddress, name: 'redis' })
    this.kafka = new SimKafka({ ...parts, chance: chance.fork('kafka'), brokers: plan.brokers })
    const find = (checker: string, what: string): void => this.ledger.find(checker, what)
    this.groups = new Groups({ now, history: this.kafka.history, find })
    this.states = new States({ plan, now, find })
    this.storms = new Storms(now, find)
    this.#moments = new Moments(scheduler, event => this.#act(event.act))
    this.#watch = new LogWatch(this.crossings, this.#moments)
    this.fleet = new Fleet({ ...parts, plan, chance: chance.fork('fleet'), brokers: this.kafka.brokers, crossings: this.crossings, ledger: this.ledger, states: this.states, onLine: (worker, line) => this.#onLine(worker, line) }) // prettier-ignore
    this.#faults = new Faults({ ...parts, kafka: this.kafka, redis: this.redis, fleet: this.fleet, crossings: this.crossings }) // prettier-ignore
    this.#listen()
  }

  async run(): Promise<Outcome> {
    const { plan, scheduler, fleet } = this
    this.#begin()
    fleet.start()
    for (const event of plan.events) this.#schedule(event)
    await scheduler.run(() => false, plan.spanMs)
    this.#moments.forget()
    this.#faults.mendAll()
    fleet.repair()
    this.states.mended()
    const isDone = await scheduler.run(() => this.#isDone(), patienceMs)
    if (!isDone) this.#tellStuck()
    this.ledger.end()
    this.groups.end()
    await this.#stop()
    return {
      seed: plan.seed,
      digest: scheduler.trace.digest(),
      findings: this.ledger.findings,
      events: scheduler.events,
      simulatedMs: scheduler.now,
      records: this.#records,
      crossings: this.crossings.counts()
    }
  }

  /** A failure outside of what a world's people can see. */
  broke(error: unknown): void {
    this.ledger.find('uncaught', error instanceof Error ? (error.stack ?? error.message) : String(error))
  }

  #begin(): void {
    const { plan, kafka, redis } = this
    for (const topic of plan.topics) kafka.createTopic(topic.name, topic.partitions)
    for (const { name } of plan.connectors) redis.call('SET', `${name}:${poisonedGroup}`, 'not a sorted set')
  }

  #schedule(event: WorldEvent): void {
    if (event.moment === undefined) this.scheduler.after(event.at, () => this.#act(event.act))
    else this.#moments.await(event)
  }

  #act(act: Act): void {
    switch (act.kind) {
      case 'produce':
        this.#produce(act)
        return
      case 'fault':
        this.scheduler.trace.tell('fault', `${act.fault} ${act.target} for ${act.spanMs} ms`)
        this.groups.befell(act.fault, act.spanMs)
        this.#faults.act(act)
        return
      case 'operate':
        this.scheduler.trace.tell('operator', `${act.what} sink-${act.connector} at worker-${act.worker}`)
        this.fleet.operate(act)
    }
  }

  #produce({ topic: name, partition, records, codec }: Extract<Act, { kind: 'produce' }>): void {
    const topic = this.plan.topics.find(each => each.name === name)
    if (topic === undefined) return
    const drafts = records.map(kind => draftRecord(kind, ++this.#records, partition, topic))
    const offsets = this.kafka.append(
      name,
      partition,
      drafts.map(({ key, value }) => ({ key, value })),
      { codec }
    )
    drafts.forEach(({ kind, number, k, g }, index) => {
      const offset = offsets[index]
      if (offset !== undefined)
        this.ledger.produced({ topic: name, partition, offset, number, kind, key: k, group: g, at: this.scheduler.now })
    })
  }

  #listen(): void {
    const { plan, ledger, crossings, redis, kafka } = this
    redis.history.onExecuted = executed => {
      // The world's own hand is connection 0.
      if (executed.reply instanceof RedisError || executed.connection.id === 0) return
      const effects = effectsOf(executed.words, executed.at, () => isAnswered(executed), plan)
      if (effects.length > 1) crossings.did('merge')
      const worker = this.#network.ownerOf(executed.connection.addr)
      const isLate = this.#watch.unfenced.has(executed.connection.addr)
      for (const effect of effects) {
        if (isLate) ledger.spoiled(effect)
        else ledger.executed(effect)
        if (worker !== null) this.states.wrote(worker, effect, ledger.producedAt(effect.number))
      }
    }
    this.#network.onAsked = (client, address) => {
      if (address === redisAddress) this.storms.count(client, 'connection')
    }
    kafka.onCommit = commit => {
      const { group, topic, partition, offset } = commit
      crossings.did('commit')
      this.#moments.met('commit')
      const connector = group.replace(/^connect-/, '')
      if (!plan.connectors.some(({ name }) => name === connector)) return
      this.groups.committed(commit)
      if (ledger.committed(connector, topic, partition, offset)) crossings.did('coalesce')
    }
    kafka.onGeneration = group => {
      const dealer = plan.connectors.find(({ name }) => group === `connect-${name}`)
      if (dealer !== undefined) ledger.stirred(dealer.name)
      crossings.did('revoke')
      this.#moments.met('rebalance')
    }
    kafka.onFetch = () => this.#moments.met('fetch')
    kafka.onProduced = ({ topic, headers }) => {
      this.#moments.met('letter')
      const connector = plan.connectors.find(({ name }) => letterTopic(name) === topic)
      const of = (name: string): string =>
        headers.find(([key]) => key === `__connect.errors.${name}`)?.[1]?.toString() ?? ''
      if (connector !== undefined)
        ledger.letter(connector.name, of('topic'), Number(of('partition')), Number(of('offset')))
    }
  }

  #onLine(worker: string, line: string): void {
    this.scheduler.trace.tell(worker, line.trimEnd())
    this.#watch.read(line)
    this.storms.count(worker, 'line')
  }

  /** Records of two partitions, or of two tasks, are on their way at once. */
  #present(): Trouble[] {
    const { plan, ledger } = this
    const open = plan.connectors.map(({ name }) => ledger.openPartitions(name))
    if (!open.some(count => count > 1)) return []
    const tasks = plan.connectors.some(({ tasks }, index) => tasks * plan.workers > 1 && (open[index] ?? 0) > 1)
    return tasks ? ['second partition', 'second task'] : ['second partition']
  }

  /** Every record is below its group's committed offset. */
  #isDone(): boolean {
    const { plan, kafka } = this
    return plan.connectors.every(({ name, topics }) =>
      topics.every(topic => {
        const partitions = plan.topics.find(each => each.name === topic)?.partitions ?? 0
        return Array.from({ length: partitions }, (_, partition) => partition).every(partition => {
          const last = this.ledger.lastOffset(topic, partition)
          return last === null || (kafka.committed(`connect-${name}`, topic, partition) ?? 0) > last
        })
      })
    )
  }

  #tellStuck(): void {
    for (const { name, topics } of this.plan.connectors) {
      for (const topic of topics) {
        const partitions = this.plan.topics.find(each => each.name === topic)?.partitions ?? 0
        for (let partition = 0; partition < partitions; partition++) {
          const last = this.ledger.lastOffset(topic, partition)
          const committed = this.kafka.committed(`connect-${name}`, topic, partition) ?? 0
          if (last !== null && committed <= last)
            this.ledger.find('stuck', `${name} has committed ${topic}-${partition}@${committed}; its last record is ${last}. ${this.fleet.statusText()}`) // prettier-ignore
        }
      }
    }
  }

  async #stop(): Promise<void> {
    const { plan, scheduler, fleet, ledger, kafka } = this
    // Members of workers that were killed are waited for as long as their sessions last.
    const isQuiet = plan.seed % 4 === 0
    if (isQuiet) await scheduler.run(() => false, quietMs)
    fleet.stop()
    const isStopped = await scheduler.run(() => fleet.stopped, stopPatienceMs)
    if (!isStopped) ledger.find('hang', 'a worker was asked to stop and did not')
    if (isQuiet) for (const { name } of plan.connectors) this.groups.stopped(`connect-${name}`, kafka.members(`connect-${name}`)) // prettier-ignore
    const writes = ledger.writes
    await scheduler.run(() => false, afterglowMs)
    if (ledger.writes > writes) ledger.find('late-write', 'Redis was written to after the last worker had stopped')
  }
}
