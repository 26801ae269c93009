// Binds the shape of a JSON payload to its schema: which leaf each field of the schema comes from, and as what it must be read.
import { type Shape, type ShapeField } from '../connect/compiled.ts'
import { logicalNames, type Schema, type SchemaType } from '../connect/data.ts'
import { decimalScale } from '../connect/values/logical-types.ts'

/** As what a leaf is read. `none`: only null is plain to see. */
export const leafTypes = {
  none: 0,
  boolean: 1,
  int8: 2,
  int16: 3,
  int32: 4,
  int64: 5,
  float32: 6,
  float64: 7,
  text: 8,
  bytes: 9,
  decimal: 10,
  date: 11,
  time: 12,
  timestamp: 13,
  array: 14
} as const

const scalarTypes: Readonly<Partial<Record<SchemaType, number>>> = {
  BOOLEAN: leafTypes.boolean,
  INT8: leafTypes.int8,
  INT16: leafTypes.int16,
  INT32: leafTypes.int32,
  INT64: leafTypes.int64,
  FLOAT32: leafTypes.float32,
  FLOAT64: leafTypes.float64,
  STRING: leafTypes.text,
  BYTES: leafTypes.bytes
}

/** One leaf of the schema. */
export interface Column {
  readonly type: number
  /** Of an array's elements. */
  readonly elementType: number
  /** Whether null is taken as null: it is optional, and has no default in its place. */
  readonly nullable: boolean
  readonly elementNullable: boolean
  readonly scale: number
}

/** A payload's shape under a schema. Its slots are the schema's leaves in order; `sources` says which leaf of the payload each is, -1 where that is missing. */
export class BoundShape implements Shape {
  readonly id: number
  readonly form = 'struct'
  readonly fields: readonly ShapeField[]
  readonly slots: number
  readonly columns: readonly Column[]
  readonly types: Uint8Array
  readonly sources: Int32Array

  constructor(id: number, fields: readonly ShapeField[], columns: readonly Column[], sources: readonly number[]) {
    this.id = id
    this.fields = fields
    this.slots = columns.length
    this.columns = columns
    this.types = Uint8Array.from(columns, column => column.type)
    this.sources = Int32Array.from(sources)
  }
}

/** The binding of a payload's shape; null where the general way must read such values. */
export function bindShape(id: number, schema: Schema, payload: Shape): BoundShape | null {
  if (schema.type !== 'STRUCT') return null
  const columns: Column[] = []
  const sources: number[] = []
  const fields = bindFields(schema, payload.fields, columns, sources)
  return fields === null ? null : new BoundShape(id, fields, columns, sources)
}

function bindFields(
  schema: Schema,
  payload: readonly ShapeField[],
  columns: Column[],
  sources: number[]
): readonly ShapeField[] | null {
  const byName = new Map(payload.map(field => [field.name, field]))
  const fields: ShapeField[] = []
  for (const { name, schema: fieldSchema } of schema.fields) {
    const found = byName.get(name)
    if (found !== undefined && found.fields !== null) {
      // An object where the schema has something else (a MAP, or a text that becomes null) is not for here.
      const isStruct = fieldSchema.type === 'STRUCT' && !isLogical(fieldSchema)
      const inner = isStruct ? bindFields(fieldSchema, found.fields, columns, sources) : null
      if (inner === null) return null
      fields.push({ name, slot: -1, fields: inner })
      continue
    }
    const column = columnOf(fieldSchema)
    // What is missing counts as null.
    if (column === null) return null
    if (found === undefined && (!column.nullable || fieldSchema.defaultValue !== undefined)) return null
    fields.push({ name, slot: columns.push(column) - 1, fields: null })
    sources.push(found?.slot ?? -1)
  }
  return fields
}

function isLogical({ name }: Schema): boolean {
  return (Object.values(logicalNames) as (string | null)[]).includes(name)
}

function columnOf(schema: Schema): Column | null {
  const element = schema.type === 'ARRAY' && !isLogical(schema) ? schema.valueSchema : null
  const elementType = element === null ? leafTypes.none : leafType(element)
  // Dates print longer than their digits, and decimals by their scale: not as elements.
  const isPlain = elementType !== leafTypes.none && elementType <= leafTypes.bytes
  const type = element === null ? leafType(schema) : isPlain ? leafTypes.array : leafTypes.none
  let scale = 0
  if (type === leafTypes.decimal) {
    try {
      scale = decimalScale(schema)
    } catch {
      return null
    }
  }
  const nullable = isNullable(schema)
  return { type, elementType, nullable, elementNullable: element !== null && isNullable(element), scale }
}

function isNullable(schema: Schema): boolean {
  return schema.optional && (schema.defaultValue === undefined || schema.keepsNull)
}

function leafType(schema: Schema): number {
  switch (schema.name) {
    case logicalNames.decimal:
      return leafTypes.decimal
    case logicalNames.date:
      return leafTypes.date
    case logicalNames.time:
      return leafTypes.time
    case logicalNames.timestamp:
      return leafTypes.timestamp
    default:
      return scalarTypes[schema.type] ?? leafTypes.none
  }
}
