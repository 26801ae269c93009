// A partition of a topic, its key in maps, and Java's order of them.

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** `topic-partition`: unique, since the number never holds a dash. */
export function partitionKey({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}

/** By topic as Java compares strings (UTF-16 units, as JavaScript does), then by number. */
export function comparePartitions(a: TopicPartition, b: TopicPartition): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1
  return a.partition - b.partition
}

/** Groups by topic in order of first appearance. */
export function byTopic(partitions: Iterable<TopicPartition>): Map<string, number[]> {
  const topics = new Map<string, number[]>()
  for (const { topic, partition } of partitions) {
    const numbers = topics.get(topic)
    if (numbers === undefined) topics.set(topic, [partition])
    else numbers.push(partition)
  }
  return topics
}
