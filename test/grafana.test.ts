// The Grafana board and the page of metrics in docs/: both speak of numbers that a worker tells, by labels that it has.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { prometheusText } from '../src/rest/prometheus.ts'
import { latencyMetric } from '../src/redis/latency.ts'
import { type ConnectorStatus } from '../src/runtime/herder.ts'
import { MeasuredConsumer } from '../src/runtime/measured-consumer.ts'
import { WorkerMetrics } from '../src/runtime/metrics.ts'
import { type TaskConsumer } from '../src/runtime/task-consumer.ts'
import { StateTimes } from '../src/runtime/state-times.ts'
import { type MetricDescription, TaskMetrics } from '../src/runtime/task-metrics.ts'
import { systemClock } from '../src/util/clock.ts'

interface Target {
  readonly expr: string
  readonly legendFormat?: string
}

interface Panel {
  readonly type: string
  readonly title: string
  readonly targets?: readonly Target[]
}

interface Board {
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: unknown }[] }
}

const board = JSON.parse(readFileSync('docs/grafana.json', 'utf8')) as Board
const targets = board.panels.flatMap(({ title, targets = [] }) => targets.map(target => ({ title, ...target })))

/** The sink's own numbers stand in its sources by name. */
function sinkNames(): readonly string[] {
  const sources = globSync('src/redis/**/*.ts').filter(path => !path.endsWith('.test.ts'))
  const texts = sources.map(path => readFileSync(path, 'utf8'))
  return texts.flatMap(text => [...text.matchAll(/'(redis-[a-z-]+)'/g)].map(match => match[1] ?? ''))
}

/** Families with their labels, as a worker with one connector, one task and one partition tells them. */
async function families(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const buffer = TaskMetrics.newBuffer()
  const described: MetricDescription[] = []
  const task = new TaskMetrics(buffer, metric => described.push(metric))
  for (const name of sinkNames()) task.metric(name, 'gauge').set(1)
  latencyMetric((name, kind) => task.metric(name, kind)).set(1)
  const partition = { topic: 't', partition: 0 }
  const inner = { poll: async () => [], assignment: () => [partition], lag: () => 1 } as unknown as TaskConsumer
  await new MeasuredConsumer(inner, task, systemClock).poll(0)
  const place = { workerId: 'w', version: '1', trace: null, state: 'RUNNING' } as const
  const status: ConnectorStatus = { name: 'c', type: 'sink', connector: place, tasks: [{ ...place, id: 0 }] }
  const numbers = {
    id: { connector: 'c', task: 0 },
    values: new Float64Array(buffer),
    metrics: described,
    times: new StateTimes(0)
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
    clock: systemClock
  })
  const text = prometheusText(await metrics.collect(), 'short')
  const found = new Map<string, Set<string>>()
  for (const [, family = '', labels = ''] of text.matchAll(/^([a-z][a-z0-9_]*)(?:\{(.*)\})? /gm)) {
    const names = [...labels.matchAll(/(\w+)="/g)].map(match => match[1] ?? '')
    found.set(family, new Set([...(found.get(family) ?? []), ...names]))
  }
  return found
}

test('the board has panels, and each has a query', () => {
  const panels = board.panels.filter(({ type }) => type !== 'row')
  assert.ok(panels.length > 15)
  for (const { title, targets = [] } of panels) assert.ok(targets.length > 0, title)
})

test('every query asks for a number that a worker tells, by its labels', async () => {
  const told = await families()
  for (const { title, expr, legendFormat = '' } of targets) {
    const names = [...expr.matchAll(/kafka_[a-z0-9_]+/g)].map(([name]) => name)
    assert.ok(names.length > 0, `${title}: ${expr}`)
    for (const name of names) {
      const labels = told.get(name)
      assert.ok(labels !== undefined, `${title} asks for ${name}, which no worker tells`)
      const wanted = [
        ...[...expr.matchAll(/[{,]\s*(\w+)\s*=~?/g)].map(match => match[1] ?? ''),
        ...[...expr.matchAll(/ by \(([^)]*)\)/g)].flatMap(match => (match[1] ?? '').split(/,\s*/)),
        ...[...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(match => match[1] ?? '')
      ]
      for (const label of wanted) assert.ok(labels.has(label), `${title}: ${name} has no label ${label}`)
    }
    const open = [...expr].filter(character => '([{'.includes(character)).length
    const closed = [...expr].filter(character => ')]}'.includes(character)).length
    assert.equal(open, closed, `${title}: ${expr}`)
  }
})

test('the variables of the board are found, too, and used', async () => {
  const told = await families()
  for (const { name, query } of board.templating.list) {
    const asked = /kafka_\w+/.exec(JSON.stringify(query))?.[0]
    if (asked !== undefined) assert.ok(told.has(asked), asked)
    assert.ok(JSON.stringify(board.panels).includes(`$${name}`) || JSON.stringify(board.panels).includes(`\${${name}}`))
  }
})

test('docs/metrics.md has every number, and no other', async () => {
  const told = await families()
  const rows = [...readFileSync('docs/metrics.md', 'utf8').matchAll(/^\| `(kafka_\w+)` \| (.*?) ?\| \S.* \|$/gm)]
  assert.deepEqual(rows.map(([, name]) => name).toSorted(), [...told.keys()].toSorted())
  for (const [, name = '', labels = ''] of rows) {
    const documented = labels === '' ? [] : labels.split(', ')
    // A state is that of a connector, or of one of its tasks.
    const expected = [...(told.get(name) ?? [])].filter(
      label => name !== 'kafka_connect_connector_status' || label !== 'task'
    )
    assert.deepEqual(documented.toSorted(), expected.toSorted(), name)
  }
})
