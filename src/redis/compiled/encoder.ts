// Runs programs: copies literals and slots of the value read last straight into a flight.
import { type CompiledReader, slotKinds } from '../../connect/compiled.ts'
import { finishWord, digits, writeDigits } from '../writer/command-text.ts'
import { type Flight, runKinds } from '../writer/flight.ts'
import { type ArgumentProgram, type CommandProgram, pieceKinds, type ShapeProgram } from './program.ts'

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
  #keyView = viewOf(this.#key)

  #growKey(size: number): void {
    this.#key = Buffer.allocUnsafe(size)
    this.#keyView = viewOf(this.#key)
  }

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
    const { buffer: bytes, view } = flight
    let at = flight.position
    bytes[at++] = 0x2a
    at = writeDigits(bytes, at, args.length + 1)
    bytes[at++] = 0x0d
    bytes[at++] = 0x0a
    at += bytes.write(`$${kind.length}\r\n${kind}\r\n`, at, 'latin1')
    for (const arg of args) at = word(arg, reader, place, bytes, view, at)
    flight.endSingle(at)
  }

  #set(args: readonly ArgumentProgram[], reader: CompiledReader, place: Place, flight: Flight): void {
    const [key, value] = args
    if (key === undefined || value === undefined) return
    flight.beginSet()
    const { buffer: bytes, view } = flight
    const keyEnd = word(key, reader, place, bytes, view, flight.position)
    flight.endSet(keyEnd, word(value, reader, place, bytes, view, keyEnd))
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
    if (room > this.#key.length) this.#growKey(2 * room)
    flight.beginMember(kind, this.#key, word(key, reader, place, this.#key, this.#keyView, 0))
    const { buffer: bytes, view } = flight
    let at = flight.position
    for (let index = 1; index < args.length; index++) {
      const arg = args[index]
      if (arg !== undefined) at = word(arg, reader, place, bytes, view, at)
    }
    flight.endMember(at)
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** One argument with its length before it. The likely count of the length's digits is that of the last time. */
function word(
  arg: ArgumentProgram,
  reader: CompiledReader,
  place: Place,
  bytes: Buffer,
  view: DataView,
  at: number
): number {
  const start = at + arg.memory.digits + 3
  const end = content(arg, reader, place, bytes, view, start)
  arg.memory.digits = digits(end - start)
  return finishWord(bytes, at, start, end)
}

function content(
  arg: ArgumentProgram,
  reader: CompiledReader,
  place: Place,
  bytes: Buffer,
  view: DataView,
  start: number
): number {
  const { kinds, slots } = arg
  let at = start
  for (let piece = 0; piece < kinds.length; piece++) {
    at = literal(arg, piece, view, at)
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
  return literal(arg, kinds.length, view, at)
}

/** Written by words; what the last one writes too far is written over by what follows, or never sent. */
function literal({ words, wordStarts, lengths }: ArgumentProgram, index: number, view: DataView, at: number): number {
  const end = wordStarts[index + 1] ?? 0
  let to = at
  for (let word = wordStarts[index] ?? 0; word < end; word++, to += 4) view.setInt32(to, words[word] ?? 0, true)
  return at + (lengths[index] ?? 0)
}
