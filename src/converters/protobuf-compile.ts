// A Protobuf message type becomes a Connect schema and a reader, as Confluent's ProtobufData maps them.
import { type ConnectValue, Schema, type SchemaOptions, StructFields } from '../connect/data.ts'
import { DataError } from '../connect/errors.ts'
import { FilledIn, isLong } from './filled-in.ts'
import { JoinedParams } from './joined-params.ts'
import {
  enumLeaf,
  type EnumTable,
  enumTable,
  explicitDefault,
  type Leaf,
  logicalLeaf,
  scalarLeaf
} from './protobuf-leaf.ts'
import { type MessageLayout, type Plan, readMessage } from './protobuf-message.ts'
import { type EnumType, type MessageFile, type MessageType, type ProtoField } from './protobuf-schema.ts'
import { SchemaBudget } from './schema-budget.ts'

export interface MessageReader {
  readonly schema: Schema
  /** Reads one message; several parts are one message written in pieces, whose fields merge. */
  readonly read: (bytes: Buffer) => ConnectValue
}

export interface ProtobufSettings {
  /** `wrapper.for.nullables`: google.protobuf.StringValue and its like are optional plain values. */
  readonly unwrapNullables: boolean
  /** `wrapper.for.raw.primitives`: a record that is such a wrapper is its plain value. */
  readonly unwrapRoot: boolean
  /** `generate.index.for.unions`: a oneof's field is named with its number, `pick_0`. */
  readonly indexUnions: boolean
  /** `int.for.enums`: an enum's value is its number, and not its name. */
  readonly intEnums: boolean
  /** `optional.for.nullables`: only fields marked `optional` are optional, but for those that are so in any case: messages, enums, lists. */
  readonly optionalKeyword: boolean
  /** `optional.for.proto2`: an `optional` field of proto2 that is not set is null, as in proto3. */
  readonly optionalProto2: boolean
  /** `values.strict`: a uint64 beyond int64 stays itself, where Java wraps it. */
  readonly strict: boolean
}

const tagParam = 'io.confluent.connect.protobuf.Tag'
const unionPrefix = 'io.confluent.connect.protobuf.Union.'

function nameOf(type: { fullName: string }): string {
  return type.fullName.replace(/^\./, '')
}

function isWrapper(name: string): boolean {
  return /^google\.protobuf\.(Double|Float|U?Int64|U?Int32|Bool|String|Bytes)Value$/.test(name)
}

/** A layout that may still lack its fields. */
interface Layout extends MessageLayout {
  readonly type: MessageType
  readonly fields: StructFields
}

/** Compiles the messages of one registered schema, each once, whoever names it and however often. */
export class MessageCompiler {
  readonly #file: MessageFile
  readonly #settings: ProtobufSettings
  readonly #budget = new SchemaBudget()
  readonly #filled = new FilledIn()
  /** Each field tells all symbols of its enum among the parameters of its schema: they stand there once for all. */
  readonly #enums = new Map<EnumType, EnumTable>()
  readonly #layouts = new Map<MessageType, Layout>()
  /** Layouts whose fields are still to come: by a list and not by recursion, as a schema may be a long chain, or hold itself. */
  #waiting: Layout[] = []
  readonly #readers = new Map<MessageType, MessageReader | DataError>()

  constructor(file: MessageFile, settings: ProtobufSettings) {
    this.#file = file
    this.#settings = settings
  }

  /** The reader of a message as a record. Throws DataError for one that Connect has no schema for. */
  reader(type: MessageType): MessageReader {
    let reader = this.#readers.get(type)
    if (reader === undefined) {
      reader = this.#compiled(type)
      this.#readers.set(type, reader)
    }
    if (reader instanceof DataError) throw reader
    return reader
  }

  #compiled(type: MessageType): MessageReader | DataError {
    try {
      const unwrap = this.#settings.unwrapRoot && isWrapper(nameOf(type))
      const leaf = unwrap ? this.#wrapperLeaf(type) : this.#messageLeaf(type)
      const schema = new Schema(leaf.type, leaf.options)
      for (let next = this.#waiting.pop(); next !== undefined; next = this.#waiting.pop()) this.#fill(next)
      const read = (bytes: Buffer): ConnectValue => {
        this.#filled.reset()
        return leaf.message?.(bytes, schema, 0) ?? null
      }
      return { schema, read }
    } catch (cause) {
      // What was begun may lack fields, and so may what names it.
      this.#layouts.clear()
      this.#waiting = []
      return cause instanceof DataError ? cause : new DataError(`Invalid Protobuf message ${nameOf(type)}`, { cause })
    }
  }

  #layout(type: MessageType): Layout {
    let layout = this.#layouts.get(type)
    if (layout === undefined) {
      layout = {
        name: nameOf(type),
        type,
        fields: new StructFields(),
        plans: new Map(),
        absent: [],
        longAbsent: [],
        filled: this.#filled
      }
      this.#layouts.set(type, layout)
      this.#waiting.push(layout)
    }
    return layout
  }

  #fill({ type, fields, plans, absent, longAbsent }: Layout): void {
    const made: [string, Schema][] = []
    // Oneofs come first; the one that `optional` makes in proto3 is none, and protoc counts it behind all real ones.
    const real = type.oneofsArray.filter(oneof => !oneof.isProto3Optional)
    real.forEach((oneof, at) => made.push(this.#oneof(oneof.name, at, oneof.fieldsArray, made.length, plans)))
    for (const field of type.fieldsArray) {
      if (field.partOf !== null && !field.partOf.isProto3Optional) continue
      const { schema, plan } = this.#field(field, made.length)
      made.push([field.name, schema])
      plans.set(field.id, plan)
    }
    fields.fill(made)
    made.forEach(() => absent.push(null))
    for (const plan of plans.values()) if (plan.union === null) absent[plan.index] = absentValue(plan)
    absent.forEach((value, index) => {
      if (isLong(value)) longAbsent.push(index)
    })
  }

  #oneof(
    name: string,
    at: number,
    members: readonly ProtoField[],
    index: number,
    plans: Map<number, Plan>
  ): [string, Schema] {
    const parts = members.map(field => ({ field, ...this.#field(field, index) }))
    const union = new Schema('STRUCT', {
      name: unionPrefix + name,
      optional: true,
      fields: parts.map(({ field, schema }) => [field.name, schema] as const)
    })
    parts.forEach(({ field, plan }, member) => plans.set(field.id, { ...plan, member, union }))
    return [this.#settings.indexUnions ? `${name}_${at}` : name, union]
  }

  /** `index` is that of the Struct's field. */
  #field(field: ProtoField, index: number): { schema: Schema; plan: Plan } {
    const leaf = this.#hasOptionalKeyword(field) ? { ...this.#leaf(field), absent: null } : this.#leaf(field)
    const tag = [tagParam, field.id.toString()] as const
    const place = { index, member: -1, union: null }
    if (!('keyType' in field) && !field.repeated) {
      const tags = new Map([tag])
      const { params: shared } = leaf.options
      const params = shared === null || shared === undefined ? tags : new JoinedParams(shared, tags)
      const optional = this.#isOptional(field, leaf)
      const schema = new Schema(leaf.type, { ...leaf.options, optional, params })
      return { schema, plan: { leaf, schema, repeated: false, key: null, ...place } }
    }
    const around: SchemaOptions = { optional: true, params: new Map([tag]) }
    const valueSchema = new Schema(leaf.type, { ...leaf.options, optional: true })
    if (!('keyType' in field)) {
      const schema = new Schema('ARRAY', { ...around, valueSchema })
      return { schema, plan: { leaf, schema: valueSchema, repeated: true, key: null, ...place } }
    }
    const keyLeaf = scalarLeaf(String(field.keyType), this.#settings.strict)
    const keySchema = new Schema(keyLeaf.type, { optional: true })
    const schema = new Schema('MAP', { ...around, keySchema, valueSchema })
    const key = { leaf: keyLeaf, schema: keySchema }
    return { schema, plan: { leaf, schema: valueSchema, repeated: false, key, ...place } }
  }

  /** Of such a field it is known whether it was written: where it was not, it holds null and no zero. */
  #hasOptionalKeyword(field: ProtoField): boolean {
    if (field.partOf !== null) return field.partOf.isProto3Optional
    const { message } = field
    if (!this.#settings.optionalProto2) return false
    return (
      message !== null &&
      field.rule !== 'required' &&
      !field.repeated &&
      !field.map &&
      this.#file.syntaxOf(message) === 'proto2'
    )
  }

  /** Scalars alone are ever required; what may be null is optional whatever the settings say. */
  #isOptional(field: ProtoField, leaf: Leaf): boolean {
    const { optionalKeyword, unwrapNullables } = this.#settings
    if (leaf.isNullable || leaf.absent === null || field.partOf !== null) return true
    return !optionalKeyword && !unwrapNullables
  }

  #leaf(field: ProtoField): Leaf {
    this.#budget.spend()
    const resolved = this.#file.typeOf(field)
    const { strict } = this.#settings
    if (resolved === null) return { ...scalarLeaf(field.type, strict), ...explicitDefault(field, strict) }
    if ('values' in resolved) {
      return enumLeaf(this.#enum(resolved), field, this.#settings.intEnums, this.#filled)
    }
    const name = nameOf(resolved)
    const logical = logicalLeaf(name, field)
    if (logical !== null) return logical
    return this.#settings.unwrapNullables && isWrapper(name) ? this.#wrapperLeaf(resolved) : this.#messageLeaf(resolved)
  }

  #enum(type: EnumType): EnumTable {
    let table = this.#enums.get(type)
    if (table === undefined) {
      this.#budget.spend(Object.keys(type.values).length)
      table = enumTable(nameOf(type), type.values)
      this.#enums.set(type, table)
    }
    return table
  }

  #messageLeaf(type: MessageType): Leaf {
    const layout = this.#layout(type)
    return messageLeaf('STRUCT', { name: layout.name, fields: layout.fields }, (bytes, schema, depth) =>
      readMessage(layout, bytes, schema, depth)
    )
  }

  /** google.protobuf.Int64Value and its like as the plain value they hold. */
  #wrapperLeaf(type: MessageType): Leaf {
    const field = type.fields.value
    if (field === undefined) throw new DataError(`${nameOf(type)} has no field "value"`)
    const layout = this.#layout(type)
    const holder = new Schema('STRUCT', { fields: layout.fields })
    const leaf = this.#leaf(field)
    return messageLeaf(leaf.type, leaf.options, (bytes, _schema, depth) =>
      readMessage(layout, bytes, holder, depth).get('value')
    )
  }
}

function messageLeaf(type: Leaf['type'], options: SchemaOptions, message: NonNullable<Leaf['message']>): Leaf {
  const read: Leaf['read'] = (cursor, schema, depth) => message(cursor.blob(), schema, depth)
  return { type, options, wire: 2, absent: null, isNullable: true, read, message }
}

/** What a field holds that the bytes do not name: proto3's zero values; nothing for a message. */
function absentValue(plan: Plan): ConnectValue {
  if (plan.key !== null) return new Map()
  return plan.repeated ? [] : plan.leaf.absent
}
