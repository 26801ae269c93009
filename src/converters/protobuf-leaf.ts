// How one value of a Protobuf field is read: scalars and enums at the cursor, the messages that are Connect's logical types from their bytes.
import {
  type ConnectValue,
  Decimal,
  decimalScaleParam,
  logicalNames,
  type Schema,
  type SchemaOptions,
  type SchemaType
} from '../connect/data.ts'
import { timestampFromMs } from '../connect/values/logical-types.ts'
import { DataError } from '../connect/errors.ts'
import { bigIntegerFromBytes } from '../java/big-decimal.ts'
import { type FilledIn, isLong } from './filled-in.ts'
import { decodeUtf8 } from './java-utf8.ts'
import { ProtobufCursor } from './protobuf-cursor.ts'
import { type ProtoField } from './protobuf-schema.ts'

export interface Leaf {
  readonly type: SchemaType
  readonly options: SchemaOptions
  readonly wire: number
  /** What the field holds where the bytes do not name it. */
  readonly absent: ConnectValue
  /** Its fields are optional under all settings. */
  readonly isNullable: boolean
  /** A value at the cursor. `schema` is that of the place it goes to: a Struct remembers it. */
  readonly read: (cursor: ProtobufCursor, schema: Schema, depth: number) => ConnectValue
  /** Of a message: from all its bytes, which may have come in pieces. */
  readonly message: ((bytes: Buffer, schema: Schema, depth: number) => ConnectValue) | null
}

type Scalar = readonly [SchemaType, number, ConnectValue, (cursor: ProtobufCursor) => ConnectValue]

const scalars: Readonly<Record<string, Scalar>> = {
  int32: ['INT32', 0, 0, cursor => cursor.int32()],
  sint32: ['INT32', 0, 0, cursor => cursor.sint32()],
  sfixed32: ['INT32', 5, 0, cursor => cursor.sfixed32()],
  uint32: ['INT64', 0, 0n, cursor => BigInt(cursor.uint32())],
  fixed32: ['INT64', 5, 0n, cursor => BigInt(cursor.fixed32())],
  int64: ['INT64', 0, 0n, cursor => BigInt.asIntN(64, cursor.varint())],
  sint64: ['INT64', 0, 0n, cursor => cursor.sint64()],
  sfixed64: ['INT64', 1, 0n, cursor => cursor.sfixed64()],
  uint64: ['INT64', 0, 0n, cursor => cursor.varint()],
  fixed64: ['INT64', 1, 0n, cursor => cursor.fixed64()],
  float: ['FLOAT32', 5, 0, cursor => cursor.float()],
  double: ['FLOAT64', 1, 0, cursor => cursor.double()],
  bool: ['BOOLEAN', 0, false, cursor => cursor.varint() !== 0n],
  string: ['STRING', 2, '', cursor => decodeUtf8(cursor.blob())],
  bytes: ['BYTES', 2, Buffer.alloc(0), cursor => cursor.blob()]
}

/** Connect has no unsigned type. In Java the bits of a uint64 are read as a signed number; `values.strict` keeps the number. */
export function scalarLeaf(type: string, strict: boolean): Leaf {
  const scalar = scalars[type]
  if (scalar === undefined) throw new DataError(`Invalid Protobuf schema: unknown type ${type}`)
  const [schemaType, wire, absent, exact] = scalar
  const wraps = !strict && (type === 'uint64' || type === 'fixed64')
  const read: Scalar[3] = wraps ? cursor => BigInt.asIntN(64, exact(cursor) as bigint) : exact
  return { type: schemaType, options: {}, wire, absent, isNullable: false, read, message: null }
}

/** proto2's `[default = 5]`. */
export function explicitDefault(field: ProtoField, strict: boolean): Partial<Leaf> {
  const option: unknown = field.options?.default
  if (typeof option !== 'string' && typeof option !== 'number' && typeof option !== 'boolean') return {}
  const given = option.toString()
  const [type] = scalars[field.type] ?? []
  if (type === 'INT64') return { absent: strict ? BigInt(given) : BigInt.asIntN(64, BigInt(given)) }
  if (type === 'BYTES') return { absent: Buffer.from(given, 'latin1') }
  if (type === 'STRING') return { absent: given }
  return { absent: type === 'BOOLEAN' ? given === 'true' : Number(given) }
}

const enumParam = 'io.confluent.connect.protobuf.Enum'

/** What all fields of an enum share. */
export interface EnumTable {
  readonly name: string
  readonly values: Readonly<Record<string, number>>
  readonly first: string | null
  /** Of a number that several have the first one. */
  readonly symbols: ReadonlyMap<number, string>
  readonly params: ReadonlyMap<string, string>
}

export function enumTable(name: string, values: Readonly<Record<string, number>>): EnumTable {
  const symbols = new Map<number, string>()
  const params = new Map([[enumParam, name]])
  for (const [symbol, number] of Object.entries(values)) {
    if (!symbols.has(number)) symbols.set(number, symbol)
    params.set(`${enumParam}.${symbol}`, number.toString())
  }
  return { name, values, first: Object.keys(values)[0] ?? null, symbols, params }
}

/** By the names of its values, or by their numbers. */
export function enumLeaf(table: EnumTable, field: ProtoField, byNumber: boolean, filled: FilledIn): Leaf {
  const { name, values, symbols, params } = table
  const simple = name.slice(name.lastIndexOf('.') + 1)
  const option: unknown = field.options?.default
  const first = typeof option === 'string' && Object.hasOwn(values, option) ? option : table.first
  const leaf = { options: { name, params }, wire: 0, isNullable: true, message: null }
  if (byNumber)
    return { ...leaf, type: 'INT32', absent: first === null ? null : (values[first] ?? null), read: cursor => cursor.int32() }
  return {
    ...leaf,
    type: 'STRING',
    absent: first,
    read: cursor => {
      const number = cursor.int32()
      const symbol = symbols.get(number)
      if (symbol !== undefined && isLong(symbol)) filled.default(symbol)
      return symbol ?? `UNKNOWN_ENUM_VALUE_${simple}_${number}`
    }
  }
} // prettier-ignore

/** Messages that are Connect's logical types. */
export function logicalLeaf(name: string, field: ProtoField): Leaf | null {
  switch (name) {
    case 'google.protobuf.Timestamp':
      return logical('INT64', logicalNames.timestamp, parts =>
        timestampFromMs(BigInt.asIntN(64, parts.get(1) ?? 0n) * 1000n + (parts.get(2) ?? 0n) / 1_000_000n)
      )
    case 'google.type.Date':
      return logical(
        'INT32',
        logicalNames.date,
        parts =>
          new Date(Date.UTC(Number(parts.get(1) ?? 0n), Number(parts.get(2) ?? 1n) - 1, Number(parts.get(3) ?? 1n)))
      )
    case 'google.type.TimeOfDay':
      return logical('INT32', logicalNames.time, parts => {
        const seconds = ((parts.get(1) ?? 0n) * 60n + (parts.get(2) ?? 0n)) * 60n + (parts.get(3) ?? 0n)
        return new Date(Number(seconds * 1000n + (parts.get(4) ?? 0n) / 1_000_000n))
      })
    case 'confluent.type.Decimal':
      return logical(
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

function logical(
  type: SchemaType,
  logicalName: string,
  convert: (parts: Map<number, bigint>, blob: Buffer | null) => ConnectValue,
  params: ReadonlyMap<string, string> | null = null
): Leaf {
  const message = (bytes: Buffer): ConnectValue => {
    const { numbers, blob } = numbersOf(bytes)
    return convert(numbers, blob)
  }
  return {
    type,
    options: { name: logicalName, version: 1, params },
    wire: 2,
    absent: null,
    isNullable: true,
    read: cursor => message(cursor.blob()),
    message
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
