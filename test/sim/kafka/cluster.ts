// Kafka as a world has it: brokers that answer bytes, data put into it from outside, faults, and a look behind for whoever checks.
import { type Chance } from '../engine/chance.ts'
import { type Network } from '../engine/network.ts'
import { epochMs, type Scheduler, type SimProcess } from '../engine/scheduler.ts'
import { type ApiName, type Profile } from './api/versions.ts'
import { Controller } from './controller.ts'
import { Core, type KafkaEvents, type KafkaSettings } from './core.ts'
import { type AcceptedCommit, type History, type ProducedRecord } from './history.ts'
import { type Codec, type LogRecord } from './log/batch.ts'
import { compactLog } from './log/compact.ts'
import { type Partition, type Topic } from './state.ts'

export interface SimKafkaOptions {
  readonly scheduler: Scheduler
  readonly network: Network
  readonly chance: Chance
  readonly brokers: number
  /** What chance would choose otherwise. */
  readonly settings?: Partial<KafkaSettings>
}

export interface OutsideRecord {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers?: LogRecord['headers']
  /** Absent: the world's time. */
  readonly timestamp?: number
}

export interface AppendOptions {
  readonly codec?: Codec
  /** Absent: none. An open one holds up readers of committed records until `endTransactions`. */
  readonly transaction?: 'committed' | 'aborted' | 'open'
  /** Records of one batch at most; absent: by chance. */
  readonly batchMax?: number
}

export class SimKafka implements KafkaEvents {
  readonly #core: Core
  readonly #chance: Chance
  readonly #controller: Controller
  #producers = 0
  onCommit: (commit: AcceptedCommit) => void = () => undefined
  onGeneration: (group: string, generation: number) => void = () => undefined
  onFetch: () => void = () => undefined
  onProduced: (record: ProducedRecord) => void = () => undefined

  constructor({ scheduler, network, chance, brokers, settings = {} }: SimKafkaOptions) {
    this.#chance = chance.fork('outside')
    const drawn = drawSettings(chance.fork('settings'))
    this.#core = new Core(scheduler, chance.fork('core'), { ...drawn, ...settings }, this)
    this.#controller = new Controller(this.#core, network, chance.fork('controller'))
    for (let id = 1; id <= brokers; id++) this.#controller.start(id)
    this.#core.publishAtOnce()
    this.#controller.electAll()
  }

  get settings(): KafkaSettings {
    return this.#core.settings
  }

  get history(): History {
    return this.#core.history
  }

  /** Their addresses, whether they run or not. */
  get brokers(): readonly string[] {
    return [...this.#core.brokers.keys()].map(id => `kafka-${id}:9092`)
  }

  /** Of the broker at that place in `brokers`: of its last run, where it is down. */
  process(index: number): SimProcess {
    return this.#controller.process(index + 1)
  }

  createTopic(name: string, partitions: number): void {
    this.#core.makeTopic(name, partitions)
    this.#news()
  }

  /** One of the same name that is made later is another one. */
  deleteTopic(name: string): void {
    this.#core.dropTopic(name)
    this.#news()
  }

  addPartitions(name: string, count: number): void {
    this.#core.addPartitions(this.#topic(name), count)
    this.#news()
  }

  append(topic: string, partition: number, records: readonly OutsideRecord[], options: AppendOptions = {}): number[] {
    const place = this.#partition(topic, partition)
    const { log, epoch } = place
    const { codec = 'none', transaction, batchMax = records.length } = options
    const now = epochMs + Math.floor(this.#core.scheduler.now)
    const stamped = records.map(record => ({ timestamp: now, ...record }))
    const producerId = transaction === undefined ? -1 : 1000 + this.#producers++
    const offsets: number[] = []
    for (let at = 0; at < stamped.length;) {
      const size = options.batchMax ?? this.#chance.between(1, Math.max(1, batchMax - at))
      offsets.push(...log.append(stamped.slice(at, at + size), epoch, codec, producerId))
      at += size
    }
    if (transaction === 'committed') log.endTransaction(producerId, 'commit', epoch, now)
    if (transaction === 'aborted') log.endTransaction(producerId, 'abort', epoch, now)
    place.stir()
    return offsets
  }

  endTransactions(topic: string, partition: number, how: 'commit' | 'abort'): void {
    const place = this.#partition(topic, partition)
    const { log, epoch } = place
    const now = epochMs + Math.floor(this.#core.scheduler.now)
    for (const producerId of log.openProducers) log.endTransaction(producerId, how, epoch, now)
    place.stir()
  }

  /** What a later record of its key has overtaken goes, below `before`. */
  compact(topic: string, partition: number, before = Infinity): void {
    compactLog(this.#partition(topic, partition).log, before, () => this.#chance.happens(0.5))
  }

  /** The log begins there from now on. */
  retain(topic: string, partition: number, beforeOffset: number): void {
    const place = this.#partition(topic, partition)
    place.log.retain(beforeOffset)
    place.stir()
  }

  /** All records that are in the log, those of transactions that were aborted or are open too. */
  log(topic: string, partition: number): LogRecord[] {
    return this.#partition(topic, partition).log.records()
  }

  /** Without those of transactions that were aborted or are open. */
  committedRecords(topic: string, partition: number): LogRecord[] {
    return this.#partition(topic, partition).log.committedRecords()
  }

  committed(group: string, topic: string, partition: number): number | null {
    return this.#core.coordinators.records.get(group)?.offsets.get(`${topic}-${partition}`)?.offset ?? null
  }

  /** Of a group, by `topic-partition`. */
  allCommitted(group: string): ReadonlyMap<string, number> {
    const offsets = this.#core.coordinators.records.get(group)?.offsets ?? new Map()
    return new Map([...offsets].map(([key, { offset }]) => [key, offset]))
  }

  /** Of a group, by their ids; none while nobody coordinates it. */
  members(group: string): readonly string[] {
    const { coordinators } = this.#core
    const broker = coordinators.brokerOf(group)
    const found = broker === null ? null : coordinators.find(broker, group)
    return found === null || typeof found === 'number' ? [] : [...found.members.keys()]
  }

  /** As kill -9. The others notice later. */
  crash(index: number): void {
    this.#controller.crash(index + 1)
  }

  restart(index: number): void {
    this.#controller.restart(index + 1)
  }

  /** Elects somebody else for one partition, without a crash; `target` and `detail` (0 to 1) choose which. */
  moveLeader(target: number, detail: number): void {
    const partitions = this.#controller.partitions()
    const partition = partitions[Math.floor(detail * partitions.length)]
    const { fit } = this.#core
    if (partition === undefined || fit.length === 0) return
    const others = fit.filter(({ id }) => id !== partition.leader)
    const leader = (others.length > 0 ? others : fit)[target % Math.max(1, others.length)]
    this.#core.lead(partition, leader?.id ?? -1)
    this.#core.tell('kafka', `${partition.topic}-${partition.index} is led by ${partition.leader} in epoch ${partition.epoch}`) // prettier-ignore
    this.#core.publish()
  }

  /** All groups get other coordinators, which read what is stored of them first. */
  moveCoordinators(): void {
    const { fit } = this.#core
    if (fit.length > 0) this.#core.coordinators.settle(fit, () => true)
  }

  /** An election takes a leader that lacks the last `lost` records: others will have their offsets. */
  electUnclean(topic: string, partition: number, lost: number): void {
    const place = this.#partition(topic, partition)
    place.log.truncate(place.log.end - lost)
    const { fit } = this.#core
    this.#core.lead(place, fit.length === 0 ? -1 : this.#chance.pick(fit).id)
    this.#core.tell('kafka', `${topic}-${partition} has lost all from ${place.log.end} on`)
    this.#core.publish()
    place.stir()
  }

  /** Brokers forget what clients have asked for before. */
  forgetFetchSessions(): void {
    for (const { sessions } of this.#core.running) sessions.forgetAll()
  }

  /** The next `times` requests of that API are executed at once and answered so much later. */
  delayAnswers(api: ApiName, delayMs: number, times: number): void {
    this.#core.faults.plan(api, { delayMs }, times)
  }

  /** Lost before they are executed, or their answers after that. The connection is gone with them. */
  loseAnswers(api: ApiName, when: 'before' | 'after', times: number): void {
    this.#core.faults.plan(api, { loses: when }, times)
  }

  failNext(api: ApiName, error: number, times = 1): void {
    this.#core.faults.plan(api, { error }, times)
  }

  throttleNext(api: ApiName, throttleMs: number, times = 1): void {
    this.#core.faults.plan(api, { throttleMs }, times)
  }

  /** Some error that is possible, chosen by two numbers (`detail` from 0 to 1). */
  failOnce(target: number, detail: number): void {
    this.#core.tell('kafka', `the next ${this.#core.faults.planOnce(target, detail)}`)
  }

  /** A transaction has written an offset of this group and not ended. */
  holdOffset(group: string, topic: string, partition: number, isHeld: boolean): void {
    const { unstable } = this.#core.coordinators.record(group)
    if (isHeld) unstable.add(`${topic}-${partition}`)
    else unstable.delete(`${topic}-${partition}`)
  }

  /** Nothing is wrong any more, and nothing waits to go wrong. */
  mend(): void {
    this.#core.faults.clear()
    for (const [id, broker] of this.#core.brokers) {
      if (broker === null) this.#controller.restart(id)
      else broker.process.thaw()
    }
    for (const { unstable } of this.#core.coordinators.records.values()) unstable.clear()
    for (const { topic, index } of this.#controller.partitions()) this.endTransactions(topic, index, 'abort')
  }

  #news(): void {
    if (this.#core.scheduler.now === 0) this.#core.publishAtOnce()
    else this.#core.publish()
  }

  #topic(name: string): Topic {
    const topic = this.#core.topics.get(name)
    if (topic === undefined) throw new Error(`there is no topic ${name}`)
    return topic
  }

  #partition(topic: string, index: number): Partition {
    const partition = this.#topic(topic).partitions[index]
    if (partition === undefined) throw new Error(`there is no partition ${topic}-${index}`)
    return partition
  }
}

function drawSettings(chance: Chance): KafkaSettings {
  const profile: Profile = chance.weighted({ '4.1': 3, '4.0': 2, '2.8': 2, '2.4': 1 })
  return {
    profile,
    newsMsMax: chance.pick([5, 50, 500]),
    initialDelayMs: chance.pick([0, 0, 100, 3000]),
    noticeMs: chance.pick([200, 2000, 9000]),
    messageBytesMax: 1_048_588
  }
}
