// Turns the tree of a regular expression into instructions for the stepping matcher.
import { JavaRegexError, shownPattern } from './regex-syntax.ts'
import { type CharacterSet, type Fold, type Manner, type Place, type RegexNode, type RegexTree } from './regex-tree.ts'

/**
 * One instruction; numbers named `to` and `end` are places in the program.
 * - `split` goes on at `first` and comes back for `second`.
 * - `many` takes as many characters of its set as it can, at most `max`; `isLazy` as few. Where it may give back, each number is a way to come back to.
 * - `mark` notes where an iteration began; `moved` leaves its loop after one that took nothing.
 * - `inside` runs what follows it up to its `done` as a match of its own, without a way back into it.
 */
export type Instruction =
  | { readonly op: 'character'; readonly set: CharacterSet }
  | {
      readonly op: 'many'
      readonly set: CharacterSet
      readonly min: number
      readonly max: number
      readonly manner: Manner
    }
  | { readonly op: 'place'; readonly place: Place }
  | { readonly op: 'reference'; readonly group: number; readonly fold: Fold }
  | { readonly op: 'split'; first: number; second: number }
  | { readonly op: 'jump'; to: number }
  | { readonly op: 'save' | 'mark'; readonly slot: number }
  | { readonly op: 'moved'; readonly slot: number; to: number }
  | { readonly op: 'inside'; readonly kind: InsideKind; readonly widths: Widths; end: number }
  | { readonly op: 'done' }

type InsideKind = 'atomic' | 'ahead' | 'notAhead' | 'behind' | 'notBehind'

/** How many UTF-16 units a lookbehind may be long. */
export interface Widths {
  readonly min: number
  readonly max: number
}

export interface Program {
  readonly instructions: readonly Instruction[]
  /** Two for each group, the whole match first, then one for each loop. */
  readonly slots: number
  readonly groupSlots: number
}

/** Repetitions are written out; more than this is no pattern a person wrote. */
const instructionsMax = 50_000

/** Throws a JavaRegexError where the pattern is too large written out. Cheap: nothing is written. */
export function checkSize(tree: RegexTree, pattern: string): void {
  if (sizeOf(tree.root) <= instructionsMax) return
  throw new JavaRegexError(
    `The regular expression ${shownPattern(pattern)} repeats so much that it takes more than ${instructionsMax} instructions. Write smaller numbers.`
  )
}

/** For a tree whose size was checked. */
export function compileSteps(tree: RegexTree): Program {
  return new Compiler(tree).program()
}

/** At least as many instructions as the node takes. */
function sizeOf(node: RegexNode): number {
  switch (node.kind) {
    case 'character':
    case 'place':
    case 'reference':
      return 1
    case 'group':
    case 'atomic':
    case 'look':
      return sizeOf(node.body) + 2
    case 'sequence':
      return node.parts.reduce((sum, part) => sum + sizeOf(part), 0)
    case 'choice':
      return node.parts.reduce((sum, part) => sum + sizeOf(part) + 2, 0)
    case 'repeat':
      if (node.body.kind === 'character') return 1
      return (sizeOf(node.body) + 1) * (node.max === Infinity ? node.min : node.max) + sizeOf(node.body) + 6
  }
}

class Compiler {
  readonly #tree: RegexTree
  readonly #instructions: Instruction[] = []
  #slots: number

  constructor(tree: RegexTree) {
    this.#tree = tree
    this.#slots = 2 * (tree.groupCount + 1)
  }

  program(): Program {
    this.#node(this.#tree.root)
    this.#add({ op: 'done' })
    return { instructions: this.#instructions, slots: this.#slots, groupSlots: 2 * (this.#tree.groupCount + 1) }
  }

  #add<Kind extends Instruction>(instruction: Kind): Kind {
    this.#instructions.push(instruction)
    return instruction
  }

  get #here(): number {
    return this.#instructions.length
  }

  #node(node: RegexNode): void {
    switch (node.kind) {
      case 'character':
        this.#add({ op: 'character', set: node.set })
        return
      case 'place':
        this.#add({ op: 'place', place: node.place })
        return
      case 'reference':
        this.#add({ op: 'reference', group: node.index, fold: node.fold })
        return
      case 'sequence':
        for (const part of node.parts) this.#node(part)
        return
      case 'choice':
        this.#choice(node.parts)
        return
      case 'group':
        this.#add({ op: 'save', slot: 2 * node.index })
        this.#node(node.body)
        this.#add({ op: 'save', slot: 2 * node.index + 1 })
        return
      case 'atomic':
        this.#inside('atomic', node.body)
        return
      case 'look': {
        const ahead = node.isNegative ? 'notAhead' : 'ahead'
        this.#inside(node.isBehind ? (node.isNegative ? 'notBehind' : 'behind') : ahead, node.body)
        return
      }
      case 'repeat':
        if (node.body.kind === 'character') {
          const { min, max, manner } = node
          this.#add({ op: 'many', set: node.body.set, min, max, manner })
        } else if (node.manner === 'possessive') this.#inside('atomic', { ...node, manner: 'greedy' })
        else this.#repeat(node.body, node.min, node.max, node.manner === 'lazy')
    }
  }

  #choice(parts: readonly RegexNode[]): void {
    const jumps: { to: number }[] = []
    for (const [index, part] of parts.entries()) {
      if (index === parts.length - 1) {
        this.#node(part)
        break
      }
      const split = this.#add({ op: 'split', first: this.#here + 1, second: -1 })
      this.#node(part)
      jumps.push(this.#add({ op: 'jump', to: -1 }))
      split.second = this.#here
    }
    for (const jump of jumps) jump.to = this.#here
  }

  #repeat(body: RegexNode, min: number, max: number, isLazy: boolean): void {
    for (let count = 0; count < min; count++) {
      const before = this.#here
      this.#node(body)
      // What writes no instruction can be repeated as often as one likes.
      if (this.#here === before) return
    }
    if (max === Infinity) {
      this.#loop(body, isLazy)
      return
    }
    const ways: { first: number; second: number }[] = []
    for (let count = min; count < max; count++) {
      ways.push(this.#add({ op: 'split', first: this.#here + 1, second: -1 }))
      const before = this.#here
      this.#node(body)
      if (this.#here === before) break
    }
    for (const way of ways) this.#leave(way, this.#here, isLazy)
  }

  #loop(body: RegexNode, isLazy: boolean): void {
    const slot = this.#slots++
    const start = this.#here
    const way = this.#add({ op: 'split', first: start + 1, second: -1 })
    this.#add({ op: 'mark', slot })
    this.#node(body)
    const moved = this.#add({ op: 'moved', slot, to: -1 })
    this.#add({ op: 'jump', to: start })
    moved.to = this.#here
    this.#leave(way, this.#here, isLazy)
  }

  #leave(way: { first: number; second: number }, end: number, isLazy: boolean): void {
    way.second = isLazy ? way.first : end
    if (isLazy) way.first = end
  }

  #inside(kind: InsideKind, body: RegexNode): void {
    const isBehind = kind === 'behind' || kind === 'notBehind'
    const widths = isBehind ? widthsOf(body) : { min: 0, max: 0 }
    const inside = this.#add({ op: 'inside', kind, widths, end: -1 })
    this.#node(body)
    this.#add({ op: 'done' })
    inside.end = this.#here
  }
}

/** Between how few and how many UTF-16 units a node can match. */
function widthsOf(node: RegexNode): Widths {
  switch (node.kind) {
    case 'character':
      return { min: 1, max: 2 }
    case 'place':
    case 'look':
      return { min: 0, max: 0 }
    case 'reference':
      return { min: 0, max: Infinity }
    case 'group':
    case 'atomic':
      return widthsOf(node.body)
    case 'repeat': {
      const { min, max } = widthsOf(node.body)
      return { min: min * node.min, max: max === 0 ? 0 : max * node.max }
    }
    case 'sequence':
    case 'choice': {
      const widths = node.parts.map(widthsOf)
      const sum = (of: keyof Widths): number => widths.reduce((total, width) => total + width[of], 0)
      if (node.kind === 'sequence') return { min: sum('min'), max: sum('max') }
      return {
        min: widths.reduce((least, { min }) => Math.min(least, min), Infinity),
        max: widths.reduce((most, { max }) => Math.max(most, max), 0)
      }
    }
  }
}
