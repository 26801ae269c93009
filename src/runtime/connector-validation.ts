// Validates a connector's whole configuration at once, as REST answers it: the framework's keys, the connector's, overrides, converters.
import { type ConfigKey, type ConfigValue } from '../connect/config.ts'
import { type Parsed } from '../connect/config-type.ts'
import { type Config, type Doors } from '../connect/plugin.ts'
import { copiedEntries } from '../connect/values/java-map-order.ts'
import { endpointFault, loginFault, refusedOverrides } from './client-config.ts'
import { type ConfigTransformer } from './config-transformer.ts'
import { crossKeyErrors, deadLetterWarnings, enrichedConfigDef } from './connector-config.ts'
import { type ConnectorConfigDoors, foundOrNull, sinkConnectorKeys } from './connector-keys.ts'
import { foreignClass } from './foreign-classes.ts'
import { inTodaysNames } from './former-names.ts'
import { type ConfigReport, type ConfigReportEntry } from './herder.ts'
import { BadRequestError } from './herder-errors.ts'
import { overrideErrors, overrideWarnings, shownOverrides } from './override-check.ts'
import { nearestClass } from './nearest-class.ts'
import { nearestName } from '../util/nearest-name.ts'
import { asSentence } from '../util/sentence.ts'
import { type ConnectorEntry } from './plugin-registry.ts'
import { quotedListErrors, quotesRemark, quoteWarnings } from './quoted-values.ts'
import { secretFaults } from './secret-bounds.ts'
import { type SecretMask, withoutValue } from './secret-mask.ts'
import { topicNameErrors } from './topic-name-errors.ts'
import { unknownKeyWarnings } from './unknown-keys.ts'
import { withPrefix } from './worker-config.ts'

export interface ValidationDoors extends ConnectorConfigDoors {
  readonly plugins: Doors
  readonly transformer: ConfigTransformer
}

/** Rejects only where nobody can say what the configuration is for; all else stands in the report, on its key. */
export async function validateConnectorConfig(asked: Config, doors: ValidationDoors): Promise<ConfigReport> {
  const entry = connectorEntry(asked, doors)
  const given = inTodaysNames(asked, doors.registry).config
  const resolution = await doors.transformer.resolve(given)
  const { config } = resolution
  // Asked first, told last: what is a secret is hidden in all that is said from here on.
  const secrets = await secretFaults(asked, resolution, doors)
  const report = new Report()
  const framework = enrichedConfigDef(config, doors)
  report.addAll(framework.keys(), framework.validate(config))
  for (const [key, message] of crossKeyErrors(config, doors.compileRegex)) report.addError(key, message)
  for (const [key, message] of topicNameErrors(given, config)) report.addError(key, message)
  report.addAll(entry.configDef.keys(), entry.create(doors.plugins).validate(config))
  const policy = doors.worker.get('connector.client.config.override.policy') ?? 'All'
  for (const override of await shownOverrides(config)) report.add(override)
  for (const error of refusedOverrides(policy, config)) report.addError(error.key ?? '', error.message)
  for (const client of ['consumer', 'producer', 'admin'] as const) {
    for (const fault of [endpointFault(client, doors.worker, config), loginFault(client, doors.worker, config)]) {
      const key = fault?.key ?? ''
      // What is wrong in the worker's own file is told where the client is made.
      if (fault !== null && config.has(key)) report.addError(key, fault.message)
    }
  }
  for (const error of await overrideErrors(config)) {
    // What is no value of its type was said.
    if (!report.hasErrors(error.key ?? '')) report.addError(error.key ?? '', error.message)
  }
  for (const part of ['key', 'value', 'header'] as const) addConverter(report, part, config, doors)
  for (const error of secrets) report.addError(error.key ?? '', error.message)
  const { mask } = doors.transformer
  if (report.faulty) for (const [key, text] of quotedListErrors(given)) report.addError(key, text)
  report.remark((key, isSecret) => (isSecret ? null : quotesRemark(key, given.get(key))))
  const warnings = [
    ...quoteWarnings(asked),
    ...unknownKeyWarnings(asked, doors),
    ...(await overrideWarnings(config)),
    ...deadLetterWarnings(config),
    ...connectorWarnings(entry, config, doors)
  ]
  return { ...report.finish(given, config, mask), warnings: warnings.map(text => mask.text(text)) }
}

function connectorWarnings(entry: ConnectorEntry, config: Config, { plugins }: ValidationDoors): readonly string[] {
  return entry.create(plugins).warnings?.(config) ?? []
}

/** A converter that the connector names itself: its keys below its prefix. */
function addConverter(report: Report, part: 'key' | 'value' | 'header', config: Config, doors: ValidationDoors): void {
  const name = `${part}.converter`
  const className = config.get(name)?.trim()
  if (className === undefined) return
  const { registry } = doors
  const entry = foundOrNull(() =>
    part === 'header' ? registry.headerConverter(name, className) : registry.converter(name, className)
  )
  if (entry === null) return
  const own = new Map([...withPrefix(config, `${name}.`), ['converter.type', part]])
  report.addAll(
    entry.configDef
      .keys()
      .map(key => ({ ...key, name: `${name}.${key.name}`, displayName: key.displayName ?? key.name })),
    entry.configDef.validate(own).map(value => ({ ...value, name: `${name}.${value.name}` }))
  )
}

/** The messages of a report as Connect lists them, each with its key. */
export function reportErrors(report: ConfigReport): readonly string[] {
  return report.entries.flatMap(({ value: { name, errorMessages } }) =>
    // Connect's own messages name it themselves. What begins with 'found' names it in its remedy only.
    errorMessages.map(text => (text.includes(name) && !text.startsWith('found ') ? text : `${name}: ${text}`))
  )
}

/** What a configuration with errors is refused with. */
export function invalidConfigError(report: ConfigReport): BadRequestError | null {
  if (report.errorCount === 0) return null
  const lines = [
    `Connector configuration is invalid and contains the following ${report.errorCount} error(s):`,
    ...reportErrors(report),
    'You can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`'
  ]
  return new BadRequestError(lines.join('\n'))
}

function connectorEntry(config: Config, doors: ValidationDoors): ConnectorEntry {
  const { registry } = doors
  const name = config.get('connector.class')
  if (name === undefined)
    throw new BadRequestError(`Connector config ${javaMap(config, doors)} contains no connector type`)
  const entry = registry.connector(config)
  if (entry !== null) return entry
  const known = registry.connectors.map(
    ({ className, version }) =>
      `PluginDesc{klass=class ${className}, name='${className}', version='${version}', encodedVersion=${version}, type=sink, typeName='sink', location='classpath'}`
  )
  const ours = registry.connectors.map(({ className }) => className)
  const nearest = nearestClass(name.trim(), ours)
  // The nearest first: the list is long, and who misspells looks for one name.
  const meant = nearest === null ? '' : ` (did you mean ${nearest}?)`
  const quotes = quotesRemark('connector.class', name)
  const instead = quotes !== null ? ` (${quotes})` : nearestName(name.trim(), ours) === null ? insteadOf(name) : null
  throw new BadRequestError(
    `Failed to find any class that implements Connector and which name matches ${name}${instead ?? meant}, available connectors are: ${known.join(', ')}`
  )
}

function insteadOf(className: string): string | null {
  const instead = foreignClass('connectors', className.trim())
  return instead === null ? null : ` (${instead})`
}

// A configuration without its class may hold a password all the same: only the framework's own keys are known to be none.
function javaMap(config: Config, doors: ValidationDoors): string {
  const known = new Set(sinkConnectorKeys(config, doors).map(key => key.name))
  // In the order that Java's transformed copy of it has.
  return `{${copiedEntries(config)
    .map(([key, value]) => `${key}=${known.has(key) ? value : '[hidden]'}`)
    .join(', ')}}`
}

/** Gathers entries by key: whoever speaks first of a key places it, later errors join it. */
/** A message of several lines shows a place in the value: what is said of the whole value stands under it. */
function withRemark(text: string, remark: string): string {
  if (text.includes('The quotes are part')) return text
  return text.includes('\n') ? `${text}\n  ${remark}` : `${asSentence(text)} ${remark}`
}

class Report {
  readonly #entries = new Map<string, { key: ConfigKey | null; value: ConfigValue }>()
  readonly #groups = new Set<string>()

  addAll(keys: readonly ConfigKey[], values: readonly ConfigValue[]): void {
    const byName = new Map(keys.map(key => [key.name, key]))
    for (const key of keys) if (typeof key.group === 'string') this.#groups.add(key.group)
    for (const value of values) {
      const known = this.#entries.get(value.name)
      if (known === undefined) this.#entries.set(value.name, { key: byName.get(value.name) ?? null, value })
      else for (const message of value.errorMessages) this.addError(value.name, message)
    }
  }

  /** A key of which nobody else speaks; null: nobody defines it, but it belongs to the configuration. */
  add({ key, value }: ConfigReportEntry): void {
    this.#entries.set(value.name, { key, value })
  }

  hasErrors(name: string): boolean {
    return (this.#entries.get(name)?.value.errorMessages.length ?? 0) > 0
  }

  addError(name: string, message: string): void {
    const entry = this.#entries.get(name) ?? { key: null, value: emptyValue(name) }
    if (entry.value.errorMessages.includes(message)) return
    const value = { ...entry.value, errorMessages: [...entry.value.errorMessages, message] }
    this.#entries.set(name, { ...entry, value })
  }

  /** Something is wrong somewhere. */
  get faulty(): boolean {
    return [...this.#entries.values()].some(({ value }) => value.errorMessages.length > 0)
  }

  /** Adds to each error what `remarkOf` says of its key. */
  remark(remarkOf: (key: string, isSecret: boolean) => string | null): void {
    for (const [name, { key, value }] of this.#entries) {
      const remark = value.errorMessages.length === 0 ? null : remarkOf(name, key?.type === 'PASSWORD')
      if (remark === null) continue
      const errorMessages = value.errorMessages.map(text => withRemark(text, remark))
      this.#entries.set(name, { key, value: { ...value, errorMessages } })
    }
  }

  finish(given: Config, resolved: Config, mask: SecretMask): Omit<ConfigReport, 'warnings'> {
    const unknown = new Set<string>()
    for (const { key, value } of this.#entries.values()) {
      if (key?.type === 'CLASS' && value.errorMessages.some(isUnknownClass)) unknown.add(value.name)
    }
    const entries = [...this.#entries.values()]
      .map(entry => withoutUnknown(entry, unknown))
      .filter(({ key }) => key?.internal !== true)
      .map(entry => withoutResolved(masked(entry, mask), given, resolved, mask))
    const errorCount = entries.reduce((sum, entry) => sum + entry.value.errorMessages.length, 0)
    return { name: given.get('connector.class') ?? '', errorCount, groups: [...this.#groups], entries }
  }
}

function isUnknownClass(message: string): boolean {
  // What does its work may stand behind.
  return message.includes(' could not be found.')
}

/** A class that is none has no value, and the version of such a converter is not to be asked for. */
function withoutUnknown(entry: ConfigReportEntry, unknown: ReadonlySet<string>): ConfigReportEntry {
  const { name } = entry.value
  if (unknown.has(name)) return { ...entry, value: { ...entry.value, value: null } }
  const converter = /^((?:key|value|header)\.converter)\.plugin\.version$/.exec(name)?.[1]
  if (converter === undefined || !unknown.has(converter)) return entry
  return { ...entry, value: { ...entry.value, visible: false } }
}

/** What a provider resolved is nobody's to read: the reference is shown in its place, in messages too. */
function withoutResolved(
  entry: ConfigReportEntry,
  given: Config,
  resolved: Config,
  mask: SecretMask
): ConfigReportEntry {
  const written = given.get(entry.value.name)
  const secret = resolved.get(entry.value.name)
  if (written === undefined || secret === undefined || secret === written) return entry
  const hide = (text: string): string => withoutValue(text, secret.trim(), written)
  const value: Parsed = entry.key?.type === 'PASSWORD' ? entry.value.value : mask.withoutLogins(written)
  return { ...entry, value: { ...entry.value, value, errorMessages: entry.value.errorMessages.map(hide) } }
}

/** The message of one key may speak of another one's value. */
function masked(entry: ConfigReportEntry, mask: SecretMask): ConfigReportEntry {
  const { value: given, errorMessages } = entry.value
  const items = Array.isArray(given) ? given.map((item: string) => mask.withoutLogins(item)) : given
  const value: Parsed = typeof items === 'string' ? mask.withoutLogins(items) : items
  return { ...entry, value: { ...entry.value, value, errorMessages: errorMessages.map(text => mask.text(text)) } }
}

function emptyValue(name: string): ConfigValue {
  return { name, value: null, recommendedValues: [], errorMessages: [], visible: true }
}
