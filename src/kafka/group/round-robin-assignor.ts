// The round robin assignor: all partitions in order, dealt one by one to the members that want them.
import { compareMembers, compareText, type Assignor, type AssignorMember, type PartitionsByTopic } from './assignor.ts'
import { type TopicPartition } from './topic-partition.ts'

export const roundRobinAssignor: Assignor = {
  name: 'roundrobin',
  cooperative: false,
  assign(partitions: PartitionsByTopic, members: readonly AssignorMember[]): Map<string, TopicPartition[]> {
    const assignment = new Map<string, TopicPartition[]>(members.map(member => [member.memberId, []]))
    const circle = [...members].sort(compareMembers)
    const wanted = new Set(circle.flatMap(member => [...member.topics]))
    let at = 0
    for (const topic of [...wanted].sort(compareText)) {
      for (const partition of (partitions.get(topic) ?? []).keys()) {
        // Somebody subscribed to the topic, so the walk around the circle ends.
        let member = circle[at % circle.length]
        while (member !== undefined && !member.topics.includes(topic)) member = circle[++at % circle.length]
        if (member === undefined) continue
        assignment.get(member.memberId)?.push({ topic, partition })
        at++
      }
    }
    return assignment
  }
}
