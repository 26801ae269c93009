// Cuts frames out of a stream of bytes: four bytes of length, then so many.

export class Frames {
  #rest: Buffer = Buffer.alloc(0)

  /** The frames that are whole with these bytes, without their lengths. Those handed in are kept, not copied. */
  add(bytes: Uint8Array): Buffer[] {
    let all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (this.#rest.length > 0) all = Buffer.concat([this.#rest, all])
    const frames: Buffer[] = []
    let at = 0
    while (all.length - at >= 4) {
      const end = at + 4 + all.readInt32BE(at)
      if (end > all.length) break
      frames.push(all.subarray(at + 4, end))
      at = end
    }
    this.#rest = all.subarray(at)
    return frames
  }
}
