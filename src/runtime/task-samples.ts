// The numbers of one task under Connect's names: totals as the task counts them, rates and averages over the last windows.
import { type State, type TaskId } from './herder.ts'
import { type MetricWindow } from './metric-window.ts'
import { type MetricGroup, type MetricSample } from './metric-sample.ts'
import { histogramsOf, isBucket, quantile } from './histogram.ts'
import { type StateTimes } from './state-times.ts'
import { type MetricDescription } from './task-metrics.ts'
import { type TaskWait } from './waits.ts'

export interface TaskView {
  readonly id: TaskId
  readonly window: MetricWindow
  readonly numbers: { readonly values: Float64Array; readonly metrics: readonly MetricDescription[] }
  readonly nowMs: number
}

/** Names in the task's memory that are shown in another form. */
const hidden = new Set([
  'offset-commit-failure-total',
  'offset-commit-time-ms-total',
  'put-batch-total',
  'put-batch-time-ms-total',
  'sink-record-active-count-sum',
  'sink-record-active-count-looks'
])

/** Numbers that move in a task without partitions, too. */
const idling = new Set([
  'offset-commit-skip-total',
  'put-batch-total',
  'put-batch-time-ms-total',
  'put-batch-max-time-ms',
  'sink-record-active-count-looks',
  'consumer-connection-count',
  'consumer-incoming-byte-total',
  'consumer-outgoing-byte-total',
  'producer-connection-count',
  'producer-incoming-byte-total',
  'producer-outgoing-byte-total'
])

/** Numbers of a task's clients: in JMX each client has a bean of its own. */
const clientNumbers: Readonly<Record<string, readonly [group: MetricGroup, name: string]>> = {
  'consumer-connection-count': ['consumer-metrics', 'connection-count'],
  'consumer-incoming-byte-total': ['consumer-metrics', 'incoming-byte-total'],
  'consumer-outgoing-byte-total': ['consumer-metrics', 'outgoing-byte-total'],
  'producer-connection-count': ['producer-metrics', 'connection-count'],
  'producer-incoming-byte-total': ['producer-metrics', 'incoming-byte-total'],
  'producer-outgoing-byte-total': ['producer-metrics', 'outgoing-byte-total']
}

const groups: Readonly<Record<string, MetricGroup>> = {
  'sink-record-read-total': 'sink-task-metrics',
  'sink-record-send-total': 'sink-task-metrics',
  'sink-record-active-count': 'sink-task-metrics',
  'sink-record-active-count-max': 'sink-task-metrics',
  'partition-count': 'sink-task-metrics',
  'offset-commit-seq-no': 'sink-task-metrics',
  'offset-commit-completion-total': 'sink-task-metrics',
  'offset-commit-skip-total': 'sink-task-metrics',
  'put-batch-max-time-ms': 'sink-task-metrics',
  'offset-commit-max-time-ms': 'connector-task-metrics',
  'batch-size-max': 'connector-task-metrics',
  'total-record-failures': 'task-error-metrics',
  'total-record-errors': 'task-error-metrics',
  'total-records-skipped': 'task-error-metrics',
  'total-retries': 'task-error-metrics',
  'total-errors-logged': 'task-error-metrics',
  'deadletterqueue-produce-requests': 'task-error-metrics',
  'deadletterqueue-produce-failures': 'task-error-metrics',
  'deadletterqueue-waiting': 'task-error-metrics',
  'last-error-timestamp': 'task-error-metrics',
  'bytes-consumed-total': 'consumer-fetch-manager-metrics',
  'records-lag-max': 'consumer-fetch-manager-metrics',
  'records-lag': 'consumer-fetch-manager-metrics'
}

/** Counters that Connect shows as a rate, too. */
const rates = [
  'sink-record-read-total',
  'sink-record-send-total',
  'offset-commit-completion-total',
  'offset-commit-skip-total',
  'bytes-consumed-total'
] as const

/** What a task is doing, and which part of its life it ran or was paused; of a task without `times` the moment is told. */
export function stateSamples(
  id: TaskId,
  state: State,
  times: StateTimes | null,
  nowMs: number
): readonly MetricSample[] {
  const ratio = (of: State): number => times?.ratio(of, nowMs) ?? (state === of ? 1 : 0)
  const sample = (name: string, value: number | string): MetricSample => ({
    group: 'connector-task-metrics',
    name,
    kind: 'gauge',
    value,
    tags: tagsOf('connector-task-metrics', id)
  })
  return [
    sample('status', state.toLowerCase()),
    sample('running-ratio', ratio('RUNNING')),
    sample('pause-ratio', ratio('PAUSED'))
  ]
}

/** For how long the task waits for somebody outside; nothing where it does not. Of several waits of one kind the longest is told. */
export function waitSamples(id: TaskId, waits: readonly TaskWait[], now: number): readonly MetricSample[] {
  const since = new Map<string, number>()
  for (const wait of waits) since.set(wait.for, Math.min(since.get(wait.for) ?? Infinity, wait.since))
  return [...since].map(([whom, at]) => ({
    group: null,
    name: 'task-waiting-seconds',
    kind: 'gauge',
    value: Math.max(0, now - at) / 1000,
    tags: { ...tagsOf(null, id), for: whom }
  }))
}

export function taskSamples(view: TaskView): readonly MetricSample[] {
  if (!hasWorked(view)) return countedSamples(view).filter(({ name }) => name === 'partition-count')
  return [...countedSamples(view), ...derivedSamples(view), ...clientRates(view), ...histogramSamples(view)]
}

/** A task that never had a partition has nothing to tell: with ten thousand of them it would fill a scrape with zeros. */
function hasWorked({ numbers: { values, metrics } }: TaskView): boolean {
  return metrics.some(({ name, index }) => {
    const value = values[index] ?? 0
    return value !== 0 && !Number.isNaN(value) && !idling.has(name)
  })
}

function tagsOf(group: MetricGroup | null, id: TaskId): Readonly<Record<string, string>> {
  // The client's numbers go by the name of the client, as in JMX.
  if (group === 'consumer-fetch-manager-metrics' || group === 'consumer-metrics')
    return { 'client-id': `connector-consumer-${id.connector}-${id.task}` }
  if (group === 'producer-metrics') return { 'client-id': `connector-dlq-producer-${id.connector}-${id.task}` }
  return { connector: id.connector, task: String(id.task) }
}

function countedSamples({ id, window, numbers }: TaskView): readonly MetricSample[] {
  const samples: MetricSample[] = []
  for (const { name, kind, index, tags } of numbers.metrics) {
    const value = name in groups && name.includes('-max') ? window.max(name) : (numbers.values[index] ?? 0)
    // NaN: there is no such number now.
    if (hidden.has(name) || isBucket(name) || Number.isNaN(value)) continue
    const [group, shown] = clientNumbers[name] ?? [groups[name] ?? null, name]
    samples.push({ group, name: shown, kind, value, tags: { ...tagsOf(group, id), ...tags } })
  }
  return samples
}

function clientRates({ id, window, numbers, nowMs }: TaskView): readonly MetricSample[] {
  return numbers.metrics.flatMap(({ name, kind }) => {
    const client = kind === 'counter' ? clientNumbers[name] : undefined
    if (client === undefined) return []
    const [group, shown] = client
    const value = window.rate(name, nowMs)
    return [{ group, name: shown.replace(/-total$/, '-rate'), kind: 'gauge' as const, value, tags: tagsOf(group, id) }]
  })
}

function derivedSamples({ id, window, nowMs }: TaskView): readonly MetricSample[] {
  const sample = (group: MetricGroup, name: string, value: number, kind: MetricSample['kind'] = 'gauge') => ({
    group,
    name,
    kind,
    value,
    tags: tagsOf(group, id)
  })
  const completed = window.growth('offset-commit-completion-total')
  const failed = window.growth('offset-commit-failure-total')
  const commits = completed + failed
  const fetched = 'consumer-fetch-manager-metrics'
  return [
    ...rates.map(name => sample(groups[name] ?? fetched, name.replace(/-total$/, '-rate'), window.rate(name, nowMs))),
    sample(fetched, 'records-consumed-total', window.get('sink-record-read-total'), 'counter'),
    sample(fetched, 'records-consumed-rate', window.rate('sink-record-read-total', nowMs)),
    sample(
      'sink-task-metrics',
      'sink-record-active-count-avg',
      window.average('sink-record-active-count-sum', 'sink-record-active-count-looks')
    ),
    sample('sink-task-metrics', 'put-batch-avg-time-ms', window.average('put-batch-time-ms-total', 'put-batch-total')),
    sample('connector-task-metrics', 'batch-size-avg', window.average('sink-record-read-total', 'put-batch-total')),
    sample(
      'connector-task-metrics',
      'offset-commit-avg-time-ms',
      window.average('offset-commit-time-ms-total', 'offset-commit-completion-total')
    ),
    sample('connector-task-metrics', 'offset-commit-success-percentage', commits === 0 ? 0 : completed / commits),
    sample('connector-task-metrics', 'offset-commit-failure-percentage', commits === 0 ? 0 : failed / commits)
  ]
}

const quantiles = [0.5, 0.95, 0.99]

/** Buckets as Prometheus counts them, each with all below it, and quantiles of the last windows for whoever has no Prometheus. */
function histogramSamples({ id, window, numbers }: TaskView): readonly MetricSample[] {
  const samples: MetricSample[] = []
  for (const [name, buckets] of histogramsOf(numbers.metrics)) {
    const add = (
      of: string,
      kind: MetricSample['kind'],
      value: number,
      more: Readonly<Record<string, string>>
    ): void => {
      samples.push({ group: null, name: of, kind, value, tags: { ...tagsOf(null, id), ...more } })
    }
    let total = 0
    for (const bucket of buckets) {
      total += window.get(bucket.name)
      add(`${name}-bucket`, 'counter', total, { le: bucket.bound === Infinity ? '+Inf' : String(bucket.bound) })
    }
    add(`${name}-count`, 'counter', total, {})
    for (const share of quantiles) {
      const value = quantile(buckets, bucket => window.growth(bucket.name), share)
      add(`${name}-quantile`, 'gauge', value, { quantile: String(share) })
    }
  }
  return samples
}
