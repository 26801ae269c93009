// An Avro schema becomes a Connect schema and a reader, as Confluent's AvroData maps them; both are made once per writer schema.
import {
  type ConnectValue,
  Decimal,
  Struct,
  decimalScaleParam,
  logicalNames,
  Schema,
  type SchemaOptions,
  StructFields
} from '../connect/data.ts'
import { DataError } from '../connect/errors.ts'
import { bigIntegerFromBytes } from '../java/big-decimal.ts'
import { type AvroCursor } from './avro-cursor.ts'
import { avroDefault, unionName } from './avro-default.ts'
import { type AvroPrimitive, type AvroRecord, type AvroType, nameOf, simpleName, textOf } from './avro-type.ts'
import { isLong } from './filled-in.ts'
import { type JsonNode, type JsonObject } from './json-reader.ts'
import { checkDefault, SchemaBudget } from './schema-budget.ts'
import { dateFromDays, timestampFromMs } from '../connect/values/logical-types.ts'

/** What a schema compiles to. `empty`: a value may take no bytes at all. */
export interface AvroReader {
  readonly type: AvroType
  readonly schema: Schema
  readonly read: (cursor: AvroCursor) => ConnectValue
  readonly empty: boolean
}

export interface AvroSettings {
  /** `enhanced.avro.schema.support`: branches of a union go by their full names. */
  readonly enhanced: boolean
  /** A null of an optional field stays null, whatever its default. */
  readonly keepsNull?: boolean
}

/** What the place of a type adds to its schema. */
interface Place {
  readonly optional?: boolean
  readonly doc?: string | null
  readonly defaultNode?: JsonNode | undefined
}

/** How a type reads and what its schema is, before its place is known. */
interface Part {
  readonly type: Schema['type']
  readonly options: SchemaOptions
  /** Makes the reader for the schema of one place: Structs carry that very schema. */
  readonly bind: (schema: Schema) => AvroReader['read']
  readonly empty: boolean
}

const enumParam = 'io.confluent.connect.avro.Enum'
/** Confluent leaves this name out: it is what its own converter calls records without a name. */
const nameOfNone = 'ConnectDefault'
const precisionDefault = 64
/** Records within records, each named by the one before: deeper ones are nobody's. */
const depthMax = 500

export function compileAvro(type: AvroType, settings: AvroSettings): AvroReader {
  return new AvroCompiler(settings).root(type)
}

/**
 * Each type is compiled once, wherever it is named: thirty records that name the one before twice are thirty records, and one that names itself is one.
 * Only a place's own (optional, doc, default) makes a further Schema of it.
 */
class AvroCompiler {
  readonly #settings: AvroSettings
  readonly #budget = new SchemaBudget()
  readonly #parts = new Map<AvroType, Part>()
  /** Defaults are read last: a record's fields are all there by then. */
  readonly #defaults: (() => void)[] = []
  readonly #values: ConnectValue[] = []
  #depth = 0

  constructor(settings: AvroSettings) {
    this.#settings = settings
  }

  root(type: AvroType): AvroReader {
    const reader = this.compile(type, {})
    for (const read of this.#defaults) read()
    for (const value of this.#values) checkDefault(value, this.#budget)
    return reader
  }

  compile(type: AvroType, place: Place): AvroReader {
    if (type.kind === 'union') {
      const nullAt = type.branches.findIndex(branch => branch.kind === 'null')
      const other = type.branches[nullAt === 0 ? 1 : 0]
      if (type.branches.length === 2 && nullAt >= 0 && other !== undefined)
        return { ...this.#optional(other, nullAt, place), type }
    }
    const part = this.#part(type)
    const options: SchemaOptions = {
      ...part.options,
      optional: place.optional === true || part.options.optional === true,
      keepsNull: this.#settings.keepsNull === true,
      doc: place.doc ?? part.options.doc ?? null
    }
    const schema = new Schema(part.type, options)
    const { defaultNode = null } = place
    if (defaultNode !== null) this.#defaults.push(() => this.#readDefault(type, schema, defaultNode))
    return { type, schema, read: part.bind(schema), empty: part.empty }
  }

  #readDefault(type: AvroType, schema: Schema, node: JsonNode): void {
    const value = avroDefault(type, schema, node, this.#budget)
    schema.complete({ defaultValue: value })
    this.#values.push(value)
  }

  /** `[null, T]` and `[T, null]`: an optional T. The default belongs to the first branch. */
  #optional(type: AvroType, nullAt: number, place: Place): AvroReader {
    const { schema, read } = this.compile(type, {
      ...place,
      optional: true,
      defaultNode: nullAt === 0 ? undefined : place.defaultNode
    })
    const readOptional: AvroReader['read'] = cursor => {
      if (cursor.index(2, 'union branch') !== nullAt) return read(cursor)
      const { defaultValue, keepsNull } = schema
      if (defaultValue !== undefined && !keepsNull && isLong(defaultValue)) cursor.filled.default(defaultValue)
      return null
    }
    return { type, schema, read: readOptional, empty: false }
  }

  #part(type: AvroType): Part {
    const known = this.#parts.get(type)
    if (known !== undefined) return known
    if (type.kind === 'record') return this.#record(type)
    const part = this.#unnamed(type)
    this.#parts.set(type, part)
    return part
  }

  #unnamed(type: Exclude<AvroType, AvroRecord>): Part {
    switch (type.kind) {
      case 'enum':
        return enumPart(type.name, type.doc, type.symbols)
      case 'fixed':
        return fixedPart(type.name, type.size, type.props)
      case 'array':
        return this.#array(type.items, type.props)
      case 'map': {
        const values = this.compile(type.values, {})
        return {
          type: 'MAP',
          options: { ...connectOptions(type.props), keySchema: new Schema('STRING'), valueSchema: values.schema },
          bind: () => cursor => readMap(cursor, values.read),
          empty: false
        }
      }
      case 'union':
        return this.#union(type.branches)
      default:
        return primitivePart(type.kind, type.props)
    }
  }

  /** The record is known before its fields are: one of them may be the record again. */
  #record(type: AvroRecord): Part {
    const fields = new StructFields()
    const reads: AvroReader['read'][] = []
    let emptyFields = 0
    const options = connectOptions(type.props)
    const part: Part & { empty: boolean } = {
      type: 'STRUCT',
      options: {
        ...options,
        name: simpleName(type.name) === nameOfNone ? null : type.name,
        doc: type.doc ?? options.doc ?? null,
        fields
      },
      bind: schema => cursor => {
        cursor.enter(emptyFields)
        const struct = new Struct(
          schema,
          reads.map(read => read(cursor))
        )
        cursor.leave()
        return struct
      },
      // Where a record is met within itself it has some bytes: a branch, or the end of an array.
      empty: false
    }
    this.#parts.set(type, part)
    if (++this.#depth > depthMax)
      throw new DataError(`Invalid Avro schema: records that name each other deeper than ${depthMax} levels`)
    const compiled = type.fields.map(field => ({
      name: field.name,
      ...this.compile(field.type, { doc: field.doc, defaultNode: field.defaultValue })
    }))
    this.#depth--
    fields.fill(compiled.map(({ name, schema }) => [name, schema]))
    for (const { read, empty } of compiled) {
      reads.push(read)
      if (empty) emptyFields++
    }
    part.empty = emptyFields === compiled.length
    return part
  }

  /** Confluent writes a map whose keys are no strings as an array of records `key`, `value`, and says so in a property. */
  #array(type: AvroType, props: JsonObject): Part {
    const items = this.compile(type, {})
    const isEntries = type.kind === 'record' && textOf(type.props, 'connect.internal.type') === 'MapEntry'
    const [key, value] = items.schema.fields
    if (isEntries && key !== undefined && value !== undefined) {
      return {
        type: 'MAP',
        options: { ...connectOptions(props), keySchema: key.schema, valueSchema: value.schema },
        bind: () => cursor => readEntries(cursor, items),
        empty: false
      }
    }
    return {
      type: 'ARRAY',
      options: { ...connectOptions(props), valueSchema: items.schema },
      bind: () => cursor => readArray(cursor, items),
      empty: false
    }
  }

  /** Any other union: a STRUCT with one optional field per branch, of which the one that was written is set. */
  #union(branches: readonly AvroType[]): Part {
    const readers = branches.map(branch => (branch.kind === 'null' ? null : this.compile(branch, { optional: true })))
    const fields: [string, Schema][] = []
    const indexes = branches.map((branch, at) => {
      const reader = readers[at] ?? null
      return reader === null ? -1 : fields.push([this.#branchName(branch), reader.schema]) - 1
    })
    const size = fields.length
    return {
      type: 'STRUCT',
      options: { name: unionName, optional: branches.some(branch => branch.kind === 'null'), fields },
      bind: schema => cursor => {
        const at = cursor.index(branches.length, 'union branch')
        const reader = readers[at] ?? null
        if (reader === null) return null
        cursor.filled.fields(size - 1)
        const values = new Array<ConnectValue>(size).fill(null)
        cursor.enter(0)
        values[indexes[at] ?? 0] = reader.read(cursor)
        cursor.leave()
        return new Struct(schema, values)
      },
      empty: false
    }
  }

  #branchName(branch: AvroType): string {
    return this.#settings.enhanced ? nameOf(branch) : simpleName(nameOf(branch))
  }
}

function primitivePart(kind: AvroPrimitive, props: JsonObject): Part {
  const options = connectOptions(props)
  const part = (type: Schema['type'], read: AvroReader['read'], more: SchemaOptions = options): Part => ({
    type,
    options: more,
    bind: () => read,
    empty: false
  })
  switch (kind) {
    case 'null':
      throw new DataError('Standalone null schemas are not supported by this converter')
    case 'boolean':
      return part('BOOLEAN', cursor => cursor.boolean())
    case 'int':
      return intPart(props, options)
    case 'long':
      if (textOf(props, 'logicalType') !== 'timestamp-millis') return part('INT64', cursor => cursor.long())
      return part('INT64', cursor => timestampFromMs(cursor.long()), logical(options, logicalNames.timestamp))
    case 'float':
      return part('FLOAT32', cursor => cursor.float())
    case 'double':
      return part('FLOAT64', cursor => cursor.double())
    case 'bytes':
      if (textOf(props, 'logicalType') === 'decimal') return decimalPart(options, props, cursor => cursor.blob())
      return part('BYTES', cursor => cursor.blob())
    case 'string':
      return part('STRING', cursor => cursor.string())
  }
}

function intPart(props: JsonObject, options: SchemaOptions): Part {
  const part = (type: Schema['type'], read: AvroReader['read'], more: SchemaOptions = options): Part => ({
    type,
    options: more,
    bind: () => read,
    empty: false
  })
  const connectType = textOf(props, 'connect.type')
  if (connectType === 'int8') return part('INT8', cursor => cursor.int())
  if (connectType === 'int16') return part('INT16', cursor => cursor.int())
  switch (textOf(props, 'logicalType')) {
    case 'date':
      return part('INT32', cursor => dateFromDays(cursor.int()), logical(options, logicalNames.date))
    case 'time-millis':
      return part('INT32', cursor => new Date(cursor.int()), logical(options, logicalNames.time))
    default:
      return part('INT32', cursor => cursor.int())
  }
}

function logical(options: SchemaOptions, name: string): SchemaOptions {
  return { ...options, name, version: 1 }
}

function decimalPart(options: SchemaOptions, props: JsonObject, read: (cursor: AvroCursor) => Uint8Array): Part {
  const scale = smallInteger(props.get('scale')) ?? 0
  const precision = smallInteger(props.get('precision'))
  const params = new Map([[decimalScaleParam, scale.toString()], ...(options.params ?? [])])
  if (precision !== null && precision !== precisionDefault)
    params.set('connect.decimal.precision', precision.toString())
  return {
    type: 'BYTES',
    options: { ...logical(options, logicalNames.decimal), params },
    bind: () => cursor => decimalOf(read(cursor), scale),
    empty: false
  }
}

function decimalOf(bytes: Uint8Array, scale: number): Decimal {
  const unscaled = bigIntegerFromBytes(bytes)
  if (unscaled === null) throw new DataError('Zero length BigInteger')
  return new Decimal(unscaled, scale)
}

function enumPart(name: string, doc: string | null, symbols: readonly string[]): Part {
  const params = new Map([[enumParam, name], ...symbols.map(symbol => [`${enumParam}.${symbol}`, symbol] as const)])
  return {
    type: 'STRING',
    options: { name, doc, params },
    bind: () => cursor => {
      const symbol = symbols[cursor.index(symbols.length, 'enum symbol')] ?? null
      if (isLong(symbol)) cursor.filled.default(symbol)
      return symbol
    },
    empty: false
  }
}

function fixedPart(name: string, size: number, props: JsonObject): Part {
  const options = connectOptions(props)
  if (textOf(props, 'logicalType') === 'decimal') return decimalPart(options, props, cursor => cursor.fixed(size))
  return {
    type: 'BYTES',
    options: {
      ...options,
      name,
      params: new Map([['connect.fixed.size', size.toString()], ...(options.params ?? [])])
    },
    bind: () => cursor => cursor.fixed(size),
    empty: size === 0
  }
}

/** What Connect wrote of itself into the schema: `connect.name`, `connect.version`, `connect.doc`, `connect.parameters`. */
function connectOptions(props: JsonObject): SchemaOptions {
  const params = props.get('connect.parameters')
  const texts =
    params instanceof Map ? [...params].filter((entry): entry is [string, string] => typeof entry[1] === 'string') : []
  return {
    name: textOf(props, 'connect.name'),
    version: smallInteger(props.get('connect.version')),
    doc: textOf(props, 'connect.doc'),
    params: texts.length === 0 ? null : new Map(texts)
  }
}

/** A whole number of 32 bits, or null. */
export function smallInteger(node: JsonNode | undefined): number | null {
  return typeof node === 'bigint' && BigInt.asIntN(32, node) === node ? Number(node) : null
}

function readArray(cursor: AvroCursor, items: AvroReader): ConnectValue {
  const array: ConnectValue[] = []
  cursor.items(() => array.push(items.read(cursor)), items.empty)
  return array
}

function readMap(cursor: AvroCursor, read: AvroReader['read']): ConnectValue {
  const map = new Map<ConnectValue, ConnectValue>()
  cursor.items(() => map.set(cursor.string(), read(cursor)), false)
  return map
}

function readEntries(cursor: AvroCursor, items: AvroReader): ConnectValue {
  const map = new Map<ConnectValue, ConnectValue>()
  const [key, value] = items.schema.fields
  cursor.items(() => {
    const entry = items.read(cursor)
    if (entry instanceof Struct && key !== undefined && value !== undefined) map.set(entry.at(key), entry.at(value))
  }, items.empty)
  return map
}
