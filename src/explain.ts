// The root of `explain`: reads a connector's file as a worker would, and shows what records become, with a task's own converters, transforms and plans.
import { readFileSync } from 'node:fs'
import { causeChain, ConfigError, ConnectError, ConversionError } from './connect/errors.ts'
import { type Config, type Doors } from './connect/plugin.ts'
import { propertiesIn } from './connect/properties-file.ts'
import { type RecordCursor, type SinkRecord } from './connect/record.ts'
import { matchesWhole, pluginTable } from './plugins.ts'
import { contractOf, oldClassNames, plainClassName } from './redis/class-names.ts'
import { keys } from './redis/config.ts'
import { parseSinkSettings } from './redis/config-read.ts'
import { explainRecord, refusalOutcome, type Explanation } from './redis/explain.ts'
import { olderSpellings } from './redis/older-keys.ts'
import { compilePlans, type Plans } from './redis/plan.ts'
import { type Contract, type SinkSettings } from './redis/settings.ts'
import { consumerConfig } from './runtime/client-config.ts'
import { configTransformer } from './runtime/config-providers.ts'
import { deadLetterWarnings, errorSettings } from './runtime/connector-config.ts'
import { definedKeys } from './runtime/connector-definitions.ts'
import { failureWords } from './runtime/failure-words.ts'
import { LazyRecord, type TaskConverters } from './runtime/lazy-record.ts'
import { LogStream } from './runtime/log.ts'
import { findPluginFiles } from './runtime/plugin-files.ts'
import { withUserPlugins } from './runtime/plugin-path.ts'
import { overrideWarnings } from './runtime/override-check.ts'
import { PluginRegistry } from './runtime/plugin-registry.ts'
import { SecretMask } from './runtime/secret-mask.ts'
import { workerSecrets } from './runtime/worker-start.ts'
import { parseConnectorFile } from './runtime/standalone/connector-file.ts'
import { workerConverterWarnings } from './runtime/converter-keys.ts'
import { unknownKeyWarnings } from './runtime/unknown-keys.ts'
import { taskConverters, transformationChain } from './runtime/task-builder.ts'
import { type TransformationChain } from './runtime/transformation-chain.ts'
import { systemClock } from './util/clock.ts'
import { systemRandom } from './util/random.ts'

export interface ExplainOptions {
  readonly configPath: string
  /** The worker's properties: its converters, providers and Kafka. */
  readonly workerPath: string | null
  /** Instead of the worker's. */
  readonly bootstrapServers: string | null
  /** Show both contracts. */
  readonly diff: boolean
  /** Gets lines for a person that are no answer: warnings, and what the Kafka client says. */
  readonly warn: (line: string) => void
}

/** Where a record stands or is taken to stand. */
export interface RecordPlace {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

export type Outcome =
  | Explanation
  /** No converter or transform could read it. */
  | { readonly kind: 'unreadable'; readonly message: string }
  | { readonly kind: 'dropped'; readonly message: string }
  /** This contract refuses the configuration. */
  | { readonly kind: 'config'; readonly message: string }

export interface ContractOutcome {
  readonly contract: Contract
  readonly outcome: Outcome
  /** What a task would do about it; null where it goes well. */
  readonly consequence: string | null
}

/** A record under the configuration's own contract, and with `diff` under the other one too. */
export interface ExplainedRecord {
  readonly place: RecordPlace
  readonly outcomes: readonly ContractOutcome[]
}

/** One contract's reading of the configuration. */
type Reading =
  | { readonly contract: Contract; readonly plans: Plans; readonly settings: SinkSettings }
  | { readonly contract: Contract; readonly fault: string }

const jsonConverter = 'org.apache.kafka.connect.json.JsonConverter'
const stringConverter = 'org.apache.kafka.connect.storage.StringConverter'
/** Converters that take the text of a record as it could stand in Kafka. */
const textConverters = [jsonConverter, stringConverter, 'org.apache.kafka.connect.converters.ByteArrayConverter']
const fetchPatienceMs = 15_000

/** Why nothing can be explained: a file, the configuration, or Kafka. */
export class ExplainError extends ConnectError {
  override readonly code: string = 'EXPLAIN'
}

/** Reads the files; throws ExplainError with all that is wrong with the connector's. */
export function openExplainer(options: ExplainOptions): Promise<Explainer> {
  const mask = new SecretMask()
  return orExplainError(mask, () => open(options, mask))
}

async function open(options: ExplainOptions, mask: SecretMask): Promise<Explainer> {
  const { configPath, workerPath, bootstrapServers } = options
  const warn = (line: string): void => options.warn(mask.text(line))
  const log = new LogStream({ clock: systemClock, write: saidOnce(warn), level: 'WARN', mask })
  const doors: Doors = { clock: systemClock, random: systemRandom, log: log.logger('explain') }
  const file = parseConnectorFile(configPath, readFile(configPath), warn)
  const worker = new Map(workerPath === null ? [] : propertiesIn(workerPath, readFile(workerPath), { warn }))
  const table = pluginTable({ newSinkTask: noTask, environment: process.env })
  const userFiles = findPluginFiles(worker.get('plugin.path'), doors.log)
  const registry = new PluginRegistry(await withUserPlugins(table, userFiles))
  if (bootstrapServers !== null) worker.set('bootstrap.servers', bootstrapServers)
  const transformer = configTransformer(worker, registry, doors, log.mask)
  try {
    const workerResolution = await transformer.resolve(worker)
    const resolution = await transformer.resolve(file.config)
    transformer.learnSecrets(workerResolution.resolved, await workerSecrets('standalone', workerResolution, registry))
    const defined = await definedKeys(resolution.config, { registry, compileRegex: matchesWhole, worker })
    transformer.learnSecrets(resolution.resolved, key => defined.get(key)?.type === 'PASSWORD')
    for (const { configKey, text, reason, failure } of [...workerResolution.unresolved, ...resolution.unresolved])
      if (failure !== null) throw new ConfigError(configKey, `${configKey}: ${text} stands for nothing: ${reason}`)
    const keyDoors = { registry, compileRegex: matchesWhole, worker: workerResolution.config }
    for (const warning of workerConverterWarnings(workerResolution.config, registry))
      warn(`${workerPath ?? ''}: ${warning}`)
    for (const warning of unknownKeyWarnings(resolution.config, keyDoors)) warn(warning)
    for (const warning of await overrideWarnings(resolution.config)) warn(warning)
    for (const warning of deadLetterWarnings(resolution.config)) warn(warning)
    return new Explainer(
      workerPath === null ? withSomeHost(resolution.config) : resolution.config,
      workerResolution.config,
      {
        registry,
        doors,
        mask,
        options: { ...options, warn }
      }
    )
  } finally {
    transformer.close()
  }
}

/** Nobody connects here: a host that only a worker's providers know must not be in the way. */
function withSomeHost(config: ReadonlyMap<string, string>): Config {
  const isHost = (key: string): boolean => key === keys.host || olderSpellings.get(key) === keys.host
  return new Map([...config].map(([key, value]) => [key, isHost(key) && value.includes('${') ? 'localhost' : value]))
}

/** A client that tries again says the same again: once is enough for a person who waits. */
function saidOnce(warn: (line: string) => void): (text: string) => void {
  const said = new Set<string>()
  return text => {
    const line = text.trimEnd().replace(/^\[[^\]]*\] /, '')
    if (said.has(line)) return
    said.add(line)
    warn(line)
  }
}

interface ExplainDoors {
  readonly registry: PluginRegistry
  readonly doors: Doors
  /** Knows what the providers gave. */
  readonly mask: SecretMask
  readonly options: ExplainOptions
}

/** How bytes become the record that a task's plans see. */
interface Pipeline {
  readonly converters: TaskConverters
  readonly chain: TransformationChain
}

export class Explainer {
  readonly #config: Config
  readonly #worker: Config
  readonly #doors: ExplainDoors
  readonly #readings: readonly [Reading, ...Reading[]]
  readonly #pipelines = new Map<string, Pipeline>()
  #offset = 0

  constructor(config: Config, worker: Config, doors: ExplainDoors) {
    this.#config = config
    this.#worker = worker
    this.#doors = doors
    const own = contractOf((config.get('connector.class') ?? '').trim()) ?? 'old'
    const settings = parseSinkSettings(config)
    for (const warning of settings.warnings) doors.options.warn(warning)
    const first: Reading = { contract: own, settings, plans: compilePlans(settings) }
    this.#readings = doors.options.diff ? [first, readUnder(own === 'old' ? 'plain' : 'old', config)] : [first]
  }

  /** The only topic that statements name, where there is just one. */
  get topic(): string | null {
    const [reading] = this.#readings
    const topics = 'settings' in reading ? new Set(reading.settings.statements.map(({ topic }) => topic)) : new Set<string>()
    return topics.size === 1 ? ([...topics][0] ?? null) : null
  } // prettier-ignore

  /** A record given as the text of its value, as a producer would have written it; `offset` null counts up. */
  explainText(text: string, topic: string, partition: number, offset: number | null): Promise<ExplainedRecord> {
    const place = { topic, partition, offset: offset ?? this.#offset++ }
    return orExplainError(this.#doors.mask, () => this.#explain(textCursor(text, place), text, place))
  }

  /** A record as it stands in Kafka. Throws ExplainError where there is none. */
  explainStored(place: RecordPlace): Promise<ExplainedRecord> {
    return orExplainError(this.#doors.mask, async () => this.#explain(await this.#fetch(place), null, place))
  }

  /** A text about a record as it may be shown: without what the providers gave, and without logins. */
  shown(text: string): string {
    return this.#doors.mask.text(text)
  }

  /** What goes to Redis, exactly: only a whole value that a provider gave is its reference, and that is said. */
  shownData(text: string): string {
    const shown = this.#doors.mask.data(text)
    if (shown !== text) {
      this.#warnOnce(
        'A value that a config provider gave stands in what goes to Redis: it is shown as its reference (${...}). All else is shown as it is written.'
      )
    }
    return shown
  }

  async close(): Promise<void> {
    for (const { converters, chain } of this.#pipelines.values()) {
      chain.close()
      await converters.key.plugin.close?.()
      await converters.value.plugin.close?.()
    }
  }

  /** `text` null: bytes from Kafka. The contract has a say in how values are taken: each reads the record itself. */
  async #explain(cursor: RecordCursor, text: string | null, place: RecordPlace): Promise<ExplainedRecord> {
    const outcomes: ContractOutcome[] = []
    for (const reading of this.#readings) outcomes.push(await this.#read(reading, cursor, text))
    return { place, outcomes }
  }

  async #read(reading: Reading, cursor: RecordCursor, text: string | null): Promise<ContractOutcome> {
    const { contract } = reading
    const { converters, chain } = this.#pipelineFor(text, contract)
    const lazy = new LazyRecord(cursor, converters)
    try {
      await lazy.prepare()
      lazy.decode()
      const record = chain.apply(lazy)
      if (record !== null) return this.#outcome(reading, record)
      return { contract, outcome: { kind: 'dropped', message: 'a transform drops it' }, consequence: null }
    } catch (error) {
      if (!(error instanceof ConversionError)) throw error
      const { stage, executingClass, part, met } = error
      const failed = { record: lazy.original, stage, executingClass, part, met }
      const message = `${stage.toLowerCase().replace('_', ' ')} ${executingClass}: ${failureWords(failed, converters, causeChain(error))}`
      const consequence = errorSettings(this.#config).tolerateAll
        ? 'it would be skipped (errors.tolerance=all)'
        : 'the task would fail (errors.tolerance=none)'
      return { contract, outcome: { kind: 'unreadable', message }, consequence }
    }
  }

  #outcome(reading: Reading, record: SinkRecord): ContractOutcome {
    const { contract } = reading
    if ('fault' in reading) return { contract, outcome: { kind: 'config', message: reading.fault }, consequence: null }
    const outcome = explainRecord(reading.plans, record)
    const letters = (this.#config.get('errors.deadletterqueue.topic.name') ?? '').trim()
    return {
      contract,
      outcome,
      consequence:
        outcome.kind === 'refused'
          ? refusalOutcome(reading.settings, letters, errorSettings(this.#config).tolerateAll)
          : null
    }
  }

  /** `text` null: bytes from Kafka, which only the configured converter can read. */
  #pipelineFor(text: string | null, contract: Contract): Pipeline {
    const name = (this.#config.get('value.converter') ?? this.#worker.get('value.converter') ?? '').trim()
    if (name !== '' && (text === null || textConverters.some(known => isNamed(known, name))))
      return this.#pipeline({}, contract)
    const schemas = text !== null && isEnvelope(text)
    if (name !== '') {
      this.#warnOnce(
        `value.converter=${name} reads no JSON text: the record is taken as JSON ${schemas ? 'with its schema' : 'without schema'}, ` +
          'whose numbers and order of fields may differ. For the record itself give --topic and --offset.'
      )
    } else {
      this.#warnOnce(
        `No value.converter is configured: JsonConverter with schemas.enable=${schemas} is taken. Give the worker's file by --worker.`
      )
    }
    const instead = { 'value.converter': jsonConverter, 'value.converter.schemas.enable': String(schemas) }
    return this.#pipeline(instead, contract)
  }

  #pipeline(instead: Readonly<Record<string, string>>, contract: Contract): Pipeline {
    const id = JSON.stringify([instead, contract])
    let pipeline = this.#pipelines.get(id)
    if (pipeline !== undefined) return pipeline
    const { registry, doors } = this.#doors
    const config = new Map([...under(contract, this.#config), ...Object.entries(instead)])
    const worker = new Map([['key.converter', stringConverter], ...this.#worker])
    pipeline = {
      converters: taskConverters(config, worker, registry, doors),
      chain: transformationChain(config, registry, doors)
    }
    this.#pipelines.set(id, pipeline)
    return pipeline
  }

  readonly #warned = new Set<string>()

  #warnOnce(line: string): void {
    if (this.#warned.has(line)) return
    this.#warned.add(line)
    this.#doors.options.warn(line)
  }

  async #fetch(place: RecordPlace): Promise<RecordCursor> {
    const { doors } = this.#doors
    const id = { connector: this.#config.get('name') ?? 'explain', task: 0 }
    const properties = consumerConfig(id, this.#worker, this.#config)
    // Outside of any group: nothing of the running connector is touched.
    properties.delete('group.id')
    properties.set('client.id', 'kafka-connect-redis-explain')
    properties.set('auto.offset.reset', 'none')
    const { Consumer } = await import('./kafka/consumer.ts')
    const consumer = new Consumer({ properties, ...doors })
    const where = `${place.topic}-${place.partition}`
    try {
      consumer.assign([place])
      consumer.seek(place, place.offset)
      const deadline = systemClock.monotonic() + fetchPatienceMs
      while (systemClock.monotonic() < deadline) {
        for (const cursor of await consumer.poll(500)) {
          if (!cursor.next()) continue
          if (cursor.offset === place.offset) return cursor
          const found = `the next record stands at ${cursor.offset}`
          throw new ConnectError(`${where} has no record at offset ${place.offset} (compacted, or a transaction's marker): ${found}.`) // prettier-ignore
        }
        const end = consumer.endOffset(place)
        if (end >= 0 && place.offset >= end) {
          throw new ConnectError(`${where} has no record at offset ${place.offset} yet: it ends before ${end}.`)
        }
      }
      const servers = properties.get('bootstrap.servers') ?? ''
      throw new ConnectError(
        `Kafka at ${servers} gave no record of ${where} within ${fetchPatienceMs / 1000} s. Is there such a topic and partition, and is ${servers} the right address (--worker, --bootstrap-server)?`
      )
    } finally {
      await consumer.close()
    }
  }
}

async function orExplainError<T>(mask: SecretMask, step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    throw error instanceof ConnectError ? new ExplainError(mask.text(error.message), { cause: error }) : error
  }
}

/** The configuration with a class of that contract. */
function under(contract: Contract, config: Config): Config {
  if (contractOf((config.get('connector.class') ?? '').trim()) === contract) return config
  return new Map([...config, ['connector.class', contract === 'plain' ? plainClassName : oldClassNames[0]]])
}

function readUnder(contract: Contract, config: Config): Reading {
  try {
    const settings = parseSinkSettings(under(contract, config))
    return { contract, settings, plans: compilePlans(settings) }
  } catch (error) {
    if (error instanceof ConnectError) return { contract, fault: error.message }
    throw error
  }
}

/** `{"schema":...,"payload":...}` and nothing else, as JsonConverter with schemas wants it. */
function isEnvelope(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return value instanceof Object && Object.keys(value).sort().join() === 'payload,schema'
  } catch {
    return false
  }
}

function isNamed(className: string, name: string): boolean {
  const simple = className.slice(className.lastIndexOf('.') + 1)
  return name === className || name === simple || name === simple.replace(/Converter$/, '')
}

/** A text as the one record of a fetched partition. */
function textCursor(text: string, place: RecordPlace): RecordCursor {
  const { topic, partition, offset } = place
  const bytes = Buffer.from(text)
  return {
    topic,
    partition,
    next: () => false,
    bytes,
    offset,
    timestamp: systemClock.now(),
    timestampType: 'CreateTime',
    keyStart: -1,
    keyEnd: -1,
    valueStart: 0,
    valueEnd: bytes.length,
    headers: () => [],
    hasHeaders: false,
    nextOffset: offset + 1,
    recordCount: 0,
    lease: null,
    again: () => textCursor(text, place)
  }
}

function readFile(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new ConfigError(null, `${path} can't be read: ${(error as Error).message}`)
  }
}

function noTask(): never {
  throw new ConnectError('explain runs no task')
}
