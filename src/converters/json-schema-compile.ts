// A JSON Schema becomes a Connect schema, as Confluent's JsonSchemaData maps it. Each place of it is compiled once, so that what holds itself comes to an end.
import {
  type ConnectValue,
  logicalNames,
  Schema,
  type SchemaOptions,
  StructFields,
  type SchemaType
} from '../connect/data.ts'
import { DataError } from '../connect/errors.ts'
import { type ValueRules } from './converter-config.ts'
import { isArray, isObject } from './json-node.ts'
import { type JsonNode, type JsonObject } from './json-reader.ts'
import { Documents, type Facet } from './json-schema-documents.ts'
import { SchemaParams } from './json-schema-params.ts'
import { keyword, textOf, typesOf } from './json-schema-type.ts'
import { jsonSchemaValue, unionName } from './json-schema-value.ts'
import { javaRules } from './json-to-connect.ts'
import { checkDefault, SchemaBudget } from './schema-budget.ts'

const unionFields = { own: 'io.confluent.connect.json.OneOf.field.', general: 'connect_union_field_' }
const depthMax = 300

const integerTypes: ReadonlyMap<string, SchemaType> = new Map<string, SchemaType>([
  ['int8', 'INT8'],
  ['int16', 'INT16'],
  ['int32', 'INT32'],
  ['int64', 'INT64']
])

/** Keys that make a difference to what a schema is; the others say something about its place. */
const formKeys: readonly string[] = [
  ...['type', 'properties', 'required', 'items', 'additionalProperties', 'oneOf', 'anyOf', 'enum', 'const'],
  ...['connect.type', 'connect.parameters']
]

/**
 * Compiles a schema text; `references` are other documents by the name they are referred to. Nothing is ever fetched. `unions`: how the fields of a oneOf
 * are named, as `generalized.sum.type.support` says.
 */
export function compileJsonSchema(
  text: string,
  references: readonly { readonly name: string; readonly text: string }[],
  rules: ValueRules = javaRules,
  unions: keyof typeof unionFields = 'own'
): Schema {
  return new JsonSchemaCompiler(text, references, rules, unions).root()
}

/** What holds at a place; `type`: of several types only this one. */
interface Place {
  readonly facets: readonly Facet[]
  readonly type: string | null
}

/** The branches that are more than null. */
interface Choice {
  readonly branches: readonly Place[]
  readonly nullable: boolean
}

/** What a schema is, whatever stands beside it at its place. */
interface Form {
  readonly type: SchemaType
  readonly options: SchemaOptions
  /** Of a list or map that is not done: schemas that wait for what it holds. */
  waiting: Schema[] | null
}

class JsonSchemaCompiler {
  readonly #budget = new SchemaBudget()
  readonly #params = new SchemaParams(this.#budget)
  readonly #documents: Documents
  /** By the objects that make a form, numbered. */
  readonly #forms = new Map<string, Form>()
  readonly #numbers = new Map<JsonObject, number>()
  readonly #choices = new Map<string, Choice | null>()
  /** Defaults are read last, when every schema is whole. */
  readonly #defaults: (() => void)[] = []
  readonly #values: ConnectValue[] = []
  readonly #rules: ValueRules
  readonly #unions: keyof typeof unionFields
  readonly #keepsNull: boolean
  #depth = 0

  constructor(
    text: string,
    references: readonly { readonly name: string; readonly text: string }[],
    rules: ValueRules,
    unions: keyof typeof unionFields
  ) {
    this.#documents = new Documents(text, references, this.#budget)
    this.#rules = rules
    this.#unions = unions
    this.#keepsNull = rules.defaults !== 'null'
  }

  root(): Schema {
    const { root } = this.#documents
    const schema = this.#schema(this.#place([{ node: root.root, document: root }]), false)
    for (const read of this.#defaults) read()
    for (const value of this.#values) checkDefault(value, this.#budget)
    return schema
  }

  /** Of one place, or of several that hold together. */
  #place(given: readonly { readonly node: JsonNode | undefined; readonly document: Facet['document'] }[]): Place {
    const facets = given.flatMap(({ node, document }) => this.#documents.facets(node, document))
    return { facets: [...new Map(facets.map(facet => [facet.node, facet])).values()], type: null }
  }

  #schema(place: Place, optional: boolean): Schema {
    if (++this.#depth > depthMax)
      throw new DataError(`Invalid JSON Schema: nested deeper than ${depthMax} levels, or it leads to itself`)
    const schema = this.#schemaOf(place, optional)
    this.#depth--
    return schema
  }

  #schemaOf(place: Place, optional: boolean): Schema {
    const { facets } = place
    const choice = place.type === null && !hasProperties(facets) ? this.#choice(place) : null
    if (choice !== null)
      return this.#withDefault(place, this.#union(place, choice.branches, optional || choice.nullable))
    const found = typesOf(facets)
    if (found === null) throw new DataError('Invalid JSON Schema: a schema without "type" has no Connect schema')
    const nullable = optional || found.nullable
    if (place.type === null && found.types.length > 1)
      return this.#withDefault(place, this.#union(place, found.types.map(type => ({ facets, type })), nullable)) // prettier-ignore
    const form = this.#form({ facets, type: place.type ?? found.types[0] ?? 'null' })
    const options = {
      ...attributes(facets, this.#params),
      ...form.options,
      optional: nullable,
      keepsNull: this.#keepsNull
    }
    const schema = new Schema(form.type, options)
    form.waiting?.push(schema)
    const defaultNode = keyword(facets, 'default') ?? null
    if (defaultNode !== null && place.type === null) this.#defaults.push(() => this.#readDefault(schema, defaultNode))
    return schema
  }

  /** Of a choice. Java drops it, and so it is dropped wherever a null becomes its default, as in Java. */
  #withDefault(place: Place, schema: Schema): Schema {
    const node = keyword(place.facets, 'default') ?? null
    if (node !== null && this.#keepsNull) this.#defaults.push(() => this.#readDefault(schema, node))
    return schema
  }

  #readDefault(schema: Schema, node: JsonNode): void {
    const value = defaultOf(schema, node, this.#rules)
    if (value === null) return
    schema.complete({ defaultValue: value })
    this.#values.push(value)
  }

  /** The branches of a choice but for null; null where there is none, or where its branches only say more about a type that is known. */
  #choice(place: Place): Choice | null {
    const found = place.facets.find(isChoice)
    if (found === undefined) return null
    const key = this.#key(place)
    let choice = this.#choices.get(key)
    if (choice === undefined) {
      choice = this.#readChoice(found, place.facets)
      this.#choices.set(key, choice)
    }
    return choice
  }

  #readChoice(found: Facet, facets: readonly Facet[]): Choice | null {
    const list = listOf(found.node.get('oneOf') ?? found.node.get('anyOf'))
    const places = list.map(node => this.#place([{ node, document: found.document }]))
    const branches = places.filter(({ facets: own }) => !isNull(own))
    const saysMore = branches.some(({ facets: own }) => typesOf(own) !== null || own.some(isChoice))
    if (!saysMore && typesOf(facets) !== null) return null
    return { branches, nullable: branches.length < places.length }
  }

  /** One branch is what it is, optional or not; of any other number a STRUCT with one optional field per branch. */
  #union(place: Place, branches: readonly Place[], optional: boolean): Schema {
    const [first] = branches
    if (branches.length === 1 && first !== undefined) return this.#schema(first, optional)
    const form = this.#struct(`${this.#key(place)}|`, () =>
      branches.map((branch, index) => [`${unionFields[this.#unions]}${index}`, this.#schema(branch, true)])
    )
    return new Schema('STRUCT', { ...form.options, name: unionName, optional, keepsNull: this.#keepsNull })
  }

  /** Known before its fields are: one of them may be the struct again. */
  #struct(key: string, fieldsOf: () => readonly (readonly [string, Schema])[]): Form {
    const known = this.#forms.get(key)
    if (known !== undefined) return known
    const fields = new StructFields()
    const form: Form = { type: 'STRUCT', options: { fields }, waiting: null }
    this.#forms.set(key, form)
    fields.fill(fieldsOf())
    return form
  }

  /** Which objects make the form of a place: places that name the same ones have the same form. */
  #key({ facets, type }: Place): string {
    const numbers: number[] = []
    for (const { node } of facets) {
      if (!formKeys.some(key => node.has(key)) && node.get('title') !== logicalNames.decimal) continue
      let number = this.#numbers.get(node)
      if (number === undefined) {
        number = this.#numbers.size
        this.#numbers.set(node, number)
      }
      numbers.push(number)
    }
    return `${type ?? ''}:${numbers.join()}`
  }

  #form(place: Place): Form {
    const { facets, type } = place
    const key = this.#key(place)
    const known = this.#forms.get(key)
    if (known !== undefined) return known
    if (type === 'array') return this.#holder(key, 'ARRAY', place)
    if (type !== 'object') {
      const form: Form = { ...scalar(type ?? '', facets, this.#params), waiting: null }
      this.#forms.set(key, form)
      return form
    }
    if (textOf(facets, 'connect.type') === 'map') return this.#holder(key, 'MAP', place)
    return this.#struct(key, () => this.#fields(facets))
  }

  /** A list or a map. Confluent writes a map whose keys are no strings as a list of objects `key`, `value`. */
  #holder(key: string, type: 'ARRAY' | 'MAP', { facets }: Place): Form {
    const waiting: Schema[] = []
    const form: Form = { type, options: type === 'MAP' ? { keySchema: new Schema('STRING') } : {}, waiting }
    this.#forms.set(key, form)
    const held = under(facets, type === 'MAP' ? 'additionalProperties' : 'items')
    if (held.length === 0)
      throw new DataError(`Invalid JSON Schema: ${type === 'MAP' ? 'a map without "additionalProperties"' : 'an array without "items"'} has no Connect schema`) // prettier-ignore
    const elements = this.#schema(this.#place(held), false)
    for (const schema of waiting) schema.complete({ valueSchema: elements })
    const [mapKey, mapValue] = [elements.field('key'), elements.field('value')]
    const isMap = textOf(facets, 'connect.type') === 'map' && mapKey !== undefined && mapValue !== undefined
    const done: Form =
      type === 'ARRAY' && isMap
        ? { type: 'MAP', options: { keySchema: mapKey.schema, valueSchema: mapValue.schema }, waiting: null }
        : { type, options: { ...form.options, valueSchema: elements }, waiting: null }
    this.#forms.set(key, done)
    return done
  }

  /** The properties of all facets; those that only a branch of a choice has are optional. */
  #fields(facets: readonly Facet[]): readonly (readonly [string, Schema])[] {
    const names = new Set(facets.flatMap(({ node }) => listOf(node.get('required'))))
    const places = this.#properties(facets)
    const own = new Set(places.keys())
    for (const { node, document } of facets)
      for (const branch of [...listOf(node.get('oneOf')), ...listOf(node.get('anyOf'))]) {
        if (!isObject(branch)) continue
        for (const [name, place] of this.#properties(this.#documents.facets(branch, document)))
          if (!own.has(name)) places.set(name, [...(places.get(name) ?? []), ...place])
      }
    return [...places]
      .map(([name, place], at) => ({ name, place, index: indexOf(place) ?? places.size + at }))
      .sort((a, b) => a.index - b.index)
      .map(({ name, place }) => [
        name,
        own.has(name) ? this.#schema(this.#place(place), !names.has(name)) : this.#either(place)
      ])
  }

  /** A field of which each branch of a choice says something of its own: scalars of one type are that type, anything else a union. */
  #either(given: readonly { readonly node: JsonNode; readonly document: Facet['document'] }[]): Schema {
    const places = new Map(given.map(each => this.#place([each])).map(place => [this.#key(place), place]))
    const schemas = [...places.values()].map(place => this.#schema(place, true))
    const [first] = schemas
    if (first !== undefined && schemas.every(({ type }) => type === first.type && isScalar(type))) return first
    return this.#union({ facets: [], type: [...places.keys()].join('/') }, [...places.values()], true)
  }

  #properties(facets: readonly Facet[]): Map<string, { node: JsonNode; document: Facet['document'] }[]> {
    const found = new Map<string, { node: JsonNode; document: Facet['document'] }[]>()
    for (const { node, document } of facets) {
      const properties = node.get('properties')
      if (!isObject(properties)) continue
      for (const [name, property] of properties) {
        this.#budget.spend()
        const place = found.get(name)
        if (place === undefined) found.set(name, [{ node: property, document }])
        else place.push({ node: property, document })
      }
    }
    return found
  }
}

/** A default that is none of its own schema counts as none at all: nobody ever checked it. */
function defaultOf(schema: Schema, node: JsonNode, rules: ValueRules): ConnectValue {
  try {
    return jsonSchemaValue(schema, node, rules)
  } catch (error) {
    if (error instanceof DataError) return null
    throw error
  }
}

function isChoice({ node }: Facet): boolean {
  return isArray(node.get('oneOf') ?? node.get('anyOf'))
}

function hasProperties(facets: readonly Facet[]): boolean {
  return facets.some(({ node }) => {
    const properties = node.get('properties')
    return isObject(properties) && properties.size > 0
  })
}

function isNull(facets: readonly Facet[]): boolean {
  return keyword(facets, 'type') === 'null'
}

/** What all facets say under a key. */
function under(facets: readonly Facet[], key: string): { node: JsonNode; document: Facet['document'] }[] {
  return facets.flatMap(({ node, document }) => {
    const held = node.get(key)
    return held === undefined ? [] : [{ node: held, document }]
  })
}

function isScalar(type: SchemaType): boolean {
  return type !== 'STRUCT' && type !== 'MAP' && type !== 'ARRAY'
}

function listOf(node: JsonNode | undefined): readonly JsonNode[] {
  return isArray(node) ? node : []
}

function scalar(
  type: string,
  facets: readonly Facet[],
  params: SchemaParams
): { type: SchemaType; options: SchemaOptions } {
  const connectType = textOf(facets, 'connect.type')
  switch (type) {
    case 'boolean':
      return { type: 'BOOLEAN', options: {} }
    case 'integer':
      return { type: integerTypes.get(connectType ?? '') ?? 'INT64', options: {} }
    case 'number': {
      if (textOf(facets, 'title') === logicalNames.decimal || connectType === 'bytes')
        return { type: 'BYTES', options: params.decimal(facets) }
      const plain = integerTypes.get(connectType ?? '') ?? 'FLOAT64'
      return { type: connectType === 'float32' ? 'FLOAT32' : plain, options: {} }
    }
    case 'string':
      if (connectType === 'bytes') return { type: 'BYTES', options: {} }
      return { type: 'STRING', options: params.enum(facets) }
    default:
      throw new DataError(`Invalid JSON Schema: type ${type} has no Connect schema`)
  }
}

/** What Connect wrote of itself into the schema. The title is the name. */
function attributes(facets: readonly Facet[], params: SchemaParams): SchemaOptions {
  return {
    name: textOf(facets, 'title'),
    version: integerOf(keyword(facets, 'connect.version')),
    doc: textOf(facets, 'connect.doc') ?? textOf(facets, 'description'),
    params: params.given(facets)
  }
}

function indexOf(place: readonly { readonly node: JsonNode }[]): number | null {
  for (const { node } of place) {
    const index = isObject(node) ? integerOf(node.get('connect.index')) : null
    if (index !== null) return index
  }
  return null
}

function integerOf(node: JsonNode | undefined): number | null {
  return typeof node === 'bigint' && BigInt.asIntN(32, node) === node ? Number(node) : null
}
