// The book of a group under rebalances: where each member began, what it read and when; what it demands is in terms of Kafka alone, and the same of Java's members.
import assert from 'node:assert/strict'
import { openAdmin, openConsumer } from './consumer.ts'

interface Range {
  readonly from: number
  readonly to: number
  readonly at: number
}

/** A commit as the group's own log has it. */
interface Commit {
  readonly partition: number
  readonly offset: number
  readonly at: number
}

export class Ledger {
  /** Where each member stands in each partition it has: "ours-1 0". */
  readonly #next = new Map<string, number>()
  readonly #ranges = new Map<number, Range[]>()
  reads = 0
  begins = 0

  /**
   * A member found its place between two looks at what was committed. Nobody else may commit for a partition that is its own, so both
   * looks see the same, unless its time in the group was over by then.
   */
  began(member: string, partition: number, before: number, position: number, after: number): void {
    const found = `${member} begins partition ${partition} at ${position}; committed was ${before}, then ${after}`
    assert.ok(position >= before && position <= after, found)
    this.begins++
    this.#next.set(`${member} ${partition}`, position)
  }

  read(member: string, partition: number, from: number, to: number, at: number): void {
    const key = `${member} ${partition}`
    assert.equal(from, this.#next.get(key), `${member} reads on in partition ${partition} where it stands`)
    this.#next.set(key, to)
    this.reads += to - from
    const ranges = this.#ranges.get(partition) ?? []
    this.#ranges.set(partition, ranges)
    ranges.push({ from, to, at })
  }

  ended(member: string, partition: number): void {
    this.#next.delete(`${member} ${partition}`)
  }

  /** Holds the group's log against the book: no commit goes back, none passes what had been read by then, and the last ones are the ends. */
  assertCommits(commits: readonly Commit[], ends: readonly number[]): void {
    for (const [partition, end] of ends.entries()) {
      const ranges = (this.#ranges.get(partition) ?? []).toSorted((a, b) => a.at - b.at)
      // Everything below `prefix` was read by somebody.
      let [taken, prefix, last] = [0, 0, 0]
      const waiting: Range[] = []
      for (const { offset, at } of commits.filter(commit => commit.partition === partition)) {
        for (; taken < ranges.length && (ranges[taken] as Range).at <= at; taken++) waiting.push(ranges[taken] as Range)
        for (const range of waiting.splice(0).toSorted((a, b) => a.from - b.from)) {
          if (range.from > prefix) waiting.push(range)
          else prefix = Math.max(prefix, range.to)
        }
        assert.ok(offset >= last, `partition ${partition}: committed went back from ${last} to ${offset}`)
        assert.ok(offset <= prefix, `partition ${partition}: ${offset} is committed, read is what lies below ${prefix}`)
        last = offset
      }
      assert.equal(last, end, `all of partition ${partition} is read and committed`)
    }
  }
}

/** Every commit of `group` for `topic`, in order, read from Kafka's own log of commits. */
export async function commitsOf(group: string, topic: string): Promise<Commit[]> {
  const log = '__consumer_offsets'
  await using admin = await openAdmin()
  const count = (await admin.topics([log])).get(log)?.partitions ?? 0
  const partitions = Array.from({ length: count }, (_, partition) => ({ topic: log, partition }))
  await using reader = await openConsumer()
  const { consumer } = reader
  consumer.assign(partitions)
  const commits: Commit[] = []
  const isAtEnd = (): boolean => partitions.every(partition => consumer.lag(partition) === 0)
  while (!isAtEnd()) {
    for (const cursor of await consumer.poll(100)) {
      while (cursor.next()) {
        const bytes = Buffer.from(cursor.bytes.buffer, cursor.bytes.byteOffset, cursor.bytes.byteLength)
        const key = bytes.subarray(Math.max(0, cursor.keyStart), Math.max(0, cursor.keyEnd))
        const commit =
          cursor.valueStart < 0 ? null : readCommit(key, bytes.subarray(cursor.valueStart, cursor.valueEnd))
        if (commit !== null && commit.group === group && commit.topic === topic) commits.push(commit)
      }
    }
  }
  return commits
}

/** An offset commit's key has version 0 or 1: group, topic, partition; its value begins with version, offset, leader epoch. */
function readCommit(key: Buffer, value: Buffer): (Commit & { readonly group: string; readonly topic: string }) | null {
  if (key.readInt16BE(0) > 1) return null
  const groupEnd = 4 + key.readInt16BE(2)
  const topicEnd = groupEnd + 2 + key.readInt16BE(groupEnd)
  const version = value.readInt16BE(0)
  assert.ok(version === 3 || version === 4, `offset commits of version ${version} are not known here`)
  // From version 4 on a text is preceded by its length plus one; ours are short enough for one byte.
  const metadataEnd = version === 3 ? 16 + value.readInt16BE(14) : 14 + value.readUInt8(14)
  return {
    group: key.toString('utf8', 4, groupEnd),
    topic: key.toString('utf8', groupEnd + 2, topicEnd),
    partition: key.readInt32BE(topicEnd),
    offset: Number(value.readBigInt64BE(2)),
    at: Number(value.readBigInt64BE(metadataEnd))
  }
}
