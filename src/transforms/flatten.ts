// Flatten: makes nested Structs or Maps one level, joining names with a delimiter.
import {
  ConnectMap,
  type ConnectValue,
  Decimal,
  type Field,
  Schema,
  setSourceText,
  sourceText,
  Struct
} from '../connect/data.ts'
import { DataError } from '../connect/errors.ts'
import { type Config, type Transformation } from '../connect/plugin.ts'
import { javaClass } from '../connect/values/java-class.ts'
import { javaEntries } from '../connect/values/java-map-order.ts'
import { javaObjectText } from '../connect/values/java-object-text.ts'
import { type OperatingPart } from './operating-part.ts'
import { type ConnectObject, requireMap, requireStruct } from './requirements.ts'
import { perSchema, schemaBasics, structSchema } from './schema-copy.ts'
import { definition, parseTransformConfig } from './transform-config.ts'

const purpose = 'flattening'
/** Deeper data is refused: Java would end with a stack overflow, and so might we. */
const depthMax = 1000
/** A schema may name its parts more often than anyone can count. */
const fieldsMax = 100_000

export const flattenConfig = definition({
  name: 'delimiter',
  type: 'STRING',
  defaultValue: '.',
  importance: 'MEDIUM',
  documentation: 'Stands between the names that are joined.'
})

export function createFlatten(config: Config, part: OperatingPart): Transformation {
  const delimiter = parseTransformConfig(flattenConfig, config).text('delimiter') ?? ''
  const flattened = perSchema(schema => {
    const fields: [string, Schema][] = []
    const { optional, keepsNull } = schema
    const ancestors = { prefix: '', optional, keepsNull, default: defaultOf(schema), depth: 0, met: { count: 0 } }
    flattenSchema(schema, ancestors, delimiter, fields)
    return structSchema(fields, schemaBasics(schema))
  })
  return {
    apply(record) {
      const value = part.valueOf(record)
      if (value === null) return record
      const schema = part.schemaOf(record)
      if (schema === null) {
        const map = requireMap(value, purpose)
        const flat = new ConnectMap({ kind: 'linked' })
        flattenMap(map, '', delimiter, flat, 0)
        const ordered = new ConnectMap({ kind: 'linked', arrival: [...flat.keys()] })
        orderAsRecord(map, '', delimiter, flat, ordered)
        return part.change(record, null, ordered)
      }
      const struct = requireStruct(value, purpose, schema)
      const newSchema = flattened(struct.schema)
      const values: ConnectValue[] = []
      flattenStruct(struct.schema, struct, values)
      return part.change(record, newSchema, new Struct(newSchema, values))
    }
  }
}

/** What the fields of a nested STRUCT take from those around it. */
interface Ancestors {
  readonly prefix: string
  readonly optional: boolean
  readonly keepsNull: boolean
  readonly default: Struct | null
  readonly depth: number
  /** Fields met so far, on all levels. */
  readonly met: { count: number }
}

function flattenSchema(schema: Schema, from: Ancestors, delimiter: string, fields: [string, Schema][]): void {
  refuseDepth(from.depth)
  for (const field of schema.fields) {
    if (++from.met.count > fieldsMax)
      throw new DataError(
        `Flatten meets a schema of more than ${fieldsMax} fields. Take the fields that are not wanted away by ReplaceField before`
      )
    const name = joined(from.prefix, field.name, delimiter)
    const optional = from.optional || field.schema.optional
    const defaultValue = field.schema.defaultValue ?? from.default?.at(field) ?? null
    if (field.schema.type !== 'STRUCT') {
      const keepsNull = from.keepsNull || field.schema.keepsNull
      fields.push([name, leafSchema(field, name, { optional, keepsNull }, defaultValue)])
      continue
    }
    const nested = defaultValue instanceof Struct ? defaultValue : null
    const depth = from.depth + 1
    const keepsNull = from.keepsNull || field.schema.keepsNull
    const within = { prefix: name, optional, keepsNull, default: nested, depth, met: from.met }
    flattenSchema(field.schema, within, delimiter, fields)
  }
}

function joined(prefix: string, name: string, delimiter: string): string {
  return prefix === '' ? name : prefix + delimiter + name
}

function defaultOf(schema: Schema): Struct | null {
  return schema.defaultValue instanceof Struct ? schema.defaultValue : null
}

function leafSchema(
  { schema }: Field,
  name: string,
  nulls: { readonly optional: boolean; readonly keepsNull: boolean },
  defaultValue: ConnectValue
): Schema {
  if (schema.type === 'MAP') {
    throw new DataError(`Flatten transformation does not support MAP for record with schemas (for field ${name}).`)
  }
  return new Schema(schema.type, {
    ...schemaBasics(schema),
    valueSchema: schema.valueSchema,
    ...nulls,
    ...(defaultValue === null ? {} : { defaultValue })
  })
}

/** Values in the order of the flattened schema; where a nested Struct is null, so are all its fields. */
function flattenStruct(schema: Schema, struct: Struct | null, values: ConnectValue[]): void {
  for (const field of schema.fields) {
    const value = struct === null ? null : struct.at(field)
    if (field.schema.type === 'STRUCT') flattenStruct(field.schema, value as Struct | null, values)
    else values.push(value)
  }
}

function flattenMap(map: ConnectObject, prefix: string, delimiter: string, flat: ConnectMap, depth: number): void {
  refuseDepth(depth)
  for (const [key, value] of javaEntries(map, null)) {
    const name = joined(prefix, javaObjectText(key, null), delimiter)
    if (value instanceof Map) flattenMap(value as ConnectObject, name, delimiter, flat, depth + 1)
    else if (value instanceof Date || value instanceof Decimal) {
      throw new DataError(
        `Flatten transformation was passed a value of type class ${javaClass(value)} which is not supported by Connect's data API`
      )
    } else if (value instanceof Struct) {
      throw new DataError(
        `Flatten transformation does not support ${javaClass(value)} for record without schemas (for field ${name}).`
      )
    } else flat.set(name, value)
  }
}

/** Puts what Java's map holds into one that keeps the order of the record, and the texts of its numbers. */
function orderAsRecord(
  map: ConnectObject,
  prefix: string,
  delimiter: string,
  java: ConnectMap,
  flat: ConnectMap
): void {
  for (const [key, value] of map) {
    const name = joined(prefix, javaObjectText(key, null), delimiter)
    if (value instanceof Map) {
      orderAsRecord(value as ConnectObject, name, delimiter, java, flat)
      continue
    }
    const held = java.get(name) ?? null
    flat.set(name, held)
    if (typeof held !== 'number' && held !== 0n) continue
    const text = Object.is(held, value) ? sourceText(map, key) : undefined
    if (text !== undefined) setSourceText(flat, name, text)
  }
}

function refuseDepth(depth: number): void {
  if (depth > depthMax) throw new DataError(`Flatten meets data nested deeper than ${depthMax} levels`)
}
