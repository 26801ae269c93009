// The value of a JSON document under the Connect schema of its JSON Schema.
import { type ConnectValue, Struct, logicalNames, type Schema } from '../connect/data.ts'
import { DataError } from '../connect/errors.ts'
import { isArray, isObject, nodeType } from './json-node.ts'
import { JsonDecimal, type JsonNode, type JsonObject } from './json-reader.ts'
import { jsonToConnect } from './json-to-connect.ts'

/** The name of the STRUCT that a choice becomes: one optional field per branch, of which the one that fits is set. */
export const unionName = 'io.confluent.connect.json.OneOf'

/** Throws DataError where the document is not one of the schema: nothing becomes null or 0 for being of another type. */
export function jsonSchemaValue(schema: Schema, node: JsonNode | undefined): ConnectValue {
  return new DocumentReader().value(schema, node)
}

/** As deep as JSON may be; a choice is a level of its own where values are printed. */
const depthMax = 1000

class DocumentReader {
  #depth = 0
  /** Whether an object fits a schema, found once: a branch of a branch would be tried again at every level above it. */
  readonly #fits = new Map<JsonObject, Map<Schema, boolean>>()

  value(schema: Schema, node: JsonNode | undefined): ConnectValue {
    if (node === undefined || node === null) return jsonToConnect(schema, node, true)
    if (++this.#depth > depthMax) throw new DataError(`The value is nested deeper than ${depthMax} levels`)
    const value = this.#value(schema, node)
    this.#depth--
    return value
  }

  #value(schema: Schema, node: JsonNode): ConnectValue {
    if (schema.name === unionName) return this.#union(schema, node)
    const { valueSchema } = schema
    if (schema.type === 'STRUCT' && isObject(node)) {
      return new Struct(
        schema,
        schema.fields.map(field => this.value(field.schema, node.get(field.name)))
      )
    }
    if (schema.type === 'ARRAY' && isArray(node) && valueSchema !== null)
      return node.map(item => this.value(valueSchema, item))
    if (schema.type === 'MAP' && valueSchema !== null) return this.#map(schema, valueSchema, node)
    return scalarValue(schema, node)
  }

  #map(schema: Schema, valueSchema: Schema, node: JsonNode): ConnectValue {
    if (isObject(node)) return new Map([...node].map(([key, value]) => [key, this.value(valueSchema, value)]))
    const { keySchema } = schema
    if (!isArray(node) || keySchema === null) throw mismatch(schema, node)
    return new Map(
      node.map(entry => {
        if (!isObject(entry)) throw new DataError('Found invalid map entry, expected an object with key and value')
        return [this.value(keySchema, entry.get('key')), this.value(valueSchema, entry.get('value'))]
      })
    )
  }

  /** The first branch that fits is set; of several objects the one that has most of the names. */
  #union(schema: Schema, node: JsonNode): ConnectValue {
    let best: { readonly index: number; readonly schema: Schema } | null = null
    let mostNames = -1
    for (const field of schema.fields) {
      if (!this.#fit(field.schema, node)) continue
      const isStruct = field.schema.type === 'STRUCT' && field.schema.name !== unionName
      const names = isStruct && isObject(node) ? field.schema.fields.filter(({ name }) => node.has(name)).length : Infinity
      if (names <= mostNames) continue
      best = field
      mostNames = names
    }
    if (best === null) throw new DataError('Did not find matching oneof field for data')
    const values = schema.fields.map(() => null as ConnectValue)
    values[best.index] = this.value(best.schema, node)
    return new Struct(schema, values)
  } // prettier-ignore

  #fit(schema: Schema, node: JsonNode): boolean {
    if (schema.name === unionName) return schema.fields.some(field => this.#fit(field.schema, node))
    if (schema.type !== 'STRUCT') return fits(schema, node)
    if (!isObject(node)) return false
    let known = this.#fits.get(node)
    if (known === undefined) {
      known = new Map()
      this.#fits.set(node, known)
    }
    const found = known.get(schema)
    if (found !== undefined) return found
    const fit = schema.fields.every(field => this.#fieldFits(field.schema, node.get(field.name)))
    known.set(schema, fit)
    return fit
  }

  #fieldFits(schema: Schema, node: JsonNode | undefined): boolean {
    if (node === undefined || node === null) return schema.optional || schema.defaultValue !== undefined
    return this.#fit(schema, node)
  }
}

/** Numbers and booleans in a text stay what they are, as text. */
function scalarValue(schema: Schema, node: JsonNode): ConnectValue {
  if (schema.type === 'STRING') {
    if (typeof node === 'bigint' || typeof node === 'boolean') return node.toString()
    if (node instanceof JsonDecimal) return node.text
  }
  // How Jackson writes them for Confluent's serializer.
  if (schema.type === 'FLOAT32' || schema.type === 'FLOAT64') {
    if (node === 'NaN' || node === 'Infinity' || node === '-Infinity') return Number(node)
  }
  if (!fits(schema, node)) throw mismatch(schema, node)
  return jsonToConnect(schema, node, true)
}

function mismatch(schema: Schema, node: JsonNode): DataError {
  const name = schema.name === null ? schema.type : `${schema.type} ${schema.name}`
  return new DataError(
    `Invalid value for ${name}: found ${nodeType(node)}. Correct the producer, or the schema of this topic`
  )
}

function fits(schema: Schema, node: JsonNode): boolean {
  switch (schema.type) {
    case 'BOOLEAN':
      return typeof node === 'boolean'
    case 'STRING':
      return typeof node === 'string'
    case 'BYTES':
      return typeof node === 'string' || (schema.name === logicalNames.decimal && isNumber(node))
    case 'FLOAT32':
    case 'FLOAT64':
      return isNumber(node)
    case 'ARRAY':
      return isArray(node)
    case 'MAP':
      return isObject(node)
    case 'STRUCT':
      return isObject(node)
    default:
      return isWhole(node)
  }
}

function isNumber(node: JsonNode): boolean {
  return typeof node === 'bigint' || node instanceof JsonDecimal
}

/** `1.0` and `1e3` are integers in JSON Schema. */
function isWhole(node: JsonNode): boolean {
  if (typeof node === 'bigint') return true
  if (!(node instanceof JsonDecimal)) return false
  const { unscaled, scale } = node.toDecimal()
  if (scale <= 0 || unscaled === 0n) return true
  // No number of so few digits has so many zeros at its end.
  if (scale > unscaled.toString().length) return false
  return unscaled % 10n ** BigInt(scale) === 0n
}
