// Faults of the consumer: its place in the group, what it owns, where it reads.
import { type Mutant } from './mutant.ts'

const membership = 'src/kafka/group/membership.ts'
const group = 'src/kafka/group/classic-group.ts'
const consumer = 'src/kafka/consumer.ts'
const positions = 'src/kafka/fetch/positions.ts'

export const groupMutants: readonly Mutant[] = [
  {
    name: 'writes-unowned',
    what: 'a worker that was frozen past its session writes what it held',
    file: 'src/redis/writer/lane.ts',
    find: 'if (ownership === null || ownership.sure) return true',
    replace: 'if (ownership === null || ownership.sure || !this.#asking) return true'
  },
  {
    name: 'sure-of-old-answers',
    what: 'a heartbeat counts from when its answer was read, however long ago it was given',
    file: membership,
    find: 'if (answer.errorCode === 0 || isRebalancing) this.#confirmed.heard(asked)',
    replace: 'if (answer.errorCode === 0 || isRebalancing) this.#confirmed.heard(this.#confirmed.now())'
  },
  {
    name: 'sure-in-rebalance',
    what: 'a member that the group has gone on without is sure of its partitions for its session',
    file: membership,
    find: 'return this.#rebalancing === null || this.#confirmed.isSince(this.#rebalancing, withMargin(rebalanceTimeoutMs))',
    replace: 'return this.#rebalancing === null || rebalanceTimeoutMs > 0'
  },
  {
    name: 'sure-too-long',
    what: 'a member is sure of its partitions for three times its session',
    file: 'src/kafka/group/confirmation.ts',
    find: 'return (spanMs * 2) / 3',
    replace: 'return spanMs * 3'
  },
  {
    name: 'ghost-joins',
    what: 'a member that leaves while it joins joins again',
    file: membership,
    find: '    if (this.#closing.signal.aborted)\n      throw new BrokerUnreachableError',
    replace:
      "    if (this.#closing.signal.aborted && this.#memberId === 'nobody')\n      throw new BrokerUnreachableError"
  },
  {
    name: 'leaves-unnamed',
    what: 'a member leaves without waiting for the name that its join will give it',
    file: membership,
    find: 'await this.#naming?.catch(() => undefined)',
    replace: ''
  },
  {
    name: 'never-leaves',
    what: 'a member that stops does not leave its group',
    file: membership,
    find: '      await this.#leave(this.#memberId, reason)\n',
    replace: ''
  },
  {
    name: 'keeps-while-joining',
    what: 'an eager member keeps its partitions until it has joined',
    file: group,
    find: 'if (!member.cooperative) await holdings.giveUp(holdings.assignment())',
    replace: ''
  },
  {
    name: 'revoked-not-free',
    what: 'a cooperative member gives partitions up and tells nobody',
    file: group,
    find: "membership.requestRejoin('partitions were revoked')",
    replace: ''
  },
  {
    name: 'loss-unheard',
    what: 'what a member lost is taken for revoked, and settled',
    file: membership,
    find: 'if (this.#generation !== noGeneration) this.#lost = true',
    replace: ''
  },
  {
    name: 'loss-keeps-partitions',
    what: 'a member that was expelled keeps what it had until the next deal',
    file: group,
    find: '      await holdings.lose()\n',
    replace: ''
  },
  {
    name: 'no-heartbeats',
    what: 'no heartbeats are sent by the clock',
    file: membership,
    find: 'if (!this.#joining && this.#generation !== noGeneration) void this.#beat()',
    replace: ''
  },
  {
    name: 'commit-for-others',
    what: 'a commit that was overtaken is sent again in the new name, for partitions of others',
    file: consumer,
    find: 'if (!(error instanceof CommitFailedError) || !isKept || session',
    replace: 'if (!(error instanceof CommitFailedError) || session'
  },
  {
    name: 'commit-by-nobody',
    what: 'a commit without membership is sent in the name of nobody',
    file: consumer,
    find: "if (group.identity.generation < 0) throw commitOvertaken(this.#config.groupId ?? '', offsets)",
    replace: ''
  },
  {
    name: 'refused-commit-is-done',
    what: 'a commit that its coordinator refused for having moved counts as done',
    file: 'src/kafka/group/offsets.ts',
    find: '          if (code === 0) continue\n          refused(code, session)',
    replace: '          if (code === 0 || code === errorCode.notCoordinator) continue\n          refused(code, session)'
  },
  {
    name: 'begins-too-early',
    what: 'reading begins some records before what was committed',
    file: positions,
    find: 'state.place(found.offset, found.leaderEpoch)',
    replace: 'state.place(Math.max(0, found.offset - 3), found.leaderEpoch)'
  },
  {
    name: 'begins-too-late',
    what: 'reading begins one record behind what was committed',
    file: positions,
    find: 'state.place(found.offset, found.leaderEpoch)',
    replace: 'state.place(found.offset + 1, found.leaderEpoch)'
  },
  {
    name: 'begins-at-end',
    what: 'earliest begins at the end',
    file: positions,
    find: "const to = policy.kind === 'earliest' ? begin",
    replace: "const to = policy.kind === 'earliest' ? end"
  },
  {
    name: 'fetch-skips-one',
    what: 'each fetch begins one record too far',
    file: 'src/kafka/fetch/fetcher.ts',
    find: 'state.buffer(cursor, nextOffset, epochs)',
    replace: 'state.buffer(cursor, nextOffset + 1, epochs)'
  },
  {
    name: 'cursor-kept-by-none',
    what: 'what a reader left unread of a cursor is dropped when more was fetched',
    file: 'src/kafka/fetch/partition-state.ts',
    find: 'if (this.#handed?.waiting() === true) return this.#handed',
    replace: 'if (this.#handed?.waiting() === true && this.#buffered === null) return this.#handed'
  },
  {
    name: 'gives-up-untold',
    what: 'partitions that are revoked are dropped without settling them',
    file: 'src/kafka/assignment.ts',
    find: 'if (held.length > 0 && listener !== null) await this.#untilGivenUp(listener.onRevoked(held))',
    replace: 'if (held.length > 0 && listener !== null) await listener.onLost(held)'
  }
]
