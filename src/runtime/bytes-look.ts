// What the bytes of a record look like, for whoever must find out why a converter does not read them. Looked at where a failure is told, never before.
//
// The kind is told, and the first few bytes in hex: a record is data, maybe somebody's secret, and a log is read by many. Five bytes hold a whole
// Confluent frame, and no more than half of a record is ever shown.
import { isProtobuf } from './protobuf-look.ts'

export type BytesKind =
  | 'none'
  | 'empty'
  | 'avro'
  | 'protobuf'
  | 'jsonSchema'
  | 'json'
  | 'envelope'
  | 'brokenJson'
  | 'numberText'
  | 'text'
  | 'short'
  | 'integer'
  | 'long'
  | 'double'
  | 'boolean'
  /** No converter makes data of it: `remedy` says what the producer is to do. */
  | 'foreign'

export interface BytesLook {
  readonly kind: BytesKind
  /** `looks like Avro in Confluent framing, schema id 12 (58 bytes, beginning 00 00 00 00 0c)`. */
  readonly words: string
  /** Of what is foreign: how it must be written instead. */
  readonly remedy: string
}

const shownBytesMax = 5
/** Longer values are judged by their beginning: this is done for each failure that is told. */
const lookedAtMax = 16_384

/** `headerId`: what stands in the header in which newer serializers name the schema, null where there is none. */
export function lookAt(bytes: Uint8Array | null, headerId: Uint8Array | null): BytesLook {
  if (bytes === null) return look('none', 'is null')
  if (bytes.length === 0) return look('empty', 'is empty (0 bytes)')
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const found = headerId === null ? kindOf(view) : payload(view, 0, ' whose schema a header names')
  return { ...found, words: `looks like ${found.words} (${sizeText(bytes)})` }
}

function look(kind: BytesKind, words: string, remedy = ''): BytesLook {
  return { kind, words, remedy }
}

function sizeText(bytes: Uint8Array): string {
  const shown = bytes.subarray(0, Math.min(shownBytesMax, Math.floor(bytes.length / 2)))
  const hex = Array.from(shown, byte => byte.toString(16).padStart(2, '0')).join(' ')
  return `${bytes.length} ${bytes.length === 1 ? 'byte' : 'bytes'}${hex === '' ? '' : `, beginning ${hex}`}`
}

function kindOf(bytes: Buffer): BytesLook {
  return framed(bytes) ?? marked(bytes) ?? textual(bytes) ?? sized(bytes)
}

/** The frames of schema registries. */
function framed(bytes: Buffer): BytesLook | null {
  if (bytes[0] === 0 && bytes.length >= 5) {
    const id = bytes.readInt32BE(1)
    // Eight bytes are rather a long: of an id above 65535 there are few, of times in milliseconds many.
    if (bytes.length === 8 && (id <= 0 || id > 0xffff)) return null
    if (id > 0) return payload(bytes, 5, ` in Confluent framing, schema id ${id}`)
    if (id === 0 && bytes.length >= 10) {
      const remedy = 'let the producer write Confluent framing (apicurio.registry.as-confluent=true, ids of 4 bytes)'
      return look('foreign', 'Apicurio framing with an id of 8 bytes', remedy)
    }
  }
  const isUuid = bytes.length >= 17 && ((bytes[9] ?? 0) & 0xc0) === 0x80
  if (bytes[0] === 1 && isUuid) return payload(bytes, 17, ' in Confluent framing, schema named by GUID')
  if (bytes[0] === 3 && (bytes[1] === 0 || bytes[1] === 5) && bytes.length >= 18) {
    const remedy = "let the producer use a registry of Confluent's form, or write JSON"
    return look('foreign', 'AWS Glue Schema Registry framing', remedy)
  }
  return null
}

/** What stands behind a frame: the frame does not name the format, so it is judged by what can be read. */
function payload(bytes: Buffer, start: number, frame: string): BytesLook {
  const rest = bytes.subarray(start)
  const text = textOf(rest)
  if (text !== null && /^\s*[{["\d]/.test(text)) return look('jsonSchema', `JSON Schema${frame}`)
  if (isProtobuf(rest, true)) return look('protobuf', `Protobuf${frame}`)
  return look('avro', `Avro${frame}`)
}

const packers: readonly (readonly [string, string])[] = [
  ['1f8b', 'gzip'],
  ['28b52ffd', 'zstd'],
  ['04224d18', 'lz4'],
  ['82534e41505059', 'snappy']
]

function marked(bytes: Buffer): BytesLook | null {
  const head = bytes.subarray(0, 8).toString('hex')
  if (head.startsWith('aced0005'))
    return look('foreign', 'Java serialization', 'let the producer write JSON, Avro, Protobuf or text')
  if (head.startsWith('4f626a01')) {
    const remedy = "let the producer use Confluent's Avro serializer, one record a message"
    return look('foreign', 'an Avro file, no single Avro record', remedy)
  }
  const packer = packers.find(([mark]) => head.startsWith(mark))?.[1]
  if (packer === undefined) return null
  const remedy = `let the producer leave packing to Kafka (compression.type=${packer})`
  return look('foreign', `data packed with ${packer}`, remedy)
}

function textual(bytes: Buffer): BytesLook | null {
  const text = textOf(bytes)
  if (text === null) return null
  const first = text.trimStart().charAt(0)
  if (/^\s*\{[\w.-]{1,100}=/.test(text) || text.startsWith('Struct{')) {
    const remedy = 'let the producer write JSON (if it is Connect: its value.converter is to be JsonConverter)'
    return look('foreign', "text as Java's toString prints it, {id=1}", remedy)
  }
  if (/^\s*[{[]\s*'/.test(text)) {
    const remedy = 'let the producer write JSON (in Python json.dumps, not str)'
    return look('foreign', "text as Python's str prints it, {'id': 1}", remedy)
  }
  if (first === '{' || first === '[' || first === '"') return bytes.length <= lookedAtMax ? json(text) : longJson(text)
  if (/^\s*-?\d{1,40}(\.\d{1,40})?\s*$/.test(text)) return look('numberText', 'a number as text')
  if (/^\s*(true|false|null)\s*$/.test(text)) return look('json', 'plain JSON')
  if (first === '') return look('text', 'blanks')
  return look('text', first === '<' ? 'text (XML or HTML)' : 'text')
}

const envelope = look('envelope', "JSON in Connect's schema envelope")

function json(text: string): BytesLook {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return look('brokenJson', 'JSON that is cut off or damaged')
  }
  const names = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : []
  const isEnvelope = names.length === 2 && names.includes('schema') && names.includes('payload')
  return isEnvelope ? envelope : look('json', 'plain JSON')
}

function longJson(text: string): BytesLook {
  return /^\s*\{\s*"schema"\s*:/.test(text) ? envelope : look('json', 'plain JSON')
}

/** Its beginning as text; null where it is none. */
function textOf(bytes: Buffer): string | null {
  try {
    // A character that is cut off at the end of what is looked at is no fault.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, lookedAtMax), {
      stream: bytes.length > lookedAtMax
    })
    return control.test(text) ? null : text
  } catch {
    return null
  }
}

/** What no text has: control characters but tab, line ends and form feed. */
const control = /[\x00-\x08\x0b\x0e-\x1f\x7f]/

/** Numbers have no mark but their size. */
function sized(bytes: Buffer): BytesLook {
  const [first = 0] = bytes
  if (bytes.length === 1 && first <= 1) return look('boolean', 'a boolean of one byte')
  if (bytes.length === 2) return look('short', 'a big-endian short of 2 bytes')
  if (bytes.length === 4) return look('integer', 'a big-endian integer of 4 bytes')
  if (bytes.length === 8) {
    // Doubles of common size begin so, longs of common size don't.
    const isDouble = [0x3f, 0x40, 0x41, 0xbf, 0xc0, 0xc1].includes(first)
    return isDouble ? look('double', 'a big-endian double of 8 bytes') : look('long', 'a big-endian long of 8 bytes')
  }
  if (isProtobuf(bytes, false)) {
    const remedy = "let the producer use Confluent's Protobuf serializer, which names the schema"
    return look('foreign', 'Protobuf without framing', remedy)
  }
  return look('foreign', 'bytes of no known form', 'let the producer write JSON, Avro, Protobuf or text')
}
