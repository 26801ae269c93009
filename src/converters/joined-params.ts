// Parameters of a schema that has some of its own beside those it shares with many others: an enum's symbols are not copied for each field.

/** Two maps as one, as if both had been put into a Map one after the other: a key of both stands where the first has it, with the value of the second. */
export class JoinedParams implements ReadonlyMap<string, string> {
  readonly size: number
  readonly #first: ReadonlyMap<string, string>
  readonly #second: ReadonlyMap<string, string>

  constructor(first: ReadonlyMap<string, string>, second: ReadonlyMap<string, string>) {
    this.#first = first
    this.#second = second
    const [few, many] = first.size < second.size ? [first, second] : [second, first]
    let size = first.size + second.size
    for (const key of few.keys()) if (many.has(key)) size--
    this.size = size
  }

  get(key: string): string | undefined {
    return this.#second.get(key) ?? this.#first.get(key)
  }

  has(key: string): boolean {
    return this.#second.has(key) || this.#first.has(key)
  }

  *entries(): MapIterator<[string, string]> {
    for (const [key, value] of this.#first) yield [key, this.#second.get(key) ?? value]
    for (const entry of this.#second) if (!this.#first.has(entry[0])) yield entry
  }

  *keys(): MapIterator<string> {
    for (const [key] of this.entries()) yield key
  }

  *values(): MapIterator<string> {
    for (const [, value] of this.entries()) yield value
  }

  [Symbol.iterator](): MapIterator<[string, string]> {
    return this.entries()
  }

  forEach(visit: (value: string, key: string, map: ReadonlyMap<string, string>) => void): void {
    for (const [key, value] of this.entries()) visit(value, key, this)
  }
}
