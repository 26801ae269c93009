// The single message transforms of a connector in their order, each behind its predicate.
import { ConversionError } from '../connect/errors.ts'
import { type Predicate, type Transformation } from '../connect/plugin.ts'
import { type SinkRecord } from '../connect/record.ts'
import { metBy } from './transform-words.ts'

export interface TransformationStep {
  readonly alias: string
  readonly className: string
  readonly transformation: Transformation
  /** Runs only where the predicate says true (or false, if negated). */
  readonly predicate: { readonly predicate: Predicate; readonly negate: boolean } | null
}

export class TransformationChain {
  readonly #steps: readonly TransformationStep[]

  constructor(steps: readonly TransformationStep[]) {
    this.#steps = steps
  }

  get empty(): boolean {
    return this.#steps.length === 0
  }

  /** The record to deliver, or null: a transform dropped it. Throws ConversionError of stage TRANSFORMATION. */
  apply(record: SinkRecord): SinkRecord | null {
    let current = record
    for (const step of this.#steps) {
      try {
        const guard = step.predicate
        if (guard !== null && guard.predicate.test(current) === guard.negate) continue
        const next = step.transformation.apply(current)
        if (next === null) return null
        current = next
      } catch (error) {
        // A part decoded on first touch inside a transform is still the converter's failure.
        if (error instanceof ConversionError) throw error
        throw new ConversionError('TRANSFORMATION', step.className, error, {
          part: step.alias,
          met: metBy(step.className, current)
        })
      }
    }
    return current
  }

  close(): void {
    for (const step of this.#steps) {
      step.transformation.close?.()
      step.predicate?.predicate.close?.()
    }
  }
}
