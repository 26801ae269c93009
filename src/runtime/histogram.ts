// Histograms out of counters: a metric named `NAME-le-BOUND` counts what lay between the bound before and its own.
import { type MetricDescription } from './task-metrics.ts'

export interface Bucket {
  readonly name: string
  /** Infinity for the last. */
  readonly bound: number
}

/** The buckets among a task's numbers, by the histogram's name, in order. */
export function histogramsOf(metrics: readonly MetricDescription[]): ReadonlyMap<string, readonly Bucket[]> {
  const found = new Map<string, Bucket[]>()
  for (const { name } of metrics) {
    const [, base, bound] = /^(.+)-le-(\d+|inf)$/.exec(name) ?? []
    if (base === undefined) continue
    const buckets = found.get(base) ?? []
    buckets.push({ name, bound: bound === 'inf' ? Infinity : Number(bound) })
    found.set(base, buckets)
  }
  for (const buckets of found.values()) buckets.sort((a, b) => a.bound - b.bound)
  return found
}

export function isBucket(name: string): boolean {
  return /-le-(?:\d+|inf)$/.test(name)
}

/** Where the share `share` of all lies, taken to be spread evenly within its bucket; 0 where there is none. */
export function quantile(buckets: readonly Bucket[], countOf: (bucket: Bucket) => number, share: number): number {
  const total = buckets.reduce((sum, bucket) => sum + countOf(bucket), 0)
  if (total <= 0) return 0
  let below = 0
  let from = 0
  for (const bucket of buckets) {
    const count = countOf(bucket)
    if (count > 0 && below + count >= share * total) {
      // Beyond the last bound nothing more is known.
      if (bucket.bound === Infinity) return from
      return from + (bucket.bound - from) * Math.max(0, (share * total - below) / count)
    }
    below += count
    from = bucket.bound === Infinity ? from : bucket.bound
  }
  return from
}
