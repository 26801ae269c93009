// One flush to Redis: encoded commands in a reused buffer, whom each belongs to, and what Redis answered to each.
import { readHead, roomFor, writeWords } from './command-text.ts'
import { type Receipt } from './offset-tracker.ts'
import { type Reply, ReplyError, ReplyFormatError } from './reply-reader.ts'

/** Commands are gathered up to this many bytes; a larger command travels in a buffer of its own. */
export const flightBytes = 64 * 1024

const multi = Buffer.from('*1\r\n$5\r\nMULTI\r\n')
const exec = Buffer.from('*1\r\n$4\r\nEXEC\r\n')

/** What became of a command. `lost`: not executed, or nobody knows. */
export type Outcome = 'ok' | 'lost' | ReplyError

/**
 * A flush: its commands in record order, filled by `append`, sent by its `wire` bytes, answered by `take` until `answered`.
 * Each command names the receipt of its record; the flush holds its record's offset back until the writer releases it.
 *
 * A flush with XADD or PUBLISH in it goes out as a transaction (the writer's prose says why). The bytes of MULTI stand at the buffer's start in
 * any case and are left out where nobody needs them.
 */
export class Flight {
  #bytes: Buffer
  #length: number
  readonly #ends: number[] = []
  readonly #receipts: Receipt[] = []
  /** null as long as every answer so far was a plain yes. */
  #outcomes: Outcome[] | null = null
  #answers = 0
  #multiRefused = false
  /** Streams and channels in it, null where there is none. */
  #streams: Set<string> | null = null
  #transaction = false

  constructor(bytes: Buffer = Buffer.allocUnsafe(flightBytes)) {
    this.#bytes = bytes
    this.#length = multi.copy(bytes)
  }

  get count(): number {
    return this.#ends.length
  }

  /** Bytes held, for the budget. */
  get size(): number {
    return this.#length
  }

  get buffer(): Buffer {
    return this.#bytes
  }

  /** It carries XADD or PUBLISH, so nothing else may be under way beside it. */
  get alone(): boolean {
    return this.#streams !== null
  }

  /** Encodes a command of a record; false where it must go to the next flush. `solo`: Redis takes no transactions, so a stream's command travels singly. */
  append(words: readonly string[], key: string, isStream: boolean, solo: boolean, receipt: Receipt): boolean {
    if ((isStream || this.#streams !== null) && !this.#admits(key, isStream, solo)) return false
    if (!this.#makeRoom(roomFor(words))) return false
    this.#noteStream(key, isStream, solo)
    this.#close(writeWords(this.#bytes, this.#length, words), receipt)
    return true
  }

  /** Takes over a command already encoded, as `append`. */
  appendBytes(bytes: Uint8Array, key: string, isStream: boolean, solo: boolean, receipt: Receipt): boolean {
    if ((isStream || this.#streams !== null) && !this.#admits(key, isStream, solo)) return false
    if (!this.#makeRoom(bytes.length)) return false
    this.#noteStream(key, isStream, solo)
    this.#bytes.set(bytes, this.#length)
    this.#close(this.#length + bytes.length, receipt)
    return true
  }

  #close(end: number, receipt: Receipt): void {
    this.#length = end
    this.#ends.push(end)
    this.#receipts.push(receipt)
  }

  #noteStream(key: string, isStream: boolean, solo: boolean): void {
    if (!isStream) return
    this.#streams ??= new Set()
    this.#streams.add(key)
    this.#transaction = !solo
  }

  /** A transaction keeps a stream's order only while nothing but stream commands touches that key inside it. */
  #admits(key: string, isStream: boolean, solo: boolean): boolean {
    if (this.count === 0) return true
    if (solo) return false
    if (!isStream) return this.#streams?.has(key) !== true
    if (this.#streams?.has(key) === true) return true
    const wire = Buffer.from(key).toString('latin1')
    for (let index = 0; index < this.count; index++) {
      const head = readHead(this.command(index))
      if (head.key === wire && !isStreamCommand(head.name)) return false
    }
    return true
  }

  #makeRoom(room: number): boolean {
    const needed = this.#length + room + exec.length
    if (needed <= this.#bytes.length) return true
    if (this.#ends.length > 0) return false
    const larger = Buffer.allocUnsafe(needed)
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
    return true
  }

  /** What goes on the wire. Nothing can be appended afterwards. */
  wire(): Buffer {
    if (!this.#transaction) return this.#bytes.subarray(multi.length, this.#length)
    const end = this.#length + exec.copy(this.#bytes, this.#length)
    return this.#bytes.subarray(0, end)
  }

  receipt(index: number): Receipt {
    const receipt = this.#receipts[index]
    if (receipt === undefined) throw new Error(`Flight has no command ${index}`)
    return receipt
  }

  /** The encoded command itself. */
  command(index: number): Buffer {
    return this.#bytes.subarray(index === 0 ? multi.length : this.#ends[index - 1], this.#ends[index])
  }

  get answered(): boolean {
    return this.#answers === this.count + (this.#transaction ? 2 : 0)
  }

  /** Every command has a plain yes. */
  get clean(): boolean {
    return this.#outcomes === null && this.answered
  }

  /** What is known of a command by now. In a transaction nothing is executed before EXEC has answered. */
  outcome(index: number): Outcome {
    const known = this.#transaction ? this.answered : index < this.#answers
    return this.#outcomes?.[index] ?? (known ? 'ok' : 'lost')
  }

  /** Redis said no to MULTI itself and took the commands singly. */
  get multiRefused(): boolean {
    return this.#multiRefused
  }

  /** The next reply. Throws ReplyFormatError where it cannot be an answer to what was sent. */
  take(reply: Reply): void {
    if (this.answered) throw new ReplyFormatError('Redis sent more replies than it got commands')
    const place = this.#answers++
    if (!this.#transaction) {
      if (reply instanceof ReplyError) this.#set(place, reply)
    } else if (place === 0) {
      this.#multiRefused = reply instanceof ReplyError
    } else if (place > this.count) {
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
      if (replies.length !== this.count) throw new ReplyFormatError('EXEC answered for another number of commands')
      replies.forEach((one, index) => one instanceof ReplyError && this.#set(index, one))
      return
    }
    // EXECABORT: nothing was executed. Commands refused while they were queued know why; where none was, EXEC's own words say it.
    const refusedBefore = this.#outcomes !== null
    for (let index = 0; index < this.count; index++) {
      if (this.#outcomes?.[index] instanceof ReplyError) continue
      this.#set(index, !refusedBefore && reply instanceof ReplyError ? reply : 'lost')
    }
  }

  #set(index: number, outcome: Outcome): void {
    this.#outcomes ??= []
    this.#outcomes[index] = outcome
  }
}

/** Commands that append: sent twice they stand there twice, sent late they stand in the wrong place. */
export function isStreamCommand(name: string): boolean {
  return name === 'XADD' || name === 'PUBLISH'
}
