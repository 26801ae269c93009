// The worker's numbers as Prometheus reads them, spelled as the JMX exporter would spell Connect's own, so that old dashboards go on.
import { type MetricSample } from '../runtime/metric-sample.ts'
import { metricHelp } from './metric-help.ts'

/** `short`: the exporter's example and Strimzi, types without "-metrics". `full`: the exporter's default and Confluent. */
export type Spelling = 'short' | 'full' | 'both'

export const prometheusContentType = 'text/plain; version=0.0.4; charset=utf-8'

interface Family {
  readonly kind: MetricSample['kind']
  readonly help: string | null
  readonly lines: string[]
}

interface Series {
  readonly family: string
  /** `key="value"` of the JMX bean's keys, separated by commas. */
  readonly labels: string
  readonly value: number
}

/** The text of /metrics: each family once, with its type, its series together. */
export function prometheusText(samples: readonly MetricSample[], spelling: Spelling): string {
  const families = new Map<string, Family>()
  const isShort = spelling !== 'full'
  const isFull = spelling !== 'short'
  const print = ({ name, kind }: MetricSample, series: readonly Series[]): void => {
    for (const { family, labels, value } of series) {
      let found = families.get(family)
      if (found === undefined) families.set(family, (found = { kind, help: metricHelp(name), lines: [] }))
      found.lines.push(`${family}${labels === '' ? '' : `{${labels}}`} ${numberText(value)}\n`)
    }
  }
  for (const sample of samples) {
    // What the sink counts has no old name, and a process's numbers have the same one everywhere.
    if (sample.group === null || sample.group === 'process') print(sample, [ownSeries(sample)])
    else {
      if (isShort) print(sample, shortSeries(sample))
      if (isFull) print(sample, [fullSeries(sample)])
    }
  }
  let text = ''
  for (const [family, { kind, help, lines }] of families) {
    if (help !== null) text += `# HELP ${family} ${help}\n`
    text += `# TYPE ${family} ${kind}\n${lines.join('')}`
  }
  return text
}

function ownSeries({ group, name, tags, value }: MetricSample): Series {
  const family = `${group === 'process' ? 'process' : 'kafka_connect'}_${underscored(name)}`
  return { family, labels: labelsOf(tags), value: Number(value) }
}

/** The beans of the domains kafka.consumer and kafka.producer; null: Connect's own. */
function clientOf(group: MetricSample['group']): 'consumer' | 'producer' | null {
  if (group === 'consumer-fetch-manager-metrics' || group === 'consumer-metrics') return 'consumer'
  return group === 'producer-metrics' ? 'producer' : null
}

function shortSeries({ group, name, tags, value }: MetricSample): readonly Series[] {
  const { 'client-id': clientId = '', ...rest } = tags
  if (group === 'app-info') return [appSeries(name, clientId, value)]
  if (clientOf(group) !== null) {
    const family = `kafka_${shortType(group)}_${underscored(name)}`
    return [{ family, labels: labelsOf({ clientId, ...rest }), value: Number(value) }]
  }
  if (typeof value === 'number')
    return [{ family: `kafka_connect_${shortType(group)}_${underscored(name)}`, labels: labelsOf(tags), value }]
  const text = (family: string): Series => ({ family, labels: labelsOf({ ...tags, [name]: value }), value: 1 })
  const ofConnector = text(`kafka_connect_connector_${underscored(name)}`)
  // The exporter's example spells a task's state as a connector's, with one label more; Strimzi's rules give it a name of its own.
  return group === 'connector-task-metrics' ? [ofConnector, text('kafka_connect_connector_task_status')] : [ofConnector]
}

/** The worker's version and age, as Strimzi's rules spell them. */
function appSeries(name: string, clientId: string, value: number | string): Series {
  if (name === 'start-time-ms')
    return { family: 'kafka_connect_start_time_seconds', labels: labelsOf({ clientId }), value: Number(value) / 1000 }
  return {
    family: `kafka_connect_${underscored(name)}_info`,
    labels: labelsOf({ clientId, [name]: String(value) }),
    value: 1
  }
}

function shortType(group: MetricSample['group']): string {
  return underscored((group ?? '').replace(/^connect-/, '').replace(/-metrics$/, ''))
}

function fullSeries({ group, name, tags, value }: MetricSample): Series {
  // The exporter takes "_info" off the name that Confluent's rules give, and their board asks for what is left.
  if (group === 'app-info')
    return { family: 'kafka_connect_app', labels: labelsOf({ ...tags, [name]: String(value) }), value: 1 }
  const client = clientOf(group)
  if (client !== null) {
    const labels = labelsOf({ client_type: client, ...tags })
    return { family: `kafka_${client}_${underscored(group ?? '')}_${underscored(name)}`, labels, value: Number(value) }
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
