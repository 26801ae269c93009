// The worker's numbers as Prometheus reads them, spelled as the JMX exporter would spell Connect's own, so that old dashboards go on.
import { type MetricSample } from '../runtime/metric-sample.ts'

/** `short`: the exporter's example and Strimzi, types without "-metrics". `full`: the exporter's default and Confluent. */
export type Spelling = 'short' | 'full' | 'both'

export const prometheusContentType = 'text/plain; version=0.0.4; charset=utf-8'

interface Series {
  readonly family: string
  /** `key="value"` of the JMX bean's keys, separated by commas. */
  readonly labels: string
  readonly value: number
}

/** The text of /metrics: each family once, with its type, its series together. */
export function prometheusText(samples: readonly MetricSample[], spelling: Spelling): string {
  const families = new Map<string, { readonly kind: MetricSample['kind']; readonly lines: string[] }>()
  const isShort = spelling !== 'full'
  const isFull = spelling !== 'short'
  const print = (sample: MetricSample, series: Series | null): void => {
    if (series === null) return
    const { family, labels, value } = series
    let found = families.get(family)
    if (found === undefined) families.set(family, (found = { kind: sample.kind, lines: [] }))
    found.lines.push(`${family}${labels === '' ? '' : `{${labels}}`} ${numberText(value)}\n`)
  }
  for (const sample of samples) {
    // What the sink counts has no old name.
    if (sample.group === null) print(sample, ownSeries(sample))
    else {
      if (isShort) print(sample, shortSeries(sample))
      if (isFull) print(sample, fullSeries(sample))
    }
  }
  let text = ''
  for (const [family, { kind, lines }] of families) text += `# TYPE ${family} ${kind}\n${lines.join('')}`
  return text
}

function ownSeries({ name, tags, value }: MetricSample): Series {
  return { family: `kafka_connect_${underscored(name)}`, labels: labelsOf(tags), value: Number(value) }
}

function shortSeries({ group, name, tags, value }: MetricSample): Series | null {
  if (group === 'consumer-fetch-manager-metrics') {
    const { 'client-id': clientId = '', ...rest } = tags
    const labels = labelsOf({ clientId, ...rest })
    return { family: `kafka_consumer_fetch_manager_${underscored(name)}`, labels, value: Number(value) }
  }
  if (typeof value === 'string') {
    // The one text that the example keeps: the state.
    if (name !== 'status') return null
    return { family: 'kafka_connect_connector_status', labels: labelsOf({ ...tags, status: value }), value: 1 }
  }
  return { family: `kafka_connect_${shortType(group)}_${underscored(name)}`, labels: labelsOf(tags), value }
}

function shortType(group: MetricSample['group']): string {
  return underscored((group ?? '').replace(/^connect-/, '').replace(/-metrics$/, ''))
}

function fullSeries({ group, name, tags, value }: MetricSample): Series {
  if (group === 'consumer-fetch-manager-metrics') {
    const labels = labelsOf({ client_type: 'consumer', ...tags })
    const family = `kafka_consumer_consumer_fetch_manager_metrics_${underscored(name)}`
    return { family, labels, value: Number(value) }
  }
  const family = `kafka_connect_${underscored(group ?? '')}`
  // A text becomes a label, as Confluent's rules have it.
  if (typeof value === 'string') return { family, labels: labelsOf({ ...tags, [name]: value }), value: 1 }
  const isWhole = group === 'connect-worker-metrics' && tags['connector'] === undefined
  const labels = isWhole ? 'connector="aggregate"' : labelsOf(tags)
  return { family: `${family}_${underscored(name)}`, labels, value }
}

/** A thousand connectors have some fifty thousand numbers, and a hundred names. */
const spelledNames = new Map<string, string>()
const spelledNamesMax = 10_000

/** As the exporter spells a name: every sign that Prometheus does not take is an underscore. */
function underscored(name: string): string {
  let spelled = spelledNames.get(name)
  if (spelled === undefined) {
    spelled = name.replace(/[^A-Za-z0-9_]/g, '_')
    if (spelledNames.size < spelledNamesMax) spelledNames.set(name, spelled)
  }
  return spelled
}

function labelsOf(tags: Readonly<Record<string, string>>): string {
  let labels = ''
  for (const key of Object.keys(tags)) {
    labels += `${labels === '' ? '' : ','}${underscored(key)}="${escaped(tags[key] ?? '')}"`
  }
  return labels
}

function escaped(value: string): string {
  if (!/["\\\n]/.test(value)) return value
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}
