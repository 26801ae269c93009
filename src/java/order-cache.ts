// Orders of names, remembered: the same names come with every record, and putting them in Java's order anew would cost more than all else.
import { hashMapOrder } from './hash-map-order.ts'

/** Lists with more names are put in order anew each time, and so many characters at most are remembered: a topic of random names must not fill the memory. */
const NAMES_MAX = 64
const WEIGHT_MAX = 8_000_000
/** What a remembered name weighs besides its characters. */
const NODE_WEIGHT = 150

interface OrderNode {
  readonly next: Map<string, OrderNode>
  order: readonly number[] | null
}

/** Remembers an order per list of names, found name by name: nothing is joined or allocated for a list seen before. */
export class OrderCache {
  readonly #compute: (names: readonly string[]) => readonly number[]
  #root: OrderNode = { next: new Map(), order: null }
  #weight = 0

  constructor(compute: (names: readonly string[]) => readonly number[]) {
    this.#compute = compute
  }

  get(names: readonly string[]): readonly number[] {
    if (names.length > NAMES_MAX) return this.#compute(names)
    let node = this.#root
    for (const name of names) {
      let next = node.next.get(name)
      if (next === undefined) {
        next = { next: new Map(), order: null }
        node.next.set(name, next)
        this.#weight += NODE_WEIGHT + name.length
      }
      node = next
    }
    node.order ??= this.#compute(names)
    const { order } = node
    if (this.#weight > WEIGHT_MAX) {
      this.#root = { next: new Map(), order: null }
      this.#weight = 0
    }
    return order
  }
}

const hashOrders = new OrderCache(names => hashMapOrder(names))
const hashOrdersByTable = new Map<number, OrderCache>()

/** `hashMapOrder` of names, each of which stands once. */
export function rememberedHashMapOrder(names: readonly string[], capacity?: number): readonly number[] {
  if (capacity === undefined) return hashOrders.get(names)
  if (names.length > NAMES_MAX) return hashMapOrder(names, { capacity })
  // Java rounds what is asked for up to a power of two, so there are few of them.
  const table = capacity <= 1 ? 1 : 2 ** (32 - Math.clz32(capacity - 1))
  let cache = hashOrdersByTable.get(table)
  if (cache === undefined) {
    cache = new OrderCache(each => hashMapOrder(each, { capacity: table }))
    hashOrdersByTable.set(table, cache)
  }
  return cache.get(names)
}
