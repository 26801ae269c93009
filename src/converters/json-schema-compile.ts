// A JSON Schema becomes a Connect schema, as Confluent's JsonSchemaData maps it; values are then read by that schema.
import {
  type ConnectValue,
  Struct,
  decimalScaleParam,
  logicalNames,
  Schema,
  type SchemaOptions,
  type SchemaType
} from '../connect/data.ts'
import { DataError } from '../connect/errors.ts'
import { isArray, isObject } from './json-node.ts'
import { JsonDecimal, type JsonNode, type JsonObject, readJson } from './json-reader.ts'
import { jsonToConnect } from './json-to-connect.ts'

const unionName = 'io.confluent.connect.json.OneOf'
const unionField = 'io.confluent.connect.json.OneOf.field.'
const enumParam = 'io.confluent.connect.json.Enum'
const depthMax = 100

const integerTypes: ReadonlyMap<string, SchemaType> = new Map<string, SchemaType>([
  ['int8', 'INT8'],
  ['int16', 'INT16'],
  ['int32', 'INT32'],
  ['int64', 'INT64']
])

/** Compiles a schema text; `references` are other documents by the name they are referred to. Nothing is ever fetched. */
export function compileJsonSchema(
  text: string,
  references: readonly { readonly name: string; readonly text: string }[]
): Schema {
  const documents = new Map(references.map(reference => [reference.name, documentOf(reference.text)]))
  return new JsonSchemaCompiler(documentOf(text), documents).compile()
}

function documentOf(text: string): JsonNode {
  try {
    return readJson(Buffer.from(text), 'exact') ?? null
  } catch (cause) {
    throw new DataError('Invalid JSON Schema: it is no JSON', { cause })
  }
}

/** A part of a document, and the document that its local references mean. */
interface Part {
  readonly node: JsonObject
  readonly document: JsonNode
}

class JsonSchemaCompiler {
  readonly #root: JsonNode
  readonly #documents: ReadonlyMap<string, JsonNode>

  constructor(root: JsonNode, documents: ReadonlyMap<string, JsonNode>) {
    this.#root = root
    this.#documents = documents
  }

  compile(): Schema {
    return this.#schema(this.#root, this.#root, false, 0)
  }

  #schema(given: JsonNode | undefined, document: JsonNode, optional: boolean, depth: number): Schema {
    if (depth > depthMax)
      throw new DataError(`Invalid JSON Schema: nested deeper than ${depthMax} levels, or it holds itself`)
    const part = this.#resolve(given, document, depth)
    const choice = part.node.get('oneOf') ?? part.node.get('anyOf')
    if (isArray(choice)) return this.#union(choice, part, optional, depth)
    const { type, nullable } = typeOf(part.node)
    const base = this.#base(type, part, depth)
    const options: SchemaOptions = { ...attributes(part.node), ...base.options, optional: optional || nullable }
    return withDefault(new Schema(base.type, options), base.type, options, part.node.get('default'))
  }

  /** Follows `$ref`: within its document, or into a reference of the registry. */
  #resolve(given: JsonNode | undefined, document: JsonNode, depth: number): Part {
    if (!isObject(given)) throw new DataError('Invalid JSON Schema: expected an object')
    const ref = given.get('$ref')
    if (typeof ref !== 'string') return { node: given, document }
    if (depth > depthMax) throw new DataError('Invalid JSON Schema: a $ref leads to itself')
    const [name = '', pointer = ''] = ref.split('#')
    const target = name === '' ? document : this.#documents.get(name)
    if (target === undefined) throw new DataError(`The JSON Schema refers to ${name}, which is none of its references`)
    let node: JsonNode | undefined = target
    for (const step of pointer.split('/').slice(1)) {
      const key = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~')
      node = isObject(node) ? node.get(key) : isArray(node) ? node[Number(key)] : undefined
    }
    if (node === undefined) throw new DataError(`Invalid JSON Schema: $ref ${ref} leads nowhere`)
    return this.#resolve(node, target, depth + 1)
  }

  /** `[T, null]` is an optional T; any other choice a STRUCT with one optional field per branch. */
  #union(choice: readonly JsonNode[], part: Part, optional: boolean, depth: number): Schema {
    const others = choice.filter(branch => !isNullType(branch))
    const nullable = optional || others.length < choice.length
    if (others.length === 1) return this.#schema(others[0], part.document, nullable, depth + 1)
    const fields = others.map(
      (branch, index) => [`${unionField}${index}`, this.#schema(branch, part.document, true, depth + 1)] as const
    )
    return new Schema('STRUCT', { name: unionName, optional: nullable, fields })
  }

  #base(type: string, part: Part, depth: number): { type: SchemaType; options: SchemaOptions } {
    const { node } = part
    const connectType = textOf(node, 'connect.type')
    switch (type) {
      case 'boolean':
        return { type: 'BOOLEAN', options: {} }
      case 'integer':
        return { type: integerTypes.get(connectType ?? '') ?? 'INT64', options: {} }
      case 'number':
        if (textOf(node, 'title') === logicalNames.decimal || connectType === 'bytes')
          return { type: 'BYTES', options: decimalOptions(node) }
        return {
          type: connectType === 'float32' ? 'FLOAT32' : (integerTypes.get(connectType ?? '') ?? 'FLOAT64'),
          options: {}
        }
      case 'string':
        if (connectType === 'bytes') return { type: 'BYTES', options: {} }
        return { type: 'STRING', options: enumOptions(node) }
      case 'array':
        return this.#array(part, connectType, depth)
      case 'object':
        return this.#object(part, connectType, depth)
      default:
        throw new DataError(`Invalid JSON Schema: type ${type} has no Connect schema`)
    }
  }

  /** Confluent writes a map whose keys are no strings as an array of objects `key`, `value`. */
  #array(
    { node, document }: Part,
    connectType: string | null,
    depth: number
  ): { type: SchemaType; options: SchemaOptions } {
    const items = this.#schema(node.get('items'), document, false, depth + 1)
    const key = items.field('key')
    const value = items.field('value')
    if (connectType === 'map' && key !== undefined && value !== undefined) {
      return { type: 'MAP', options: { keySchema: key.schema, valueSchema: value.schema } }
    }
    return { type: 'ARRAY', options: { valueSchema: items } }
  }

  #object(
    { node, document }: Part,
    connectType: string | null,
    depth: number
  ): { type: SchemaType; options: SchemaOptions } {
    if (connectType === 'map') {
      const valueSchema = this.#schema(node.get('additionalProperties'), document, false, depth + 1)
      return { type: 'MAP', options: { keySchema: new Schema('STRING'), valueSchema } }
    }
    const properties = node.get('properties')
    const required = node.get('required')
    const names = new Set(isArray(required) ? required : [])
    const entries = isObject(properties) ? [...properties] : []
    const fields = entries
      .map(([name, property], place) => ({ name, property, index: indexOf(property) ?? entries.length + place }))
      .sort((a, b) => a.index - b.index)
      .map(({ name, property }) => [name, this.#schema(property, document, !names.has(name), depth + 1)] as const)
    return { type: 'STRUCT', options: { fields } }
  }
}

function typeOf(node: JsonObject): { type: string; nullable: boolean } {
  const type = node.get('type')
  if (typeof type === 'string') return { type, nullable: false }
  if (isArray(type)) {
    const types = type.filter(each => each !== 'null')
    if (types.length === 1 && typeof types[0] === 'string')
      return { type: types[0], nullable: types.length < type.length }
    throw new DataError(
      'Invalid JSON Schema: of several types only one beside "null" has a Connect schema; write oneOf'
    )
  }
  if (node.has('enum') || node.has('const')) return { type: 'string', nullable: false }
  if (node.has('properties')) return { type: 'object', nullable: false }
  throw new DataError('Invalid JSON Schema: a schema without "type" has no Connect schema')
}

function isNullType(node: JsonNode): boolean {
  return isObject(node) && node.get('type') === 'null'
}

/** What Connect wrote of itself into the schema. The title is the name. */
function attributes(node: JsonObject): SchemaOptions {
  return {
    name: textOf(node, 'title'),
    version: integerOf(node.get('connect.version')),
    doc: textOf(node, 'connect.doc') ?? textOf(node, 'description'),
    params: parameters(node)
  }
}

function parameters(node: JsonObject): ReadonlyMap<string, string> | null {
  const given = node.get('connect.parameters')
  const params = isObject(given)
    ? [...given].filter((entry): entry is [string, string] => typeof entry[1] === 'string')
    : []
  return params.length === 0 ? null : new Map(params)
}

function decimalOptions(node: JsonObject): SchemaOptions {
  const params = new Map(parameters(node) ?? [])
  if (!params.has(decimalScaleParam)) params.set(decimalScaleParam, '0')
  return { name: logicalNames.decimal, params }
}

function enumOptions(node: JsonObject): SchemaOptions {
  const symbols = node.get('enum')
  if (!isArray(symbols)) return {}
  const texts = symbols.filter(symbol => typeof symbol === 'string')
  const params = new Map([
    ...(parameters(node) ?? []),
    [enumParam, ''] as const,
    ...texts.map(symbol => [`${enumParam}.${symbol}`, symbol] as const)
  ])
  return { params }
}

function withDefault(schema: Schema, type: SchemaType, options: SchemaOptions, node: JsonNode | undefined): Schema {
  if (node === undefined || node === null) return schema
  return new Schema(type, { ...options, defaultValue: jsonSchemaValue(schema, node) })
}

function indexOf(node: JsonNode): number | null {
  return isObject(node) ? integerOf(node.get('connect.index')) : null
}

function integerOf(node: JsonNode | undefined): number | null {
  return typeof node === 'bigint' && BigInt.asIntN(32, node) === node ? Number(node) : null
}

function textOf(node: JsonObject, name: string): string | null {
  const value = node.get(name)
  return typeof value === 'string' ? value : null
}

/** The value of a document under a compiled schema. */
export function jsonSchemaValue(schema: Schema, node: JsonNode | undefined): ConnectValue {
  if (node === undefined || node === null) return jsonToConnect(schema, node, true)
  if (schema.name === unionName) return unionValue(schema, node)
  if (schema.type === 'STRUCT' && isObject(node)) {
    return new Struct(
      schema,
      schema.fields.map(field => jsonSchemaValue(field.schema, node.get(field.name)))
    )
  }
  const { valueSchema } = schema
  if (schema.type === 'ARRAY' && isArray(node) && valueSchema !== null)
    return node.map(item => jsonSchemaValue(valueSchema, item))
  if (schema.type === 'MAP' && valueSchema !== null) return mapValue(schema, valueSchema, node)
  return jsonToConnect(schema, node, true)
}

function mapValue(schema: Schema, valueSchema: Schema, node: JsonNode): ConnectValue {
  if (isObject(node)) return new Map([...node].map(([key, value]) => [key, jsonSchemaValue(valueSchema, value)]))
  const { keySchema } = schema
  if (!isArray(node) || keySchema === null) return jsonToConnect(schema, node, true)
  return new Map(
    node.map(entry => {
      if (!isObject(entry)) throw new DataError('Found invalid map entry, expected an object with key and value')
      return [jsonSchemaValue(keySchema, entry.get('key')), jsonSchemaValue(valueSchema, entry.get('value'))]
    })
  )
}

/** The first branch that fits is set. */
function unionValue(schema: Schema, node: JsonNode): ConnectValue {
  for (const field of schema.fields) {
    if (!fits(field.schema, node)) continue
    const values = schema.fields.map(() => null as ConnectValue)
    values[field.index] = jsonSchemaValue(field.schema, node)
    return new Struct(schema, values)
  }
  throw new DataError('Did not find matching oneof field for data')
}

function fits(schema: Schema, node: JsonNode): boolean {
  switch (schema.type) {
    case 'BOOLEAN':
      return typeof node === 'boolean'
    case 'STRING':
      return typeof node === 'string'
    case 'BYTES':
      return typeof node === 'string' || node instanceof JsonDecimal || typeof node === 'bigint'
    case 'FLOAT32':
    case 'FLOAT64':
      return typeof node === 'bigint' || node instanceof JsonDecimal
    case 'ARRAY':
      return isArray(node)
    case 'MAP':
      return isObject(node)
    case 'STRUCT':
      return isObject(node) && schema.fields.every(field => fieldFits(field.schema, node.get(field.name)))
    default:
      return typeof node === 'bigint'
  }
}

function fieldFits(schema: Schema, node: JsonNode | undefined): boolean {
  if (node === undefined || node === null) return schema.optional || schema.defaultValue !== undefined
  return fits(schema, node)
}
