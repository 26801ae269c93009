// Schemas of Connect data: what a converter says of a value, and what plans are compiled against.
import { DataError } from './errors.ts'
import { type ConnectValue } from './data.ts'

export type SchemaType =
  | 'INT8'
  | 'INT16'
  | 'INT32'
  | 'INT64'
  | 'FLOAT32'
  | 'FLOAT64'
  | 'BOOLEAN'
  | 'STRING'
  | 'BYTES'
  | 'ARRAY'
  | 'MAP'
  | 'STRUCT'

/** A field of a STRUCT; `index` is its place in the schema's order. */
export interface Field {
  readonly name: string
  readonly index: number
  readonly schema: Schema
}

/** What a schema is made from; whatever is left out is absent. */
export interface SchemaOptions {
  readonly optional?: boolean
  readonly name?: string | null
  readonly version?: number | null
  readonly doc?: string | null
  readonly params?: ReadonlyMap<string, string> | null
  /** `undefined`: no default. `null` is not a default (as in Connect). */
  readonly defaultValue?: ConnectValue | undefined
  readonly fields?: readonly (readonly [string, Schema])[]
  /** Key schema of a MAP; `null` where the element schema is unknown. */
  readonly keySchema?: Schema | null
  /** Element schema of a MAP or ARRAY; `null` where it is unknown. */
  readonly valueSchema?: Schema | null
}

/** An immutable schema. Compare by identity first: converters hand out one object per schema, so plans may be cached on it. */
export class Schema {
  readonly type: SchemaType
  readonly optional: boolean
  readonly name: string | null
  readonly version: number | null
  readonly doc: string | null
  readonly params: ReadonlyMap<string, string> | null
  readonly defaultValue: ConnectValue | undefined
  readonly fields: readonly Field[]
  readonly keySchema: Schema | null
  readonly valueSchema: Schema | null
  readonly #fieldsByName: ReadonlyMap<string, Field>

  constructor(type: SchemaType, options: SchemaOptions = {}) {
    this.type = type
    this.optional = options.optional ?? false
    this.name = options.name ?? null
    this.version = options.version ?? null
    this.doc = options.doc ?? null
    this.params = options.params ?? null
    this.defaultValue = options.defaultValue
    this.keySchema = options.keySchema ?? null
    this.valueSchema = options.valueSchema ?? null
    this.fields = (options.fields ?? []).map(([name, schema], index) => ({ name, index, schema }))
    this.#fieldsByName = new Map(this.fields.map(field => [field.name, field]))
    if (this.#fieldsByName.size !== this.fields.length) {
      const names = this.fields.map(field => field.name)
      const twice = names.find((name, index) => names.indexOf(name) !== index) ?? ''
      throw new DataError(`Cannot create field because of field name duplication ${twice}`)
    }
  }

  /** The field of that name, or `undefined`. Only a STRUCT has any. */
  field(name: string): Field | undefined {
    return this.#fieldsByName.get(name)
  }
}

/** `true` where two schemas are the same in every part, as Java's `ConnectSchema.equals`. */
export function schemasEqual(a: Schema | null, b: Schema | null): boolean {
  if (a === b) return true
  if (a === null || b === null) return false
  return (
    a.type === b.type &&
    a.optional === b.optional &&
    a.name === b.name &&
    a.version === b.version &&
    a.doc === b.doc &&
    schemasEqual(a.keySchema, b.keySchema) &&
    schemasEqual(a.valueSchema, b.valueSchema) &&
    a.fields.length === b.fields.length &&
    a.fields.every((field, index) => {
      const other = b.fields[index]
      return other?.name === field.name && schemasEqual(field.schema, other.schema)
    }) &&
    paramsEqual(a.params, b.params)
  )
}

function paramsEqual(a: ReadonlyMap<string, string> | null, b: ReadonlyMap<string, string> | null): boolean {
  if ((a?.size ?? 0) !== (b?.size ?? 0)) return false
  for (const [key, value] of a ?? []) if (b?.get(key) !== value) return false
  return true
}

/** The names of Connect's logical types; the base type is INT32 (Date, Time), INT64 (Timestamp) or BYTES (Decimal). */
export const logicalNames = {
  date: 'org.apache.kafka.connect.data.Date',
  time: 'org.apache.kafka.connect.data.Time',
  timestamp: 'org.apache.kafka.connect.data.Timestamp',
  decimal: 'org.apache.kafka.connect.data.Decimal'
} as const

/** The parameter of a Decimal schema that holds its scale. */
export const decimalScaleParam = 'scale'
