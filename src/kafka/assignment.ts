// The partitions that a consumer holds: their states, the topics they are of, and what its listener is told of them.
//
// A topic may be deleted and made again under its name: then its offsets begin anew, and those of the one before mean nothing. So a topic's id is
// remembered beside each position, also after the partition was given up, and a change of it is like a rebalance: given up, and taken anew.
import { type Logger } from '../connect/log.ts'
import { type Cluster } from './cluster.ts'
import { PartitionState } from './fetch/partition-state.ts'
import { type Holdings, type RebalanceListener } from './group/consumer-group.ts'
import { partitionKey, type TopicPartition } from './group/topic-partition.ts'

export interface AssignmentOptions {
  readonly cluster: Cluster
  readonly log: Logger
  /** How the policy is called that a topic made anew is begun by. */
  readonly policy: string
  readonly listener: () => RebalanceListener | null
  /** Looks for places of those that have none, and waits for news; false: the consumer is closed. Throws what the user must see. */
  readonly search: () => Promise<boolean>
  /** The group has gone on without us. */
  readonly isLost: () => boolean
  /** Something was given up. */
  readonly changed: () => void
}

interface Remembered {
  readonly topicId: string
  readonly committed: readonly number[]
}

export class Assignment implements Holdings {
  readonly #options: AssignmentOptions
  readonly #states = new Map<string, PartitionState>()
  /** Ours as the group says, while there is no such partition. */
  readonly #missing = new Map<string, TopicPartition>()
  readonly #remembered = new Map<string, Remembered>()
  /** By topic: the id of the one that was told to be new. */
  readonly #told = new Map<string, string>()
  /** Wakes whoever waits for a listener that gives something up. */
  #lossHeard: () => void = () => undefined
  #losing = 0
  /** A state was found to be of a topic that is gone: polls are too many to look for one each time. */
  #isStirred = false

  constructor(options: AssignmentOptions) {
    this.#options = options
  }

  states(): IterableIterator<PartitionState> {
    return this.#states.values()
  }

  state(partition: TopicPartition): PartitionState | undefined {
    return this.#states.get(partitionKey(partition))
  }

  /** To be looked at last from now on. */
  moveToEnd(state: PartitionState): void {
    this.#states.delete(state.key)
    this.#states.set(state.key, state)
  }

  /** What the listener was told of, or is about to be. */
  held(): TopicPartition[] {
    return [...this.#states.values()].map(plain)
  }

  assignment(): TopicPartition[] {
    return [...this.held(), ...this.#missing.values()]
  }

  get isEmpty(): boolean {
    return this.#states.size === 0 && this.#missing.size === 0
  }

  own(partition: TopicPartition): PartitionState {
    const state = new PartitionState(partition)
    this.#states.set(state.key, state)
    this.#missing.delete(state.key)
    this.#identify(state)
    return state
  }

  drop(key: string): void {
    const state = this.#states.get(key)
    // The stamp makes the answer of a fetch under way void.
    state?.drop()
    if (state?.topicId != null) this.#remembered.set(key, { topicId: state.topicId, committed: state.committed })
    this.#states.delete(key)
    this.#missing.delete(key)
  }

  async giveUp(partitions: readonly TopicPartition[]): Promise<void> {
    const held = partitions.filter(partition => this.state(partition) !== undefined)
    const listener = this.#options.listener()
    try {
      if (held.length > 0 && listener !== null) await this.#untilGivenUp(listener.onRevoked(held))
    } finally {
      for (const partition of partitions) this.drop(partitionKey(partition))
      this.#options.changed()
    }
  }

  /** Lost while the listener settles what is to be given up: it may wait for just this word, since it sends nothing it is not sure to own. */
  async #untilGivenUp(given: Promise<void>): Promise<void> {
    const heard = new Promise<'lost'>(resolve => (this.#lossHeard = () => resolve('lost')))
    this.hearOfLoss()
    const end = await Promise.race([given, heard])
    this.#lossHeard = () => undefined
    if (end === 'lost') await Promise.all([this.lose(), given])
  }

  /** To be called when something may have been lost. */
  hearOfLoss(): void {
    if (this.#options.isLost()) this.#lossHeard()
  }

  async lose(): Promise<void> {
    const lost = this.held()
    this.#losing++
    try {
      for (const partition of this.assignment()) this.drop(partitionKey(partition))
      if (lost.length > 0) await this.#options.listener()?.onLost(lost)
    } finally {
      this.#losing--
      this.#options.changed()
    }
  }

  /** The listener is being told of a loss, and may still hold what was lost. */
  get isLosing(): boolean {
    return this.#losing > 0
  }

  async take(partitions: readonly TopicPartition[]): Promise<void> {
    for (const partition of partitions) this.own(partition)
    const listener = this.#options.listener()
    // Whoever assigned itself finds the places while it polls.
    if (listener === null) return
    const placed = await this.#placed(partitions)
    if (placed.length > 0) await listener.onAssigned(placed)
  }

  /** Waits for their places, but not for those of topics that vanished meanwhile: the others must not stand still for them. */
  async #placed(partitions: readonly TopicPartition[]): Promise<TopicPartition[]> {
    for (;;) {
      for (const partition of partitions) {
        const state = this.state(partition)
        if (state === undefined) continue
        if (this.#options.cluster.isGone(partition.topic, partition.partition)) this.#miss(partition)
        else if (state.replaced) {
          this.drop(state.key)
          this.own(partition)
        }
      }
      const held = partitions.filter(partition => this.state(partition) !== undefined)
      if (held.every(partition => this.state(partition)?.hasPlace === true)) return held
      if (!(await this.#options.search())) return []
    }
  }

  #miss({ topic, partition }: TopicPartition): void {
    const key = partitionKey({ topic, partition })
    this.drop(key)
    this.#missing.set(key, { topic, partition })
  }

  /** Metadata is fresh: whose topic was made anew has nothing to read any more; the next poll follows. */
  lookAtMetadata(): void {
    for (const state of this.#states.values()) this.#identify(state)
  }

  get #replaced(): PartitionState[] {
    return [...this.#states.values()].filter(({ replaced }) => replaced)
  }

  get #returned(): TopicPartition[] {
    const { cluster } = this.#options
    return [...this.#missing.values()].filter(
      ({ topic, partition }) => cluster.topic(topic)?.errorCode === 0 && !cluster.isGone(topic, partition)
    )
  }

  /** Whether `follow` may have something to do. */
  get isStirred(): boolean {
    return this.#isStirred || this.#missing.size > 0
  }

  /** A part of polls: gives up what is of topics that are gone, and takes the same of those that were made in their place. */
  async follow(): Promise<void> {
    this.#isStirred = false
    const replaced = this.#replaced
    if (replaced.length > 0) {
      const paused = new Set(replaced.filter(({ paused: isPaused }) => isPaused).map(({ key }) => key))
      const partitions = replaced.map(plain)
      await this.giveUp(partitions)
      for (const partition of partitions) this.#missing.set(partitionKey(partition), partition)
      await this.take(this.#returned)
      if (this.#options.listener() === null)
        for (const state of this.#states.values()) if (paused.has(state.key)) state.paused = true
    } else if (this.#missing.size > 0) {
      const returned = this.#returned
      if (returned.length > 0) await this.take(returned)
    }
  }

  #identify(state: PartitionState): void {
    const { cluster } = this.#options
    const topic = cluster.topic(state.topic)
    if (topic === undefined || topic.errorCode !== 0 || /^0*$/.test(topic.id)) return
    if (state.topicId !== null) {
      if (state.topicId === topic.id) return
      // What was fetched of it goes as well: nobody can commit it any more.
      state.replaced = true
      this.#isStirred = true
      state.drop()
      this.#tell(state.topic, topic.id)
      return
    }
    state.topicId = topic.id
    const before = this.#remembered.get(state.key)
    if (before === undefined || before.topicId === topic.id) return
    state.isAnew = true
    state.former = new Set(before.committed)
    this.#tell(state.topic, topic.id)
  }

  #tell(topic: string, id: string): void {
    if (this.#told.get(topic) === id) return
    this.#told.set(topic, id)
    this.#options.log.warn(
      `topic ${topic} was deleted and made again: it is read anew, by auto.offset.reset=${this.#options.policy}; ` +
        'offsets of the one before mean nothing in it'
    )
  }
}

function plain({ topic, partition }: TopicPartition): TopicPartition {
  return { topic, partition }
}
