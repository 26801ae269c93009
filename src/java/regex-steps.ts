// Matches what linear time cannot: lookaround, references back, possessive and atomic groups, with a budget of steps.
//
// The idea. A matcher that goes back and tries another way can take exponential time, and a pattern may come from anyone who may configure a connector. So
// each instruction is a step, and a text has so many of them. Ways to come back to are held on a stack of our own, never the call stack: it is as deep as
// the text is long. Only what stands inside a lookaround or an atomic group is a call, as deep as the pattern is nested.
import { type Instruction, type Program } from './regex-program.ts'
import { isWordCharacter } from './regex-sets.ts'
import { type Place } from './regex-tree.ts'

/** Some milliseconds: a topic name of 249 characters takes a few hundred by a sensible pattern. */
export const stepsMax = 50_000

/** Where the groups of a match begin and end, in UTF-16 units; -1 for one that took no part. The first pair is the whole. */
export type Groups = readonly number[]

/** What is asked: the first match that begins at `from` or later; with `isWhole` only one of the whole text. */
export interface Question {
  readonly program: Program
  readonly text: string
  readonly from: number
  readonly isWhole: boolean
  readonly steps: number
}

/** `spent`: the steps ran out before there was an answer. */
export interface Answer {
  readonly groups: Groups | null | 'spent'
  /** How many it took. */
  readonly steps: number
}

export function findBySteps({ program, text, from, isWhole, steps }: Question): Answer {
  const run = new Run(program, text, isWhole, steps)
  for (let start = from; start <= text.length; start++) {
    const end = run.match(0, start, -1)
    if (run.left < 0) return { groups: 'spent', steps }
    if (end >= 0) return { groups: [start, end, ...run.slots.slice(2, program.groupSlots)], steps: steps - run.left }
    if (isWhole) break
  }
  return { groups: null, steps: steps - run.left }
}

class Run {
  readonly slots: number[]
  readonly #instructions: readonly Instruction[]
  readonly #text: string
  readonly #isWhole: boolean
  /** Ways to come back to: place in the program, in the text, and how much was noted to be undone. */
  readonly #ways: number[] = []
  /** Slots with the value they had. */
  readonly #undo: number[] = []
  /** Steps that are left; below nothing, nothing counts any more. */
  left: number

  constructor(program: Program, text: string, isWhole: boolean, steps: number) {
    this.left = steps
    this.slots = new Array<number>(program.slots).fill(-1)
    this.#instructions = program.instructions
    this.#text = text
    this.#isWhole = isWhole
  }

  /**
   * Runs from an instruction to its `done`: where the match ends, or -1. With `endAt` not negative only a match that ends
   * there counts. Leaves no way back into itself; what it saved can be undone by whoever called it.
   */
  match(from: number, start: number, endAt: number): number {
    const base = this.#ways.length
    const entered = this.#undo.length
    let at = start
    let pc = from
    for (;;) {
      if (--this.left < 0) return -1
      const instruction = this.#instructions[pc]
      if (instruction === undefined || instruction.op === 'done') {
        if (this.#mayEnd(from, at, endAt)) {
          this.#ways.length = base
          return at
        }
        pc = -1
      } else if (instruction.op === 'inside') {
        const end = this.#inside(instruction, pc + 1, at)
        pc = end < 0 ? -1 : instruction.end
        at = end
      } else if (instruction.op === 'character') {
        const codePoint = this.#text.codePointAt(at)
        pc = codePoint !== undefined && instruction.set(codePoint) ? pc + 1 : -1
        at += codePoint !== undefined && codePoint > 0xffff ? 2 : 1
      } else if (instruction.op === 'many') {
        at = this.#many(instruction, pc + 1, at)
        pc = at < 0 ? -1 : pc + 1
      } else if (instruction.op === 'reference') {
        at = this.#reference(instruction, at)
        pc = at < 0 ? -1 : pc + 1
      } else pc = this.#move(instruction, pc, at)
      if (pc >= 0) continue
      if (this.#ways.length === base) {
        this.#undoTo(entered)
        return -1
      }
      const noted = this.#ways.pop() ?? 0
      at = this.#ways.pop() ?? 0
      pc = this.#ways.pop() ?? 0
      this.#undoTo(noted)
    }
  }

  /** Runs what takes no character; the next instruction, or -1 where there is no way on. */
  #move(
    instruction: Exclude<Instruction, { op: 'character' | 'many' | 'reference' | 'inside' | 'done' }>,
    pc: number,
    at: number
  ): number {
    switch (instruction.op) {
      case 'split':
        this.#ways.push(instruction.second, at, this.#undo.length)
        return instruction.first
      case 'jump':
        return instruction.to
      case 'save':
      case 'mark':
        this.#set(instruction.slot, at)
        return pc + 1
      case 'moved':
        return this.slots[instruction.slot] === at ? instruction.to : pc + 1
      case 'place':
        return this.#isAt(instruction.place, at) ? pc + 1 : -1
    }
  }

  #mayEnd(from: number, at: number, endAt: number): boolean {
    if (endAt >= 0) return at === endAt
    return from !== 0 || !this.#isWhole || at === this.#text.length
  }

  /** Where the text goes on after a lookaround or an atomic group, or -1 where it does not. */
  #inside(instruction: Extract<Instruction, { op: 'inside' }>, body: number, at: number): number {
    const noted = this.#undo.length
    switch (instruction.kind) {
      case 'atomic':
        return this.match(body, at, -1)
      case 'ahead':
        return this.match(body, at, -1) < 0 ? -1 : at
      case 'behind':
        return this.#behind(instruction, body, at) ? at : -1
      case 'notAhead':
      case 'notBehind': {
        const found =
          instruction.kind === 'notAhead' ? this.match(body, at, -1) >= 0 : this.#behind(instruction, body, at)
        this.#undoTo(noted)
        // What ran out of steps found nothing, which must not count as not being there: the run ends at its next step.
        return found ? -1 : at
      }
    }
  }

  #behind(instruction: Extract<Instruction, { op: 'inside' }>, body: number, at: number): boolean {
    const { min, max } = instruction.widths
    for (let start = at - min; start >= Math.max(0, at - max); start--) {
      if (this.match(body, start, at) >= 0) return true
    }
    return false
  }

  /** Where the text goes on behind a run of characters, or -1; the other lengths it may have are noted, the most willing last. */
  #many({ set, min, max, manner }: Extract<Instruction, { op: 'many' }>, next: number, start: number): number {
    const ends = [start]
    let at = start
    while (ends.length <= max) {
      const codePoint = this.#text.codePointAt(at)
      if (codePoint === undefined || !set(codePoint) || --this.left < 0) break
      at += codePoint > 0xffff ? 2 : 1
      ends.push(at)
    }
    if (ends.length <= min) return -1
    if (manner === 'possessive') return at
    const possible = ends.slice(min)
    const wanted = manner === 'lazy' ? possible.reverse() : possible
    for (const end of wanted.slice(0, -1)) this.#ways.push(next, end, this.#undo.length)
    return wanted.at(-1) ?? -1
  }

  /** Behind the text of a group that comes again, or -1. A group that took no part is never there again. */
  #reference(instruction: Extract<Instruction, { op: 'reference' }>, at: number): number {
    const start = this.slots[2 * instruction.group] ?? -1
    const end = this.slots[2 * instruction.group + 1] ?? -1
    if (start < 0 || end < start || at + end - start > this.#text.length) return -1
    this.left -= end - start
    for (let index = 0; index < end - start; index++) {
      const one = this.#text.charCodeAt(start + index)
      const other = this.#text.charCodeAt(at + index)
      if (one !== other && instruction.fold(one) !== instruction.fold(other)) return -1
    }
    return at + end - start
  }

  #set(slot: number, value: number): void {
    this.#undo.push(slot, this.slots[slot] ?? -1)
    this.slots[slot] = value
  }

  #undoTo(noted: number): void {
    while (this.#undo.length > noted) {
      const value = this.#undo.pop() ?? -1
      this.slots[this.#undo.pop() ?? 0] = value
    }
  }

  #isAt(place: Place, at: number): boolean {
    const text = this.#text
    switch (place.where) {
      case 'begin':
        return at === 0
      case 'end':
        return at === text.length
      case 'word':
        return this.#isWordAt(at) !== this.#isWordBefore(at)
      case 'inWord':
        return this.#isWordAt(at) === this.#isWordBefore(at)
      case 'lineBegin':
        return at === 0 || (at < text.length && this.#endsLine(at, place.unixLines))
      case 'lineEnd':
        return at === text.length || this.#beginsLineEnd(at, place.unixLines)
      case 'lastEnd': {
        if (at === text.length) return true
        const isPair = !place.unixLines && text.startsWith('\r\n', at)
        return at + (isPair ? 2 : 1) === text.length && this.#beginsLineEnd(at, place.unixLines)
      }
    }
  }

  /** Whether a line ended just before. */
  #endsLine(at: number, unixLines: boolean): boolean {
    const before = this.#text.charAt(at - 1)
    if (unixLines) return before === '\n'
    if (before === '\r') return this.#text.charAt(at) !== '\n'
    return /[\n\x85\u2028\u2029]/.test(before)
  }

  /** Whether a line's end stands here, and not in the middle of a pair. */
  #beginsLineEnd(at: number, unixLines: boolean): boolean {
    const here = this.#text.charAt(at)
    if (unixLines) return here === '\n'
    if (here === '\n') return this.#text.charAt(at - 1) !== '\r'
    return /[\r\x85\u2028\u2029]/.test(here)
  }

  #isWordAt(at: number): boolean {
    const codePoint = this.#text.codePointAt(at)
    return codePoint !== undefined && isWordCharacter(codePoint)
  }

  #isWordBefore(at: number): boolean {
    if (at === 0) return false
    const low = this.#text.charCodeAt(at - 1)
    const start = low >= 0xdc00 && low <= 0xdfff && at > 1 ? at - 2 : at - 1
    const codePoint = this.#text.codePointAt(start) ?? 0
    return isWordCharacter(codePoint > 0xffff || start === at - 1 ? codePoint : low)
  }
}
