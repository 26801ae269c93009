// The memory of large answers, used again once nobody reads it any more.
//
// The idea. A busy task fetches a gigabyte every few seconds. Fresh memory for each answer costs page faults and garbage collections: 28 % of the
// CPU time of a record of 154 bytes, measured. So an answer's memory is lent. Who reads it counts as a holder; when the last one lets go, the next
// answer is written there. Nobody has to: memory that is never given back is the collector's, as any other. So a forgotten release costs
// speed, and only a forgotten hold could cost bytes. Whoever keeps views of it for a time nobody knows says `keep`.

/** Smaller answers are not worth it. */
const lentBytesMin = 64 * 1024
/** Sizes differ by a few records from fetch to fetch: with some slack the memory of one serves the next. */
const slackBytes = 512 * 1024
/** Free memory beyond this goes back to the system. */
const freeBytesMax = 24 * 1024 * 1024

export class FrameBuffers {
  /** What is lent now, and a mark of each time it was. */
  readonly #loans = new WeakMap<ArrayBufferLike, symbol>()
  /** The one given back last is taken first: it is still in the processor's cache. */
  readonly #free: Buffer[] = []
  readonly #scribbles: boolean
  #freeBytes = 0

  /** `scribbles`, to find who reads memory after letting go: all of it is lent, and overwritten when it comes back. */
  constructor(scribbles = false) {
    this.#scribbles = scribbles
  }

  /** `length` bytes of whatever content. */
  take(length: number): Buffer {
    if (length < lentBytesMin && !this.#scribbles) return Buffer.allocUnsafeSlow(length)
    const at = this.#free.findLastIndex(each => each.length >= length && each.length <= 2 * (length + slackBytes))
    const [free] = at < 0 ? [] : this.#free.splice(at, 1)
    if (free !== undefined) this.#freeBytes -= free.length
    // Pages that are never touched cost nothing.
    const buffer = free ?? Buffer.allocUnsafeSlow(slackBytes * Math.ceil((length + slackBytes / 2) / slackBytes))
    this.#loans.set(buffer.buffer, Symbol())
    return buffer.subarray(0, length)
  }

  /** The lease of the answer that `bytes` are part of. Its creator holds it. Memory that was not lent from here gets one that does nothing. */
  lease(bytes: Uint8Array): FrameLease {
    const { buffer } = bytes
    const loan = this.#loans.get(buffer)
    return new FrameLease(() => {
      // Asked for this loan, so that no lease can ever give away what is lent to somebody else by now.
      if (loan !== undefined && this.#loans.get(buffer) === loan) this.#give(buffer)
    })
  }

  #give(memory: ArrayBufferLike): void {
    this.#loans.delete(memory)
    if (this.#scribbles) new Uint8Array(memory).fill(0xa5)
    if (this.#freeBytes + memory.byteLength > freeBytesMax) return
    this.#freeBytes += memory.byteLength
    this.#free.push(Buffer.from(memory))
  }
}

/** Counts who reads an answer. */
export class FrameLease {
  readonly #give: () => void
  #holders = 1

  constructor(give: () => void) {
    this.#give = give
  }

  hold(): void {
    this.#holders++
  }

  release(): void {
    if (--this.#holders === 0) this.#give()
  }

  keep(): void {
    this.#holders = Infinity
  }
}

/** Of this thread: all its connections share it, so that many quiet tasks hold no more than one busy one. */
export const frameBuffers = new FrameBuffers(process.env['KCR_SCRIBBLE'] === '1')
