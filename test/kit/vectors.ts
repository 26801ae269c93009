// Reads the recorded vectors in test/vectors: one JSON object a line, what Java's own classes answered.
import { readFileSync } from 'node:fs'

export type VectorError = { class: string; message: string | null; cause?: VectorError }

/** One recorded answer: `expect`, or the exception. */
export type Vector<Input, Expect> = { id: string; input: Input; expect?: Expect; error?: VectorError }

/** All vectors of test/vectors/<name>.jsonl. */
export function readVectors<Input, Expect>(name: string): Vector<Input, Expect>[] {
  const text = readFileSync(new URL(`../vectors/${name}.jsonl`, import.meta.url), 'utf8')
  const vectors = text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Vector<Input, Expect>)
  if (vectors.length === 0) throw new Error(`test/vectors/${name}.jsonl holds no vector: nothing would be tested.`)
  return vectors
}
