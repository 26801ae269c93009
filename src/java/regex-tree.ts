// The shape of a Java regular expression after it was read.

/** Which code points a character class holds. */
export type CharacterSet = (codePoint: number) => boolean

/** How often and how willingly: greedy takes as much as it can, lazy as little, possessive never gives back. */
export type Manner = 'greedy' | 'lazy' | 'possessive'

/** A place between characters. `$` without (?m) is `lastEnd`: the end, or before a line's end that nothing follows. */
export type Place =
  | { readonly where: 'begin' | 'end' | 'word' | 'inWord' }
  | { readonly where: 'lastEnd' | 'lineBegin' | 'lineEnd'; readonly unixLines: boolean }

export type RegexNode =
  | { readonly kind: 'character'; readonly set: CharacterSet }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly RegexNode[] }
  | {
      readonly kind: 'repeat'
      readonly body: RegexNode
      readonly min: number
      readonly max: number
      readonly manner: Manner
    }
  | { readonly kind: 'group'; readonly index: number; readonly body: RegexNode }
  | { readonly kind: 'atomic'; readonly body: RegexNode }
  | { readonly kind: 'look'; readonly body: RegexNode; readonly isBehind: boolean; readonly isNegative: boolean }
  | { readonly kind: 'reference'; readonly index: number; readonly fold: Fold }
  | { readonly kind: 'place'; readonly place: Place }

/** What a code point is compared as: itself, without ASCII case, or without any case. */
export type Fold = (codePoint: number) => number

/** A pattern that was read. */
export interface RegexTree {
  readonly root: RegexNode
  /** Capturing groups, the whole match not counted. */
  readonly groupCount: number
  readonly names: ReadonlyMap<string, number>
  /** Whether it has what no engine of linear time can do, or what RE2 reads otherwise. */
  readonly needsSteps: boolean
}
