// Connect data in JavaScript: the values that converters make, transforms change and sinks read.
import { DataError } from './errors.ts'
import { type Field, type Schema } from './schema.ts'

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
 * transforms copy maps (`new HashMap<>(m)`, `LinkedHashMap`), which changes the order that the old sink prints.
 */
export type MapLayout = { readonly kind: 'linked' } | { readonly kind: 'hash'; readonly capacity: number }

/** A Map that remembers a layout other than that of a freshly filled HashMap. */
export class ConnectMap extends Map<ConnectValue, ConnectValue> {
  readonly layout: MapLayout

  constructor(layout: MapLayout, entries: Iterable<readonly [ConnectValue, ConnectValue]> = []) {
    super(entries)
    this.layout = layout
  }
}

const sourceTexts = new WeakMap<object, Map<ConnectValue, string>>()

/**
 * Remembers how a decimal stood in the source (`1.50`, `1e10`, thirty digits), where `number` would print it otherwise.
 * `container` is the Map or array that holds it, `key` its key or index. Only the plain contract prints it; copies made by transforms lose it.
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
    return value === null && field.schema.defaultValue !== undefined ? field.schema.defaultValue : value
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
