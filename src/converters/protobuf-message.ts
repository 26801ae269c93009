// Reads a Protobuf message from bytes into a Struct, by the plans that the compiler made of its type.
import { type ConnectValue, type Schema, Struct } from '../connect/data.ts'
import { SerializationError } from '../connect/errors.ts'
import { type FilledIn } from './filled-in.ts'
import { ProtobufCursor } from './protobuf-cursor.ts'
import { type Leaf } from './protobuf-leaf.ts'

/** Messages in messages go no deeper than Java's reader takes them: a type that holds itself may be sent with any depth. */
export const depthMax = 100

/** One field of a message: where its values come from and where they go. */
export interface Plan {
  readonly leaf: Leaf
  /** Of a value, an element, a map's value. */
  readonly schema: Schema
  readonly repeated: boolean
  readonly key: { readonly leaf: Leaf; readonly schema: Schema } | null
  /** Index among the Struct's fields; of a oneof's members, that of the union. */
  readonly index: number
  /** A oneof's member: its index in the union. */
  readonly member: number
  readonly union: Schema | null
}

/** What is read of all messages of one type, wherever they stand. */
export interface MessageLayout {
  readonly name: string
  /** By field number. */
  readonly plans: Map<number, Plan>
  /** By index: what a message holds that is empty. */
  readonly absent: ConnectValue[]
  /** Indexes of those that are long: defaults of proto2. */
  readonly longAbsent: number[]
  /** Of the record being read: one for all layouts of a schema. */
  readonly filled: FilledIn
}

/** `depth` counts the messages around this one. */
export function readMessage(layout: MessageLayout, bytes: Buffer, schema: Schema, depth: number): Struct {
  checkDepth(layout.name, depth)
  const values = [...layout.absent]
  // What is absent is shared by all records: containers are made anew for this one. Of a message the pieces are kept.
  const met: Met = { lists: new Map(), maps: new Map(), pieces: new Map() }
  const cursor = new ProtobufCursor(bytes, 0, bytes.length)
  let named = 0
  while (!cursor.atEnd()) {
    const { number, wire } = cursor.tag()
    const plan = layout.plans.get(number)
    if (plan !== undefined) named++
    if (plan === undefined) cursor.skip(wire, number)
    else if (plan.key !== null) readEntry(plan, plan.key, cursor, wire, mapOf(plan, values, met), depth)
    else if (plan.repeated) readElements(plan, cursor, wire, listOf(plan, values, met), depth)
    else if (plan.leaf.message !== null) keepPiece(plan, cursor, wire, met)
    else {
      checkWire(plan, wire)
      if (plan.union !== null) dropMembers(plan, met)
      store(plan, plan.leaf.read(cursor, plan.schema, depth), values, layout.filled)
    }
  }
  countUnnamed(layout, values, named)
  for (const [plan, pieces] of met.pieces) store(plan, messageOf(plan, pieces, depth), values, layout.filled)
  return new Struct(schema, values)
}

function countUnnamed(
  { absent, longAbsent, filled }: MessageLayout,
  values: readonly ConnectValue[],
  named: number
): void {
  filled.fields(absent.length - named)
  for (const index of longAbsent) {
    const value = absent[index] ?? null
    if (values[index] === value) filled.default(value)
  }
}

function checkDepth(name: string, depth: number): void {
  if (depth <= depthMax) return
  throw new SerializationError(
    `Malformed Protobuf: messages nested deeper than ${depthMax} levels, found one more of type ${name}; Java's reader takes no deeper ones either`
  )
}

/** Of the fields met so far. */
interface Met {
  readonly lists: Map<Plan, ConnectValue[]>
  readonly maps: Map<Plan, Map<ConnectValue, ConnectValue>>
  readonly pieces: Map<Plan, Buffer[]>
}

function checkWire(plan: Plan, wire: number): void {
  if (wire !== plan.leaf.wire)
    throw new SerializationError(`Malformed Protobuf: found wire type ${wire}, expected ${plan.leaf.wire}`)
}

function keepPiece(plan: Plan, cursor: ProtobufCursor, wire: number, met: Met): void {
  checkWire(plan, wire)
  const pieces = met.pieces.get(plan)
  if (pieces !== undefined) pieces.push(cursor.blob())
  else {
    if (plan.union !== null) dropMembers(plan, met)
    met.pieces.set(plan, [cursor.blob()])
  }
}

/** Of a oneof the last member written counts. */
function dropMembers({ index }: Plan, met: Met): void {
  for (const other of met.pieces.keys()) if (other.index === index) met.pieces.delete(other)
}

/** A message written in several pieces is their fields together. */
function messageOf(plan: Plan, pieces: readonly Buffer[], depth: number): ConnectValue {
  const [first] = pieces
  const bytes = pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces)
  return plan.leaf.message?.(bytes, plan.schema, depth + 1) ?? null
}

function listOf(plan: Plan, values: ConnectValue[], met: Met): ConnectValue[] {
  const known = met.lists.get(plan)
  if (known !== undefined) return known
  const list: ConnectValue[] = []
  met.lists.set(plan, list)
  values[plan.index] = list
  return list
}

function mapOf(plan: Plan, values: ConnectValue[], met: Met): Map<ConnectValue, ConnectValue> {
  const known = met.maps.get(plan)
  if (known !== undefined) return known
  const map = new Map<ConnectValue, ConnectValue>()
  met.maps.set(plan, map)
  values[plan.index] = map
  return map
}

function store(plan: Plan, value: ConnectValue, values: ConnectValue[], filled: FilledIn): void {
  if (plan.union === null) values[plan.index] = value
  else {
    filled.fields(plan.union.fields.length - 1)
    const members = new Array<ConnectValue>(plan.union.fields.length).fill(null)
    members[plan.member] = value
    values[plan.index] = new Struct(plan.union, members)
  }
}

function readElements(plan: Plan, cursor: ProtobufCursor, wire: number, list: ConnectValue[], depth: number): void {
  // Scalars may come packed, whatever the schema says.
  if (wire === 2 && plan.leaf.wire !== 2) {
    const packed = cursor.blob()
    const inner = new ProtobufCursor(packed, 0, packed.length)
    while (!inner.atEnd()) list.push(plan.leaf.read(inner, plan.schema, depth))
    return
  }
  checkWire(plan, wire)
  list.push(plan.leaf.read(cursor, plan.schema, depth + 1))
}

function readEntry(
  plan: Plan,
  key: NonNullable<Plan['key']>,
  cursor: ProtobufCursor,
  wire: number,
  map: Map<ConnectValue, ConnectValue>,
  depth: number
): void {
  if (wire !== 2) throw new SerializationError(`Malformed Protobuf: found wire type ${wire} for a map entry`)
  const bytes = cursor.blob()
  const entry = new ProtobufCursor(bytes, 0, bytes.length)
  let entryKey = key.leaf.absent
  let entryValue = plan.leaf.absent
  while (!entry.atEnd()) {
    const { number, wire: entryWire } = entry.tag()
    if (number === 1 && entryWire === key.leaf.wire) entryKey = key.leaf.read(entry, key.schema, depth)
    // An entry is a message of its own, and counts as one.
    else if (number === 2 && entryWire === plan.leaf.wire) entryValue = plan.leaf.read(entry, plan.schema, depth + 2)
    else entry.skip(entryWire, number)
  }
  map.set(entryKey, entryValue)
}
