// Schemas of a registry, each fetched and compiled once: what `prepare` of a converter waits for and `toConnectData` finds.
import { ConnectError, DataError, RetriableError } from '../connect/errors.ts'
import { type Clock } from '../util/clock.ts'
import { type RegisteredSchema, type RegistryClient } from './registry-client.ts'
import { keyText, type SchemaKey } from './wire-format.ts'

/** For so long a schema that the registry does not know is not asked for again: garbage must not become a flood of requests. */
const refusalMs = 30_000

type Outcome<T> = { readonly compiled: T } | { readonly error: Error; readonly until: number }

/** Holds at most `size` schemas; the one longest unused goes first. */
export class RegistrySchemas<T> {
  readonly #client: RegistryClient
  readonly #clock: Clock
  readonly #size: number
  readonly #compile: (schema: RegisteredSchema) => T | Promise<T>
  readonly #outcomes = new Map<number | string, Outcome<T>>()
  readonly #pending = new Map<number | string, Promise<void>>()
  #last: { readonly name: number | string; readonly compiled: T } | null = null

  constructor(
    client: RegistryClient,
    clock: Clock,
    size: number,
    compile: (schema: RegisteredSchema) => T | Promise<T>
  ) {
    this.#client = client
    this.#clock = clock
    this.#size = Math.max(size, 1)
    this.#compile = compile
  }

  /** A promise that never rejects, or null where the schema (or its refusal) is here. */
  prepare(key: SchemaKey, subject: string | null): Promise<void> | null {
    const name = 'id' in key ? key.id : key.guid
    const outcome = this.#outcomes.get(name)
    if (outcome !== undefined && ('compiled' in outcome || this.#clock.monotonic() < outcome.until)) return null
    const known = this.#pending.get(name)
    if (known !== undefined) return known
    const pending = this.#fetch(key, name, subject).finally(() => this.#pending.delete(name))
    this.#pending.set(name, pending)
    return pending
  }

  /** The compiled schema. Throws what fetching or compiling it met. */
  get(key: SchemaKey): T {
    const name = 'id' in key ? key.id : key.guid
    if (this.#last?.name === name) return this.#last.compiled
    const outcome = this.#outcomes.get(name)
    if (outcome === undefined) throw new RetriableError(`The schema of ${keyText(key)} has not been fetched yet`)
    if ('error' in outcome) throw outcome.error
    // Taken out and put in again: the Map's order is then that of use.
    this.#outcomes.delete(name)
    this.#outcomes.set(name, outcome)
    this.#last = { name, compiled: outcome.compiled }
    return outcome.compiled
  }

  /** The compiled schema, where it is here. */
  find(key: SchemaKey): T | null {
    const outcome = this.#outcomes.get('id' in key ? key.id : key.guid)
    return outcome !== undefined && 'compiled' in outcome ? outcome.compiled : null
  }

  async #fetch(key: SchemaKey, name: number | string, subject: string | null): Promise<void> {
    try {
      this.#keep(name, { compiled: await this.#compile(await this.#client.schema(key, subject)) })
    } catch (cause) {
      const error =
        cause instanceof ConnectError ? cause : new DataError(`The schema of ${keyText(key)} cannot be used`, { cause })
      this.#keep(name, { error, until: error instanceof RetriableError ? 0 : this.#clock.monotonic() + refusalMs })
    }
  }

  #keep(name: number | string, outcome: Outcome<T>): void {
    this.#outcomes.delete(name)
    this.#outcomes.set(name, outcome)
    for (const oldest of this.#outcomes.keys()) {
      if (this.#outcomes.size <= this.#size) return
      this.#outcomes.delete(oldest)
    }
  }
}
