// JsonConverter: JSON with or without Connect's schema envelope, as org.apache.kafka.connect.json.JsonConverter reads and writes it.
import { type CompiledReader, type NumberStyle } from '../connect/compiled.ts'
import { type ConnectValue, type SchemaAndValue, type Schema } from '../connect/data.ts'
import { DataError, SerializationError } from '../connect/errors.ts'
import { type Logger, silentLogger } from '../connect/log.ts'
import { type Config, type Converter, type HeaderConverter } from '../connect/plugin.ts'
import { booleanSetting, integerSetting, type ValueRules, valueRules, wordSetting } from './converter-config.ts'
import { FilledIn } from './filled-in.ts'
import { JsonFieldReader } from './json-field-reader.ts'
import { type Leftover, leftoverOf } from './json-leftover.ts'
import {
  decimalToNumber,
  JsonDecimal,
  type JsonNode,
  JsonReader,
  readJson,
  readSchemaless,
  toSchemaless
} from './json-reader.ts'
import { JsonStructReader } from './json-struct-reader.ts'
import { schemaFromJson } from './json-schema-text.ts'
import { toUtf8 } from './json-strings.ts'
import { jsonToConnect } from './json-to-connect.ts'
import { jsonBytes } from './json-writer.ts'
import { SchemaCache } from './schema-cache.ts'
import { ShapeTree } from './shape-tree.ts'

const noEnvelope =
  'JsonConverter with schemas.enable requires "schema" and "payload" fields and may not contain additional fields. ' +
  'If you are trying to deserialize plain JSON data, set schemas.enable=false in your converter configuration.'

/** The settings that a JsonConverter goes by. */
export interface JsonConverterSettings {
  readonly schemasEnabled: boolean
  readonly schemasCacheSize: number
  readonly decimalsNumeric: boolean
  readonly replaceNullWithDefault: boolean
  readonly rules: ValueRules
  readonly schemaContent: string
}

/** Throws ConfigError for a setting that does not parse. */
export function jsonConverterSettings(config: Config): JsonConverterSettings {
  const rules = valueRules(config)
  return {
    schemasEnabled: booleanSetting(config, 'schemas.enable', true),
    schemasCacheSize: integerSetting(config, 'schemas.cache.size', 1000),
    decimalsNumeric: wordSetting(config, 'decimal.format', ['NUMERIC', 'BASE64'], 'BASE64') === 'NUMERIC',
    replaceNullWithDefault: rules.defaults === 'null',
    rules,
    schemaContent: config.get('schema.content') ?? ''
  }
}

/** Tests and tools may do without doors. */
export function createJsonConverter(
  config: Config,
  isKey: boolean,
  doors: { readonly log: Logger } = { log: silentLogger }
): Converter & HeaderConverter {
  const settings = jsonConverterSettings(config)
  return new JsonConverter(settings, leftoverOf(doors.log, settings.rules.strict, isKey ? 'key' : 'value'))
}

class JsonConverter implements Converter, HeaderConverter {
  readonly #settings: JsonConverterSettings
  readonly #schemas: SchemaCache
  readonly #shapes = new ShapeTree()
  readonly #filled = new FilledIn()
  readonly #leftover: Leftover
  /** The schema of `schema.content`: with it, bytes are the bare payload. */
  readonly #fixedSchema: Schema | null

  constructor(settings: JsonConverterSettings, leftover: Leftover) {
    this.#settings = settings
    this.#leftover = leftover
    this.#schemas = new SchemaCache(settings.schemasCacheSize)
    this.#fixedSchema = settings.schemasEnabled && settings.schemaContent !== '' ? this.#readFixedSchema() : null
  }

  toConnectData(_topic: string, bytes: Uint8Array | null): SchemaAndValue {
    if (bytes === null) return { schema: null, value: null }
    try {
      if (!this.#settings.schemasEnabled) return readSchemaless(bytes, this.#shapes, this.#leftover)
      if (this.#fixedSchema === null) return this.#readEnvelope(bytes)
      const node = readJson(bytes, 'exact', this.#shapes, this.#leftover)
      return { schema: this.#fixedSchema, value: this.#toConnect(this.#fixedSchema, node) }
    } catch (error) {
      throw inConverter(error, 'Converting byte[] to Kafka Connect data failed due to serialization error: ')
    }
  }

  compile(_topic: string, style: NumberStyle): CompiledReader | null {
    if (!this.#settings.schemasEnabled) return new JsonFieldReader(style, 'map')
    return new JsonStructReader(style, this.#fixedSchema, (bytes, at) => this.#knownSchema(bytes, at))
  }

  #knownSchema(bytes: Buffer, at: number): ReturnType<SchemaCache['find']> {
    try {
      return this.#schemas.find(bytes, at)
    } catch {
      // No JSON stands there: the general way says so.
      return null
    }
  }

  fromConnectData(_topic: string, schema: Schema | null, value: ConnectValue): Uint8Array | null {
    if (schema === null && value === null) return null
    try {
      return jsonBytes(schema, value, this.#settings)
    } catch (error) {
      throw inConverter(error, 'Converting Kafka Connect data to byte[] failed due to serialization error: ')
    }
  }

  toConnectHeader(topic: string, _key: string, bytes: Uint8Array | null): SchemaAndValue {
    return this.toConnectData(topic, bytes)
  }

  fromConnectHeader(topic: string, _key: string, schema: Schema | null, value: ConnectValue): Uint8Array | null {
    return this.fromConnectData(topic, schema, value)
  }

  #readFixedSchema(): Schema | null {
    try {
      return this.#schemaOf(readJson(Buffer.from(this.#settings.schemaContent), 'exact') ?? null)
    } catch (error) {
      throw inConverter(error, 'Failed to parse schema in converter config due to serialization error: ')
    }
  }

  readonly #toConnect = (schema: Schema, node: JsonNode | undefined): ConnectValue =>
    jsonToConnect(schema, node, this.#settings.rules, this.#filled.reset())

  #schemaOf(node: JsonNode): Schema | null {
    return schemaFromJson(node, this.#toConnect, this.#settings.rules.defaults !== 'null')
  }

  #readEnvelope(bytes: Uint8Array): SchemaAndValue {
    const text = toUtf8(bytes)
    const reader = new JsonReader(text.bytes, text.start, text.bytes.length, 'exact', this.#shapes)
    if (reader.peek() !== 0x7b) {
      if (!reader.atEnd()) reader.readRoot()
      throw new DataError(noEnvelope)
    }
    let schema: (() => Schema | null) | undefined
    let payload: JsonNode | undefined
    let others = 0
    reader.readMembers(name => {
      if (name === 'schema') schema = this.#readSchema(reader)
      else if (name === 'payload') payload = reader.readValue()
      else {
        reader.readValue()
        others++
      }
    })
    if (schema === undefined || payload === undefined || others > 0) throw new DataError(noEnvelope)
    reader.finish(this.#leftover)
    const found = schema()
    return found === null ? schemaless(payload) : { schema: found, value: this.#toConnect(found, payload) }
  }

  /**
   * Reads the envelope's schema. Records of a topic repeat it byte for byte, so bytes seen before are not read again and give the
   * identical Schema. What is wrong with a schema is told after the text was read to its end: bad JSON counts first.
   */
  #readSchema(reader: JsonReader): () => Schema | null {
    reader.peek()
    const start = reader.position
    const known = this.#schemas.find(reader.bytes, start)
    if (known !== null) {
      reader.position = start + known.length
      return () => known.schema
    }
    const node = reader.readValue()
    const end = reader.position
    return () => {
      const schema = this.#schemaOf(node)
      if (schema !== null) this.#schemas.add(reader.bytes, start, end, schema)
      return schema
    }
  }
}

/** An envelope whose schema is null holds plain JSON; the payload was read exactly and becomes Connect data here. */
function schemaless(payload: JsonNode): SchemaAndValue {
  const value = toSchemaless(payload)
  const isOdd = payload instanceof JsonDecimal && String(decimalToNumber(payload.text)) !== payload.text
  return isOdd ? { schema: null, value, source: payload.text } : { schema: null, value }
}

/** Errors of the text and of encoding are wrapped, as Java wraps SerializationException; those about data pass as they are. */
function inConverter(error: unknown, message: string): unknown {
  return error instanceof SerializationError ? new DataError(message, { cause: error }) : error
}
