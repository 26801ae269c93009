// How the values of one Avro writer schema lie in their bytes: a flat list of steps for the compiled reader, and the shapes they take.
import { type Shape, type ShapeField } from '../connect/compiled.ts'
import { type Schema } from '../connect/data.ts'
import { plainZerosMax } from '../connect/values/logical-types.ts'
import { jsonStringText } from '../java/json-text.ts'
import { type AvroReader, smallInteger } from './avro-compile.ts'
import { type AvroRecord, type AvroType, textOf } from './avro-type.ts'
import { isLong } from './filled-in.ts'
import { encodeUtf8 } from './java-utf8.ts'
import { isArray, isObject } from './json-node.ts'

/** What stands at a step. The first ones are scalars; `open` is an optional record, whose fields follow. */
export const stepCodes = {
  boolean: 0,
  int: 1,
  long: 2,
  float: 3,
  double: 4,
  text: 5,
  bytes: 6,
  fixed: 7,
  enum: 8,
  decimal: 9,
  fixedDecimal: 10,
  date: 11,
  time: 12,
  timestamp: 13,
  array: 14,
  other: 15,
  open: 16
} as const

/** A value's form. Everything but scalars has parts. */
export interface AvroNode {
  readonly code: number
  /** Bytes of a fixed, number of symbols of an enum. */
  readonly size: number
  readonly scale: number
  /** The branch of an optional value that is null; -1 where it is not optional. */
  readonly nullAt: number
  /** Fields of a record, items of an array (one), values of a map (one), branches of a union. */
  readonly form: 'scalar' | 'null' | 'record' | 'array' | 'map' | 'union'
  readonly parts: readonly AvroNode[]
  /** A value takes no bytes at all: any number of them may come. */
  readonly empty: boolean
  /** How many fields of a record take no bytes: known once the record is, which may hold itself. */
  readonly emptyFields: { readonly count: number }
  /** Whether long texts of the schema stand for few bytes: the general way counts them. */
  readonly long: boolean
  readonly symbols: readonly { readonly json: Buffer; readonly bare: Buffer }[]
}

const stepsMax = 2000
/** Records that are always there are fields without a step. */
const fieldsMax = 2 * stepsMax
/** An optional record is one bit of a mask. */
const opensMax = 30
/** Decimals print no more than this beside the zeros that a scale adds. */
const decimalRoom = 200

/** A step is a slot: optional records have one too, for when they are null. */
export class AvroLayout {
  readonly codes: Uint8Array
  readonly nullAt: Int8Array
  /** Steps whose null is replaced by a default: the general way prints those. */
  readonly hasDefault: Uint8Array
  readonly nodes: readonly AvroNode[]
  /** By `open` step, the last step of its record and its bit. */
  readonly lasts: Int32Array
  readonly bits: Int32Array
  /** Bytes that printing may take beside those that the value has. */
  readonly extraRoom: number
  readonly #fields: readonly LayoutField[]
  readonly #shapes = new Map<number, Shape>()

  constructor(steps: readonly Step[], fields: readonly LayoutField[]) {
    this.nodes = steps.map(({ node }) => node)
    this.codes = Uint8Array.from(steps, step => (step.last >= 0 ? stepCodes.open : step.node.code))
    this.nullAt = Int8Array.from(steps, ({ node }) => node.nullAt)
    this.hasDefault = Uint8Array.from(steps, step => (step.hasDefault ? 1 : 0))
    this.lasts = Int32Array.from(steps, ({ last }) => last)
    let opens = 0
    this.bits = Int32Array.from(steps, ({ last }) => (last >= 0 ? 1 << opens++ : 0))
    this.extraRoom = this.nodes.reduce((room, node) => room + roomOf(node), 64)
    this.#fields = fields
  }

  /** The shape where the optional records of `mask` are null; null where there is none yet. */
  shape(mask: number): Shape | null {
    return this.#shapes.get(mask) ?? null
  }

  addShape(mask: number, id: number): Shape {
    const shape: Shape = { id, form: 'struct', slots: this.codes.length, fields: this.#fieldsOf(this.#fields, mask) }
    this.#shapes.set(mask, shape)
    return shape
  }

  #fieldsOf(fields: readonly LayoutField[], mask: number): readonly ShapeField[] {
    return fields.map(({ name, step, fields: inner }) => {
      const isNull = step >= 0 && ((this.bits[step] ?? 0) & mask) !== 0
      return inner === null || isNull
        ? { name, slot: step, fields: null }
        : { name, slot: -1, fields: this.#fieldsOf(inner, mask) }
    })
  }
}

function roomOf({ code, scale, symbols }: AvroNode): number {
  const isDecimal = code === stepCodes.decimal || code === stepCodes.fixedDecimal
  const zeros = isDecimal ? decimalRoom + Math.min(Math.abs(scale), plainZerosMax) : 0
  return symbols.reduce((most, { json }) => Math.max(most, json.length), 32 + zeros)
}

interface Step {
  readonly node: AvroNode
  readonly hasDefault: boolean
  /** For an optional record, its last step; else -1. */
  last: number
}

/** `step` is -1 for a record that is always there. */
interface LayoutField {
  readonly name: string
  readonly step: number
  readonly fields: readonly LayoutField[] | null
}

/** The layout of a record's schema; null where the general way must read its values. */
export function avroLayout({ schema, type }: AvroReader): AvroLayout | null {
  if (type.kind !== 'record') return null
  const layingOut = new LayingOut()
  const fields = layingOut.record(type, schema)
  if (fields === null) return null
  const opens = layingOut.steps.filter(({ last }) => last >= 0).length
  return opens > opensMax ? null : new AvroLayout(layingOut.steps, fields)
}

/** Lays records out in steps, those within them too: it ends early where there are too many, and does not go into a record that holds itself. */
class LayingOut {
  readonly steps: Step[] = []
  readonly #nodes = new AvroNodes()
  /** The records that those being laid out stand in. */
  readonly #around = new Set<AvroRecord>()
  #fields = 0

  /** null: there are too many. */
  record(type: AvroRecord, schema: Schema): LayoutField[] | null {
    this.#around.add(type)
    const fields: LayoutField[] = []
    for (const [index, { name, type: fieldType }] of type.fields.entries()) {
      if (++this.#fields > fieldsMax) return null
      const field = this.#field(name, fieldType, schema.fields[index]?.schema ?? schema)
      if (field === null || this.steps.length > stepsMax) return null
      fields.push(field)
    }
    this.#around.delete(type)
    return fields
  }

  #field(name: string, type: AvroType, schema: Schema): LayoutField | null {
    const { steps } = this
    const node = this.#nodes.of(type)
    const inner = recordOf(type)
    // Of a record within itself nobody knows how many there are: it is one step, passed over or printed by the general way.
    if (inner === null || this.#around.has(inner)) {
      steps.push({ node, hasDefault: schema.defaultValue !== undefined && !schema.keepsNull, last: -1 })
      return { name, step: steps.length - 1, fields: null }
    }
    if (node.nullAt < 0) {
      const fields = this.record(inner, schema)
      return fields === null ? null : { name, step: -1, fields }
    }
    const open: Step = { node, hasDefault: schema.defaultValue !== undefined && !schema.keepsNull, last: 0 }
    const step = steps.push(open) - 1
    const fields = this.record(inner, schema)
    open.last = steps.length - 1
    return fields === null ? null : { name, step, fields }
  }
}

/** The record a type is, or is an optional one of. */
function recordOf(type: AvroType): AvroRecord | null {
  const inner = type.kind === 'union' ? (optionalOf(type.branches)?.type ?? type) : type
  return inner.kind === 'record' ? inner : null
}

function optionalOf(branches: readonly AvroType[]): { readonly type: AvroType; readonly nullAt: number } | null {
  const nullAt = branches.findIndex(branch => branch.kind === 'null')
  const type = branches[nullAt === 0 ? 1 : 0]
  return branches.length === 2 && nullAt >= 0 && type !== undefined ? { type, nullAt } : null
}

/** Of an optional field, whose null becomes it. What it holds is not looked at. */
function hasLongDefault({ type, defaultValue = null }: AvroRecord['fields'][number]): boolean {
  if (defaultValue === null || type.kind !== 'union' || optionalOf(type.branches) === null) return false
  return typeof defaultValue === 'string' ? isLong(defaultValue) : isObject(defaultValue) || isArray(defaultValue)
}

const none = { size: 0, scale: 0, nullAt: -1, parts: [], symbols: [], emptyFields: { count: 0 }, long: false } as const

/** The nodes of a schema's types, each made once. */
class AvroNodes {
  readonly #nodes = new Map<AvroType, AvroNode>()

  of(type: AvroType): AvroNode {
    const known = this.#nodes.get(type)
    if (known !== undefined) return known
    if (type.kind === 'record') return this.#record(type)
    const node = avroNode(type, part => this.of(part))
    this.#nodes.set(type, node)
    return node
  }

  /** Known before its parts are: one of them may be the record again. */
  #record(type: AvroRecord): AvroNode {
    const parts: AvroNode[] = []
    const emptyFields = { count: 0 }
    const long = type.fields.some(hasLongDefault)
    const node = { ...none, code: stepCodes.other, form: 'record' as const, parts, empty: false, emptyFields, long }
    this.#nodes.set(type, node)
    for (const field of type.fields) parts.push(this.of(field.type))
    emptyFields.count = parts.filter(part => part.empty).length
    node.empty = emptyFields.count === parts.length
    return node
  }
}

function avroNode(type: Exclude<AvroType, AvroRecord>, nodeOf: (type: AvroType) => AvroNode): AvroNode {
  const scalar = (code: number, more: Partial<AvroNode> = {}): AvroNode => ({
    ...none,
    code,
    form: 'scalar',
    empty: false,
    ...more
  })
  switch (type.kind) {
    case 'array': {
      const items = nodeOf(type.items)
      const code = items.form === 'scalar' && printsShort(items) && !items.empty ? stepCodes.array : stepCodes.other
      return { ...none, code, form: 'array', parts: [items], empty: false }
    }
    case 'map':
      return { ...none, code: stepCodes.other, form: 'map', parts: [nodeOf(type.values)], empty: false }
    case 'union': {
      const optional = optionalOf(type.branches)
      if (optional !== null) return { ...nodeOf(optional.type), nullAt: optional.nullAt, empty: false }
      return { ...none, code: stepCodes.other, form: 'union', parts: type.branches.map(nodeOf), empty: false }
    }
    case 'null':
      return { ...none, code: stepCodes.other, form: 'null', empty: true }
    case 'boolean':
      return scalar(stepCodes.boolean)
    case 'int':
      return scalar(intCode(type.props))
    case 'long':
      return scalar(textOf(type.props, 'logicalType') === 'timestamp-millis' ? stepCodes.timestamp : stepCodes.long)
    case 'float':
      return scalar(stepCodes.float)
    case 'double':
      return scalar(stepCodes.double)
    case 'string':
      return scalar(stepCodes.text)
    case 'bytes':
      if (textOf(type.props, 'logicalType') !== 'decimal') return scalar(stepCodes.bytes)
      return scalar(stepCodes.decimal, { scale: scaleOf(type.props) })
    case 'fixed': {
      const more = { size: type.size, empty: type.size === 0 }
      if (textOf(type.props, 'logicalType') !== 'decimal') return scalar(stepCodes.fixed, more)
      return scalar(stepCodes.fixedDecimal, { ...more, scale: scaleOf(type.props) })
    }
    case 'enum': {
      const symbols = type.symbols.map(text => ({ json: encodeUtf8(jsonStringText(text)), bare: encodeUtf8(text) }))
      return scalar(stepCodes.enum, { size: symbols.length, symbols, long: type.symbols.some(isLong) })
    }
  }
}

type Props = Parameters<typeof textOf>[0]

/** Whether an item's text is bounded by its bytes: an enum's or a date's is not. */
function printsShort({ code }: AvroNode): boolean {
  return code <= stepCodes.fixed
}

function intCode(props: Props): number {
  const connectType = textOf(props, 'connect.type')
  if (connectType === 'int8' || connectType === 'int16') return stepCodes.int
  switch (textOf(props, 'logicalType')) {
    case 'date':
      return stepCodes.date
    case 'time-millis':
      return stepCodes.time
    default:
      return stepCodes.int
  }
}

function scaleOf(props: Props): number {
  return smallInteger(props.get('scale')) ?? 0
}
