// Connect data in JavaScript: the values that converters make, transforms change and sinks read, and the schemas that describe them.
// One file, since each knows the other: a schema may hold a default value, a Struct holds its schema.
import { DataError } from './errors.ts'

/**
 * A value of Connect data.
 * With a schema: INT8-INT32 and floats are `number`, INT64 is `bigint`, Date / Time / Timestamp are `Date`, Decimal is `Decimal`, a STRUCT is `Struct`.
 * Without: an integer is `bigint` (of any size, exact), a decimal is `number`, an object is `Map` with string keys.
 * BYTES are `Uint8Array`, an ARRAY is an array, a MAP is a `Map`.
 */
export type ConnectValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Decimal
  | Date
  | Struct
  | readonly ConnectValue[]
  | ReadonlyMap<ConnectValue, ConnectValue>

export interface SchemaAndValue {
  readonly schema: Schema | null
  readonly value: ConnectValue
  /** How a number that is all of it stood in the source, where it would print otherwise (see `setSourceText`). */
  readonly source?: string | undefined
}

/** A decimal number, `unscaled * 10^-scale`, as Java's BigDecimal; its texts are made in `java/big-decimal.ts`. */
export class Decimal {
  readonly unscaled: bigint
  readonly scale: number

  constructor(unscaled: bigint, scale: number) {
    this.unscaled = unscaled
    this.scale = scale
  }
}

/**
 * How Java would walk a Map with the same entries. A plain `Map` stands for a `java.util.HashMap` filled one entry after the other;
 * transforms copy maps (`new HashMap<>(m)`, `LinkedHashMap`), which changes the order that the old sink prints. The Map itself keeps the order of the
 * record, which the plain contract prints; `arrival` has the keys as they came into Java's map, where that is another order. Keys that are not in it
 * came later.
 */
export type MapLayout = ({ readonly kind: 'linked' } | { readonly kind: 'hash'; readonly capacity: number }) & {
  readonly arrival?: readonly ConnectValue[]
}

/** A Map that remembers a layout other than that of a freshly filled HashMap. */
export class ConnectMap extends Map<ConnectValue, ConnectValue> {
  readonly layout: MapLayout

  constructor(layout: MapLayout, entries: Iterable<readonly [ConnectValue, ConnectValue]> = []) {
    super()
    this.layout = layout
    // A fifth faster than Map's own constructor, which knows no shortcut for subclasses.
    for (const [key, value] of entries) this.set(key, value)
  }
}

const sourceTexts = new WeakMap<object, Map<ConnectValue, string>>()

/**
 * Remembers how a number stood in the source (`1.50`, `1e10`, thirty digits, `-0`), where its value would print otherwise.
 * `container` is the Map or array that holds it, `key` its key or index. Only the plain contract prints it.
 */
export function setSourceText(container: object, key: ConnectValue, text: string): void {
  const texts = sourceTexts.get(container)
  if (texts === undefined) sourceTexts.set(container, new Map([[key, text]]))
  else texts.set(key, text)
}

/** The remembered source text of the decimal under `key`, or `undefined`. */
export function sourceText(container: object, key: ConnectValue): string | undefined {
  return sourceTexts.get(container)?.get(key)
}

/** A copy of a Map remembers what the Map does, of the decimals that are the same in both; `nameOf` says under which key each stands in the copy. */
export function carrySourceTexts(
  from: ReadonlyMap<ConnectValue, ConnectValue>,
  to: ReadonlyMap<ConnectValue, ConnectValue>,
  nameOf: (key: ConnectValue) => ConnectValue = key => key
): void {
  const texts = sourceTexts.get(from)
  if (texts === undefined) return
  for (const [key, text] of texts) {
    const name = nameOf(key)
    if (to.has(name) && Object.is(to.get(name), from.get(key))) setSourceText(to, name, text)
  }
}

/** A value of a STRUCT schema. Values stand by field index; a field never set holds null. */
export class Struct {
  readonly schema: Schema
  readonly #values: ConnectValue[]

  /** `values` by field index, taken over as they are; shorter arrays are filled with null. */
  constructor(schema: Schema, values: ConnectValue[] = []) {
    if (schema.type !== 'STRUCT') throw new DataError(`Not a struct schema: ${schema.type}`)
    this.schema = schema
    this.#values = values
    while (values.length < schema.fields.length) values.push(null)
  }

  /** The value of a field, its schema's default where it is null and has one. Throws DataError for a name that is no field. */
  get(name: string): ConnectValue {
    return this.at(this.#lookUp(name))
  }

  /** The value at a field, with its default as `get`. */
  at(field: Field): ConnectValue {
    const value = this.#values[field.index] ?? null
    if (value !== null) return value
    const { defaultValue, keepsNull } = field.schema
    return defaultValue === undefined || keepsNull ? null : defaultValue
  }

  /** The value as it was set: a null stays null even if the field has a default. */
  getWithoutDefault(name: string): ConnectValue {
    return this.#values[this.#lookUp(name).index] ?? null
  }

  put(name: string, value: ConnectValue): this {
    this.#values[this.#lookUp(name).index] = value
    return this
  }

  #lookUp(name: string): Field {
    const field = this.schema.field(name)
    if (field === undefined) throw new DataError(`${name} is not a valid field name`)
    return field
  }
}

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

/**
 * The fields of a STRUCT, once for all schemas that have the same ones. Filled once, and so that a struct may hold itself: its schema is made before its
 * fields are.
 */
export class StructFields {
  readonly list: Field[] = []
  readonly byName = new Map<string, Field>()

  constructor(fields: readonly (readonly [string, Schema])[] = []) {
    this.fill(fields)
  }

  /** Throws DataError for a name that stands twice. */
  fill(fields: readonly (readonly [string, Schema])[]): void {
    for (const [name, schema] of fields) {
      const field: Field = { name, index: this.list.length, schema }
      if (this.byName.has(name)) throw new DataError(`Cannot create field because of field name duplication ${name}`)
      this.list.push(field)
      this.byName.set(name, field)
    }
  }
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
  /** A null stays null, though there is a default: that is for a field which is missing. Only where it is optional. */
  readonly keepsNull?: boolean
  readonly fields?: readonly (readonly [string, Schema])[] | StructFields
  /** Key schema of a MAP; `null` where the element schema is unknown. */
  readonly keySchema?: Schema | null
  /** Element schema of a MAP or ARRAY; `null` where it is unknown. */
  readonly valueSchema?: Schema | null
}

/**
 * An immutable schema. Compare by identity first: converters hand out one object per schema, so plans may be cached on it. It may hold itself (a list's
 * `next` is a list), and its parts may stand in it more often than anyone can count: whoever walks a schema instead of a value keeps count.
 */
export class Schema {
  readonly type: SchemaType
  readonly optional: boolean
  readonly name: string | null
  readonly version: number | null
  readonly doc: string | null
  readonly params: ReadonlyMap<string, string> | null
  readonly defaultValue: ConnectValue | undefined
  readonly keepsNull: boolean
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
    this.keepsNull = this.optional && options.keepsNull === true
    this.keySchema = options.keySchema ?? null
    this.valueSchema = options.valueSchema ?? null
    const fields = options.fields instanceof StructFields ? options.fields : new StructFields(options.fields)
    this.fields = fields.list
    this.#fieldsByName = fields.byName
  }

  /** Adds what could not be said when it was made: an element schema that holds this very one, a default of its own struct. Only for whoever makes it. */
  complete(parts: Pick<SchemaOptions, 'valueSchema' | 'defaultValue'>): this {
    Object.assign(this, parts)
    return this
  }

  /** The field of that name, or `undefined`. Only a STRUCT has any. */
  field(name: string): Field | undefined {
    return this.#fieldsByName.get(name)
  }
}

/** `true` where two schemas are the same in every part, as Java's `ConnectSchema.equals`. */
export function schemasEqual(a: Schema | null, b: Schema | null): boolean {
  return equal(a, b, new Map())
}

/** Pairs met before are equal as far as they are concerned: so each is compared once, and what holds itself comes to an end. */
function equal(a: Schema | null, b: Schema | null, met: Map<Schema, Set<Schema>>): boolean {
  if (a === b) return true
  if (a === null || b === null) return false
  const basics =
    a.type === b.type &&
    a.optional === b.optional &&
    a.name === b.name &&
    a.version === b.version &&
    a.doc === b.doc &&
    a.fields.length === b.fields.length &&
    paramsEqual(a.params, b.params)
  if (!basics) return false
  let others = met.get(a)
  if (others === undefined) {
    others = new Set()
    met.set(a, others)
  }
  if (others.has(b)) return true
  others.add(b)
  return (
    equal(a.keySchema, b.keySchema, met) &&
    equal(a.valueSchema, b.valueSchema, met) &&
    (a.fields === b.fields ||
      a.fields.every((field, index) => {
        const other = b.fields[index]
        return other?.name === field.name && equal(field.schema, other.schema, met)
      }))
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
