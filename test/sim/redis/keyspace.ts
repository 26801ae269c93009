// The data: keys with what they hold and until when, and who watches them.

export interface StringHeld {
  readonly type: 'string'
  value: string
  expiresAt: number | null
}

export interface SortedSetHeld {
  readonly type: 'zset'
  readonly scores: Map<string, number>
  /** Small sets are kept as a list, which has no -0. */
  isLarge: boolean
  expiresAt: number | null
}

export interface StreamHeld {
  readonly type: 'stream'
  readonly entries: StreamEntry[]
  lastMs: number
  lastSequence: number
  expiresAt: number | null
}

export interface StreamEntry {
  readonly id: string
  readonly fields: readonly string[]
}

export type Held = StringHeld | SortedSetHeld | StreamHeld

/** A connection that watches keys. */
export interface Watcher {
  /** One of them was touched. */
  isDirty: boolean
}

export class Keyspace {
  readonly #now: () => number
  readonly #held = new Map<string, Held>()
  readonly #watchers = new Map<string, Set<Watcher>>()

  /** `now`: wall time in milliseconds. */
  constructor(now: () => number) {
    this.#now = now
  }

  get now(): number {
    return this.#now()
  }

  /** Expired keys that nobody has met since included. */
  get size(): number {
    return this.#held.size
  }

  /** As a command meets it: what has expired goes, which touches it. */
  get(key: string): Held | undefined {
    const held = this.#held.get(key)
    if (held === undefined || held.expiresAt === null || !this.#isOver(held.expiresAt)) return held
    this.#held.delete(key)
    this.touch(key)
    return undefined
  }

  /** For whoever looks from outside: nothing changes by it. */
  peek(key: string): Held | undefined {
    const held = this.#held.get(key)
    return held === undefined || (held.expiresAt !== null && this.#isOver(held.expiresAt)) ? undefined : held
  }

  /** Those that have not expired, in the order in which they came to be. */
  keys(): readonly string[] {
    return [...this.#held.keys()].filter(key => this.peek(key) !== undefined)
  }

  #isOver(expiresAt: number): boolean {
    return this.#now() > expiresAt
  }

  set(key: string, held: Held): void {
    this.#held.set(key, held)
  }

  /** False: it was not there. */
  delete(key: string): boolean {
    if (this.get(key) === undefined) return false
    this.#held.delete(key)
    this.touch(key)
    return true
  }

  clear(): void {
    for (const key of this.#held.keys()) this.touch(key)
    this.#held.clear()
  }

  /** It was changed: whoever watches it learns of it at EXEC. */
  touch(key: string): void {
    if (this.#watchers.size === 0) return
    for (const watcher of this.#watchers.get(key) ?? []) watcher.isDirty = true
  }

  watch(key: string, watcher: Watcher): void {
    // What has expired is gone before it is watched.
    this.get(key)
    const watchers = this.#watchers.get(key)
    if (watchers === undefined) this.#watchers.set(key, new Set([watcher]))
    else watchers.add(watcher)
  }

  unwatch(key: string, watcher: Watcher): void {
    const watchers = this.#watchers.get(key)
    if (watchers?.delete(watcher) === true && watchers.size === 0) this.#watchers.delete(key)
  }

  /** Nobody watches anything: the server is gone. */
  forgetWatchers(): void {
    this.#watchers.clear()
  }
}
