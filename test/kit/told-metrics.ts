// What a worker with one connector, one task, one partition and a dead letter queue tells at /metrics: families and their labels.
import { silentLogger } from '../../src/connect/log.ts'
import { globSync, readFileSync } from 'node:fs'
import { latencyMetric } from '../../src/redis/latency.ts'
import { prometheusText, type Spelling } from '../../src/rest/prometheus.ts'
import { type ConnectorStatus } from '../../src/runtime/herder.ts'
import { MeasuredConsumer } from '../../src/runtime/measured-consumer.ts'
import { WorkerMetrics } from '../../src/runtime/metrics.ts'
import { processSamples } from '../../src/runtime/process-samples.ts'
import { StateTimes } from '../../src/runtime/state-times.ts'
import { type TaskConsumer } from '../../src/runtime/task-consumer.ts'
import { type MetricDescription, TaskMetrics } from '../../src/runtime/task-metrics.ts'
import { systemClock } from '../../src/util/clock.ts'

/** The sink's own numbers stand in its sources by name. */
function sinkNames(): readonly string[] {
  const sources = globSync('src/redis/**/*.ts').filter(path => !path.endsWith('.test.ts'))
  const texts = sources.map(path => readFileSync(path, 'utf8'))
  return texts.flatMap(text => [...text.matchAll(/'(redis-[a-z-]+)'/g)].map(match => match[1] ?? ''))
}

/** The text of its /metrics. */
export async function toldText(spelling: Spelling): Promise<string> {
  const buffer = TaskMetrics.newBuffer()
  const described: MetricDescription[] = []
  const task = new TaskMetrics(buffer, metric => described.push(metric))
  for (const name of sinkNames()) task.metric(name, 'gauge').set(1)
  latencyMetric((name, kind) => task.metric(name, kind)).set(1)
  for (const kind of ['consumer', 'producer'] as const) task.client(kind).connections.add(1)
  const partition = { topic: 't', partition: 0 }
  const inner = { poll: async () => [], assignment: () => [partition], lag: () => 1 } as unknown as TaskConsumer
  await new MeasuredConsumer(inner, {
    metrics: task,
    clock: systemClock,
    log: silentLogger,
    name: 'c-0',
    firstUnsettled: () => Infinity
  }).poll(0)
  const place = { workerId: 'w', version: '1', trace: null, state: 'RUNNING' } as const
  const status: ConnectorStatus = { name: 'c', type: 'sink', connector: place, tasks: [{ ...place, id: 0 }] }
  const numbers = {
    id: { connector: 'c', task: 0 },
    values: new Float64Array(buffer),
    metrics: described,
    times: new StateTimes(0),
    waits: [{ for: 'redis', what: 'Redis', since: 0, attempts: 1, reason: 'away' }] as const,
    skips: []
  }
  const startups = { attempts: 1, successes: 1, failures: 0 }
  const metrics = new WorkerMetrics({
    herder: {
      connectors: async () => ['c'],
      connectorStatus: async () => status,
      connectorInfo: async () => ({ name: 'c', config: new Map(), tasks: [], type: 'sink' })
    },
    worker: { numbers: () => [numbers], startups, connectorStartups: startups },
    window: { windowMs: 30_000, windows: 2 },
    clock: systemClock,
    more: processSamples({ version: '4.3.1', commit: 'c', workerId: () => 'w', clock: systemClock })
  })
  return prometheusText(await metrics.collect(), spelling)
}

/** By family, all labels that its series have. */
export function familiesOf(text: string): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>()
  for (const [, family = '', labels = ''] of text.matchAll(/^([a-z][a-z0-9_]*)(?:\{(.*)\})? /gm)) {
    const names = [...labels.matchAll(/(\w+)="/g)].map(match => match[1] ?? '')
    found.set(family, new Set([...(found.get(family) ?? []), ...names]))
  }
  return found
}
