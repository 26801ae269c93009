// Holds an implementation to recorded vectors: every answer equal, but for deviations that are listed by reason and must really deviate.
import assert from 'node:assert/strict'
import { ConnectError } from '../../src/connect/errors.ts'
import { doubleText, floatText } from '../../src/java/double-text.ts'
import { readVectors, type Vector, type VectorError } from './vectors.ts'

/** Reason to the ids of vectors that deviate for it. */
export type Deviations = Readonly<Record<string, readonly string[]>>

/**
 * Runs `answer` over the vectors of one file that `wanted` takes; fails where the vectors that differ are not exactly the deviations.
 * `expectOf` makes a recorded answer whole where the file leaves out what goes without saying.
 */
export function checkVectors<Input, Expect>(
  name: string,
  answer: (input: Input) => unknown,
  deviations: Deviations,
  wanted: (vector: Vector<Input, Expect>) => boolean = () => true,
  expectOf: (vector: Vector<Input, Expect>) => unknown = vector => vector.expect
): void {
  const expectedToDiffer = new Set(Object.values(deviations).flat())
  const differing: string[] = []
  const unexpected: object[] = []
  const vectors = readVectors<Input, Expect>(name).filter(wanted)
  assert.ok(vectors.length > 0, `${name} holds vectors of the kind that is wanted`)
  for (const vector of vectors) {
    const actual = outcomeText(() => answer(vector.input), vector.error)
    const expected = vector.error === undefined ? normalText(expectOf(vector)) : errorText(vector.error)
    if (actual === expected) continue
    differing.push(vector.id)
    if (!expectedToDiffer.has(vector.id))
      unexpected.push({
        id: vector.id,
        input: clip(normalText(vector.input)),
        actual: clip(actual),
        expected: clip(expected)
      })
  }
  assert.deepEqual(unexpected, [], `${unexpected.length} vectors of ${name} differ`)
  assert.deepEqual(differing.sort(), [...expectedToDiffer].sort(), `listed deviations of ${name} that do not deviate`)
}

function outcomeText(run: () => unknown, expected: VectorError | undefined): string {
  try {
    return normalText(run())
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error
    return errorText({
      class: error.javaClass,
      // A message of the JDK, of Jackson and the like only has to be there: ours are worded better.
      message: expected !== undefined && isForeign(expected) ? expected.message : error.message,
      ...(error.cause instanceof ConnectError && !hasForeignCause(expected)
        ? { cause: { class: error.cause.javaClass, message: null } }
        : {})
    })
  }
}

/** Class and message; of a cause only Kafka's own class counts. */
function errorText(error: VectorError): string {
  const cause = error.cause === undefined || isForeign(error.cause) ? undefined : error.cause.class
  return JSON.stringify({ class: error.class, message: error.message, ...(cause === undefined ? {} : { cause }) })
}

function hasForeignCause(error: VectorError | undefined): boolean {
  return error?.cause !== undefined && isForeign(error.cause)
}

function isForeign(error: VectorError): boolean {
  return !error.class.startsWith('org.apache.kafka.')
}

/** JSON text, with the numbers of floats as JDK 19 prints them: the vectors hold JDK 17's, longer for some. Text, since some nest too deep to compare. */
function normalText(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined'
  return text
    .replace(/"f64":"([^"]*)"/g, (_, number: string) => `"f64":"${doubleText(Number(number))}"`)
    .replace(/"f32":"([^"]*)"/g, (_, number: string) => `"f32":"${floatText(Math.fround(Number(number)))}"`)
}

function clip(text: string): string {
  return text.length > 600 ? `${text.slice(0, 600)}...` : text
}
