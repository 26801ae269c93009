// The shapes of the objects that a reader met, learned name by name: records repeat them, so that the next name is nearly always known.
import { Shape } from '../connect/shaped-map.ts'

/** Objects of more names, or of longer ones, become Maps. */
const namesMax = 64
const nameLengthMax = 128
/** A topic whose names never repeat must not fill the memory: so many nodes are learned. Then its objects become Maps. */
const nodesMax = 1000
/** After so many objects that met no shape in a full tree, it is learned anew: what the topic holds has changed. */
const missesMax = 100_000

const plainName = /^[ !#-[\]-\x7e]*$/

/** An object's names up to one of them. */
export class ShapeNode {
  /** The last of them. */
  readonly name: string
  /** It and its closing quote as they stand in JSON; null where it needs escapes or is not ASCII. */
  readonly text: Uint8Array | null
  /** The node that followed this one the last time. */
  likely: ShapeNode | null = null
  readonly #tree: ShapeTree
  readonly #names: readonly string[]
  readonly #next = new Map<string, ShapeNode>()
  #shape: Shape | null = null

  constructor(tree: ShapeTree, names: readonly string[]) {
    this.name = names.at(-1) ?? ''
    this.text = plainName.test(this.name) ? Buffer.from(`${this.name}"`) : null
    this.#tree = tree
    this.#names = names
  }

  /** The shape of an object that ends here. */
  get shape(): Shape {
    this.#shape ??= new Shape(this.#names, null)
    return this.#shape
  }

  /** The node behind a further name; null where there is none: the name is long or stands twice, or there are too many. */
  next(name: string): ShapeNode | null {
    const node = this.#next.get(name) ?? this.#learned(name)
    if (node !== null) this.likely = node
    return node
  }

  #learned(name: string): ShapeNode | null {
    if (this.#names.length === namesMax || name.length > nameLengthMax || this.#names.includes(name)) return null
    if (!this.#tree.hasRoom()) return null
    const node = new ShapeNode(this.#tree, [...this.#names, name])
    this.#next.set(name, node)
    return node
  }
}

export class ShapeTree {
  /** How many names the last object had that stood in no other. */
  topSize = 0
  #root = new ShapeNode(this, [])
  #nodes = 0
  #misses = 0

  /** An object without names. */
  get root(): ShapeNode {
    return this.#root
  }

  /** Whether one more node may be learned. */
  hasRoom(): boolean {
    if (this.#nodes < nodesMax) {
      this.#nodes++
      return true
    }
    this.#misses++
    if (this.#misses === missesMax) {
      this.#root = new ShapeNode(this, [])
      this.#nodes = 0
      this.#misses = 0
    }
    return false
  }
}
