// A Protobuf message type becomes a Connect schema and a reader, as Confluent's ProtobufData maps them.
import {
  type ConnectValue,
  Decimal,
  Struct,
  decimalScaleParam,
  logicalNames,
  Schema,
  type SchemaOptions,
  type SchemaType
} from '../connect/data.ts'
import { DataError, SerializationError } from '../connect/errors.ts'
import { bigIntegerFromBytes } from '../java/big-decimal.ts'
import { decodeUtf8 } from './java-utf8.ts'
import { timestampFromMs } from '../connect/values/logical-types.ts'
import { ProtobufCursor } from './protobuf-cursor.ts'
import { type MessageType } from './protobuf-schema.ts'

type ProtoField = MessageType['fieldsArray'][number]

export interface MessageReader {
  readonly schema: Schema
  /** Reads one message; several parts are one message written in pieces, whose fields merge. */
  readonly read: (bytes: Buffer) => ConnectValue
}

export interface ProtobufSettings {
  /** `wrapper.for.nullables`: google.protobuf.StringValue and its like are optional plain values. */
  readonly unwrapNullables: boolean
  /** `wrapper.for.raw.primitives`: a record that is such a wrapper is its plain value. */
  readonly unwrapRoot: boolean
}

/** How one value is read: scalars at the cursor, messages from their bytes. */
interface Leaf {
  readonly type: SchemaType
  readonly options: SchemaOptions
  readonly wire: number
  readonly absent: ConnectValue
  readonly read: (cursor: ProtobufCursor) => ConnectValue
}

const tagParam = 'io.confluent.connect.protobuf.Tag'
const enumParam = 'io.confluent.connect.protobuf.Enum'
const unionPrefix = 'io.confluent.connect.protobuf.Union.'

const scalars: Readonly<Record<string, readonly [SchemaType, number, ConnectValue, Leaf['read']]>> = {
  int32: ['INT32', 0, 0, cursor => cursor.int32()],
  sint32: ['INT32', 0, 0, cursor => cursor.sint32()],
  sfixed32: ['INT32', 5, 0, cursor => cursor.sfixed32()],
  uint32: ['INT64', 0, 0n, cursor => BigInt(cursor.uint32())],
  fixed32: ['INT64', 5, 0n, cursor => BigInt(cursor.fixed32())],
  int64: ['INT64', 0, 0n, cursor => BigInt.asIntN(64, cursor.varint())],
  sint64: ['INT64', 0, 0n, cursor => cursor.sint64()],
  sfixed64: ['INT64', 1, 0n, cursor => cursor.sfixed64()],
  // Connect has no unsigned type: as in Java the bits are read as a signed number.
  uint64: ['INT64', 0, 0n, cursor => BigInt.asIntN(64, cursor.varint())],
  fixed64: ['INT64', 1, 0n, cursor => BigInt.asIntN(64, cursor.fixed64())],
  float: ['FLOAT32', 5, 0, cursor => cursor.float()],
  double: ['FLOAT64', 1, 0, cursor => cursor.double()],
  bool: ['BOOLEAN', 0, false, cursor => cursor.varint() !== 0n],
  string: ['STRING', 2, '', cursor => decodeUtf8(cursor.blob())],
  bytes: ['BYTES', 2, Buffer.alloc(0), cursor => cursor.blob()]
}

/** Compiles one message as a record. */
export function compileMessage(type: MessageType, settings: ProtobufSettings): MessageReader {
  const compiler = new MessageCompiler(settings)
  const inner = type.fields.value
  if (settings.unwrapRoot && isWrapper(nameOf(type)) && inner !== undefined) return compiler.wrapper(type, false)
  return compiler.message(type, {})
}

function nameOf(type: { fullName: string }): string {
  return type.fullName.replace(/^\./, '')
}

function isWrapper(name: string): boolean {
  return /^google\.protobuf\.(Double|Float|U?Int64|U?Int32|Bool|String|Bytes)Value$/.test(name)
}

/** One field of a message: where its values come from and where they go. */
interface Plan {
  readonly leaf: Leaf
  readonly repeated: boolean
  readonly key: Leaf | null
  /** Index among the Struct's fields; of a oneof's members, that of the union. */
  readonly index: number
  /** A oneof's member: its index in the union. */
  readonly member: number
  readonly union: Schema | null
}

class MessageCompiler {
  readonly #settings: ProtobufSettings
  readonly #open = new Set<MessageType>()

  constructor(settings: ProtobufSettings) {
    this.#settings = settings
  }

  message(type: MessageType, options: SchemaOptions): MessageReader {
    if (this.#open.has(type))
      throw new DataError(`The Protobuf message ${nameOf(type)} holds itself; recursive schemas have no Connect schema`)
    this.#open.add(type)
    const plans = new Map<number, Plan>()
    const fields: [string, Schema][] = []
    // Oneofs come first; the one that `optional` makes in proto3 is none.
    type.oneofsArray.forEach((oneof, at) => {
      if (!oneof.isProto3Optional) this.#oneof(oneof.name, at, oneof.fieldsArray, fields, plans)
    })
    for (const field of type.fieldsArray) {
      if (field.partOf !== null && !field.partOf.isProto3Optional) continue
      const { schema, plan } = this.#field(field, fields.length)
      fields.push([field.name, schema])
      plans.set(field.id, plan)
    }
    this.#open.delete(type)
    const schema = new Schema('STRUCT', { ...options, name: nameOf(type), fields })
    const absent = fields.map(() => null as ConnectValue)
    for (const plan of plans.values()) if (plan.union === null) absent[plan.index] = absentValue(plan)
    return { schema, read: bytes => readMessage(schema, plans, absent, bytes) }
  }

  /** google.protobuf.Int64Value and its like as the plain value they hold. */
  wrapper(type: MessageType, optional: boolean): MessageReader {
    const field = type.fields.value
    if (field === undefined) throw new DataError(`${nameOf(type)} has no field "value"`)
    const leaf = this.#leaf(field)
    const schema = new Schema(leaf.type, { ...leaf.options, optional })
    const holder = this.message(type, {})
    return {
      schema,
      read: bytes => {
        const struct = holder.read(bytes)
        return struct instanceof Struct ? struct.get('value') : null
      }
    }
  }

  #oneof(
    name: string,
    at: number,
    members: readonly ProtoField[],
    fields: [string, Schema][],
    plans: Map<number, Plan>
  ): void {
    const index = fields.length
    const parts = members.map(field => ({ field, ...this.#field(field, index) }))
    const union = new Schema('STRUCT', {
      name: unionPrefix + name,
      optional: true,
      fields: parts.map(({ field, schema }) => [field.name, schema] as const)
    })
    fields.push([`${name}_${at}`, union])
    parts.forEach(({ field, plan }, member) => plans.set(field.id, { ...plan, member, union }))
  }

  #field(field: ProtoField, index: number): { schema: Schema; plan: Plan } {
    const leaf = this.#leaf(field)
    const params = new Map([...(leaf.options.params ?? []), [tagParam, field.id.toString()] as const])
    const keyType = 'keyType' in field ? String(field.keyType) : null
    const key = keyType === null ? null : scalarLeaf(keyType)
    const plan = { leaf, repeated: field.repeated, key, index, member: -1, union: null }
    if (key !== null) {
      const keySchema = new Schema(key.type, { optional: true })
      const valueSchema = new Schema(leaf.type, { ...leaf.options, optional: true })
      return { schema: new Schema('MAP', { optional: true, params: tagOnly(field), keySchema, valueSchema }), plan }
    }
    if (!field.repeated) return { schema: this.#placed(leaf, { ...leaf.options, optional: true, params }), plan }
    const valueSchema = new Schema(leaf.type, { ...leaf.options, optional: true })
    return { schema: new Schema('ARRAY', { optional: true, params: tagOnly(field), valueSchema }), plan }
  }

  #placed(leaf: Leaf, options: SchemaOptions): Schema {
    return new Schema(leaf.type, options)
  }

  #leaf(field: ProtoField): Leaf {
    const resolved = field.resolvedType
    if (resolved === null) return { ...scalarLeaf(field.type), ...explicitDefault(field) }
    if ('values' in resolved) return enumLeaf(nameOf(resolved), resolved.values)
    const name = nameOf(resolved)
    const logical = logicalLeaf(name, field)
    if (logical !== null) return logical
    const unwrap = this.#settings.unwrapNullables && isWrapper(name)
    const reader = unwrap ? this.wrapper(resolved, true) : this.message(resolved, {})
    const { schema } = reader
    const options: SchemaOptions = {
      name: schema.name,
      params: schema.params,
      fields: schema.fields.map(each => [each.name, each.schema] as const)
    }
    return { type: schema.type, options, wire: 2, absent: null, read: cursor => reader.read(cursor.blob()) }
  }
}

function tagOnly(field: ProtoField): ReadonlyMap<string, string> {
  return new Map([[tagParam, field.id.toString()]])
}

function scalarLeaf(type: string): Leaf {
  const scalar = scalars[type]
  if (scalar === undefined) throw new DataError(`Invalid Protobuf schema: unknown type ${type}`)
  const [schemaType, wire, absent, read] = scalar
  return { type: schemaType, options: {}, wire, absent, read }
}

/** proto2's `[default = 5]`. */
function explicitDefault(field: ProtoField): Partial<Leaf> {
  const option: unknown = field.options?.default
  if (typeof option !== 'string' && typeof option !== 'number' && typeof option !== 'boolean') return {}
  const given = option.toString()
  const [type] = scalars[field.type] ?? []
  if (type === 'INT64') return { absent: BigInt(given) }
  if (type === 'BYTES') return { absent: Buffer.from(given, 'latin1') }
  if (type === 'STRING') return { absent: given }
  return { absent: type === 'BOOLEAN' ? given === 'true' : Number(given) }
}

function enumLeaf(name: string, values: Readonly<Record<string, number>>): Leaf {
  const symbols = new Map<number, string>()
  for (const [symbol, number] of Object.entries(values)) if (!symbols.has(number)) symbols.set(number, symbol)
  const simple = name.slice(name.lastIndexOf('.') + 1)
  const params = new Map([
    [enumParam, name],
    ...Object.entries(values).map(([symbol, number]) => [`${enumParam}.${symbol}`, number.toString()] as const)
  ])
  return {
    type: 'STRING',
    options: { name, params },
    wire: 0,
    absent: Object.keys(values)[0] ?? null,
    read: cursor => {
      const number = cursor.int32()
      return symbols.get(number) ?? `UNKNOWN_ENUM_VALUE_${simple}_${number}`
    }
  }
}

/** Messages that are Connect's logical types. */
function logicalLeaf(name: string, field: ProtoField): Leaf | null {
  const leaf = (
    type: SchemaType,
    logicalName: string,
    convert: (parts: Map<number, bigint>, blob: Buffer | null) => ConnectValue,
    params: ReadonlyMap<string, string> | null = null
  ): Leaf => ({
    type,
    options: { name: logicalName, version: 1, params },
    wire: 2,
    absent: null,
    read: cursor => {
      const { numbers, blob } = numbersOf(cursor.blob())
      return convert(numbers, blob)
    }
  })
  switch (name) {
    case 'google.protobuf.Timestamp':
      return leaf('INT64', logicalNames.timestamp, parts =>
        timestampFromMs(BigInt.asIntN(64, parts.get(1) ?? 0n) * 1000n + (parts.get(2) ?? 0n) / 1_000_000n)
      )
    case 'google.type.Date':
      return leaf(
        'INT32',
        logicalNames.date,
        parts =>
          new Date(Date.UTC(Number(parts.get(1) ?? 0n), Number(parts.get(2) ?? 1n) - 1, Number(parts.get(3) ?? 1n)))
      )
    case 'google.type.TimeOfDay':
      return leaf('INT32', logicalNames.time, parts => {
        const seconds = ((parts.get(1) ?? 0n) * 60n + (parts.get(2) ?? 0n)) * 60n + (parts.get(3) ?? 0n)
        return new Date(Number(seconds * 1000n + (parts.get(4) ?? 0n) / 1_000_000n))
      })
    case 'confluent.type.Decimal':
      return leaf(
        'BYTES',
        logicalNames.decimal,
        (parts, blob) =>
          new Decimal(
            (blob === null ? null : bigIntegerFromBytes(blob)) ?? 0n,
            Number(BigInt.asIntN(32, parts.get(3) ?? 0n))
          ),
        new Map([[decimalScaleParam, metaParam(field, 'scale') ?? '0']])
      )
    default:
      return null
  }
}

/** A parameter of Confluent's field option: `[(confluent.field_meta) = { params: [{ key: "scale", value: "2" }] }]`. */
function metaParam(field: ProtoField, key: string): string | null {
  const text = JSON.stringify(field.parsedOptions ?? null)
  const found = new RegExp(`\\{"key":"${key}","value":"([^"]*)"\\}`).exec(text)
  return found?.[1] ?? null
}

/** The varints of a small message by field number, and its last bytes field. */
function numbersOf(bytes: Buffer): { numbers: Map<number, bigint>; blob: Buffer | null } {
  const cursor = new ProtobufCursor(bytes, 0, bytes.length)
  const numbers = new Map<number, bigint>()
  let blob: Buffer | null = null
  while (!cursor.atEnd()) {
    const { number, wire } = cursor.tag()
    if (wire === 0) numbers.set(number, cursor.varint())
    else if (wire === 2) blob = cursor.blob()
    else cursor.skip(wire, number)
  }
  return { numbers, blob }
}

/** What a field holds that the bytes do not name: proto3's zero values; nothing for a message. */
function absentValue(plan: Plan): ConnectValue {
  if (plan.key !== null) return new Map()
  return plan.repeated ? [] : plan.leaf.absent
}

function readMessage(
  schema: Schema,
  plans: ReadonlyMap<number, Plan>,
  absent: readonly ConnectValue[],
  bytes: Buffer
): Struct {
  const values = [...absent]
  // What is absent is shared by all records: containers are made anew for this one. Of a message the pieces are kept.
  const filled: Filled = { lists: new Map(), maps: new Map(), pieces: new Map() }
  const cursor = new ProtobufCursor(bytes, 0, bytes.length)
  while (!cursor.atEnd()) {
    const { number, wire } = cursor.tag()
    const plan = plans.get(number)
    if (plan === undefined) cursor.skip(wire, number)
    else if (plan.key !== null) readEntry(plan, plan.key, cursor, wire, mapOf(plan, values, filled))
    else if (plan.repeated) readElements(plan, cursor, wire, listOf(plan, values, filled))
    else if (plan.leaf.type === 'STRUCT' && plan.union === null) keepPiece(plan, cursor, wire, filled)
    else {
      checkWire(plan, wire)
      store(plan, plan.leaf.read(cursor), values)
    }
  }
  for (const [plan, pieces] of filled.pieces) values[plan.index] = plan.leaf.read(joined(pieces))
  return new Struct(schema, values)
}

interface Filled {
  readonly lists: Map<Plan, ConnectValue[]>
  readonly maps: Map<Plan, Map<ConnectValue, ConnectValue>>
  readonly pieces: Map<Plan, Buffer[]>
}

function checkWire(plan: Plan, wire: number): void {
  if (wire !== plan.leaf.wire)
    throw new SerializationError(`Malformed Protobuf: found wire type ${wire}, expected ${plan.leaf.wire}`)
}

function keepPiece(plan: Plan, cursor: ProtobufCursor, wire: number, filled: Filled): void {
  checkWire(plan, wire)
  const pieces = filled.pieces.get(plan)
  if (pieces === undefined) filled.pieces.set(plan, [cursor.blob()])
  else pieces.push(cursor.blob())
}

/** A message written in several pieces is their fields together: one part that holds them all. */
function joined(pieces: readonly Buffer[]): ProtobufCursor {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
  const bytes = Buffer.concat([varintBytes(length), ...pieces])
  return new ProtobufCursor(bytes, 0, bytes.length)
}

function listOf(plan: Plan, values: ConnectValue[], filled: Filled): ConnectValue[] {
  const known = filled.lists.get(plan)
  if (known !== undefined) return known
  const list: ConnectValue[] = []
  filled.lists.set(plan, list)
  values[plan.index] = list
  return list
}

function mapOf(plan: Plan, values: ConnectValue[], filled: Filled): Map<ConnectValue, ConnectValue> {
  const known = filled.maps.get(plan)
  if (known !== undefined) return known
  const map = new Map<ConnectValue, ConnectValue>()
  filled.maps.set(plan, map)
  values[plan.index] = map
  return map
}

function varintBytes(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80)
  return Buffer.from([...bytes, rest])
}

function store(plan: Plan, value: ConnectValue, values: ConnectValue[]): void {
  if (plan.union === null) values[plan.index] = value
  else {
    // Of a oneof the last member written counts.
    const members = new Array<ConnectValue>(plan.union.fields.length).fill(null)
    members[plan.member] = value
    values[plan.index] = new Struct(plan.union, members)
  }
}

function readElements(plan: Plan, cursor: ProtobufCursor, wire: number, list: ConnectValue[]): void {
  // Scalars may come packed, whatever the schema says.
  if (wire === 2 && plan.leaf.wire !== 2) {
    const packed = cursor.blob()
    const inner = new ProtobufCursor(packed, 0, packed.length)
    while (!inner.atEnd()) list.push(plan.leaf.read(inner))
    return
  }
  checkWire(plan, wire)
  list.push(plan.leaf.read(cursor))
}

function readEntry(
  plan: Plan,
  key: Leaf,
  cursor: ProtobufCursor,
  wire: number,
  map: Map<ConnectValue, ConnectValue>
): void {
  if (wire !== 2) throw new SerializationError(`Malformed Protobuf: found wire type ${wire} for a map entry`)
  const bytes = cursor.blob()
  const entry = new ProtobufCursor(bytes, 0, bytes.length)
  let entryKey = key.absent
  let entryValue = plan.leaf.absent
  while (!entry.atEnd()) {
    const { number, wire: entryWire } = entry.tag()
    if (number === 1 && entryWire === key.wire) entryKey = key.read(entry)
    else if (number === 2 && entryWire === plan.leaf.wire) entryValue = plan.leaf.read(entry)
    else entry.skip(entryWire, number)
  }
  map.set(entryKey, entryValue)
}
