// What is said of a record that could not be converted or transformed: its place, the likely cause, what to write, and last what tolerance costs.
import { shownName } from '../util/visible-text.ts'
import { type Stage } from '../connect/errors.ts'
import { type Config } from '../connect/plugin.ts'
import { type RecordOrigin } from '../connect/record.ts'
import { placeText } from '../connect/skip-report.ts'
import { type BytesKind, type BytesLook, lookAt } from './bytes-look.ts'
import { transformWords } from './transform-words.ts'

/** Where and at what a record failed. */
export interface FailedAt {
  readonly record: RecordOrigin
  readonly stage: Stage
  /** The Java class at work. */
  readonly executingClass: string
  /** A transform's alias, a header's name; null where there is none. */
  readonly part: string | null
  /** What a transform was given, by its kind: `a map without schema`. */
  readonly met: string | null
}

/** A converter as the configuration names it. */
export interface ConverterInUse {
  readonly className: string
  readonly settings?: Config
  /** Named by the worker: settings of the connector then have no effect unless it names the class, too. */
  readonly fromWorker?: boolean
}

export interface ConvertersInUse {
  readonly key: ConverterInUse
  readonly value: ConverterInUse
}

const json = 'org.apache.kafka.connect.json.JsonConverter'
const string = 'org.apache.kafka.connect.storage.StringConverter'
const numbers = 'org.apache.kafka.connect.converters'
const registryConverters: Partial<Record<BytesKind, string>> = {
  avro: 'io.confluent.connect.avro.AvroConverter',
  protobuf: 'io.confluent.connect.protobuf.ProtobufConverter',
  jsonSchema: 'io.confluent.connect.json.JsonSchemaConverter'
}
const registries: readonly string[] = Object.values(registryConverters)
const plainConverters: Partial<Record<BytesKind, string>> = {
  text: string,
  numberText: string,
  short: `${numbers}.ShortConverter`,
  integer: `${numbers}.IntegerConverter`,
  long: `${numbers}.LongConverter`,
  double: `${numbers}.DoubleConverter`,
  boolean: `${numbers}.BooleanConverter`
}
const producerRemedy = 'Correct the producer'
/** A cause is somebody else's text. */
const causeCharsMax = 500

/**
 * What the failure is and what to write; one sentence after another, on one line. `cause`: what the converter or transform itself said, which may hold data of
 * the record; null where that is not to be told.
 */
export function failureWords(failure: FailedAt, converters: ConvertersInUse | null, cause: string | null): string {
  const why = cause === null || cause === '' ? '' : `: ${shortened(cause)}`
  const place = `Record ${placeText(failure.record)}`
  switch (failure.stage) {
    case 'KEY_CONVERTER':
      return `${place}: ${converterWords(failure, 'key', why, converters?.key)}`
    case 'VALUE_CONVERTER':
      return `${place}: ${converterWords(failure, 'value', why, converters?.value)}`
    case 'HEADER_CONVERTER':
      return `${place}: ${headerWords(failure, why)}`
    case 'TRANSFORMATION':
      return `${place}: ${transformWords(failure, why)}`
    default:
      return place
  }
}

/** Behind `failureWords` where nothing is tolerated: the remedy that loses records comes last, with its price. */
export function tolerancePrice(hasLetters: boolean): string {
  return hasLetters
    ? 'The dead letter queue gets a copy, one more at each restart. Last of all errors.tolerance=all: it goes on behind every such record, which then stands nowhere but there'
    : 'Last of all errors.tolerance=all: it skips every such record for good, and only errors.deadletterqueue.topic.name keeps a copy'
}

/** On one line, without an end of its own. */
function shortened(cause: string): string {
  const [line = ''] = cause.split('\n', 1)
  if (line.length > causeCharsMax) return `${line.slice(0, causeCharsMax)}...`
  return line.endsWith('.') ? line.slice(0, -1) : line
}

function converterWords(
  { record, executingClass }: FailedAt,
  part: 'key' | 'value',
  why: string,
  inUse: ConverterInUse = { className: executingClass }
): string {
  const look = lookAt(
    part === 'key' ? record.rawKey : record.rawValue,
    rawHeader(record, part === 'key' ? '__key_schema_id' : '__value_schema_id')
  )
  const key = `${part}.converter`
  const converter = `${key}=${executingClass}`
  const seen = `its ${part} ${look.words}`
  if (registries.includes(executingClass) && look.kind in registryConverters)
    return `${seen}. ${converter} reads what is framed so, but not this one${why}`
  if (fits(look.kind, inUse))
    return `${seen}. ${converter} is right for that kind and can't read this one${why}. ${producerRemedy}`
  return `${seen}, which ${converter}${settingsText(inUse, look.kind)} can't read${why}. ${remedyFor(look, key, inUse)}`
}

/** Names what the reader may take for the default it is. */
function settingsText(inUse: ConverterInUse, kind: BytesKind): string {
  return inUse.className === json && kind === 'json' && schemasEnabled(inUse) ? ' (schemas.enable=true)' : ''
}

/** Whether such bytes are what the converter is for: then its own words say what is wrong with them. */
function fits(kind: BytesKind, inUse: ConverterInUse): boolean {
  const { className } = inUse
  if (className !== json) return kind in plainConverters && plainConverters[kind] === className
  if (kind === 'envelope' || kind === 'brokenJson') return true
  const isBare = !schemasEnabled(inUse) || (inUse.settings?.get('schema.content') ?? '') !== ''
  return isBare && (kind === 'json' || kind === 'numberText')
}

function schemasEnabled({ settings }: ConverterInUse): boolean {
  return settings?.get('schemas.enable')?.trim().toLowerCase() !== 'false'
}

function remedyFor(look: BytesLook, key: string, inUse: ConverterInUse): string {
  const { kind } = look
  const registry = registryConverters[kind]
  if (registry !== undefined) return `Write ${key}=${registry} and ${key}.schema.registry.url=http://HOST:8081`
  switch (kind) {
    case 'json':
    case 'brokenJson':
      return writeJson(key, inUse, 'false')
    case 'envelope':
      return writeJson(key, inUse, 'true')
    case 'empty':
      return `${producerRemedy}: a record without ${key === 'key.converter' ? 'key' : 'value'} is sent with null, not with no bytes${
        key === 'key.converter' ? `. Or write ${key}=${string}, which reads them as an empty text` : ''
      }`
    case 'text':
    case 'numberText':
      return `Write ${key}=${string} where the topic holds text; else correct the producer`
    case 'foreign':
    case 'none':
      // The sink itself reads no key: any bytes will do.
      return key === 'key.converter'
        ? `Write ${key}=${numbers}.ByteArrayConverter, which takes any bytes`
        : look.kind === 'none'
          ? producerRemedy
          : `No converter reads that: ${look.remedy}`
    default:
      return `Write ${key}=${plainConverters[kind] ?? string}`
  }
}

function writeJson(key: string, inUse: ConverterInUse, enable: 'true' | 'false'): string {
  const setting = `${key}.schemas.enable=${enable}`
  // The worker's converter takes no settings of the connector: it must be named there.
  if (inUse.className === json && inUse.fromWorker !== true) return `Write ${setting}`
  return `Write ${key}=${json} and ${setting}`
}

function headerWords({ record, executingClass, part }: FailedAt, why: string): string {
  const bytes = rawHeader(record, part ?? '')
  const name = part === null ? 'a header' : `its header ${shownName(part)}`
  return (
    `${name} ${lookAt(bytes, null).words}, which header.converter=${executingClass} can't read${why}. ` +
    'Write header.converter=org.apache.kafka.connect.storage.SimpleHeaderConverter, which takes any bytes'
  )
}

function rawHeader({ rawHeaders }: RecordOrigin, name: string): Uint8Array | null {
  return rawHeaders.findLast(({ key }) => key === name)?.value ?? null
}
