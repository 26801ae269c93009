// The value of a JSON document under the Connect schema of its JSON Schema.
import { type ConnectValue, Struct, type Schema } from '../connect/data.ts'
import { DataError } from '../connect/errors.ts'
import { type ValueRules } from './converter-config.ts'
import { FilledIn } from './filled-in.ts'
import { isArray, isObject, nodeType } from './json-node.ts'
import { type JsonNode } from './json-reader.ts'
import { javaRules, jsonToConnect } from './json-to-connect.ts'
import { checkType, isOfType, keptValue } from './strict-value.ts'

/** The name of the STRUCT that a choice becomes: one optional field per branch, of which the one that fits is set. */
export const unionName = 'io.confluent.connect.json.OneOf'

/** Throws DataError where the document is not one of the schema: under no rules does anything become null or 0 for being of another type. */
export function jsonSchemaValue(
  schema: Schema,
  node: JsonNode | undefined,
  rules: ValueRules = javaRules
): ConnectValue {
  return new DocumentReader(rules).value(schema, node)
}

/** As deep as JSON may be; a choice is a level of its own where values are printed. */
const depthMax = 1000

class DocumentReader {
  readonly #rules: ValueRules
  readonly #filled = new FilledIn()
  #depth = 0
  /** Whether a value fits an object or a choice, found once: a branch of a branch would be tried again at every level above it. */
  readonly #fits = new Map<JsonNode, Map<Schema, boolean>>()

  constructor(rules: ValueRules) {
    this.#rules = rules
  }

  value(schema: Schema, node: JsonNode | undefined): ConnectValue {
    if (node === undefined || node === null) return jsonToConnect(schema, node, this.#rules, this.#filled)
    if (++this.#depth > depthMax) throw new DataError(`The value is nested deeper than ${depthMax} levels`)
    const value = this.#value(schema, node)
    this.#depth--
    return value
  }

  #value(schema: Schema, node: JsonNode): ConnectValue {
    if (schema.name === unionName) return this.#union(schema, node)
    const { valueSchema } = schema
    if (schema.type === 'STRUCT' && isObject(node)) {
      this.#filled.fields(schema.fields.length - node.size)
      return new Struct(
        schema,
        schema.fields.map(field => this.value(field.schema, node.get(field.name)))
      )
    }
    if (schema.type === 'ARRAY' && isArray(node) && valueSchema !== null)
      return node.map(item => this.value(valueSchema, item))
    if (schema.type === 'MAP' && valueSchema !== null) return this.#map(schema, valueSchema, node)
    const kept = keptValue(schema, node)
    if (kept !== null) return kept
    checkType(schema, node)
    return jsonToConnect(schema, node, this.#rules, this.#filled)
  }

  #map(schema: Schema, valueSchema: Schema, node: JsonNode): ConnectValue {
    if (isObject(node)) return new Map([...node].map(([key, value]) => [key, this.value(valueSchema, value)]))
    const { keySchema } = schema
    if (!isArray(node) || keySchema === null)
      throw new DataError(
        `Invalid value for MAP: found ${nodeType(node)}, expected an object, or a list of key and value`
      )
    return new Map(
      node.map(entry => {
        if (!isObject(entry)) throw new DataError('Found invalid map entry, expected an object with key and value')
        return [this.value(keySchema, entry.get('key')), this.value(valueSchema, entry.get('value'))]
      })
    )
  }

  /** Of the branches that fit the best is set, of several such the first. */
  #union(schema: Schema, node: JsonNode): ConnectValue {
    let best: { readonly index: number; readonly schema: Schema } | null = null
    let bestRank = -Infinity
    for (const field of schema.fields) {
      const rank = rankOf(field.schema, node)
      if (rank <= bestRank || !this.#fit(field.schema, node)) continue
      best = field
      bestRank = rank
    }
    if (best === null) throw new DataError('Did not find matching oneof field for data')
    this.#filled.fields(schema.fields.length - 1)
    const values = schema.fields.map(() => null as ConnectValue)
    values[best.index] = this.value(best.schema, node)
    return new Struct(schema, values)
  }

  #fit(schema: Schema, node: JsonNode): boolean {
    if (schema.type !== 'STRUCT') return isOfType(schema, node)
    const isUnion = schema.name === unionName
    if (!isUnion && !isObject(node)) return false
    let known = this.#fits.get(node)
    if (known === undefined) {
      known = new Map()
      this.#fits.set(node, known)
    }
    const found = known.get(schema)
    if (found !== undefined) return found
    // A choice that is a branch of its own fits by its other branches.
    known.set(schema, false)
    const fit = isUnion
      ? schema.fields.some(field => this.#fit(field.schema, node))
      : isObject(node) && schema.fields.every(field => this.#fieldFits(field.schema, node.get(field.name)))
    known.set(schema, fit)
    return fit
  }

  #fieldFits(schema: Schema, node: JsonNode | undefined): boolean {
    if (node === undefined || node === null) return schema.optional || schema.defaultValue !== undefined
    return this.#fit(schema, node)
  }
}

/**
 * Which of several branches that fit is set, as in Java: one that is no object at once, of objects the one that has most of the names. To Java a choice
 * within a choice is an object that has none of them; what is no object it refuses there, and here such a branch comes last.
 */
function rankOf(schema: Schema, node: JsonNode): number {
  if (schema.type !== 'STRUCT') return Infinity
  if (!isObject(node)) return -1
  return schema.name === unionName ? 0 : schema.fields.filter(({ name }) => node.has(name)).length
}
