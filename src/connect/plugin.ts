// The contract of every plugin: converters, transforms, predicates, config providers, connectors and sink tasks.
import { type Clock } from '../util/clock.ts'
import { type Random } from '../util/random.ts'
import { type CompiledReader, type NumberStyle } from './compiled.ts'
import { type ConfigDef, type ConfigValue } from './config.ts'
import { type ConnectValue, type SchemaAndValue, type Schema } from './data.ts'
import { type Logger } from './log.ts'
import { type RecordCursor, type SinkRecord, type TopicPartition } from './record.ts'
import { type Skips } from './skips.ts'
import { type Waits } from './waits.ts'

/** A configuration as it is written: key to text, provider references already resolved where the plugin runs. */
export type Config = ReadonlyMap<string, string>

/** What a plugin is made with: time, chance, and a voice. */
export interface Doors {
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
}

/**
 * Bytes to Connect data and back. A converter that must ask somebody first (a schema registry) says so by `prepare`:
 * the runtime awaits it for a batch before values are touched, so that `toConnectData` itself is synchronous.
 */
export interface Converter {
  /**
   * Throws DataError or RetriableError, which `errors.*` judge; RegistryAwayError, for which the record waits; RegistryAccessError, which fails the task.
   * `bytes` null is a null key or value.
   */
  toConnectData(
    topic: string,
    bytes: Uint8Array | null,
    headers?: () => readonly { key: string; value: Uint8Array | null }[]
  ): SchemaAndValue
  fromConnectData(topic: string, schema: Schema | null, value: ConnectValue): Uint8Array | null
  /**
   * Where decoding `bytes` needs something that is not here yet: a promise of it, else null.
   * It never rejects for what is wrong with this record: `toConnectData` then throws (RetriableError where a later try may work).
   */
  prepare?(
    topic: string,
    bytes: Uint8Array,
    headers?: () => readonly { key: string; value: Uint8Array | null }[]
  ): Promise<void> | null
  /** A reader of raw values of one topic, that accepts and prints just what `toConnectData` and the general printing would; absent: only the general way. */
  compile?(topic: string, style: NumberStyle): CompiledReader | null
  /** It takes any bytes: a part that nobody reads need not be decoded to find out. */
  readonly neverFails?: boolean
  close?(): Promise<void>
}

export interface HeaderConverter {
  /** As of Converter. */
  readonly neverFails?: boolean
  toConnectHeader(topic: string, key: string, bytes: Uint8Array | null): SchemaAndValue
  fromConnectHeader(topic: string, key: string, schema: Schema | null, value: ConnectValue): Uint8Array | null
}

export interface Transformation {
  /** The record to go on with, or null: it is dropped. */
  apply(record: SinkRecord): SinkRecord | null
  close?(): void
}

export interface Predicate {
  test(record: SinkRecord): boolean
  close?(): void
}

/** Resolves `${provider:path:key}` references. An unknown key is left out of the answer. */
export interface ConfigProvider {
  get(path: string, keys: ReadonlySet<string>): Promise<ReadonlyMap<string, string>>
  close?(): void
}

/** One offset to be committed: the next record to read. */
export interface OffsetToCommit extends TopicPartition {
  readonly offset: number
  readonly metadata?: string
}

/** By `topic-partition`. */
export type Offsets = ReadonlyMap<string, OffsetToCommit>

/** Where the connector's `errors.*` want to hear of records that the sink refuses. */
export interface ErrantRecordReporter {
  /**
   * What becomes of such a record. `kept`: a dead letter queue takes it, the task goes on. `fatal`: a dead letter queue takes it, but nothing is tolerated:
   * the task must fail, everything before the record settled. `told`: it stands in the log alone, and the sink's own policy decides.
   */
  readonly verdict: 'kept' | 'fatal' | 'told'
  /** Writes the log line and the letter, where they are asked for; resolves when the letter is acknowledged, rejects where it never will be. */
  report(record: SinkRecord, error: Error): Promise<void>
}

/** The compiled way's side of the runtime: raw values, and the general way for those that a reader does not take. */
export interface RawAccess {
  /** null: values of that topic have no reader. */
  reader(topic: string, style: NumberStyle): CompiledReader | null
  /** True where key or headers of the record at the cursor may fail their converter: it must take the general way. */
  mustDecode(cursor: RecordCursor): boolean
  /**
   * The record at the cursor, decoded and judged as in the general way; null: it is dropped. Rejects where nothing is tolerated, and with BusyError where a
   * schema must be waited for: the cursor stays at the record, which is to be judged again.
   */
  judged(cursor: RecordCursor): SinkRecord | null | Promise<SinkRecord | null>
  /** The record at the cursor, undecoded and not judged. */
  lazy(cursor: RecordCursor): SinkRecord
}

/**
 * Whether what is assigned is still ours. A process that was frozen past its session timeout wakes up with records that somebody else has written long
 * since: whoever is not sure asks before it sends anything.
 */
export interface Ownership {
  /** The group confirmed our membership recently enough for nobody else to own our partitions. Cheap: asked before every flush. */
  readonly sure: boolean
  /**
   * Asks the group. Resolves when `sure` holds again, or when what was assigned is lost and `close` was called for it; pends while the group can't be asked.
   */
  confirm(): Promise<void>
}

/** What a sink task may ask of its runtime. */
export interface SinkTaskContext extends Doors {
  readonly connector: string
  readonly task: number
  readonly config: Config
  assignment(): readonly TopicPartition[]
  /** Absent where assignments can't be lost (tests, tools). */
  readonly ownership?: Ownership
  /** Rewinds: the next poll of that partition starts at `offset`. */
  seek(partition: TopicPartition, offset: number): void
  pause(partitions: readonly TopicPartition[]): void
  resume(partitions: readonly TopicPartition[]): void
  /** Asks for a commit soon instead of at the next interval. */
  requestCommit(): void
  /** The next poll waits this long at most; holds for one poll, as in Connect. */
  timeout?(timeoutMs: number): void
  /** null where neither a dead letter queue nor `errors.log.enable` is configured. */
  readonly reportErrantRecord: ErrantRecordReporter | null
  /** null where the runtime must decode every record (transforms stand between); `generalWhy` then says why. */
  readonly raw: RawAccess | null
  readonly generalWhy: string | null
  /** Where it is told that the sink waits for somebody. */
  readonly waits: Waits
  /** Where it is told that the sink passes over records. */
  readonly skips: Skips
  /** A counter or gauge of the sink's own, by name; `set` and `add` cost a store. */
  metric(name: string, kind: 'counter' | 'gauge'): Metric
  /** The task cannot go on: it will be FAILED with this error, also when no call of it is pending. */
  fail(error: Error): void
}

export interface Metric {
  add(amount: number): void
  set(value: number): void
}

/**
 * The unit of work of a sink connector. Calls never overlap: start, (open, put*, preCommit*, close)*, stop.
 * `put` may resolve before the target answered, as long as `preCommit` returns only what was answered; it waits while the unanswered exceed the task's budget.
 */
export interface SinkTask {
  start(context: SinkTaskContext): Promise<void>
  open(partitions: readonly TopicPartition[]): Promise<void>
  /**
   * Takes records in order. Throws RetriableError (the same batch is delivered again) or any other error (the task fails); PartlyPutError says how much of
   * the batch was taken before.
   */
  put(records: readonly SinkRecord[]): Promise<void>
  /**
   * The compiled way, decided at `start`: whole cursors, moved to their ends. Same effects as `put`, but that a BusyError leaves the cursors where they
   * are: the same ones come again. Absent or null: the runtime takes the general way.
   */
  readonly putRaw?: ((cursors: readonly RecordCursor[]) => Promise<void>) | null
  /** Waits until everything put so far is answered (or the task must fail), then resolves. Called before a revocation and at stop. */
  flush(): Promise<void>
  /** The first offset of the partition that was put and is not answered, Infinity where there is none; absent: not known. Never waits. */
  firstUnsettled?(partition: TopicPartition): number
  /** Of the offsets put so far, those that may be committed now: every record before them is answered. */
  preCommit(offsets: Offsets): Promise<Offsets>
  close(partitions: readonly TopicPartition[]): Promise<void>
  /** Nothing comes for now, though the partitions stay (the task is paused): what is held for the next record only may be let go. `put` wakes it. */
  rest?(): void
  /** The task is paused no longer. */
  resume?(): void
  /** The one call that may come while another pends: the runtime gave up waiting, connections are cut and what pends rejects. */
  stop(): Promise<void>
}

/** A sink connector: validates a configuration, splits it into tasks, makes them. */
export interface SinkConnector {
  readonly className: string
  readonly version: string
  readonly configDef: ConfigDef
  /** Checks across keys; every value with its errors, on the key they belong to. */
  validate(config: Config): readonly ConfigValue[]
  /** What is odd about a configuration that is valid: its task of number 0 logs it too. */
  warnings?(config: Config): readonly string[]
  /** Configurations of the tasks, `tasksMax` at most. */
  taskConfigs(config: Config, tasksMax: number): readonly Config[]
  createTask(): SinkTask
}
