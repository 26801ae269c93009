// Puts a consumer into its group, by the protocol its settings name.
import { silentWaits } from '../../connect/waits.ts'
import { type ClientDoors } from '../client-config.ts'
import { type Cluster } from '../cluster.ts'
import { type ConsumerConfig } from '../consumer-config.ts'
import { assignorsNamed } from './assignors.ts'
import { ClassicGroup } from './classic-group.ts'
import { type ConsumerGroup } from './consumer-group.ts'
import { ConsumerMember } from './consumer-member.ts'
import { GroupMembership } from './membership.ts'
import { ServerAssignedGroup } from './server-assigned-group.ts'
import { Strangers } from './strangers.ts'
import { type TopicPartition } from './topic-partition.ts'

export interface GroupQuestions {
  /** The topics subscribed to just now. */
  readonly topics: () => readonly string[]
  readonly owned: () => readonly TopicPartition[]
  readonly changed: () => void
  /** Whether it tells of a leader that does not belong here. */
  readonly tellsLeader: boolean
}

export function openGroup(
  config: ConsumerConfig,
  groupId: string,
  cluster: Cluster,
  { clock, random, log, waits = silentWaits, kin }: ClientDoors,
  { topics, owned, changed, tellsLeader }: GroupQuestions
): ConsumerGroup {
  if (config.serverAssigned) {
    return new ServerAssignedGroup({ ...config, cluster, groupId, clock, random, log, waits, topics, owned, changed })
  }
  const assignors = assignorsNamed(config.assignors)
  const strangers = kin === undefined ? null : new Strangers({ ...config, groupId, kin, tellsLeader, log })
  const member: ConsumerMember = new ConsumerMember({
    cluster,
    assignors,
    rack: config.rack,
    log,
    strangers,
    topics,
    owned,
    generation: () => membership.identity.generation
  })
  const membership: GroupMembership = new GroupMembership(
    {
      ...config,
      cluster,
      groupId,
      protocolType: 'consumer',
      rebalanceTimeoutMs: config.pollIntervalMsMax,
      clock,
      log
    },
    member,
    changed
  )
  return new ClassicGroup({ ...config, cluster, groupId, member, membership, strangers, log, waits, changed })
}
