// Reads Redis's answers (RESP2) from whatever pieces the socket delivers, within hard bounds.

const errorTextMax = 1000

/** An error reply, its text without the leading `-`. */
export class ReplyError {
  readonly text: string

  constructor(text: string) {
    // It stands in log lines: one line, and not a long one.
    this.text = text.slice(0, errorTextMax).replace(/\p{Cc}/gu, ' ')
  }
}

/** One answer. Bulk and simple strings are text, an array holds answers. */
export type Reply = number | string | null | ReplyError | readonly Reply[]

/** What the peer sent is no RESP2, or larger than anything we ask for: the connection cannot be trusted any more. */
export class ReplyFormatError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ReplyFormatError'
  }
}

/** No command of ours is answered with more than this; a peer that says so is not the Redis we talk to. */
const replyBytesMax = 8 * 1024 * 1024
const arrayLengthMax = 1_000_000
const depthMax = 8

const cr = 0x0d
const incomplete = Symbol('incomplete')

/** Feeds on chunks, hands out whole replies in order. */
export class ReplyReader {
  #rest: Buffer | null = null
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0
  /** Array elements read within the current reply: nested lengths that lie must not add up to more than the bound. */
  #elements = 0

  /** Calls `take` once per complete reply. Throws ReplyFormatError; then nothing after it can be read. */
  push(chunk: Uint8Array, take: (reply: Reply) => void): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    this.#bytes = this.#rest === null ? bytes : Buffer.concat([this.#rest, bytes])
    this.#rest = null
    this.#at = 0
    while (this.#at < this.#bytes.length) {
      const start = this.#at
      this.#elements = 0
      const reply = this.#read(0)
      if (reply === incomplete) {
        if (this.#bytes.length - start > replyBytesMax) throw new ReplyFormatError('a reply exceeds 8 MiB')
        this.#rest = this.#bytes.subarray(start)
        return
      }
      take(reply)
    }
  }

  #read(depth: number): Reply | typeof incomplete {
    const type = this.#bytes[this.#at]
    switch (type) {
      case 0x2b: // +
        return this.#simple()
      case 0x2d: {
        // -
        const line = this.#line()
        return line === incomplete ? incomplete : new ReplyError(line)
      }
      case 0x3a: // :
        return this.#integer()
      case 0x24: // $
        return this.#bulk()
      case 0x2a: // *
        return this.#array(depth)
      case undefined:
        return incomplete
      default:
        throw new ReplyFormatError(`a reply begins with byte ${type}, which no Redis sends`)
    }
  }

  /** `+OK` is the answer to almost everything we send: recognised without making a string. */
  #simple(): string | typeof incomplete {
    const at = this.#at
    const bytes = this.#bytes
    if (bytes[at + 1] === 0x4f && bytes[at + 2] === 0x4b && bytes[at + 3] === cr && at + 4 < bytes.length) {
      this.#at = at + 5
      return 'OK'
    }
    return this.#line()
  }

  #line(): string | typeof incomplete {
    const end = this.#lineEnd()
    if (end < 0) return incomplete
    const text = this.#bytes.toString('utf8', this.#at + 1, end)
    this.#at = end + 2
    return text
  }

  #integer(): number | typeof incomplete {
    const end = this.#lineEnd()
    if (end < 0) return incomplete
    const value = this.#number(this.#at + 1, end)
    this.#at = end + 2
    return value
  }

  #bulk(): string | null | typeof incomplete {
    const end = this.#lineEnd()
    if (end < 0) return incomplete
    const length = this.#number(this.#at + 1, end)
    if (length === -1) {
      this.#at = end + 2
      return null
    }
    if (length < 0 || length > replyBytesMax) throw new ReplyFormatError(`a reply announces ${length} bytes`)
    const start = end + 2
    if (this.#bytes.length < start + length + 2) return incomplete
    if (this.#bytes[start + length] !== cr) throw new ReplyFormatError('a bulk reply does not end where it said')
    this.#at = start + length + 2
    return this.#bytes.toString('utf8', start, start + length)
  }

  #array(depth: number): Reply | typeof incomplete {
    if (depth >= depthMax) throw new ReplyFormatError(`a reply nests deeper than ${depthMax}`)
    const end = this.#lineEnd()
    if (end < 0) return incomplete
    const length = this.#number(this.#at + 1, end)
    this.#at = end + 2
    if (length === -1) return null
    this.#elements += length
    if (length < 0 || this.#elements > arrayLengthMax)
      throw new ReplyFormatError(`a reply announces ${length} elements`)
    const elements: Reply[] = []
    for (let index = 0; index < length; index++) {
      const element = this.#read(depth + 1)
      if (element === incomplete) return incomplete
      elements.push(element)
    }
    return elements
  }

  /** Where the current line's CR stands, or -1 while its LF is still to come. */
  #lineEnd(): number {
    const end = this.#bytes.indexOf(cr, this.#at)
    if (end < 0 || end + 1 >= this.#bytes.length) return -1
    if (this.#bytes[end + 1] !== 0x0a) throw new ReplyFormatError('a reply line holds a CR without LF')
    return end
  }

  #number(start: number, end: number): number {
    let at = start
    const negative = this.#bytes[at] === 0x2d
    if (negative) at++
    if (at >= end || end - at > 19) throw new ReplyFormatError('a reply holds no number where one must stand')
    let value = 0
    for (; at < end; at++) {
      const digit = (this.#bytes[at] ?? 0) - 0x30
      if (digit < 0 || digit > 9) throw new ReplyFormatError('a reply holds no number where one must stand')
      value = value * 10 + digit
    }
    return negative ? -value : value
  }
}
