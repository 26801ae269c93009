// A connection as the server keeps it: who it is, its transaction, and what of its bytes waits.
import { type SimSocket } from '../engine/network.ts'
import { type Answer } from './answer.ts'
import { type ConnectionFacts } from './history.ts'
import { type Keyspace, type Watcher } from './keyspace.ts'
import { RequestReader } from './request-reader.ts'
import { type Traits } from './traits.ts'

/** A command that was read inside a transaction. */
export interface Queued {
  readonly name: string
  readonly traits: Traits
  execute: () => Answer
}

export class Client implements ConnectionFacts, Watcher {
  readonly run: number
  readonly id: number
  readonly addr: string
  readonly reader = new RequestReader()
  readonly #socket: SimSocket | null
  readonly openedAt: number
  name = ''
  /** It has given the password, or was connected when none was asked for. */
  isLoggedIn: boolean
  /** Commands of the transaction it is in. */
  queue: Queued[] | null = null
  /** One of them was refused when it was read. */
  isAborted = false
  /** A watched key was touched. */
  isDirty = false
  readonly #watched = new Set<string>()
  /** What came in and was not read yet. */
  readonly #chunks: Uint8Array[] = []
  /** It stands in the server's queue of those that have something to read. */
  isWaiting = false
  /** The server closed it, or is about to: nothing more of it is executed. */
  isGone = false
  /** The other end closed it. */
  isLeft = false
  /** Answers that were not sent yet, and the bytes of all answers so far. */
  out = ''
  #bytesOut = 0

  constructor(socket: SimSocket | null, facts: { run: number; id: number; at: number; isLoggedIn: boolean }) {
    this.#socket = socket
    this.run = facts.run
    this.id = facts.id
    this.addr = socket?.remote ?? ''
    this.openedAt = facts.at
    this.isLoggedIn = facts.isLoggedIn
  }

  get bytesTaken(): number {
    return this.#socket?.bytesTaken ?? Infinity
  }

  /** Where its answers end, sent or not. */
  get answersEnd(): number {
    return this.#bytesOut + this.out.length
  }

  get hasInput(): boolean {
    return this.#chunks.length > 0
  }

  arrive(bytes: Uint8Array): void {
    this.#chunks.push(bytes)
  }

  /** The next bytes to be read. */
  take(bytesMax: number): Uint8Array {
    const [chunk = new Uint8Array(0)] = this.#chunks
    if (chunk.length <= bytesMax) this.#chunks.shift()
    else this.#chunks[0] = chunk.subarray(bytesMax)
    return chunk.length <= bytesMax ? chunk : chunk.subarray(0, bytesMax)
  }

  dropInput(): void {
    this.#chunks.length = 0
  }

  /** The answers go out. */
  flush(): Uint8Array {
    const bytes = Buffer.from(this.out, 'latin1')
    this.out = ''
    this.#bytesOut += bytes.length
    this.#socket?.send(bytes)
    return bytes
  }

  /** The server closes it: in good order, or with what came in and is not read. */
  close(): void {
    this.isGone = true
    if (this.hasInput) this.#socket?.destroy()
    else this.#socket?.end()
    this.dropInput()
  }

  watch(data: Keyspace, key: string): void {
    this.#watched.add(key)
    data.watch(key, this)
  }

  /** What expired while it was watched was touched. */
  meetWatched(data: Keyspace): void {
    for (const key of this.#watched) data.get(key)
  }

  unwatch(data: Keyspace): void {
    for (const key of this.#watched) data.unwatch(key, this)
    this.#watched.clear()
    this.isDirty = false
  }

  /** The transaction is over. */
  endTransaction(data: Keyspace): void {
    this.queue = null
    this.isAborted = false
    this.unwatch(data)
  }
}
