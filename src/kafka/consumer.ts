// Our consumer: subscribes, joins its group, fetches from all leaders, hands out cursors, commits.
import { causeChain } from '../connect/errors.ts'
import { type Logger } from '../connect/log.ts'
import { type Waits } from '../connect/waits.ts'
import { type Clock, type Timer } from '../util/clock.ts'
import { Assignment } from './assignment.ts'
import { BrokersAway } from './brokers-away.ts'
import { openCluster, type ClientOptions } from './client-config.ts'
import { type Cluster } from './cluster.ts'
import { readConsumerConfig, type ConsumerConfig } from './consumer-config.ts'
import { BrokerError, BrokerUnreachableError, CommitFailedError } from './errors.ts'
import { Fetcher } from './fetch/fetcher.ts'
import { type PartitionState } from './fetch/partition-state.ts'
import { Positions } from './fetch/positions.ts'
import { type ConsumerGroup, type RebalanceListener } from './group/consumer-group.ts'
import { Ownership } from './group/ownership.ts'
import { openGroup } from './group/open-group.ts'
import { commitOvertaken, GroupOffsets, type CommittedOffset, type OffsetToCommit } from './group/offsets.ts'
import { partitionKey, type TopicPartition } from './group/topic-partition.ts'
import { type RecordCursor } from './records/record-cursor.ts'
import { Subscription, type Topics } from './subscription.ts'

export class Consumer {
  readonly #config: ConsumerConfig
  readonly #clock: Clock
  readonly #log: Logger
  readonly #cluster: Cluster
  readonly #fetcher: Fetcher
  readonly #positions: Positions
  readonly #offsets: GroupOffsets | null
  readonly #group: ConsumerGroup | null
  readonly #assignment: Assignment
  readonly #away: BrokersAway
  readonly #topicWaits: Waits | undefined
  /** Whether what is assigned is still ours: asked by whoever writes in its name. */
  readonly ownership: Ownership
  #subscription: Subscription | null = null
  #listener: RebalanceListener | null = null
  #refreshing = false
  /** The metadata that were looked at last, by their count. */
  #lookedAt = 0
  #placing = false
  #placeRetryAt = 0
  #placeFailures = 0
  #retryTimer: Timer | null = null
  #failure: unknown = null
  #wakeups = 0
  readonly #sleepers = new Set<AbortController>()
  #closed = false
  #ended: Promise<void> | null = null

  constructor({ properties, warns = true, ...doors }: ClientOptions) {
    const { clock, log } = doors
    const config = readConsumerConfig(properties)
    this.#config = config
    this.#clock = clock
    this.#log = log
    if (warns) for (const warning of config.warnings) log.warn(warning)
    // All tasks of a connector subscribe to the same: one of them tells.
    this.#topicWaits = warns ? doors.waits : undefined
    this.#cluster = openCluster(config, doors, warns)
    this.#away = new BrokersAway(doors.waits, config.bootstrap)
    const cluster = this.#cluster
    const wake = (): void => this.#wake()
    // Also what the group or a commit asked for.
    cluster.onRefresh(wake)
    this.#fetcher = new Fetcher(
      {
        ...config,
        cluster,
        minBytes: config.fetchBytesMin,
        bytesMax: config.fetchBytesMax,
        waitMsMax: config.fetchWaitMsMax,
        clock,
        log
      },
      {
        ready: wake,
        failed: error => this.#fail(error),
        away: (source, reason) => this.#away.failed(source, reason),
        answered: source => this.#away.answered(source),
        unasked: source => this.#away.unasked(source)
      }
    )
    const { groupId } = config
    this.#offsets = groupId === null ? null : new GroupOffsets({ ...config, cluster, groupId, log })
    this.#group =
      groupId === null
        ? null
        : openGroup(config, groupId, cluster, doors, {
            topics: () => this.#subscription?.names(cluster) ?? [],
            owned: () => this.#assignment.assignment(),
            changed: wake,
            tellsLeader: warns
          })
    this.#assignment = new Assignment({
      cluster,
      log,
      policy: config.reset.kind,
      listener: () => this.#listener,
      search: () => this.#search(),
      isLost: () => this.#group?.lost === true,
      changed: () => this.ownership.look()
    })
    this.ownership = new Ownership({
      // Whoever assigns to itself is no member.
      group: () => (this.#subscription === null ? null : this.#group),
      holds: () => !this.#assignment.isEmpty,
      losing: () => this.#assignment.isLosing,
      wake,
      backoffMs: attempt => cluster.backoffMs(attempt),
      waits: doors.waits,
      clock
    })
    this.#positions = new Positions({ ...config, cluster, offsets: this.#offsets, policy: config.reset, clock, log })
  }

  subscribe(topics: Topics, listener: RebalanceListener): void {
    this.#subscription?.close()
    this.#subscription = new Subscription(topics, this.#config.excludeInternal, this.#topicWaits)
    this.#listener = listener
    this.#cluster.want(this.#subscription.wanted)
    this.#group?.subscriptionChanged()
  }

  /** Reads these partitions outside of any group's assignment. */
  assign(partitions: readonly TopicPartition[]): void {
    this.#cluster.want(new Set(partitions.map(({ topic }) => topic)))
    for (const partition of this.#assignment.assignment()) this.#assignment.drop(partitionKey(partition))
    for (const partition of partitions) this.#assignment.own(partition)
  }

  /** Cursors with records of partitions that are not paused; none after `timeoutMs` or a wakeup. Rebalances happen in here. */
  async poll(timeoutMs: number): Promise<RecordCursor[]> {
    const deadline = this.#clock.monotonic() + timeoutMs
    this.#group?.polled()
    for (;;) {
      this.#throwFailure()
      if (this.#wakeups > 0) {
        this.#wakeups--
        return []
      }
      this.#refreshMetadata()
      if (this.#assignment.isStirred && !this.#closed) await this.#assignment.follow()
      if (this.#subscription !== null && !this.#closed) await this.#group?.step(this.#assignment)
      this.#findPlaces()
      const cursors = this.#take()
      this.#fetcher.send(this.#assignment.states(), state => this.#positions.needsValidation(state))
      const leftMs = deadline - this.#clock.monotonic()
      if (cursors.length > 0 || leftMs <= 0 || this.#closed) return cursors
      // Who waits here polls, however long it takes: max.poll.interval.ms may be shorter than the time to the next commit.
      this.#group?.keepPolling()
      await this.#sleep(leftMs)
      this.#group?.polled()
    }
  }

  /** The poll that waits now, or else the next one, returns at once. */
  wakeup(): void {
    this.#wakeups = 1
    this.#wake()
  }

  keepPolling(): void {
    this.#group?.keepPolling()
  }

  /** A rebalance waits for this member's next poll. */
  get rebalancePending(): boolean {
    return this.#group?.rebalancePending === true
  }

  assignment(): TopicPartition[] {
    return this.#assignment.held()
  }

  /** The offset of the next record of this partition; waits until a place is found. */
  async position(partition: TopicPartition): Promise<number> {
    for (;;) {
      const state = this.#state(partition)
      const position = state.position
      if (position !== null) return position
      if (!(await this.#search())) throw new BrokerUnreachableError('the consumer is closed')
    }
  }

  /** Looks for places and waits for news; false once it is closed. */
  async #search(): Promise<boolean> {
    this.#throwFailure()
    if (this.#closed) return false
    this.#refreshMetadata()
    this.#findPlaces()
    await this.#sleep(this.#config.retryBackoffMsMax)
    return true
  }

  seek(partition: TopicPartition, offset: number): void {
    this.#state(partition).place(offset)
    this.#wake()
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#state(partition).paused = true
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#state(partition).paused = false
    this.#wake()
  }

  /** Commits in the name of this member; CommitFailedError where the group has gone on without us. */
  async commit(offsets: ReadonlyMap<string, OffsetToCommit>): Promise<void> {
    const held = [...offsets.values()].map(offset => {
      const state = this.#assignment.state(offset)
      state?.noteCommitted(offset.offset)
      const leaderEpoch = state?.epochBefore(offset.offset) ?? -1
      return {
        state,
        offset: { leaderEpoch, ...offset, ...(state?.topicId == null ? {} : { topicId: state.topicId }) }
      }
    })
    for (;;) {
      const session = this.#group?.identity.session
      try {
        return await this.#commitOnce(held.map(({ offset }) => offset))
      } catch (error) {
        // A rebalance that left these partitions with us (incremental ones do) only changed the name to commit in.
        const isKept = held.every(
          ({ offset, state }) => state !== undefined && this.#assignment.state(offset) === state
        )
        if (!(error instanceof CommitFailedError) || !isKept || session === this.#group?.identity.session) throw error
      }
    }
  }

  async #commitOnce(offsets: readonly OffsetToCommit[]): Promise<void> {
    const [groupOffsets, group] = [this.#offsets, this.#group]
    if (groupOffsets === null || group === null) throw new Error('a consumer without group.id has nothing to commit to')
    // Without membership the coordinator would take the commit for one of no member, and of an empty group accept it.
    if (group.identity.generation < 0) throw commitOvertaken(this.#config.groupId ?? '', offsets)
    await groupOffsets.commit(
      offsets,
      () => group.identity,
      (code, of) => group.refused(code, of)
    )
  }

  async committed(partitions: readonly TopicPartition[]): Promise<Map<string, CommittedOffset & TopicPartition>> {
    return (await this.#offsets?.fetch(partitions)) ?? new Map()
  }

  /** The offset behind the last record of the partition's log as the last fetch saw it, -1 before the first. */
  endOffset(partition: TopicPartition): number {
    const state = this.#state(partition)
    return this.#config.readCommitted ? state.lastStableOffset : state.highWatermark
  }

  /** Records between the reader and the end; null where not known yet. */
  lag(partition: TopicPartition): number | null {
    const { position } = this.#state(partition)
    const end = this.endOffset(partition)
    return position === null || end < 0 ? null : Math.max(0, end - position)
  }

  /** Asks where these end now: of one that is paused no fetch tells it. Those that can't be asked are left out; never rejects. */
  endsOf(partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, number>> {
    return this.#boundsOf('ends', partitions, states => this.#positions.endsOf(states))
  }

  /** As `endsOf`: the first offset that their logs hold now. */
  beginsOf(partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, number>> {
    return this.#boundsOf('beginnings', partitions, states => this.#positions.beginsOf(states))
  }

  async #boundsOf(
    what: string,
    partitions: readonly TopicPartition[],
    ask: (states: readonly PartitionState[]) => Promise<ReadonlyMap<string, number>>
  ): Promise<ReadonlyMap<string, number>> {
    const states = partitions.flatMap(partition => this.#assignment.state(partition) ?? [])
    if (states.length === 0 || this.#closed) return new Map()
    try {
      return await ask(states.filter(({ hasPlace }) => hasPlace))
    } catch (error) {
      this.#log.debug(`${what} of partitions: ${causeChain(error)}`)
      return new Map()
    }
  }

  /** Gives up all that is assigned, as a rebalance would; to be called after the last poll, before `close`. */
  async release(): Promise<void> {
    if (this.#group?.lost === true) await this.#assignment.lose()
    else await this.#assignment.giveUp(this.#assignment.assignment())
  }

  /** Leaves the group; nothing of what is owned is committed here. All who close wait for the same end. */
  close(): Promise<void> {
    return (this.#ended ??= this.#end())
  }

  async #end(): Promise<void> {
    this.#closed = true
    this.ownership.close()
    this.#retryTimer?.clear()
    this.#wake()
    this.#away.close()
    this.#subscription?.close()
    this.#fetcher.close()
    await this.#group?.close('the consumer is being closed')
    await this.#cluster.close()
  }

  #state(partition: TopicPartition): PartitionState {
    const state = this.#assignment.state(partition)
    if (state === undefined) throw new Error(`${partitionKey(partition)} is not assigned to this consumer`)
    return state
  }

  #fail(error: unknown): void {
    // What is cut off by our own close is no trouble.
    if (this.#closed) return
    this.#failure ??= error
    this.#wake()
  }

  #throwFailure(): void {
    const error = this.#failure ?? this.#group?.fatal ?? this.#subscription?.check(this.#cluster) ?? null
    this.#failure = null
    if (error !== null) throw error as Error
  }

  #wake(): void {
    this.#assignment.hearOfLoss()
    for (const sleeper of this.#sleepers) sleeper.abort()
  }

  /** Waits for news, at most until `limitMs` are over or metadata is due. */
  async #sleep(limitMs: number): Promise<void> {
    const abort = new AbortController()
    this.#sleepers.add(abort)
    const untilMs = this.#refreshing ? limitMs : Math.min(limitMs, this.#cluster.dueInMs)
    await this.#clock.sleep(Math.max(1, untilMs), abort.signal)
    this.#sleepers.delete(abort)
  }

  /** In the background: a poll goes on with what it has while metadata is asked for. */
  #refreshMetadata(): void {
    this.#lookAtMetadata()
    if (!this.#cluster.due || this.#refreshing) return
    this.#refreshing = true
    this.#cluster
      .refresh()
      .catch((error: unknown) => {
        if (this.#closed) return
        if (!(error instanceof BrokerUnreachableError)) return this.#fail(error)
        this.#log.debug(`metadata: ${causeChain(error)}`)
        this.#away.failed('metadata', causeChain(error))
      })
      .finally(() => {
        this.#refreshing = false
        this.#wake()
      })
      .catch((error: unknown) => this.#fail(error))
  }

  /** Once for all that came, whoever asked for it. */
  #lookAtMetadata(): void {
    if (this.#lookedAt === this.#cluster.refreshes) return
    this.#lookedAt = this.#cluster.refreshes
    this.#away.answered('metadata')
    if (!this.#closed) this.#subscription?.look(this.#cluster)
    this.#assignment.lookAtMetadata()
    this.#group?.lookAtMetadata()
  }

  /** In the background: finds places for the partitions that have none. */
  #findPlaces(): void {
    if (this.#placing || !this.#cluster.known || this.#clock.monotonic() < this.#placeRetryAt) return
    const needy = [...this.#assignment.states()].filter(
      state => !state.replaced && (!state.hasPlace || this.#positions.needsValidation(state))
    )
    if (needy.length === 0) {
      if (this.#assignment.isEmpty) this.#away.unasked('places')
      else this.#away.answered('places')
      return
    }
    this.#placing = true
    this.#positions
      .find(needy)
      .then(
        trouble => {
          if (trouble !== null) return this.#placesNotFound(trouble)
          this.#placeFailures = 0
          this.#away.answered('places')
        },
        (error: unknown) => this.#placesNotFound(error)
      )
      .finally(() => {
        this.#placing = false
        this.#wake()
      })
      .catch((error: unknown) => this.#fail(error))
  }

  #placesNotFound(error: unknown): void {
    const passing = error instanceof BrokerUnreachableError || (error instanceof BrokerError && error.retriable)
    if (!passing) return this.#fail(error)
    this.#log.debug(`positions: ${causeChain(error)}`)
    const delayMs = this.#cluster.backoffMs(++this.#placeFailures)
    this.#placeRetryAt = this.#clock.monotonic() + delayMs
    if (this.#closed) return
    this.#away.failed('places', `no place to read from: ${causeChain(error)}`)
    // A timer may be a little early; whoever looks then must not find it too early.
    this.#retryTimer?.clear()
    this.#retryTimer = this.#clock.setTimer(delayMs, () => {
      this.#placeRetryAt = 0
      this.#wake()
    })
  }

  /** Whatever waits to be read. With max.poll.records one partition at a time, in turn. */
  #take(): RecordCursor[] {
    const recordsMax = this.#config.pollRecordsMax
    const cursors: RecordCursor[] = []
    for (const state of this.#assignment.states()) {
      const cursor = state.paused ? null : state.take()
      if (cursor === null) continue
      cursors.push(cursor)
      cursor.limit(recordsMax ?? Number.MAX_SAFE_INTEGER)
      if (recordsMax !== null) {
        this.#assignment.moveToEnd(state)
        break
      }
    }
    return cursors
  }
}
