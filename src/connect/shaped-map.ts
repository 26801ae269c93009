// Maps of records that share their names: a record holds its values, and what follows from the names is worked out once for all of them.
//
// The idea. Filling a Map of nine entries costs 300 ns and a kilobyte, and records of a topic have the same names again and again. So a
// converter may make a ShapedMap: a Shape, which it shares with the records before it, and an array of values. To whoever reads it, it is a
// Map; whoever knows shapes (perShape) finds out once per shape which value goes where. It can't be changed: transforms make new maps.
import { inspect } from 'node:util'
import { ConnectMap, type ConnectValue, type MapLayout } from './data.ts'

/** The names of a Map in their order, and how Java would walk them (see MapLayout); null: as a freshly filled HashMap. */
export class Shape {
  readonly names: readonly string[]
  readonly layout: MapLayout | null
  #indexes: ReadonlyMap<string, number> | null = null

  /** Each name stands once. */
  constructor(names: readonly string[], layout: MapLayout | null) {
    this.names = names
    this.layout = layout
  }

  /** Where the value of a name stands; -1: nowhere. */
  indexOf(name: string): number {
    this.#indexes ??= new Map(this.names.map((each, index) => [each, index]))
    return this.#indexes.get(name) ?? -1
  }
}

export class ShapedMap<V = ConnectValue> extends Map<string, V> {
  readonly shape: Shape
  /** By the place of their names in the shape. */
  readonly slots: readonly V[]

  /** `slots` is taken over as it is: one value per name. */
  constructor(shape: Shape, slots: readonly V[]) {
    super()
    this.shape = shape
    this.slots = slots
  }

  override get size(): number {
    return this.shape.names.length
  }

  override get(name: string): V | undefined {
    return this.slots[this.shape.indexOf(name)]
  }

  override has(name: string): boolean {
    return this.shape.indexOf(name) >= 0
  }

  override keys(): MapIterator<string> {
    return this.shape.names.values()
  }

  override values(): MapIterator<V> {
    return this.slots.values()
  }

  override entries(): MapIterator<[string, V]> {
    return this.shape.names.map((name, index): [string, V] => [name, this.slots[index] as V]).values()
  }

  override [Symbol.iterator](): MapIterator<[string, V]> {
    return this.entries()
  }

  override forEach(each: (value: V, name: string, map: Map<string, V>) => void, self?: unknown): void {
    for (const [name, value] of this.entries()) each.call(self, value, name, this)
  }

  override set(): this {
    throw new Error('A ShapedMap is not changed: a transform makes a map of its own')
  }

  override delete(): boolean {
    return this.set() === this
  }

  override clear(): void {
    this.set()
  }

  [inspect.custom](): ReadonlyMap<string, V> {
    return new Map(this.entries())
  }
}

export function isShaped(map: ReadonlyMap<ConnectValue, ConnectValue>): map is ShapedMap {
  return map instanceof ShapedMap
}

/** How Java would walk a Map; null: as a freshly filled HashMap. */
export function layoutOf(map: ReadonlyMap<ConnectValue, ConnectValue>): MapLayout | null {
  if (isShaped(map)) return map.shape.layout
  return map instanceof ConnectMap ? map.layout : null
}

/** The entries as they came into Java's map. */
export function arrivedEntries(map: ReadonlyMap<ConnectValue, ConnectValue>): [ConnectValue, ConnectValue][] {
  const arrival = layoutOf(map)?.arrival
  if (arrival === undefined) return [...map]
  const first = new Set<ConnectValue>()
  const entries: [ConnectValue, ConnectValue][] = []
  for (const key of arrival) {
    if (!map.has(key)) continue
    first.add(key)
    entries.push([key, map.get(key) ?? null])
  }
  for (const entry of map) if (!first.has(entry[0])) entries.push(entry)
  return entries
}

/** Remembers what `make` makes of a shape for as long as that shape lives. */
export function perShape<T>(make: (shape: Shape) => T): (shape: Shape) => T {
  const made = new WeakMap<Shape, { readonly value: T }>()
  // Most records have the shape of the one before: looking there first saves half of the look-up.
  let lastShape: Shape | null = null
  let last: { readonly value: T } | undefined
  return shape => {
    if (shape === lastShape && last !== undefined) return last.value
    last = made.get(shape)
    if (last === undefined) {
      last = { value: make(shape) }
      made.set(shape, last)
    }
    lastShape = shape
    return last.value
  }
}
