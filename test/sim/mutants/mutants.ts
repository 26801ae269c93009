// Faults to plant, each a small replacement of a text that stands once in its file: they follow the code, for one that no longer fits fails.

export interface Mutant {
  readonly name: string
  /** What goes wrong with it. */
  readonly what: string
  readonly file: string
  readonly find: string
  readonly replace: string
}

export const mutants: readonly Mutant[] = [
  {
    name: 'forget-suspects',
    what: 'a connection given up is not closed at the server before anything is sent again',
    file: 'src/redis/writer/air.ts',
    find: 'if (guard !== null) this.#events.onGivenUp(guard)',
    replace: 'if (guard === null) this.#events.onGivenUp(guard as never)'
  },
  {
    name: 'release-before-answer',
    what: 'a flight holds no commits back once it is sent',
    file: 'src/redis/writer/lane.ts',
    find: '      this.#queue.shift()\n      this.#queueBytes -= next.weight\n      this.#air.send(next)',
    replace:
      '      this.#queue.shift()\n      this.#queueBytes -= next.weight\n      this.#air.send(next)\n      this.#near.watermark.release(next)'
  },
  {
    name: 'resend-failed-only',
    what: 'after a cut only what failed is sent again, behind what succeeded on the same key',
    file: 'src/redis/writer/resend.ts',
    find: 'if (start === undefined || place < start) done.push(slot)',
    replace: "if (start === undefined || place < start || slot.outcome === 'ok') done.push(slot)"
  },
  {
    name: 'drop-in-outage',
    what: 'an answer that means Redis is away is taken for a refusal of the record',
    file: 'src/redis/writer/recovery.ts',
    find: "      if (verdict === 'outage') {",
    replace: "      if (verdict === 'outage' && command.key === '') {"
  }
]
