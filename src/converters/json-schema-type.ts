// Which types a JSON Schema allows at a place: said by `type`, or by the values of `const` and `enum`, or by what else stands there.
import { DataError } from '../connect/errors.ts'
import { isArray, isObject } from './json-node.ts'
import { JsonDecimal, type JsonNode } from './json-reader.ts'
import { type Facet } from './json-schema-documents.ts'

export interface Types {
  /** Without `null`. */
  readonly types: readonly string[]
  readonly nullable: boolean
}

/** What the nearest facet says under a key. */
export function keyword(facets: readonly Facet[], key: string): JsonNode | undefined {
  for (const { node } of facets) {
    const value = node.get(key)
    if (value !== undefined) return value
  }
  return undefined
}

export function textOf(facets: readonly Facet[], key: string): string | null {
  const value = keyword(facets, key)
  return typeof value === 'string' ? value : null
}

/** Every facet must allow a type; null where nothing says any. */
export function typesOf(facets: readonly Facet[]): Types | null {
  let allowed: readonly string[] | null = null
  for (const { node } of facets) {
    const own = typeNames(node.get('type')) ?? typesOfValues(node.get('const'), node.get('enum'))
    if (own !== null) allowed = allowed === null ? own : common(allowed, own)
  }
  if (allowed === null) {
    const isStruct = facets.some(({ node }) => isObject(node.get('properties')))
    return isStruct ? { types: ['object'], nullable: false } : null
  }
  const types = allowed.filter(type => type !== 'null')
  return { types, nullable: types.length < allowed.length }
}

function typeNames(type: JsonNode | undefined): readonly string[] | null {
  if (typeof type === 'string') return [type]
  return isArray(type) ? [...new Set(type.filter(each => typeof each === 'string'))] : null
}

/** An integer is a number too. */
function common(a: readonly string[], b: readonly string[]): readonly string[] {
  const both = a.filter(type => b.includes(type) || (type === 'integer' && b.includes('number')))
  const whole = b.includes('integer') && a.includes('number') && !a.includes('integer') ? ['integer'] : []
  if (both.length + whole.length > 0) return [...both, ...whole]
  throw new DataError(`Invalid JSON Schema: a value can't be ${a.join(' or ')} and ${b.join(' or ')} at once`)
}

/** Of values without a type: what they all are; of several scalars, text, which can hold each. */
function typesOfValues(only: JsonNode | undefined, some: JsonNode | undefined): readonly string[] | null {
  const values = only !== undefined ? [only] : isArray(some) ? some : null
  if (values === null) return null
  const kinds = new Set(values.map(typeOfValue))
  const nulls = kinds.delete('null') ? ['null'] : []
  if (kinds.has('object') || kinds.has('array'))
    throw new DataError('Invalid JSON Schema: "const" or "enum" of objects or lists without "type" has no Connect schema')
  if (kinds.size === 2 && kinds.has('integer') && kinds.has('number')) return ['number', ...nulls]
  return kinds.size === 1 ? [...kinds, ...nulls] : kinds.size === 0 ? nulls : ['string', ...nulls]
} // prettier-ignore

function typeOfValue(value: JsonNode): string {
  if (value === null) return 'null'
  if (typeof value === 'bigint') return 'integer'
  if (value instanceof JsonDecimal) return 'number'
  if (isArray(value)) return 'array'
  return isObject(value) ? 'object' : typeof value
}
