// Chance that a seed replays: every part of a world draws from a stream of its own, so that a draw more in one part moves none in another.
import { type Random } from '../../../src/util/random.ts'

export class Chance implements Random {
  readonly #name: string
  #a: number
  #b: number
  #c: number
  #d = 1

  constructor(name: string) {
    this.#name = name
    const hash = hashText(name)
    this.#a = hash
    this.#b = Math.imul(hash, 0x9e3779b1) >>> 0
    this.#c = Math.imul(hash ^ 0x5bd1e995, 0x85ebca6b) >>> 0
    for (let round = 0; round < 12; round++) this.#word()
  }

  /** A stream of its own: the same name always gives the same one, whatever was drawn before. */
  fork(name: string): Chance {
    return new Chance(`${this.#name}/${name}`)
  }

  /** Uniform in [0, 1). */
  next(): number {
    return this.#word() / 2 ** 32
  }

  bytes(size: number): Uint8Array {
    const bytes = new Uint8Array(size)
    for (let at = 0; at < size; at++) bytes[at] = this.#word() & 0xff
    return bytes
  }

  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1))
  }

  /** True with this probability. */
  happens(probability: number): boolean {
    return this.next() < probability
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new Error(`${this.#name}: nothing to pick from`)
    return items[Math.floor(this.next() * items.length)] as T
  }

  /** One of the names, as often as its weight says. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    const entries = Object.entries(weights) as [K, number][]
    let left = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [name, weight] of entries) if ((left -= weight) < 0) return name
    return (entries.at(-1) as [K, number])[0]
  }

  /** Milliseconds between events that come `perSecond` times a second on average. */
  gapMs(perSecond: number): number {
    return (-Math.log(1 - this.next()) * 1000) / perSecond
  }

  shuffled<T>(items: readonly T[]): T[] {
    const left = [...items]
    for (let last = left.length - 1; last > 0; last--) {
      const at = Math.floor(this.next() * (last + 1))
      const [a, b] = [left[at] as T, left[last] as T]
      left[at] = b
      left[last] = a
    }
    return left
  }

  /** 32 bits: Chris Doty-Humphrey's small fast counter generator. */
  #word(): number {
    const sum = (this.#a + this.#b + this.#d) >>> 0
    this.#d = (this.#d + 1) >>> 0
    this.#a = (this.#b ^ (this.#b >>> 9)) >>> 0
    this.#b = (this.#c + (this.#c << 3)) >>> 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) >>> 0
    return sum
  }
}

/** FNV-1a over UTF-16 units, mixed once more. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x7feb352d)
  return (hash ^ (hash >>> 15)) >>> 0
}
