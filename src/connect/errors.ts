// Every error a user can meet: stable codes, causes kept, messages that say where, what, expected and what to do.

export interface ConnectErrorOptions {
  readonly cause?: unknown
}

/** The base of all our errors. `code` is stable and stands in docs/errors.md. */
export class ConnectError extends Error {
  readonly code: string = 'CONNECT'
  /** The Java class whose place this error takes, for traces, dead letter headers and REST. */
  readonly javaClass: string = 'org.apache.kafka.connect.errors.ConnectException'

  constructor(message: string, options: ConnectErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = new.target.name
  }
}

/** The same may work later: the runtime delivers again. */
export class RetriableError extends ConnectError {
  override readonly code: string = 'RETRIABLE'
  override readonly javaClass: string = 'org.apache.kafka.connect.errors.RetriableException'
}

/** Somebody is away (the target, a schema registry): the same batch is delivered again once `ready` resolves; no line is logged for it. */
export class BusyError extends RetriableError {
  override readonly code: string = 'BUSY'
  readonly ready: Promise<void>
  /** The one record of the batch that could not be read yet, where it is that: what else was handed out was taken. */
  readonly waiting: { readonly topic: string; readonly partition: number; readonly offset: number } | null

  constructor(message: string, ready: Promise<void>, waiting: BusyError['waiting'] = null) {
    super(message)
    this.ready = ready
    this.waiting = waiting
  }
}

/** A schema registry gives no answer of use. No record is to blame: whoever needs it waits, whatever `errors.tolerance` says. */
export class RegistryAwayError extends RetriableError {
  override readonly code: string = 'REGISTRY_AWAY'
  /** Its addresses, without credentials. */
  readonly registry: string
  readonly reason: string

  constructor(what: string, registry: string, reason: string) {
    super(
      `The schema registry could not be asked for ${what}: ${reason}. Check schema.registry.url and that the registry runs`
    )
    this.registry = registry
    this.reason = reason
  }
}

/** A schema registry refuses us, or sends us elsewhere. No record can change it and no waiting mends it: the task fails under every tolerance. */
export class RegistryAccessError extends ConnectError {
  override readonly code: string = 'REGISTRY_ACCESS'
}

/**
 * A put that failed for good, part of its batch taken: what came before the record that failed is settled and committed before the task ends, so that the
 * next start does not write it again. The task fails with `cause`.
 */
export class PartlyPutError extends ConnectError {
  override readonly code: string = 'PARTLY_PUT'
  /** By `topic-partition`, the offset behind the last record of the batch that was taken; a partition of which none was taken may be left out. */
  readonly taken: ReadonlyMap<string, { readonly topic: string; readonly partition: number; readonly offset: number }>

  constructor(cause: unknown, taken: PartlyPutError['taken']) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.taken = taken
  }
}

/** Data is not what its schema, converter or transform needs. */
export class DataError extends ConnectError {
  override readonly code: string = 'DATA'
  override readonly javaClass: string = 'org.apache.kafka.connect.errors.DataException'
}

/** A schema that can't be built. */
export class SchemaBuilderError extends DataError {
  override readonly code: string = 'SCHEMA_BUILDER'
  override readonly javaClass: string = 'org.apache.kafka.connect.errors.SchemaBuilderException'
}

/** Values could not be turned into bytes, or bytes into values, below a converter. */
export class SerializationError extends ConnectError {
  override readonly code: string = 'SERIALIZATION'
  override readonly javaClass: string = 'org.apache.kafka.common.errors.SerializationException'
}

/** One key of a configuration is wrong; `key` names it, `null` where the fault is in no single key. */
export class ConfigError extends ConnectError {
  override readonly code: string = 'CONFIG'
  override readonly javaClass: string = 'org.apache.kafka.common.config.ConfigException'
  readonly key: string | null

  constructor(key: string | null, message: string, options: ConnectErrorOptions = {}) {
    super(message, options)
    this.key = key
  }
}

/** Several keys are wrong at once; the message lists them all. */
export class ConfigErrors extends ConnectError {
  override readonly code: string = 'CONFIG_ERRORS'
  override readonly javaClass: string = 'org.apache.kafka.common.config.ConfigException'
  readonly errors: readonly ConfigError[]

  constructor(where: string, errors: readonly ConfigError[]) {
    super(`${where}: ${errors.length} error(s)\n${errors.map(error => `- ${error.message}`).join('\n')}`)
    this.errors = errors
  }
}

export class NotFoundError extends ConnectError {
  override readonly code: string = 'NOT_FOUND'
  override readonly javaClass: string = 'org.apache.kafka.connect.errors.NotFoundException'
}

export class AlreadyExistsError extends ConnectError {
  override readonly code: string = 'ALREADY_EXISTS'
  override readonly javaClass: string = 'org.apache.kafka.connect.errors.AlreadyExistsException'
}

/** The places where a record can fail, by Connect's names. */
export type Stage =
  'KEY_CONVERTER' | 'VALUE_CONVERTER' | 'HEADER_CONVERTER' | 'TRANSFORMATION' | 'TASK_PUT' | 'KAFKA_CONSUME'

/**
 * Decoding on first touch failed. Only the runtime judges it (tolerance, retry, dead letters); a sink never catches it.
 * `executingClass` is the Java class name of the converter or transform.
 */
export class ConversionError extends ConnectError {
  override readonly code: string = 'CONVERSION'
  readonly stage: Stage
  readonly executingClass: string
  /** A header's name, a transform's alias; null where the stage has one part only. */
  readonly part: string | null
  /** What a transform was given, by its kind. */
  readonly met: string | null

  constructor(
    stage: Stage,
    executingClass: string,
    cause: unknown,
    { part = null, met = null }: { readonly part?: string | null; readonly met?: string | null } = {}
  ) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.stage = stage
    this.executingClass = executingClass
    this.part = part
    this.met = met
  }
}

/** Of a chain, no more is told than a person reads: a cause may be its own. */
const causesMax = 20

/** The messages of an error and its causes, outermost first, each sentence once, as one line. */
export function causeChain(error: unknown): string {
  let text = ''
  let at: unknown = error
  for (let depth = 0; at instanceof Error && depth < causesMax; at = at.cause, depth++) {
    const message = at.message.trimEnd()
    if (message === '' || saysAlready(text, message)) continue
    if (text.endsWith(':') && message.startsWith(text)) text = ''
    // Java's messages that end in a colon are made to be followed by their cause.
    text += text === '' ? message : text.endsWith(':') ? ` ${message}` : `; caused by: ${message}`
  }
  return text === '' && !(error instanceof Error) ? String(error) : text
}

/** Whether `text` has the message as a sentence or a part of one: an outer error often repeats its cause, and adds to it. */
function saysAlready(text: string, message: string): boolean {
  const core = message.endsWith('.') ? message.slice(0, -1) : message
  for (let at = text.indexOf(core); at !== -1; at = text.indexOf(core, at + core.length)) {
    const before = text.slice(Math.max(0, at - 2), at)
    const after = text.charAt(at + core.length)
    const begins = at === 0 || before.endsWith('(') || ['. ', ': ', '; '].includes(before)
    if (begins && (after === '' || '.,;:)'.includes(after) || core.endsWith(':'))) return true
  }
  return false
}
