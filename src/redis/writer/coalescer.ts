// Finds the SETs of one run that a later SET to the same key overwrites, by the bytes of their keys, and takes their bytes out.

const tableSize = 32_768
const tableMask = tableSize - 1
const stampMax = 32_767

/** The parts of one run of SETs at a time. Nothing is allocated per part. */
export class Coalescer {
  /** `stamp << 16 | part`: entries of earlier runs have other stamps, so that nothing need be cleared. */
  readonly #table = new Int32Array(tableSize)
  #starts = new Int32Array(1024)
  #keyEnds = new Int32Array(1024)
  #ends = new Int32Array(1024)
  #dead = new Uint8Array(1024)
  #stamp = 0
  #parts = 0
  #deadParts = 0
  #deadBytes = 0

  /** Bytes of this run that will not be sent. */
  get deadBytes(): number {
    return this.#deadBytes
  }

  /** Parts that will be sent. */
  get live(): number {
    return this.#parts - this.#deadParts
  }

  begin(): void {
    if (this.#stamp === stampMax) {
      this.#table.fill(0)
      this.#stamp = 0
    }
    this.#stamp++
    this.#parts = 0
    this.#deadParts = 0
    this.#deadBytes = 0
  }

  /** A part: key word in `bytes[start, keyEnd)`, value word up to `end`. A run has at most 16,384 of them. */
  add(bytes: Buffer, start: number, keyEnd: number, end: number): void {
    const part = this.#parts++
    if (part === this.#starts.length) this.#grow()
    this.#starts[part] = start
    this.#keyEnds[part] = keyEnd
    this.#ends[part] = end
    this.#dead[part] = 0
    let hash = 0
    for (let at = start; at < keyEnd; at++) hash = Math.imul(hash, 31) + (bytes[at] ?? 0)
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
    for (let slot = (hash ^ (hash >>> 13)) & tableMask; ; slot = (slot + 1) & tableMask) {
      const entry = this.#table[slot] ?? 0
      if (entry >>> 16 !== this.#stamp) {
        this.#table[slot] = (this.#stamp << 16) | part
        return
      }
      const other = entry & 0xffff
      if (!this.#sameKey(bytes, other, start, keyEnd)) continue
      this.#dead[other] = 1
      this.#deadParts++
      this.#deadBytes += (this.#ends[other] ?? 0) - (this.#starts[other] ?? 0)
      this.#table[slot] = (this.#stamp << 16) | part
      return
    }
  }

  /** Moves the live parts of `bytes[bodyStart, end)` together; answers the new end. */
  compact(bytes: Buffer, bodyStart: number, end: number): number {
    if (this.#deadParts === 0) return end
    let to = bodyStart
    for (let part = 0; part < this.#parts;) {
      if (this.#dead[part] === 1) {
        part++
        continue
      }
      const start = this.#starts[part] ?? 0
      while (part < this.#parts && this.#dead[part] === 0) part++
      const stop = this.#ends[part - 1] ?? 0
      if (to !== start) bytes.copyWithin(to, start, stop)
      to += stop - start
    }
    return to
  }

  #sameKey(bytes: Buffer, other: number, start: number, keyEnd: number): boolean {
    let at = this.#starts[other] ?? 0
    if ((this.#keyEnds[other] ?? 0) - at !== keyEnd - start) return false
    for (let mine = start; mine < keyEnd; mine++, at++) if (bytes[mine] !== bytes[at]) return false
    return true
  }

  #grow(): void {
    const size = this.#starts.length * 2
    const wider = (old: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> => {
      const grown = new Int32Array(size)
      grown.set(old)
      return grown
    }
    this.#starts = wider(this.#starts)
    this.#keyEnds = wider(this.#keyEnds)
    this.#ends = wider(this.#ends)
    const dead = new Uint8Array(size)
    dead.set(this.#dead)
    this.#dead = dead
  }
}
