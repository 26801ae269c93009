// One number of a worker, under the name that Connect gives it in JMX.

/** A JMX type of Connect or its clients; `process`: what every Prometheus client tells of its process; null: a number of the sink's own. */
export type MetricGroup =
  | 'connect-worker-metrics'
  | 'connect-worker-rebalance-metrics'
  | 'connector-metrics'
  | 'connector-task-metrics'
  | 'sink-task-metrics'
  | 'task-error-metrics'
  | 'consumer-metrics'
  | 'consumer-fetch-manager-metrics'
  | 'producer-metrics'
  | 'app-info'
  | 'process'

export interface MetricSample {
  readonly group: MetricGroup | null
  /** As in JMX, `sink-record-read-total`. */
  readonly name: string
  /** Keys of the JMX bean, `connector`, `task`, `client-id`, `topic`, `partition`. */
  readonly tags: Readonly<Record<string, string>>
  readonly kind: 'counter' | 'gauge'
  /** A text is a state or a class. */
  readonly value: number | string
}
