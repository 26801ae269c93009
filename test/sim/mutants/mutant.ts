// What a fault to plant is: small replacements of texts that stand once in their files. They follow the code, for one that no longer fits fails.

export interface Edit {
  readonly file: string
  readonly find: string
  readonly replace: string
}

export interface Mutant extends Edit {
  readonly name: string
  /** What goes wrong with it. */
  readonly what: string
  /** What else must be taken away for it to show. */
  readonly also?: readonly Edit[]
}
