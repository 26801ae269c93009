// The worker's numbers as Prometheus reads them, spelled as the JMX exporter would spell Connect's own, so that old dashboards go on.
import { type MetricSample } from '../runtime/metric-sample.ts'

/** `short`: the exporter's example and Strimzi, types without "-metrics". `full`: the exporter's default and Confluent. */
export type Spelling = 'short' | 'full' | 'both'

export const prometheusContentType = 'text/plain; version=0.0.4; charset=utf-8'

interface Series {
  readonly family: string
  readonly labels: Readonly<Record<string, string>>
  readonly kind: MetricSample['kind']
  readonly value: number
}

/** The text of /metrics: each family once, with its type, its series together. */
export function prometheusText(samples: readonly MetricSample[], spelling: Spelling): string {
  const families = new Map<string, { kind: MetricSample['kind']; lines: Set<string> }>()
  for (const sample of samples) {
    for (const { family, labels, kind, value } of spelled(sample, spelling)) {
      let found = families.get(family)
      if (found === undefined) families.set(family, (found = { kind, lines: new Set() }))
      found.lines.add(`${family}${labelText(labels)} ${numberText(value)}`)
    }
  }
  return [...families]
    .map(([family, { kind, lines }]) => `# TYPE ${family} ${kind}\n${[...lines].join('\n')}\n`)
    .join('')
}

function spelled(sample: MetricSample, spelling: Spelling): readonly Series[] {
  if (sample.group === null) return [ownSeries(sample)]
  const short = spelling === 'full' ? [] : shortSeries(sample)
  const full = spelling === 'short' ? [] : fullSeries(sample)
  return [...short, ...full]
}

/** What the sink counts has no old name. */
function ownSeries({ name, tags, kind, value }: MetricSample): Series {
  return { family: `kafka_connect_${underscored(name)}`, labels: labelsOf(tags), kind, value: Number(value) }
}

function shortSeries({ group, name, tags, kind, value }: MetricSample): readonly Series[] {
  const labels = labelsOf(tags)
  if (group === 'consumer-fetch-manager-metrics') {
    const { client_id: clientId = '', ...rest } = labels
    const family = `kafka_consumer_fetch_manager_${underscored(name)}`
    return [{ family, labels: { clientId, ...rest }, kind, value: Number(value) }]
  }
  if (typeof value === 'string') {
    // The one text that the example keeps: the state.
    if (name !== 'status') return []
    return [{ family: 'kafka_connect_connector_status', labels: { ...labels, status: value }, kind, value: 1 }]
  }
  const type = (group ?? '').replace(/^connect-/, '').replace(/-metrics$/, '')
  return [{ family: `kafka_connect_${underscored(type)}_${underscored(name)}`, labels, kind, value }]
}

function fullSeries({ group, name, tags, kind, value }: MetricSample): readonly Series[] {
  const labels = labelsOf(tags)
  if (group === 'consumer-fetch-manager-metrics') {
    const family = `kafka_consumer_consumer_fetch_manager_metrics_${underscored(name)}`
    return [{ family, labels: { client_type: 'consumer', ...labels }, kind, value: Number(value) }]
  }
  const family = `kafka_connect_${underscored(group ?? '')}`
  // A text becomes a label, as Confluent's rules have it.
  if (typeof value === 'string') return [{ family, labels: { ...labels, [underscored(name)]: value }, kind, value: 1 }]
  const isWhole = group === 'connect-worker-metrics' && labels['connector'] === undefined
  return [
    { family: `${family}_${underscored(name)}`, labels: isWhole ? { connector: 'aggregate' } : labels, kind, value }
  ]
}

function underscored(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9_]/g, '_')
}

function labelsOf(tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [underscored(key), value]))
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const parts = Object.entries(labels).map(([key, value]) => `${key}="${escaped(value)}"`)
  return parts.length === 0 ? '' : `{${parts.join(',')}}`
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}
