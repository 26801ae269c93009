// Runs programs: copies literals and slots of the value read last straight into a flight.
import { type CompiledReader, slotKinds } from '../../connect/compiled.ts'
import { finishWord, digits, writeDigits } from '../writer/command-text.ts'
import { type Flight, runKinds } from '../writer/flight.ts'
import { type ArgumentProgram, type CommandProgram, pieceKinds, type ShapeProgram } from './program.ts'

/** From here on a native copy beats a loop. */
const loopCopyMax = 48

/** The record whose place row keys may hold. */
export interface Place {
  readonly partition: number
  readonly offset: number
}

/** Whether the value read last becomes what the program says; otherwise the general way takes the record. */
export function fits(program: ShapeProgram, reader: CompiledReader): boolean {
  const { textSlots, jsonSlots, numberSlots, coordinates } = program
  if (reader.odd) {
    for (const slot of jsonSlots) if (reader.kind(slot) === slotKinds.other) return false
    for (const slot of textSlots) {
      const kind = reader.kind(slot)
      if (kind === slotKinds.null || kind > slotKinds.text) return false
    }
    // A time is a score, but no coordinate.
    for (const { slot } of coordinates) if (reader.kind(slot) === slotKinds.time) return false
  }
  for (const slot of numberSlots) if (Number.isNaN(reader.number(slot))) return false
  for (const { slot, most } of coordinates) if (!(Math.abs(reader.number(slot)) <= most)) return false
  return true
}

export class Encoder {
  #key = Buffer.allocUnsafe(1024)

  /** Writes all commands of the record into the flight, which has made room for them. */
  encode(program: ShapeProgram, reader: CompiledReader, place: Place, flight: Flight): void {
    for (const command of program.commands) this.#command(command, reader, place, flight)
  }

  #command(command: CommandProgram, reader: CompiledReader, place: Place, flight: Flight): void {
    const { kind, args } = command
    switch (kind) {
      case 'SET':
        this.#set(args, reader, place, flight)
        return
      case 'ZADD':
      case 'GEOADD':
        this.#member(kind === 'ZADD' ? runKinds.zadd : runKinds.geoadd, args, reader, place, flight)
        return
      case 'XADD':
      case 'PUBLISH':
        flight.beginStream()
        break
      case 'SETEX':
        flight.closeRun()
        break
    }
    const bytes = flight.buffer
    let at = flight.position
    bytes[at++] = 0x2a
    at = writeDigits(bytes, at, args.length + 1)
    bytes[at++] = 0x0d
    bytes[at++] = 0x0a
    at += bytes.write(`$${kind.length}\r\n${kind}\r\n`, at, 'latin1')
    for (const arg of args) at = word(arg, reader, place, bytes, at)
    flight.endSingle(at)
  }

  #set(args: readonly ArgumentProgram[], reader: CompiledReader, place: Place, flight: Flight): void {
    const [key, value] = args
    if (key === undefined || value === undefined) return
    flight.beginSet()
    const bytes = flight.buffer
    const keyEnd = word(key, reader, place, bytes, flight.position)
    flight.endSet(keyEnd, word(value, reader, place, bytes, keyEnd))
  }

  #member(
    kind: typeof runKinds.zadd | typeof runKinds.geoadd,
    args: readonly ArgumentProgram[],
    reader: CompiledReader,
    place: Place,
    flight: Flight
  ): void {
    const [key] = args
    if (key === undefined) return
    const room = reader.room() + key.fixedRoom
    if (room > this.#key.length) this.#key = Buffer.allocUnsafe(2 * room)
    flight.beginMember(kind, this.#key, word(key, reader, place, this.#key, 0))
    const bytes = flight.buffer
    let at = flight.position
    for (let index = 1; index < args.length; index++) {
      const arg = args[index]
      if (arg !== undefined) at = word(arg, reader, place, bytes, at)
    }
    flight.endMember(at)
  }
}

/** One argument with its length before it. The likely count of the length's digits is that of the last time. */
function word(arg: ArgumentProgram, reader: CompiledReader, place: Place, bytes: Buffer, at: number): number {
  const start = at + arg.memory.digits + 3
  const end = content(arg, reader, place, bytes, start)
  arg.memory.digits = digits(end - start)
  return finishWord(bytes, at, start, end)
}

function content(arg: ArgumentProgram, reader: CompiledReader, place: Place, bytes: Buffer, start: number): number {
  const { literals, kinds, slots } = arg
  let at = start
  for (let piece = 0; piece < kinds.length; piece++) {
    at = literal(literals[piece], bytes, at)
    const slot = slots[piece] ?? 0
    switch (kinds[piece]) {
      case pieceKinds.json:
        at = reader.writeJson(slot, bytes, at)
        break
      case pieceKinds.text:
        at = reader.writeText(slot, bytes, at)
        break
      case pieceKinds.partition:
        at = writeDigits(bytes, at, place.partition)
        break
      case pieceKinds.offset:
        at = writeDigits(bytes, at, place.offset)
        break
      default:
        at = reader.writeNumber(slot, bytes, at)
    }
  }
  return literal(literals[kinds.length], bytes, at)
}

function literal(text: Buffer | undefined, bytes: Buffer, at: number): number {
  if (text === undefined) return at
  const { length } = text
  if (length > loopCopyMax) {
    bytes.set(text, at)
    return at + length
  }
  for (let index = 0; index < length; index++) bytes[at + index] = text[index] ?? 0
  return at + length
}
