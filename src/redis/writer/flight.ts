// One flush to Redis: commands encoded into a reused buffer, merged where the result is the same, and what Redis answered to each.
//
// The idea. A flight is bytes, not objects. Commands are written one behind the other; a run of SETs becomes one MSET, a run of ZADDs or GEOADDs to
// one key becomes one variadic command: the arguments stand where they were written, and the head with the count is put before them when the run
// ends. Of several SETs to one key in a run only the last one's bytes are kept (coalescing). So a flight has two counts: `parts`, the commands as
// the plans made them, and wires, the commands as Redis sees them; `wireParts` says how many parts each wire stands for.
//
// What becomes of an error is the writer's part: it lets the flight's sources plan their records once more, which gives the same commands in the
// same order, and reads from `outcome(part)` which of them Redis has executed.
import { type Command } from '../encode.ts'
import { type SinkRecord } from '../../connect/record.ts'
import { type Claim, Claims } from './claims.ts'
import { type Coalescer } from './coalescer.ts'
import { digits, roomFor, writeDigits, writeWord, writeWords } from './command-text.ts'
import { ExpirySteps, type ExpiryWay } from './expiry-steps.ts'
import { type Reply, ReplyError, ReplyFormatError } from './reply-reader.ts'
import { type Holder } from './watermark.ts'

/** A flight that holds so many bytes is full. */
export const flightBytes = 64 * 1024
/** As long as coalescing saves a good part, a flight may hold more: hot keys then cost Redis little. */
const flightBytesCoalesced = 256 * 1024
const partsMax = 16_384
/** A flight whose records hold so many bytes in memory is full, too, however few are written of them. */
const heldBytesMax = 4 * 1024 * 1024
/** So many bytes held weigh as much as one to be sent. */
const heldPerSent = 16
/** A buffer grown beyond this is not kept for the next flight. */
export const bufferBytesKept = 1024 * 1024

/** What became of a part. `lost`: not executed, or nobody knows. */
export type Outcome = 'ok' | 'lost' | ReplyError

/** Where parts come from: planned again when something went wrong. */
export interface FlightSource {
  /** Each record of the source with its commands, as they were appended, in order. */
  expand(): Iterable<readonly [record: SinkRecord, commands: readonly Command[]]>
  /** The flight is settled: it will not be asked again. */
  release(): void
}

/** How a part may join the run before it. */
export const runKinds = { none: 0, set: 1, zadd: 2, geoadd: 3 } as const
export type RunKind = (typeof runKinds)[keyof typeof runKinds]

const heads: readonly string[] = ['', '\r\n$4\r\nMSET\r\n', '\r\n$4\r\nZADD\r\n', '\r\n$6\r\nGEOADD\r\n']
/** Words of one part in the run, and words of the run that stand before the parts (name, and the key of ZADD and GEOADD). */
const wordsPerPart = [0, 2, 2, 3] as const
const wordsBefore = [0, 1, 2, 2] as const
const setHead = '*3\r\n$3\r\nSET\r\n'
/** Room for the longest head of a run: `*`, seven digits, a name. */
const headRoom = 32

const multi = Buffer.from('*1\r\n$5\r\nMULTI\r\n')
const exec = Buffer.from('*1\r\n$4\r\nEXEC\r\n')

/** ZADD, and the expiry set anew where it added a member, as the old sink did in two steps. */
export const expireScript =
  "local n=redis.call('ZADD',KEYS[1],ARGV[1],ARGV[2]) if n==1 then redis.call('EXPIRE',KEYS[1],ARGV[3]) end return n"

export class Flight implements Holder {
  #bytes: Buffer
  #view: DataView
  #begin = 0
  #length = 0
  readonly #coalescer: Coalescer | null
  readonly #sources: FlightSource[] = []
  readonly #firstOffsets = new Map<string, number>()
  readonly #wireParts: number[] = []
  #parts = 0
  #held = 0
  #run: RunKind = runKinds.none
  #runStart = 0
  #bodyStart = 0
  #runParts = 0
  #runKey = -1
  #runKeyEnd = -1
  /** null as long as every answer so far was a plain yes. */
  #outcomes: Map<number, Outcome> | null = null
  #answers = 0
  #multiRefused = false
  #distrusted = false
  /** Where it carries commands that hold only as long as nothing else touches their keys. */
  #claims: Claims | null = null
  #transaction = false
  #watch: Uint8Array | null = null
  #watchRefusal: ReplyError | null = null
  #scripted = false
  #steps: ExpirySteps | null = null
  /** Monotonic milliseconds when it was sent. */
  sentAt = 0

  /** `coalescer` null: every SET is sent. It is shared, since only one flight is open at a time. */
  constructor(bytes: Buffer, coalescer: Coalescer | null) {
    this.#bytes = bytes
    this.#view = viewOf(bytes)
    this.#coalescer = coalescer
  }

  /** A transaction of nothing: its answers tell whether Redis takes any. */
  static probe(): Flight {
    const flight = new Flight(Buffer.alloc(0), null)
    flight.#claims = new Claims()
    flight.#transaction = true
    return flight
  }

  /** The commands as the plans made them. */
  get parts(): number {
    return this.#parts
  }

  /** The commands as Redis sees them. */
  get wires(): number {
    return this.#wireParts.length
  }

  /** Bytes to be sent. */
  get size(): number {
    return this.#length - this.#begin
  }

  /** What it counts in the budgets of memory: a record of 100 KB of which a key and a number are sent stays in memory whole until it is settled. */
  get weight(): number {
    return Math.max(this.size, this.#held / heldPerSent)
  }

  /** One of its records holds so many bytes until it is settled. */
  hold(bytes: number): void {
    this.#held += bytes
  }

  get buffer(): Buffer {
    return this.#bytes
  }

  get full(): boolean {
    if (this.#parts >= partsMax || this.#held >= heldBytesMax) return true
    if (this.#length < flightBytes) return false
    // What an earlier run saved is not in the buffer any more.
    const saved = this.#run === runKinds.set ? (this.#coalescer?.deadBytes ?? 0) : 0
    return this.#length - saved >= flightBytes && (saved * 4 < this.#length || this.#length >= flightBytesCoalesced)
  }

  /** It carries XADD or PUBLISH, or asks which members are new, so nothing else may be under way beside it. */
  get alone(): boolean {
    return this.#claims !== null
  }

  /** It goes out between MULTI and EXEC. */
  get inTransaction(): boolean {
    return this.#transaction || this.#steps?.way === 'watch'
  }

  /** How its sorted sets with a TTL are written; null where it has none. */
  get expiryWay(): ExpiryWay | null {
    return this.#scripted ? 'script' : (this.#steps?.way ?? null)
  }

  /** Of `buffer`. */
  get view(): DataView {
    return this.#view
  }

  /** Goes out as a transaction that does nothing once the watched key is touched, with `watch`, the bytes of WATCH for the next one, behind it. */
  fence(watch: Uint8Array): void {
    this.#transaction = true
    this.#watch = watch
    this.#steps?.fence(watch)
  }

  get sources(): readonly FlightSource[] {
    return this.#sources
  }

  addSource(source: FlightSource): void {
    this.#sources.push(source)
  }

  /** Holds back the commits of a partition at `offset`, the first one this flight has of it. */
  cover(partition: string, offset: number): void {
    if (!this.#firstOffsets.has(partition)) this.#firstOffsets.set(partition, offset)
  }

  firstUnsettled(partition: string): number {
    return this.#firstOffsets.get(partition) ?? Infinity
  }

  get covered(): ReadonlyMap<string, number> {
    return this.#firstOffsets
  }

  // --- filling ---

  /**
   * Makes room for `bytes` more; false where the flight should rather be sent first.
   * Afterwards `buffer` may be written from `position` on, and `advance` says how far it was.
   */
  makeRoom(bytes: number): boolean {
    const needed = this.#length + bytes + 4 * headRoom
    if (this.#parts >= partsMax) return false
    if (needed <= this.#bytes.length) return true
    if (this.#parts > 0 && needed > bufferBytesKept) return false
    const larger = Buffer.allocUnsafe(Math.max(needed, Math.min(2 * this.#bytes.length, bufferBytesKept)))
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
    this.#view = viewOf(larger)
    return true
  }

  get position(): number {
    return this.#length
  }

  /** Opens a run of SETs, or goes on with it; `position` is then where the part's key word stands. */
  beginSet(): void {
    if (this.#run === runKinds.set && this.#runParts < partsMax) return
    this.#openRun(runKinds.set)
    this.#coalescer?.begin()
  }

  /** The part of a SET is written: its key word up to `keyEnd`, its value up to `end`. */
  endSet(keyEnd: number, end: number): void {
    this.#coalescer?.add(this.#bytes, this.#length, keyEnd, end)
    this.#length = end
    this.#endRunPart()
  }

  /** Opens a run of ZADDs or GEOADDs on the key whose word is `key[0, keyLength)`, or goes on with it. */
  beginMember(kind: RunKind, key: Buffer, keyLength: number): void {
    if (this.#run === kind && this.#runKeyEnd - this.#runKey === keyLength) {
      const same = key.compare(this.#bytes, this.#runKey, this.#runKeyEnd, 0, keyLength) === 0
      if (same) return
    }
    this.#openRun(kind)
    this.#runKey = this.#length
    this.#length += key.copy(this.#bytes, this.#length, 0, keyLength)
    this.#runKeyEnd = this.#length
  }

  endMember(end: number): void {
    this.#length = end
    this.#endRunPart()
  }

  /** A command of a stream or channel begins, in a flight that has no others: whose they are need not be known then. */
  beginStream(): void {
    this.closeRun()
    this.#claims ??= new Claims()
    this.#transaction = true
  }

  /** A command that stands for itself was written up to `end`; `closeRun` or `beginStream` came before it. */
  endSingle(end: number): void {
    this.#length = end
    this.#parts++
    this.#wireParts.push(1)
  }

  /**
   * Appends one planned command; false where it must go to the next flight. `merge` false: as a wire of its own. `solo`: Redis takes no transactions.
   * `way`: how a sorted set gets its TTL here.
   */
  append(command: Command, merge: boolean, solo: boolean, way: ExpiryWay = 'script'): boolean {
    const { kind, key, args } = command
    const steps = command.expireWhenAdded === 0n || way === 'script' ? null : solo ? 'apart' : way
    const claim = kind === 'XADD' || kind === 'PUBLISH' ? 'stream' : steps === null ? 'other' : 'expiring'
    if (!this.#admits(key, claim, solo) || !this.#joins(claim, steps)) return false
    const words = steps === null ? wordsOf(command) : [kind, ...args]
    if (!this.makeRoom(roomFor(words))) return false
    this.#note(key, claim, solo)
    if (merge && kind === 'SET') {
      this.beginSet()
      const keyEnd = writeWord(this.#bytes, this.#length, key)
      this.endSet(keyEnd, writeWord(this.#bytes, keyEnd, args[1] ?? ''))
    } else if (merge && (kind === 'ZADD' || kind === 'GEOADD') && command.expireWhenAdded === 0n) {
      this.#appendMember(kind === 'ZADD' ? runKinds.zadd : runKinds.geoadd, key, args)
    } else {
      this.closeRun()
      this.#scripted ||= words[0] === 'EVAL'
      if (steps !== null) {
        this.#steps ??= new ExpirySteps(steps)
        this.#steps.add(this.wires, key, args[2] ?? '', command.expireWhenAdded)
      }
      this.endSingle(writeWords(this.#bytes, this.#length, words))
    }
    return true
  }

  #appendMember(kind: RunKind, key: string, args: readonly string[]): void {
    const word = Buffer.allocUnsafe(roomFor([key]))
    this.beginMember(kind, word, writeWord(word, 0, key))
    let end = this.#length
    for (let index = 1; index < args.length; index++) end = writeWord(this.#bytes, end, args[index] ?? '')
    this.endMember(end)
  }

  #openRun(kind: RunKind): void {
    this.closeRun()
    this.#run = kind
    this.#runStart = this.#length
    this.#length += headRoom
    this.#bodyStart = this.#length
    this.#runParts = 0
    this.#wireParts.push(0)
  }

  #endRunPart(): void {
    this.#parts++
    this.#runParts++
    this.#wireParts[this.#wireParts.length - 1] = this.#runParts
  }

  /** Puts the head before the run's arguments. The bytes of coalesced parts are taken out first. */
  closeRun(): void {
    const kind = this.#run
    if (kind === runKinds.none) return
    this.#run = runKinds.none
    if (this.#runParts === 0) {
      this.#length = this.#runStart
      this.#wireParts.pop()
      return
    }
    let sent = this.#runParts
    if (kind === runKinds.set && this.#coalescer !== null) {
      this.#length = this.#coalescer.compact(this.#bytes, this.#bodyStart, this.#length)
      sent = this.#coalescer.live
    }
    const bytes = this.#bytes
    const words = wordsBefore[kind] + sent * wordsPerPart[kind]
    const isSet = kind === runKinds.set && sent === 1
    const head = isSet ? setHead : (heads[kind] ?? '')
    const at = this.#bodyStart - head.length - (isSet ? 0 : 1 + digits(words))
    let end = at
    if (!isSet) {
      bytes[end++] = 0x2a
      end = writeDigits(bytes, end, words)
    }
    bytes.write(head, end, 'latin1')
    // At the flight's start the head just begins later; behind other commands the gap before it must go.
    if (this.#runStart === 0) this.#begin = at
    else if (at > this.#runStart) {
      bytes.copyWithin(this.#runStart, at, this.#length)
      this.#length -= at - this.#runStart
    }
  }

  // --- claims: see the writer's prose on order ---

  #note(key: string, claim: Claim, solo: boolean): void {
    if (claim !== 'other') this.#claims ??= new Claims()
    this.#claims?.note(key, claim)
    if (claim === 'stream') this.#transaction = !solo
  }

  #admits(key: string, claim: Claim, solo: boolean): boolean {
    if (this.#parts === 0) return true
    // Keys of what came before the first claim were not noted: such a command begins a flight of its own.
    return this.#claims === null ? claim === 'other' : this.#claims.admits(key, claim, solo)
  }

  /** A flight has one form: what goes in a transaction does not travel with what goes without. */
  #joins(claim: Claim, steps: 'watch' | 'apart' | null): boolean {
    if (claim === 'stream') return this.#steps?.way !== 'apart'
    if (steps === null) return true
    return this.#steps === null ? steps === 'watch' || !this.#transaction : this.#steps.way === steps
  }

  // --- on the wire ---

  /** What goes on the wire. Nothing can be appended afterwards. */
  wire(): readonly Uint8Array[] {
    const body = this.#bytes.subarray(this.#begin, this.#length)
    if (this.#steps !== null) return this.#steps.begin(body, this.wires)
    if (this.#watch !== null) return [multi, body, exec, this.#watch]
    return this.#transaction ? [multi, body, exec] : [body]
  }

  get answered(): boolean {
    if (this.#steps !== null) return this.#steps.answered
    return this.#answers === this.wires + (this.#transaction ? 2 : 0) + (this.#watch === null ? 0 : 1)
  }

  /** What Redis said to the WATCH behind the flight, if it was a no: nothing more may be sent on this connection. */
  get watchRefusal(): ReplyError | null {
    return this.#steps === null ? this.#watchRefusal : this.#steps.fenceRefusal
  }

  /** Every command has a plain yes. */
  get clean(): boolean {
    return this.#steps === null ? this.#outcomes === null && this.answered : this.#steps.clean
  }

  /** Its answers can't be trusted any more: whatever they said, nobody knows what was executed. */
  distrust(): void {
    this.#distrusted = true
  }

  /** Redis said no to MULTI itself and took the commands singly. */
  get multiRefused(): boolean {
    return this.#steps?.multiRefused ?? this.#multiRefused
  }

  /** A foreign writer touched keys that it had asked about: nothing was executed, and the same may come again. */
  get contested(): boolean {
    return this.#steps?.contested === true
  }

  /**
   * What is known by now, per part. In a transaction nothing is executed before EXEC has answered. A refused wire of several parts has executed none
   * of them, and whose fault it was is not known: they are lost, and will be sent singly.
   */
  outcomes(): Outcome[] {
    const outcomes: Outcome[] = []
    for (const [wire, parts] of this.#wireParts.entries()) {
      const known = this.#transaction ? this.#answers >= this.wires + 2 : wire < this.#answers
      const told = this.#steps === null ? this.#outcomes?.get(wire) : this.#steps.outcome(wire)
      const outcome = this.#distrusted ? 'lost' : (told ?? (known ? 'ok' : 'lost'))
      const shared = outcome instanceof ReplyError && parts > 1 ? 'lost' : outcome
      for (let part = 0; part < parts; part++) outcomes.push(shared)
    }
    return outcomes
  }

  /** The next reply; answers what is to be written now, if anything. Throws ReplyFormatError where it cannot be an answer to what was sent. */
  take(reply: Reply): readonly Uint8Array[] | null {
    if (this.answered) throw new ReplyFormatError('Redis sent more replies than it got commands')
    if (this.#steps !== null) return this.#steps.take(reply)
    this.#takeOne(reply)
    return null
  }

  #takeOne(reply: Reply): void {
    const place = this.#answers++
    if (!this.#transaction) {
      if (reply instanceof ReplyError) this.#set(place, reply)
    } else if (place === 0) {
      this.#multiRefused = reply instanceof ReplyError
    } else if (place > this.wires + 1) {
      if (reply instanceof ReplyError) this.#watchRefusal = reply
    } else if (place > this.wires) {
      if (!this.#multiRefused) this.#takeExec(reply)
    } else if (reply instanceof ReplyError) {
      this.#set(place - 1, reply)
    } else if (this.#multiRefused) {
      this.#set(place - 1, 'ok')
    } else if (reply !== 'QUEUED') {
      throw new ReplyFormatError('Redis answered a command inside MULTI without queueing it')
    }
  }

  #takeExec(reply: Reply): void {
    if (Array.isArray(reply)) {
      const replies: readonly Reply[] = reply
      if (replies.length !== this.wires) throw new ReplyFormatError('EXEC answered for another number of commands')
      replies.forEach((one, index) => one instanceof ReplyError && this.#set(index, one))
      return
    }
    // null: a watched key was touched. EXECABORT: nothing was executed. Commands refused while they were queued know why; where none was, EXEC's own words say it.
    const refusedBefore = this.#outcomes !== null
    for (let wire = 0; wire < this.wires; wire++) {
      if (this.#outcomes?.get(wire) instanceof ReplyError) continue
      this.#set(wire, !refusedBefore && reply instanceof ReplyError ? reply : 'lost')
    }
  }

  #set(wire: number, outcome: Outcome): void {
    this.#outcomes ??= new Map()
    this.#outcomes.set(wire, outcome)
  }
}

/** All words of a command as they go on the wire. */
export function wordsOf(command: Command): readonly string[] {
  const { kind, args, expireWhenAdded } = command
  if (expireWhenAdded === 0n) return [kind, ...args]
  return ['EVAL', expireScript, '1', ...args, expireWhenAdded.toString()]
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
