// What all brokers of a cluster share: its truth, how news of it spreads, and where it is written down what happened.
import { type Chance } from '../engine/chance.ts'
import { type Scheduler } from '../engine/scheduler.ts'
import { type Profile } from './api/versions.ts'
import { type SimBroker } from './broker.ts'
import { CallFaults } from './faults.ts'
import { Coordinators } from './group/coordinators.ts'
import { type AcceptedCommit, History, type ProducedRecord } from './history.ts'
import { Image, Partition, type Topic } from './state.ts'

export interface KafkaSettings {
  readonly profile: Profile
  /** How long a broker hears nothing of a change, at most. */
  readonly newsMsMax: number
  /** `group.initial.rebalance.delay.ms`. */
  readonly initialDelayMs: number
  /** How long the others take to notice that a broker is dead or frozen. */
  readonly noticeMs: number
  /** `message.max.bytes`. */
  readonly messageBytesMax: number
}

/** Who wants to know what happens; a world sets what it needs. */
export interface KafkaEvents {
  onCommit: (commit: AcceptedCommit) => void
  onGeneration: (group: string, generation: number) => void
  /** A fetch was answered with records. */
  onFetch: () => void
  onProduced: (record: ProducedRecord) => void
}

export class Core {
  readonly scheduler: Scheduler
  readonly chance: Chance
  readonly settings: KafkaSettings
  readonly events: KafkaEvents
  readonly faults = new CallFaults()
  readonly history: History
  readonly coordinators: Coordinators
  readonly topics = new Map<string, Topic>()
  /** By number, from 1: the present run of each, or null while it is down. */
  readonly brokers = new Map<number, SimBroker | null>()
  /** Those that the controller takes to be alive. */
  readonly registered = new Set<number>()
  image = new Image(0, [], [])
  #version = 0

  constructor(scheduler: Scheduler, chance: Chance, settings: KafkaSettings, events: KafkaEvents) {
    this.scheduler = scheduler
    this.chance = chance
    this.settings = settings
    this.events = events
    const tell = (who: string, what: string): void => this.tell(who, what)
    this.history = new History(
      () => scheduler.now,
      tell,
      (group, generation) => events.onGeneration(group, generation)
    )
    this.coordinators = new Coordinators({ scheduler, initialDelayMs: settings.initialDelayMs, tell, told: event => this.history.group(event) }, chance.fork('coordinators')) // prettier-ignore
  }

  tell(who: string, what: string): void {
    this.scheduler.trace.tell(who, what)
  }

  /** Brokers that run, frozen or not. */
  get running(): SimBroker[] {
    return [...this.brokers.values()].filter(broker => broker !== null)
  }

  /** Something changed: each broker hears of it in its own time. */
  publish(): void {
    const alive = [...this.registered].toSorted((a, b) => a - b)
    const image = (this.image = new Image(++this.#version, alive, this.topics.values()))
    for (const broker of this.running)
      broker.process.after(this.chance.next() * this.settings.newsMsMax, () => broker.hear(image))
  }

  /** Nobody has to wait for this news. */
  publishAtOnce(): void {
    const alive = [...this.registered].toSorted((a, b) => a - b)
    this.image = new Image(++this.#version, alive, this.topics.values())
    for (const broker of this.running) broker.hear(this.image)
  }

  /** Brokers that may lead. */
  get fit(): SimBroker[] {
    return this.running.filter(({ id, process }) => this.registered.has(id) && !process.frozen)
  }

  makeTopic(name: string, partitions: number): Topic {
    const id = Buffer.from(this.chance.bytes(16)).toString('hex')
    const topic: Topic = { name, id, partitions: [] }
    this.topics.set(name, topic)
    this.addPartitions(topic, partitions)
    return topic
  }

  addPartitions(topic: Topic, count: number): void {
    const fit = this.fit
    while (topic.partitions.length < count) {
      const index = topic.partitions.length
      const leader = fit.length === 0 ? -1 : (this.chance.pick(fit).id ?? -1)
      topic.partitions.push(new Partition(topic.name, index, leader))
    }
  }

  /** A topic is gone; its group offsets go when coordinators hear of it. */
  dropTopic(name: string): void {
    const topic = this.topics.get(name)
    this.topics.delete(name)
    this.scheduler.after(this.chance.next() * this.settings.newsMsMax, () => {
      for (const { offsets } of this.coordinators.records.values()) {
        for (const [key, { topicId }] of offsets) {
          const isOf = topic?.partitions.some(({ index }) => key === `${name}-${index}`) ?? false
          if (isOf && (topicId === null || topicId === topic?.id)) offsets.delete(key)
        }
      }
    })
  }

  /** An election, whoever wins it; -1: nobody does. */
  lead(partition: Partition, leader: number): void {
    partition.leader = leader
    if (leader < 0) return
    partition.epoch++
    partition.log.epochs.begin(partition.epoch, partition.log.end)
    partition.endKnownAt = this.scheduler.now + this.chance.next() * this.settings.newsMsMax
  }
}
