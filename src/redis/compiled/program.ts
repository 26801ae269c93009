// Compiles a plan for one shape of values into programs: literal bytes and slots, in the order the command wants them.
//
// The idea. The plain way is right by definition, so it is asked, not imitated: it plans one symbolic record of the shape, whose every leaf is a
// marker, and what it answers is cut at the markers. Field order, key, prefix, delimiter, escapes and renaming come out as the plain way does them.
// A marker is a text that reads as a small decimal of few digits, so that it passes wherever a text, a score or a coordinate is wanted. Behind the
// digits it has a control character, which Java's number parser trims, a key part keeps and JSON escapes: so each place says what it wants printed
// there (an object in a key may hold JSON under the plain contract). Only what depends on a leaf's value is left to the run: its text (the reader prints it), and the cases that change the
// command's form (null in a key, arrays, numbers out of range): there the run says no and the plain way takes that record.
import { type Shape, type ShapeField } from '../../connect/compiled.ts'
import { ConnectMap, type ConnectValue, Struct, Schema } from '../../connect/data.ts'
import { type SinkRecord } from '../../connect/record.ts'
import { type Command, type CommandKind } from '../encode.ts'
import { type Plans } from '../plan.ts'

/** What stands at a place: a slot as JSON, as bare text, as a score or a coordinate, or the record's partition or offset. */
export const pieceKinds = { json: 0, text: 1, score: 2, coordinate: 3, partition: 4, offset: 5 } as const

/** One argument of a command: literal, piece, literal, piece, ..., literal. There is one literal more than `kinds` and `slots`. */
export interface ArgumentProgram {
  /** All literals as 32-bit words, the last word of each filled up with zeros. */
  readonly words: Int32Array
  /** Where each literal's words begin; those of the next one end them. */
  readonly wordStarts: Int32Array
  /** Bytes of each literal. */
  readonly lengths: Int32Array
  readonly kinds: Uint8Array
  readonly slots: Int32Array
  /** Bytes beside the slots. */
  readonly fixedRoom: number
  /** How many digits the argument's length had last time. */
  readonly memory: { digits: number }
}

export interface CommandProgram {
  readonly kind: CommandKind
  readonly statement: number
  readonly args: readonly ArgumentProgram[]
}

/** The programs of one shape's records. */
export interface ShapeProgram {
  readonly commands: readonly CommandProgram[]
  /** Slots of each use, with what the run must find in them: null and `other` make another command, or none. */
  readonly textSlots: Int32Array
  readonly jsonSlots: Int32Array
  readonly numberSlots: Int32Array
  /** `most` bounds the number's size; NaN is beyond every bound. */
  readonly coordinates: readonly { readonly slot: number; readonly most: number }[]
  /** Bytes beside the slots: literals, marks, and the record's place. */
  readonly fixedRoom: number
  /** No slot is printed more often than this. */
  readonly uses: number
}

const markerDigits = '8675309'
const markerEnd = '\u0001'
const jsonMarker = /"12\.8675309(\d{4})1\\u0001"/
const textMarker = /12\.8675309(\d{4})1\u0001/
const numberMarker = /12\.8675309(\d{4})1/
const marker = new RegExp(`${jsonMarker.source}|${textMarker.source}|${numberMarker.source}`, 'g')
const slotsMax = 10_000
/** Stand for the record's place in row keys (`topic|partition|offset`), where the plain way prints them as they are. */
const partitionMarker = 867530917
const offsetMarker = 8675309864197531
const place = /(8675309864197531|867530917)/

/** The programs of a shape's commands; null where the plain way must take every record of that shape. */
export function compileShape(plans: Plans, shape: Shape, topic: string): ShapeProgram | null {
  if (shape.slots > slotsMax || shape.fields.some(hasAwkwardName)) return null
  const { schema, value } = symbolicValue(shape)
  let commands: readonly Command[]
  try {
    const planned = plans.run(symbolicRecord(topic, schema, value))
    if (planned.skips.length > 0) return null
    commands = planned.commands
  } catch {
    // The plain way refuses the symbolic record: it will say so of each real one, in words that fit it.
    return null
  }
  const programs: CommandProgram[] = []
  for (const command of commands) {
    if (command.expireWhenAdded > 0n) return null
    const args = command.args.map(text => compileArgument(text, command.kind === 'GEOADD'))
    programs.push({ kind: command.kind, statement: command.statement, args })
  }
  return shapeProgram(programs)
}

const longitudeMax = 180
const latitudeMax = 85.05112878
const placeBytes = 20
const wordMarks = 32

/** What the run needs to know of all commands together: a record is one unit, checked before a byte of it is written. */
function shapeProgram(commands: readonly CommandProgram[]): ShapeProgram {
  const slotsOf: Record<number, number[]> = {}
  const coordinates: { slot: number; most: number }[] = []
  const uses = new Map<number, number>()
  let fixedRoom = 64
  for (const { args, kind } of commands) {
    for (const [index, { fixedRoom: room, kinds, slots }] of args.entries()) {
      fixedRoom += room
      for (const [piece, pieceKind] of kinds.entries()) {
        const slot = slots[piece] ?? -1
        if (slot < 0) continue
        uses.set(slot, (uses.get(slot) ?? 0) + 1)
        ;(slotsOf[pieceKind] ??= []).push(slot)
        if (pieceKind === pieceKinds.coordinate) {
          coordinates.push({ slot, most: kind === 'GEOADD' && index === 1 ? longitudeMax : latitudeMax })
        }
      }
    }
  }
  const of = (...kinds: number[]): Int32Array => Int32Array.from(new Set(kinds.flatMap(kind => slotsOf[kind] ?? [])))
  return {
    commands,
    textSlots: of(pieceKinds.text),
    jsonSlots: of(pieceKinds.json),
    numberSlots: of(pieceKinds.score),
    coordinates,
    fixedRoom,
    uses: Math.max(1, ...uses.values())
  }
}

/** A dot in a name makes paths ambiguous; digits of a marker could be taken for one. */
function hasAwkwardName(field: ShapeField): boolean {
  if (field.name.includes('.') || field.name.includes(markerDigits)) return true
  return field.fields?.some(hasAwkwardName) ?? false
}

function markerOf(slot: number): string {
  return `12.${markerDigits}${String(slot).padStart(4, '0')}1${markerEnd}`
}

/** Cuts an argument at its markers. */
function compileArgument(text: string, isGeo: boolean): ArgumentProgram {
  const literals: Buffer[] = []
  const kinds: number[] = []
  const slots: number[] = []
  let from = 0
  for (const match of text.matchAll(marker)) {
    const [whole, json, bare, number] = match
    literals.push(Buffer.from(text.slice(from, match.index)))
    if (json !== undefined) kinds.push(pieceKinds.json)
    else if (bare !== undefined) kinds.push(pieceKinds.text)
    else kinds.push(isGeo ? pieceKinds.coordinate : pieceKinds.score)
    slots.push(Number(json ?? bare ?? number))
    from = match.index + whole.length
  }
  const parts = text.slice(from).split(place)
  for (let index = 1; index < parts.length; index += 2) {
    literals.push(Buffer.from(parts[index - 1] ?? ''))
    kinds.push(parts[index] === String(offsetMarker) ? pieceKinds.offset : pieceKinds.partition)
    slots.push(-1)
  }
  literals.push(Buffer.from(parts.at(-1) ?? ''))
  const fixedRoom = literals.reduce((room, each) => room + each.length, wordMarks + placeBytes * kinds.length)
  const memory = { digits: 2 }
  const lengths = Int32Array.from(literals, each => each.length)
  const each = literals.map(asWords)
  const words = Int32Array.from(each.flat())
  const wordStarts = Int32Array.from({ length: each.length + 1 }, (_, index) => each.slice(0, index).flat().length)
  return { words, wordStarts, lengths, kinds: Uint8Array.from(kinds), slots: Int32Array.from(slots), fixedRoom, memory }
}

function asWords(literal: Buffer): number[] {
  const padded = Buffer.alloc(Math.ceil(literal.length / 4) * 4)
  literal.copy(padded)
  return Array.from({ length: padded.length / 4 }, (_, index) => padded.readInt32LE(4 * index))
}

function symbolicRecord(topic: string, valueSchema: Schema | null, value: ConnectValue): SinkRecord {
  const original = {
    topic,
    partition: partitionMarker,
    offset: offsetMarker,
    timestamp: 0,
    timestampType: 'CreateTime',
    rawKey: null,
    rawValue: null,
    rawHeaders: []
  } as const
  return {
    ...{ topic, partition: partitionMarker, timestamp: 0, timestampType: 'CreateTime' },
    ...{ keySchema: null, key: null, valueSchema, value, headers: [], original }
  }
}

function symbolicValue(shape: Shape): { schema: Schema | null; value: ConnectValue } {
  if (shape.form !== 'struct') return { schema: null, value: symbolicMap(shape.fields, shape.form) }
  const schema = symbolicSchema(shape.fields)
  return { schema, value: symbolicStruct(shape.fields, schema) }
}

function symbolicMap(fields: readonly ShapeField[], form: 'map' | 'text'): ConnectValue {
  const entries = fields.map(
    ({ name, slot, fields: inner }) => [name, inner === null ? markerOf(slot) : symbolicMap(inner, form)] as const
  )
  return form === 'text' ? new ConnectMap({ kind: 'linked' }, entries) : new Map(entries)
}

/** Every leaf a text: a command's form depends on names, never on a leaf's type. */
function symbolicSchema(fields: readonly ShapeField[]): Schema {
  const text = new Schema('STRING')
  return new Schema('STRUCT', {
    fields: fields.map(field => [field.name, field.fields === null ? text : symbolicSchema(field.fields)] as const)
  })
}

function symbolicStruct(fields: readonly ShapeField[], schema: Schema): Struct {
  const values = fields.map((field, index): ConnectValue => {
    const inner = schema.fields[index]?.schema
    return field.fields === null || inner === undefined ? markerOf(field.slot) : symbolicStruct(field.fields, inner)
  })
  return new Struct(schema, values)
}
