// Avro schemas: JSON text to a tree of types, names resolved, everything bounded.
import { DataError } from '../connect/errors.ts'
import { isArray, isObject } from './json-node.ts'
import { type JsonNode, type JsonObject, readJson } from './json-reader.ts'
import { SchemaBudget } from './schema-budget.ts'

export type AvroPrimitive = 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string'

export interface AvroField {
  readonly name: string
  readonly doc: string | null
  readonly defaultValue: JsonNode | undefined
  readonly type: AvroType
}

/** `props` holds whatever else the schema says: logicalType, connect.*, ... */
export type AvroType =
  | { readonly kind: AvroPrimitive; readonly props: JsonObject }
  | AvroRecord
  | {
      readonly kind: 'enum'
      readonly name: string
      readonly doc: string | null
      readonly symbols: readonly string[]
      readonly props: JsonObject
    }
  | { readonly kind: 'fixed'; readonly name: string; readonly size: number; readonly props: JsonObject }
  | { readonly kind: 'array'; readonly items: AvroType; readonly props: JsonObject }
  | { readonly kind: 'map'; readonly values: AvroType; readonly props: JsonObject }
  | { readonly kind: 'union'; readonly branches: readonly AvroType[] }

export interface AvroRecord {
  readonly kind: 'record'
  readonly name: string
  readonly doc: string | null
  /** Filled after the record is known by name: a record may hold itself. */
  readonly fields: AvroField[]
  readonly props: JsonObject
}

const primitives: ReadonlySet<string> = new Set([
  'null',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'bytes',
  'string'
])
const noProps: JsonObject = new Map()
const depthMax = 200

/** Parses schema texts one after the other; later ones see the names of earlier ones, as references need it. Answers the last. */
export function parseAvroSchema(texts: readonly string[]): AvroType {
  const parser = new AvroSchemaParser()
  let type: AvroType | null = null
  for (const text of texts) type = parser.parse(readJson(Buffer.from(text), 'exact') ?? null, '', 0)
  if (type === null) throw new DataError('Invalid Avro schema: there is none')
  return type
}

class AvroSchemaParser {
  readonly #names = new Map<string, AvroType>()
  readonly #budget = new SchemaBudget()

  parse(node: JsonNode, namespace: string, depth: number): AvroType {
    this.#budget.spend()
    if (depth > depthMax) throw new DataError(`Invalid Avro schema: nested deeper than ${depthMax} levels`)
    if (typeof node === 'string') return this.#named(node, namespace)
    if (isArray(node)) return { kind: 'union', branches: node.map(branch => this.parse(branch, namespace, depth + 1)) }
    if (!isObject(node)) throw new DataError('Invalid Avro schema: expected a name, an object or a union')
    const type = node.get('type')
    if (typeof type !== 'string') {
      if (type === undefined) throw new DataError('Invalid Avro schema: an object without "type"')
      // {"type": {"type": "string"}}: the outer object adds nothing that we know of.
      return this.parse(type, namespace, depth + 1)
    }
    switch (type) {
      case 'record':
      case 'error':
        return this.#record(node, namespace, depth)
      case 'enum':
        return this.#enum(node, namespace)
      case 'fixed':
        return this.#define(node, namespace, name => ({ kind: 'fixed', name, size: sizeOf(node), props: node }))
      case 'array':
        return { kind: 'array', items: this.parse(required(node, 'items', type), namespace, depth + 1), props: node }
      case 'map':
        return { kind: 'map', values: this.parse(required(node, 'values', type), namespace, depth + 1), props: node }
      default:
        return isPrimitive(type) ? { kind: type, props: node } : this.#named(type, namespace)
    }
  }

  #named(name: string, namespace: string): AvroType {
    if (isPrimitive(name)) return { kind: name, props: noProps }
    const type = this.#names.get(fullName(name, namespace)) ?? this.#names.get(name)
    if (type === undefined) throw new DataError(`Invalid Avro schema: unknown type ${name}`)
    return type
  }

  #record(node: JsonObject, namespace: string, depth: number): AvroType {
    const fields: AvroField[] = []
    const record = this.#define(node, namespace, name => ({
      kind: 'record',
      name,
      doc: textOf(node, 'doc'),
      fields,
      props: node
    }))
    const list = node.get('fields')
    if (!isArray(list)) throw new DataError(`Invalid Avro schema: record ${nameOf(record)} without "fields"`)
    const inner = namespaceOf(nameOf(record))
    for (const field of list) {
      const name = isObject(field) ? textOf(field, 'name') : null
      if (!isObject(field) || name === null)
        throw new DataError(`Invalid Avro schema: a field of ${nameOf(record)} without "name"`)
      const type = this.parse(required(field, 'type', `field ${name}`), inner, depth + 1)
      fields.push({ name, doc: textOf(field, 'doc'), defaultValue: field.get('default'), type })
    }
    return record
  }

  #enum(node: JsonObject, namespace: string): AvroType {
    const symbols = node.get('symbols')
    if (!isArray(symbols) || !symbols.every(symbol => typeof symbol === 'string')) {
      throw new DataError('Invalid Avro schema: an enum needs "symbols", a list of names')
    }
    this.#budget.spend(symbols.length)
    return this.#define(node, namespace, name => ({
      kind: 'enum',
      name,
      doc: textOf(node, 'doc'),
      symbols,
      props: node
    }))
  }

  #define(node: JsonObject, namespace: string, make: (name: string) => AvroType): AvroType {
    const name = textOf(node, 'name')
    if (name === null) throw new DataError('Invalid Avro schema: a record, enum or fixed needs a "name"')
    const full = fullName(name, textOf(node, 'namespace') ?? namespace)
    if (this.#names.has(full)) throw new DataError(`Invalid Avro schema: ${full} is defined twice`)
    const type = make(full)
    this.#names.set(full, type)
    return type
  }
}

/** The full name of a record, enum or fixed; of any other type, the type's own. */
export function nameOf(type: AvroType): string {
  return 'name' in type ? type.name : type.kind
}

export function simpleName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

function namespaceOf(name: string): string {
  return name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : ''
}

function fullName(name: string, namespace: string): string {
  return name.includes('.') || namespace === '' ? name : `${namespace}.${name}`
}

function isPrimitive(name: string): name is AvroPrimitive {
  return primitives.has(name)
}

export function textOf(node: JsonObject, name: string): string | null {
  const value = node.get(name)
  return typeof value === 'string' ? value : null
}

function required(node: JsonObject, name: string, where: string): JsonNode {
  const value = node.get(name)
  if (value === undefined) throw new DataError(`Invalid Avro schema: ${where} without "${name}"`)
  return value
}

function sizeOf(node: JsonObject): number {
  const size = node.get('size')
  if (typeof size !== 'bigint' || size < 0n || size > 2n ** 31n)
    throw new DataError('Invalid Avro schema: a fixed needs a "size"')
  return Number(size)
}
