// How long Redis takes for what is sent together: the last time, and how many took how long, out of which percentiles are told.
import { type Metric } from '../connect/plugin.ts'

/** Upper bounds, in milliseconds. */
const bounds = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000]

/** A metric to be set with each time; the runtime shows names that end in `-le-N` as the buckets of one histogram. */
export function latencyMetric(metric: (name: string, kind: 'counter' | 'gauge') => Metric): Metric {
  const last = metric('redis-latency-ms', 'gauge')
  const sum = metric('redis-flush-time-ms-sum', 'counter')
  const buckets = [...bounds, 'inf'].map(bound => metric(`redis-flush-time-ms-le-${bound}`, 'counter'))
  const set = (value: number): void => {
    last.set(value)
    sum.add(value)
    const index = bounds.findIndex(bound => value <= bound)
    buckets.at(index)?.add(1)
  }
  return { set, add: set }
}
