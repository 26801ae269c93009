// Where each leader's records begin in a log, and what a broker answers about it.

export interface EpochEnd {
  readonly epoch: number
  readonly endOffset: number
}

export const unknownEpoch: EpochEnd = { epoch: -1, endOffset: -1 }

export class Epochs {
  #starts: { readonly epoch: number; readonly start: number }[] = []

  /** A leader of this epoch begins to write at `start`. */
  begin(epoch: number, start: number): void {
    const last = this.#starts.at(-1)
    if (last !== undefined && last.epoch >= epoch) return
    this.#starts.push({ epoch, start })
  }

  get latest(): number {
    return this.#starts.at(-1)?.epoch ?? -1
  }

  at(offset: number): number {
    return this.#starts.findLast(({ start }) => start <= offset)?.epoch ?? -1
  }

  /** The end of that epoch, or of the last one before it. */
  endOf(epoch: number, logEnd: number): EpochEnd {
    if (epoch < 0) return unknownEpoch
    if (epoch === this.latest) return { epoch, endOffset: logEnd }
    const higher = this.#starts.find(each => each.epoch > epoch)
    if (higher === undefined) return unknownEpoch
    const floor = this.#starts.findLast(each => each.epoch <= epoch)
    return { epoch: floor?.epoch ?? epoch, endOffset: higher.start }
  }

  truncate(end: number): void {
    this.#starts = this.#starts.filter(({ start }) => start < end)
  }

  /** What is older is gone; the epoch in which the log begins now begins there. */
  retain(begin: number): void {
    const index = this.#starts.findLastIndex(({ start }) => start <= begin)
    if (index < 0) return
    this.#starts = this.#starts.slice(index).map(({ epoch, start }) => ({ epoch, start: Math.max(start, begin) }))
  }
}
