// Reads a whole configuration into settings; everything that is wrong with it is found at once, each on its key.
import { Password, type Parsed } from '../connect/config-type.ts'
import { ParsedConfig, type ConfigValue } from '../connect/config.ts'
import { ConfigError, ConfigErrors } from '../connect/errors.ts'
import { type Config } from '../connect/plugin.ts'
import { javaTrim } from '../java/number-parse.ts'
import { type KcqlReading, parseKcql } from '../kcql/parser.ts'
import { createProblem, renderProblem, type KcqlProblem } from '../kcql/problem.ts'
import { createSource, type Source } from '../kcql/source.ts'
import { classNameFault, contractOf } from './class-names.ts'
import { kcqlErrorsMax, kcqlLengthMax, kcqlWarningsMax, keys, sinkConfigDef, tls } from './config.ts'
import { topicFaults } from './config-topics.ts'
import { foreignKeyFaults } from './foreign-keys.ts'
import { beforeKcqlFault, olderSpellings } from './older-keys.ts'
import { redisHost } from './redis-host.ts'
import {
  type BoundStatement,
  type Contract,
  type ModeName,
  type PolicyKind,
  type SinkSettings,
  type TlsSettings
} from './settings.ts'
import { bindStatement, modeNames, type StatementBinding } from './statement.ts'

interface Fault {
  readonly key: string
  readonly message: string
}

/** Everything a configuration says: its values with their errors, and its settings where there are none. */
interface Reading {
  readonly values: readonly ConfigValue[]
  readonly settings: SinkSettings | null
}

/** Every key with its value and its errors, those across keys included. */
export function validateSinkConfig(config: Config): readonly ConfigValue[] {
  return read(config).values
}

/** What is odd about a configuration; nothing where it has errors. */
export function sinkWarnings(config: Config): readonly string[] {
  return read(config).settings?.warnings ?? []
}

/** The settings of a configuration. Throws ConfigErrors with all that is wrong. */
export function parseSinkSettings(config: Config): SinkSettings {
  const { values, settings } = read(config)
  if (settings !== null) return settings
  const errors = values.flatMap(value =>
    value.errorMessages.map(
      message => new ConfigError(value.name, message.startsWith(value.name) ? message : `${value.name}: ${message}`)
    )
  )
  throw new ConfigErrors(`Connector ${config.get('name') ?? '(without a name)'} can't run`, errors)
}

function read(given: Config): Reading {
  const contract = contractOf((given.get('connector.class') ?? '').trim()) ?? 'old'
  const spelled = inTodaysSpelling(given)
  const defined = sinkConfigDef(contract).validate(spelled.config)
  const kcql = readKcql(spelled.config, contract)
  const classFault = classNameFault(given)
  const olderFault = beforeKcqlFault(spelled.config)
  const faults = [
    ...(classFault === null ? [] : [{ key: 'connector.class', message: classFault }]),
    ...spelled.faults,
    ...(olderFault === null ? [] : [olderFault]),
    // Of another sink's configuration the class alone is told.
    ...(classFault === null ? foreignKeyFaults(spelled.config) : []),
    ...kcql.errors.map(message => ({ key: keys.kcql, message }))
  ]
  const values = withFaults(defined, faults)
  if (values.some(value => value.errorMessages.length > 0)) return { values, settings: null }
  const parsed = new ParsedConfig(new Map(defined.map(({ name, value }) => [name, value])), spelled.config)
  const settings = settingsOf(contract, parsed, kcql, spelled.warnings)
  return { values, settings }
}

/** Errors across keys stand behind those of the value itself; a key of the framework's own gets an entry for it. */
function withFaults(values: readonly ConfigValue[], faults: readonly Fault[]): readonly ConfigValue[] {
  const known = new Set(values.map(value => value.name))
  const others = [...new Set(faults.map(fault => fault.key).filter(key => !known.has(key)))]
  const empty = (name: string): ConfigValue => ({
    name,
    value: null,
    recommendedValues: [],
    errorMessages: [],
    visible: true
  })
  return [...values, ...others.map(empty)].map(value => {
    const messages = faults.filter(fault => fault.key === value.name).map(fault => fault.message)
    return messages.length === 0 ? value : { ...value, errorMessages: [...value.errorMessages, ...messages] }
  })
}

interface Spelled {
  readonly config: Config
  readonly warnings: readonly string[]
  readonly faults: readonly Fault[]
}

/** Older spellings give their values to today's keys, unless those are there too. */
function inTodaysSpelling(given: Config): Spelled {
  const config = new Map(given)
  const warnings: string[] = []
  const faults: Fault[] = []
  for (const [older, key] of olderSpellings) {
    const value = given.get(older)
    if (value === undefined) continue
    const today = config.get(key)
    if (today === undefined) {
      config.set(key, value)
      warnings.push(`${older} is an older spelling of ${key}: it is read, please rename it.`)
    } else if (key === keys.password && value.trim() !== '' && today.trim() !== '' && value.trim() !== today.trim()) {
      faults.push({ key, message: `${key} and ${older} are both set, to different passwords: keep one of them.` })
    } else if (key === keys.password && today.trim() === '') {
      config.set(key, value)
    } else if (value.trim() !== today.trim()) {
      warnings.push(`${older} is ignored because ${key} is set too.`)
    }
  }
  return { config, warnings, faults }
}

interface ReadKcql {
  readonly statements: readonly BoundStatement[]
  readonly errors: readonly string[]
  readonly warnings: readonly string[]
  readonly notes: readonly string[]
}

/** The statements, each bound to its mode and held against the connector's topics. */
function readKcql(config: Config, contract: Contract): ReadKcql {
  const given = config.get(keys.kcql)
  // A missing key is said by the definition.
  if (given === undefined) return { statements: [], errors: [], warnings: [], notes: [] }
  // As every value of a configuration: a blank behind the last semicolon would be a statement otherwise.
  const text = javaTrim(given)
  if (/^[\s;]*$/.test(text))
    return {
      statements: [],
      errors: [`Missing [${keys.kcql}]: it needs at least one statement, such as SELECT * FROM topic PK id`],
      warnings: [],
      notes: []
    }
  // Reading takes time in proportion, on the thread that answers REST.
  if (text.length > kcqlLengthMax)
    return {
      statements: [],
      errors: [
        `${keys.kcql} is ${text.length} characters long, at most ${kcqlLengthMax} are read. Divide its statements among several connectors`
      ],
      warnings: [],
      notes: []
    }
  const parsed = parseKcql(text, contract)
  const source = createSource(text)
  const { bindings, errors: misfits } = bindStatements(source, parsed, contract)
  const errors = [...parsed.errors.slice(0, kcqlErrorsMax).map(renderProblem), ...misfits]
  // Topics of statements that did not parse are unknown, and would be called missing.
  if (parsed.errors.length === 0) errors.push(...topicFaults(config, source, parsed.statements))
  const untold = Math.max(parsed.errors.length, errors.length) - kcqlErrorsMax
  if (untold > 0) errors.splice(kcqlErrorsMax, Infinity, `${keys.kcql} has more errors, ${untold} at least`)
  return {
    statements: bindings.flatMap(({ statement }) => statement ?? []),
    errors,
    warnings: toldWarnings(parsed.warnings, bindings),
    notes: bindings.flatMap(binding => binding.notes)
  }
}

/** The statements with their modes, and what no mode takes. */
function bindStatements(
  source: Source,
  parsed: Pick<KcqlReading, 'statements' | 'warnings'>,
  contract: Contract
): { readonly bindings: readonly StatementBinding[]; readonly errors: readonly string[] } {
  const bindings = parsed.statements.map(statement => bindStatement(source, statement, contract))
  return {
    bindings,
    errors: [...bindings.flatMap(binding => binding.errors), ...strayClauses(parsed.warnings, bindings)]
  }
}

/** What a connector would say of statements that were read, beyond the language: for showing them without one. */
export interface KcqlModes {
  /** By the index of the statement. */
  readonly modes: ReadonlyMap<number, string>
  readonly errors: readonly string[]
  readonly warnings: readonly string[]
}

export function kcqlModes(
  text: string,
  parsed: Pick<KcqlReading, 'statements' | 'warnings'>,
  contract: Contract
): KcqlModes {
  const { bindings, errors } = bindStatements(createSource(text), parsed, contract)
  const modes = bindings.flatMap(({ statement }) =>
    statement === null ? [] : [[statement.index, modeNames[statement.mode]] as const]
  )
  return { modes: new Map(modes), errors, warnings: bindings.flatMap(({ warnings }) => warnings) }
}

function toldWarnings(parsed: readonly KcqlProblem[], bindings: readonly StatementBinding[]): readonly string[] {
  const told = parsed.slice(0, kcqlWarningsMax + 1).map(renderProblem)
  for (const { warnings } of bindings) if (told.length <= kcqlWarningsMax) told.push(...warnings)
  if (told.length > kcqlWarningsMax) told.splice(kcqlWarningsMax, Infinity, `${keys.kcql} has more warnings`)
  return told
}

/**
 * Ignored words may hold the PK or STOREAS that was meant. Where the statement is then a cache without key, the old sink had no writer for it and
 * stopped; going on would fill Redis with row keys that nobody asked for.
 */
function strayClauses(warnings: readonly KcqlProblem[], bindings: readonly StatementBinding[]): readonly string[] {
  const keyless = new Set<number>()
  for (const { statement } of bindings) {
    if (statement?.mode === 'cache' && statement.keys.length === 0) keyless.add(statement.index)
  }
  return warnings.flatMap(warning => (keyless.has(warning.statementIndex) ? strayClause(warning) : []))
}

function strayClause({ code, span, source, statementIndex, message: told }: KcqlProblem): readonly string[] {
  if (code !== 'ignored-words') return []
  const clause = /\b(?:PK|STOREAS)\b/i.exec(source.text.slice(span.start, span.end))?.[0]
  if (clause === undefined) return []
  // The language's own advice, which names the order of clauses, stands behind its first sentence.
  const advice = told.slice(told.indexOf('. ') + 1)
  const message = `No writers set for [${keys.kcql}]: ${clause} stands behind words that end the statement, so it is not read and the statement has no key.${advice}`
  return [
    renderProblem(createProblem(source, statementIndex, { severity: 'error', code: 'invalid-value', message, span }))
  ]
}

function settingsOf(
  contract: Contract,
  config: ParsedConfig,
  kcql: ReadKcql,
  spelling: readonly string[]
): SinkSettings {
  const warnings = [...spelling, ...kcql.warnings]
  const host = config.text(keys.host) ?? ''
  if (host === '') warnings.push(`${keys.host} is empty: localhost is meant, as the old sink read it.`)
  const outageMs = config.number(keys.outage)
  const tlsSettings = config.boolean(keys.sslEnabled) ? tlsOf(config) : null
  if (tlsSettings?.verifyHost === false) {
    warnings.push(
      `The name in Redis's certificate is not compared with ${keys.host}, as in the old sink: ${tls.endpoint}=https does so.`
    )
  }
  const idleLetters = lettersUnsent(contract, config)
  if (idleLetters !== null) {
    warnings.push(
      `errors.deadletterqueue.topic.name=${idleLetters} takes only records that can't be converted: under this class what the sink refuses is left to ${keys.errorPolicy}. ${keys.deadLetter}=true sends those there too`
    )
  }
  return {
    name: config.originals.get('name') ?? '',
    contract,
    output: word(config, keys.output) === 'PLAIN' ? 'plain' : 'java',
    host: redisHost(host),
    port: config.number(keys.port),
    password: secret(config, keys.password),
    tls: tlsSettings,
    statements: kcql.statements,
    pkDelimiter: config.text(keys.pkDelimiter) ?? '',
    policy: {
      kind: word(config, keys.errorPolicy) as PolicyKind,
      maxRetries: config.number(keys.maxRetries),
      retryIntervalMs: config.number(keys.retryInterval)
    },
    outageMs: outageMs < 0 ? null : outageMs,
    deadLetter: config.boolean(keys.deadLetter),
    idleLetters,
    coalesce: config.boolean(keys.coalesce),
    progress: config.boolean(keys.progress),
    tombstones: word(config, keys.tombstones) === 'IGNORE' ? 'ignore' : 'refuse',
    warnings,
    notes: [...startLines(kcql.statements), ...kcql.notes]
  }
}

/** The dead letter queue that somebody configured and the old contract does not use; null: there is none, or it was decided about. */
function lettersUnsent(contract: Contract, { originals }: ParsedConfig): string | null {
  const topic = originals.get('errors.deadletterqueue.topic.name')?.trim() ?? ''
  const tolerates = originals.get('errors.tolerance')?.trim() === 'all'
  return contract === 'old' && tolerates && topic !== '' && !originals.has(keys.deadLetter) ? topic : null
}

function word(config: ParsedConfig, key: string): string {
  return (config.text(key) ?? '').toUpperCase()
}

function secret(config: ParsedConfig, key: string): Password | null {
  const value: Parsed = config.get(key)
  return value instanceof Password && value.reveal() !== '' ? value : null
}

function tlsOf(config: ParsedConfig): TlsSettings {
  const store = (type: string, location: string, password: string): TlsSettings['truststore'] => {
    const path = config.text(location)
    if (path === null || path === '') return null
    return { type: word(config, type), location: path, password: secret(config, password) }
  }
  return {
    truststore: store(tls.truststoreType, tls.truststoreLocation, tls.truststorePassword),
    trustedPem: secret(config, tls.truststoreCertificates)?.reveal() ?? null,
    keystore: store(tls.keystoreType, tls.keystoreLocation, tls.keystorePassword),
    keyPassword: secret(config, tls.keyPassword),
    keyPem: secret(config, tls.keystoreKey),
    chainPem: secret(config, tls.keystoreChain)?.reveal() ?? null,
    verifyHost: (config.text(tls.endpoint) ?? '').toLowerCase() === 'https',
    protocols: config.list(tls.protocols),
    cipherSuites: config.list(tls.cipherSuites)
  }
}

/** The old sink's lines at start, in the order of its writers. */
function startLines(statements: readonly BoundStatement[]): readonly string[] {
  const names: readonly (readonly [ModeName, string])[] = [
    ['cache', 'Cache'],
    ['sortedSet', 'Insert Sorted Set'],
    ['pubSub', 'PubSub'],
    ['sortedSets', 'Multiple Sorted Sets'],
    ['geo', 'Geo Add'],
    ['stream', 'Stream']
  ]
  return names.flatMap(([mode, name]) => {
    const count = statements.filter(statement => statement.mode === mode).length
    return count === 0 ? [] : [`Starting [${count}] KCQLs with Redis ${name} mode`]
  })
}
