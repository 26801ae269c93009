// Members of a group that are none of ours: what is dealt to them is not read here, and but for a line of ours nobody would learn of it.
//
// A broker makes a member's id of its client.id, or of its group.instance.id, and a UUID. The leader of a classic group sees all ids, the others see
// that of the leader. In a group of the newer protocol (KIP-848) no member sees another.
import { type Logger } from '../../connect/log.ts'
import { partitionKey, type TopicPartition } from './topic-partition.ts'

export interface StrangersOptions {
  readonly groupId: string
  /** How the client ids of those begin that belong here. */
  readonly kin: readonly string[]
  readonly clientId: string
  readonly instanceId: string | null
  /** Whether it is ours to tell who leads; of the members that see the same leader, one does. */
  readonly tellsLeader: boolean
  readonly log: Logger
}

interface Member {
  readonly memberId: string
  readonly instanceId: string | null
}

const namedMax = 10
const advice =
  'Stop it, or give it a group of its own; kafka-consumer-groups.sh --describe --members --group names its host'

export class Strangers {
  readonly #options: StrangersOptions
  /** Those that were told and have not left since. */
  #told: ReadonlySet<string> = new Set()

  constructor(options: StrangersOptions) {
    this.#options = options
  }

  /** We lead, as `own`: tells of each stranger that was dealt any of the topics that we read ourselves. */
  dealt(
    own: string,
    members: readonly Member[],
    dealt: ReadonlyMap<string, readonly TopicPartition[]>,
    topics: readonly string[]
  ): void {
    const { groupId, log } = this.#options
    const still = new Set<string>()
    for (const member of members) {
      if (!this.#isStranger(own, member)) continue
      const { memberId } = member
      const read = (dealt.get(memberId) ?? []).filter(({ topic }) => topics.includes(topic))
      const known = this.#told.has(memberId)
      if (known || read.length > 0) still.add(memberId)
      if (known || read.length === 0) continue
      log.warn(
        `group ${groupId}: member ${memberId} is no task of this connector, and reads ${shown(read)}: as long as it is in the group their records are ` +
          `not written by this sink, and what it commits is not read again. ${advice}`
      )
    }
    this.#told = still
  }

  /** Another member leads: what it deals we don't see. */
  ledBy(own: string, leaderId: string): void {
    const { groupId, log, tellsLeader, instanceId } = this.#options
    // Where we are static ourselves it may be so too, and its id tell nothing of its client.
    if (!tellsLeader || instanceId !== null || this.#told.has(leaderId)) return
    if (!this.#isStranger(own, { memberId: leaderId, instanceId: null })) return
    this.#told = new Set([leaderId])
    log.warn(
      `group ${groupId}: member ${leaderId}, which leads the group, is no task of this connector: records of the partitions that it deals to itself are ` +
        `not written by this sink, and what it commits is not read again. ${advice}`
    )
  }

  #isStranger(own: string, member: Member): boolean {
    const { kin, clientId, instanceId } = this.#options
    if (member.memberId === own) return false
    // A server that makes ids in another way: they tell nothing.
    if (!own.startsWith(`${instanceId ?? clientId}-`)) return false
    if (member.instanceId !== null) return instanceId === null
    return !kin.some(beginning => member.memberId.startsWith(beginning))
  }
}

function shown(partitions: readonly TopicPartition[]): string {
  const named = partitions.slice(0, namedMax).map(partitionKey).join(', ')
  return partitions.length > namedMax ? `${named} and ${partitions.length - namedMax} more` : named
}
