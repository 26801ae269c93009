// The text of /metrics in both spellings: what public dashboards ask for, letter by letter.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type MetricGroup, type MetricSample } from '../runtime/metric-sample.ts'
import { prometheusText, type Spelling } from './prometheus.ts'

function sample(
  group: MetricGroup | null,
  name: string,
  tags: Readonly<Record<string, string>>,
  value: number | string,
  kind: MetricSample['kind'] = 'gauge'
): MetricSample {
  return { group, name, tags, value, kind }
}

const task = { connector: 'orders', task: '0' }
const client = { 'client-id': 'connector-consumer-orders-0', topic: 't', partition: '3' }

const app = { 'client-id': '10.0.0.9:8083' }
const reader = { 'client-id': 'connector-consumer-orders-0' }
const letters = { 'client-id': 'connector-dlq-producer-orders-0' }

/** Several lines of one sample are divided by line breaks. */
const spelled: readonly (readonly [sample: MetricSample, short: string, full: string])[] = [
  [
    sample('connect-worker-metrics', 'connector-count', {}, 2),
    'kafka_connect_worker_connector_count 2',
    'kafka_connect_connect_worker_metrics_connector_count{connector="aggregate"} 2'
  ],
  [
    sample('connect-worker-metrics', 'connector-failed-task-count', { connector: 'orders' }, 1),
    'kafka_connect_worker_connector_failed_task_count{connector="orders"} 1',
    'kafka_connect_connect_worker_metrics_connector_failed_task_count{connector="orders"} 1'
  ],
  [
    sample('sink-task-metrics', 'sink-record-send-total', task, 1e6, 'counter'),
    'kafka_connect_sink_task_sink_record_send_total{connector="orders",task="0"} 1000000',
    'kafka_connect_sink_task_metrics_sink_record_send_total{connector="orders",task="0"} 1000000'
  ],
  [
    sample('connector-task-metrics', 'offset-commit-avg-time-ms', task, 1.5),
    'kafka_connect_connector_task_offset_commit_avg_time_ms{connector="orders",task="0"} 1.5',
    'kafka_connect_connector_task_metrics_offset_commit_avg_time_ms{connector="orders",task="0"} 1.5'
  ],
  [
    sample('task-error-metrics', 'deadletterqueue-produce-requests', task, 0),
    'kafka_connect_task_error_deadletterqueue_produce_requests{connector="orders",task="0"} 0',
    'kafka_connect_task_error_metrics_deadletterqueue_produce_requests{connector="orders",task="0"} 0'
  ],
  [
    sample('connect-worker-rebalance-metrics', 'completed-rebalances-total', {}, 4, 'counter'),
    'kafka_connect_worker_rebalance_completed_rebalances_total 4',
    'kafka_connect_connect_worker_rebalance_metrics_completed_rebalances_total 4'
  ],
  [
    sample('connector-task-metrics', 'status', task, 'running'),
    'kafka_connect_connector_status{connector="orders",task="0",status="running"} 1\n' +
      'kafka_connect_connector_task_status{connector="orders",task="0",status="running"} 1',
    'kafka_connect_connector_task_metrics{connector="orders",task="0",status="running"} 1'
  ],
  [
    sample('connector-metrics', 'status', { connector: 'orders' }, 'paused'),
    'kafka_connect_connector_status{connector="orders",status="paused"} 1',
    'kafka_connect_connector_metrics{connector="orders",status="paused"} 1'
  ],
  [
    sample('consumer-metrics', 'incoming-byte-total', reader, 7, 'counter'),
    'kafka_consumer_incoming_byte_total{clientId="connector-consumer-orders-0"} 7',
    'kafka_consumer_consumer_metrics_incoming_byte_total{client_type="consumer",client_id="connector-consumer-orders-0"} 7'
  ],
  [
    sample('producer-metrics', 'connection-count', letters, 2),
    'kafka_producer_connection_count{clientId="connector-dlq-producer-orders-0"} 2',
    'kafka_producer_producer_metrics_connection_count{client_type="producer",client_id="connector-dlq-producer-orders-0"} 2'
  ],
  [
    sample('app-info', 'version', app, '4.3.1'),
    'kafka_connect_version_info{clientId="10.0.0.9:8083",version="4.3.1"} 1',
    'kafka_connect_app{client_id="10.0.0.9:8083",version="4.3.1"} 1'
  ],
  [
    sample('app-info', 'start-time-ms', app, 1500),
    'kafka_connect_start_time_seconds{clientId="10.0.0.9:8083"} 1.5',
    'kafka_connect_app{client_id="10.0.0.9:8083",start_time_ms="1500"} 1'
  ],
  [
    sample('process', 'cpu-seconds-total', {}, 2.5, 'counter'),
    'process_cpu_seconds_total 2.5',
    'process_cpu_seconds_total 2.5'
  ],
  [
    sample('connector-metrics', 'connector-class', { connector: 'orders' }, 'x.Y'),
    'kafka_connect_connector_connector_class{connector="orders",connector_class="x.Y"} 1',
    'kafka_connect_connector_metrics{connector="orders",connector_class="x.Y"} 1'
  ],
  [
    sample('consumer-fetch-manager-metrics', 'records-lag', client, 7),
    'kafka_consumer_fetch_manager_records_lag{clientId="connector-consumer-orders-0",topic="t",partition="3"} 7',
    'kafka_consumer_consumer_fetch_manager_metrics_records_lag{client_type="consumer",client_id="connector-consumer-orders-0",topic="t",partition="3"} 7'
  ],
  [
    sample(null, 'redis-latency-ms', task, 0.25),
    'kafka_connect_redis_latency_ms{connector="orders",task="0"} 0.25',
    'kafka_connect_redis_latency_ms{connector="orders",task="0"} 0.25'
  ]
]

const lines = (text: string): string[] => text.split('\n').filter(line => line !== '' && !line.startsWith('#'))

for (const [index, [given, short, full]] of spelled.entries()) {
  test(`spells ${given.group ?? 'own'} ${given.name} (${index})`, () => {
    const printed = (spelling: Spelling) => lines(prometheusText([given], spelling))
    assert.deepEqual(printed('short'), short.split('\n'))
    assert.deepEqual(printed('full'), [full])
    assert.deepEqual(printed('both'), [...new Set([...short.split('\n'), full])])
  })
}

test('puts the series of a family together, once, under its text and type', () => {
  const text = prometheusText(
    [
      sample('sink-task-metrics', 'partition-count', task, 1),
      sample('sink-task-metrics', 'sink-record-read-total', task, 5, 'counter'),
      sample('sink-task-metrics', 'partition-count', { connector: 'orders', task: '1' }, 2)
    ],
    'short'
  )
  assert.equal(
    text,
    `# HELP kafka_connect_sink_task_partition_count Partitions assigned.
# TYPE kafka_connect_sink_task_partition_count gauge
kafka_connect_sink_task_partition_count{connector="orders",task="0"} 1
kafka_connect_sink_task_partition_count{connector="orders",task="1"} 2
# HELP kafka_connect_sink_task_sink_record_read_total Records read from Kafka, before transforms.
# TYPE kafka_connect_sink_task_sink_record_read_total counter
kafka_connect_sink_task_sink_record_read_total{connector="orders",task="0"} 5
`
  )
})

test('a name can neither end a label nor begin a line', () => {
  const evil = { connector: 'a"} 1\nevil_metric{x="\\', task: '0' }
  const text = prometheusText([sample('sink-task-metrics', 'partition-count', evil, 1)], 'short')
  assert.deepEqual(lines(text), [
    'kafka_connect_sink_task_partition_count{connector="a\\"} 1\\nevil_metric{x=\\"\\\\",task="0"} 1'
  ])
})

test('numbers that are none are spelled as Prometheus does', () => {
  const printed = [NaN, Infinity, -Infinity].map(value =>
    lines(prometheusText([sample(null, 'x', {}, value)], 'short'))
  )
  assert.deepEqual(printed.flat(), ['kafka_connect_x NaN', 'kafka_connect_x +Inf', 'kafka_connect_x -Inf'])
})

test('an odd name of a sink becomes a name', () => {
  const text = prometheusText([sample(null, 'weird name{}', task, 1)], 'short')
  assert.match(text, /^kafka_connect_weird_name__\{connector/m)
})
