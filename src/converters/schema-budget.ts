// What reading one schema may cost: a schema of a few kilobytes can stand for more parts than memory holds.
import { type ConnectValue, Struct } from '../connect/data.ts'
import { DataError } from '../connect/errors.ts'

/** Types, fields, symbols, and what stands in defaults: of one schema with all that it refers to. */
export const schemaPartsMax = 100_000

/** Defaults within defaults. */
const depthMax = 200

export class SchemaBudget {
  readonly #most: number
  #spent = 0
  #depth = 0

  constructor(most = schemaPartsMax) {
    this.#most = most
  }

  /** Throws DataError once there were more parts than a schema may have. */
  spend(parts = 1): void {
    this.#spent += parts
    if (this.#spent <= this.#most) return
    throw new DataError(
      `The schema has more than ${this.#most} parts (types, fields, symbols, and what its defaults hold). Register a smaller one`
    )
  }

  /** One part, and whatever `read` meets within it. A default may lead to itself. */
  within<T>(read: () => T): T {
    this.spend()
    if (++this.#depth > depthMax)
      throw new DataError(`The schema has defaults that are nested deeper than ${depthMax} levels, or hold themselves`)
    const value = read()
    this.#depth--
    return value
  }
}

/** Refuses a default that can't be written down: what stands in it may have defaults of its own, which lead back to it or double. */
export function checkDefault(value: ConnectValue, budget: SchemaBudget): void {
  budget.within(() => {
    if (value instanceof Struct) {
      for (const field of value.schema.fields) checkDefault(value.at(field), budget)
    } else if (Array.isArray(value)) {
      for (const element of value) checkDefault(element as ConnectValue, budget)
    } else if (value instanceof Map) {
      for (const element of value.values()) checkDefault(element as ConnectValue, budget)
    }
  })
}
