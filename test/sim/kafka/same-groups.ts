// Questions to a group's coordinator that a real and a simulated one must answer alike.
import { type RequestOf } from '../../../src/kafka/protocol/apis.ts'
import { serializeAssignment, serializeSubscription } from '../../../src/kafka/group/consumer-protocol.ts'
import { type Questions } from './same-as-real.ts'

const noId = '0'.repeat(32)
/** Short, so that who does not come back is soon given up; sessions last longer than the whole conversation. */
const rebalanceTimeoutMs = 1000
const sessionTimeoutMs = 60_000

export async function askOfGroups(questions: Questions, topic: string, group: string): Promise<void> {
  const talk = new GroupTalk(questions, topic, group)
  await talk.fetch('offsets of no group', [0])
  await talk.heartbeat('nobody', 'x', 0)
  await talk.commit('a member of no group', 'x', 3, 5)
  await talk.commit('no member of no group', '', -1, 5)
  await talk.fetch('they are kept', [0, 1])
  await talk.join('too short a session', '', { sessionTimeoutMs: 10 })
  await talk.join('an unknown member', 'x')
  const a = (await talk.join('a asks for a name', '')).memberId
  questions.know(a, 'a')
  await talk.heartbeat('a, before it has joined,', a, 0)
  const first = await talk.join('a joins', a)
  await talk.heartbeat('a, before it is dealt to,', a, first.generationId)
  await talk.commit('a, before it is dealt to,', a, first.generationId, 6)
  await talk.sync('a of another generation', a, 9, null)
  await talk.sync('a deals', a, first.generationId, [a])
  await talk.sync('a asks again', a, first.generationId, null)
  await talk.heartbeat('a', a, first.generationId)
  await talk.heartbeat('a of another generation', a, 7)
  await talk.commit('a', a, first.generationId, 7)
  await talk.commit('a of another generation', a, 0, 8)
  await talk.commit('a stranger', 'x', first.generationId, 8)
  await talk.commit('no member', '', -1, 8)
  await talk.join('somebody else altogether', '', { protocolType: 'connect' })
  await talk.join('somebody with another way to deal', '', { protocols: [{ name: 'odd', metadata: Buffer.alloc(2) }] })
  await talk.describe('the group')
  await talk.end('it is deleted')
  await talk.deleteOffset('its offset is deleted')
  await askOfRebalance(questions, talk, a, first.generationId)
}

/** A second member joins; the first one does not come back in time and is put out. */
async function askOfRebalance(questions: Questions, talk: GroupTalk, a: string, generation: number): Promise<void> {
  const b = (await talk.join('b asks for a name', '')).memberId
  questions.know(b, 'b')
  // A rebalance waits for those who have only asked for names, too.
  const joining = talk.join('b joins', b)
  while ((await talk.codeOf(a, generation)) === 0) continue
  await talk.commit('a, while b waits,', a, generation, 9)
  await talk.sync('a, while b waits,', a, generation, [a])
  const joined = await joining
  await talk.heartbeat('a, put out,', a, generation)
  await talk.commit('a, put out,', a, generation, 10)
  await talk.join('a, put out,', a)
  await talk.leave('a, put out,', a)
  await talk.sync('b deals', b, joined.generationId, [b])
  await talk.commit('b', b, joined.generationId, 11)
  await talk.fetch('offsets', [0, 1])
  await talk.describe('the group')
  await talk.leave('b', b)
  await talk.leave('b, gone,', b)
  await talk.commit('b, gone,', b, joined.generationId, 12)
  await talk.commit('no member', '', -1, 13)
  await talk.fetch('all its offsets', null)
  await talk.deleteOffset('its offset is deleted')
  await talk.fetch('what is left of them', [0])
  await talk.end('it is deleted')
  await talk.end('it is deleted again')
}

export async function askOfStaticMembers(questions: Questions, topic: string, group: string): Promise<void> {
  const talk = new GroupTalk(questions, topic, group)
  const first = await talk.join('s joins', '', { groupInstanceId: 'i' })
  questions.know(first.memberId, 's')
  await talk.sync('s deals', first.memberId, first.generationId, [first.memberId], 'i')
  const second = await talk.join('s comes back', '', { groupInstanceId: 'i' })
  questions.know(second.memberId, 's again')
  await talk.sync('s again asks', second.memberId, second.generationId, null, 'i')
  await talk.heartbeat('s under its former name', first.memberId, first.generationId, 'i')
  await talk.heartbeat('s again', second.memberId, second.generationId, 'i')
  await talk.commit('s under its former name', first.memberId, first.generationId, 5, 'i')
  await talk.commit('s again', second.memberId, second.generationId, 5, 'i')
  await talk.commit('another instance', second.memberId, second.generationId, 5, 'j')
  await talk.leave('an instance that is none', '', 'j')
  await talk.leave('s under its former name', first.memberId, 'i')
  await talk.leave('s, by an operator,', '', 'i')
  await talk.describe('the group is empty')
}

class GroupTalk {
  readonly #questions: Questions
  readonly #topic: string
  readonly #group: string

  constructor(questions: Questions, topic: string, group: string) {
    this.#questions = questions
    this.#topic = topic
    this.#group = group
  }

  join(who: string, memberId: string, more: Partial<RequestOf<'JoinGroup'>> = {}) {
    const metadata = serializeSubscription({ topics: [this.#topic], owned: [], generation: -1, rack: null, userData: null }) // prettier-ignore
    return this.#questions.ask(`${who} (join)`, 'JoinGroup', { groupId: this.#group, sessionTimeoutMs, rebalanceTimeoutMs, memberId, groupInstanceId: null, protocolType: 'consumer', protocols: [{ name: 'range', metadata }], reason: null, ...more }) // prettier-ignore
  }

  sync(
    who: string,
    memberId: string,
    generationId: number,
    dealt: readonly string[] | null,
    instance: string | null = null
  ) {
    // prettier-ignore
    const assignment = serializeAssignment({ partitions: [{ topic: this.#topic, partition: 0 }], userData: null })
    const assignments = (dealt ?? []).map(each => ({ memberId: each, assignment }))
    return this.#questions.ask(`${who} (sync)`, 'SyncGroup', { groupId: this.#group, generationId, memberId, groupInstanceId: instance, protocolType: 'consumer', protocolName: 'range', assignments }) // prettier-ignore
  }

  heartbeat(who: string, memberId: string, generationId: number, instance: string | null = null) {
    return this.#questions.ask(`${who} is alive`, 'Heartbeat', { groupId: this.#group, generationId, memberId, groupInstanceId: instance }) // prettier-ignore
  }

  async codeOf(memberId: string, generationId: number): Promise<number> {
    const answer = await this.#questions.quietly('Heartbeat', { groupId: this.#group, generationId, memberId, groupInstanceId: null }) // prettier-ignore
    return answer.errorCode
  }

  commit(who: string, memberId: string, generation: number, committedOffset: number, instance: string | null = null) {
    const partitions = [{ partitionIndex: 0, committedOffset, committedLeaderEpoch: 0, committedMetadata: 'm' }]
    return this.#questions.ask(`${who} commits`, 'OffsetCommit', { groupId: this.#group, generationIdOrMemberEpoch: generation, memberId, groupInstanceId: instance, retentionTimeMs: -1, topics: [{ name: this.#topic, topicId: noId, partitions }] }) // prettier-ignore
  }

  leave(who: string, memberId: string, instance: string | null = null) {
    const members = [{ memberId, groupInstanceId: instance, reason: 'tired' }]
    return this.#questions.ask(`${who} leaves`, 'LeaveGroup', { groupId: this.#group, memberId, members })
  }

  /** null: of all partitions. */
  fetch(question: string, partitions: readonly number[] | null) {
    const topics =
      partitions === null ? null : [{ name: this.#topic, topicId: noId, partitionIndexes: [...partitions] }]
    return this.#questions.ask(question, 'OffsetFetch', { groupId: this.#group, topics, groups: [{ groupId: this.#group, memberId: null, memberEpoch: -1, topics }], requireStable: true }) // prettier-ignore
  }

  describe(question: string) {
    return this.#questions.ask(question, 'DescribeGroups', { groups: [this.#group], includeAuthorizedOperations: false }) // prettier-ignore
  }

  end(question: string) {
    return this.#questions.ask(question, 'DeleteGroups', { groupsNames: [this.#group] })
  }

  deleteOffset(question: string) {
    return this.#questions.ask(question, 'OffsetDelete', { groupId: this.#group, topics: [{ name: this.#topic, partitions: [{ partitionIndex: 0 }] }] }) // prettier-ignore
  }
}
