// Schemas of a registry, each fetched and compiled once: what `prepare` of a converter waits for and `toConnectData` finds.
import { type Needed } from '../connect/compiled.ts'
import { ConnectError, DataError, RegistryAccessError, RegistryAwayError } from '../connect/errors.ts'
import { type Clock } from '../util/clock.ts'
import { type RegisteredSchema, type RegistryClient } from './registry-client.ts'
import { keyText, type SchemaKey } from './wire-format.ts'

/** For so long a schema that the registry does not know is not asked for again: garbage must not become a flood of requests. */
const refusalMs = 30_000

/** Characters of all schemas together, with what they refer to: compiled they take many times as much. */
const lengthMax = 32 * 1024 * 1024

/** A schema as its format reads by it. Whoever may read a record of it again holds it: it is found until then, whatever the cache forgets. */
export class FetchedSchema<T> implements Needed {
  readonly name: number | string
  readonly compiled: T
  /** Characters of its text and of all that it refers to. */
  readonly length: number
  readonly #held: Map<number | string, FetchedSchema<T>>
  #holders = 0

  constructor(name: number | string, compiled: T, length: number, held: Map<number | string, FetchedSchema<T>>) {
    this.name = name
    this.compiled = compiled
    this.length = length
    this.#held = held
  }

  hold(): void {
    this.#holders++
    this.#held.set(this.name, this)
  }

  release(): void {
    this.#holders--
    if (this.#holders === 0 && this.#held.get(this.name) === this) this.#held.delete(this.name)
  }
}

type Outcome<T> = FetchedSchema<T> | { readonly error: Error; readonly until: number }

/** Holds at most `size` schemas, and what is held beside them, and so many characters of them; the one longest unused goes first. */
export class RegistrySchemas<T> {
  readonly #client: RegistryClient
  readonly #clock: Clock
  readonly #size: number
  readonly #compile: (schema: RegisteredSchema) => T | Promise<T>
  readonly #outcomes = new Map<number | string, Outcome<T>>()
  /** Schemas that records need which are not settled yet: were they gone when such a record is read again, it could not be. */
  readonly #held = new Map<number | string, FetchedSchema<T>>()
  #length = 0
  readonly #pending = new Map<number | string, Promise<void>>()
  #last: FetchedSchema<T> | null = null

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
    if (outcome instanceof FetchedSchema || this.#held.has(name)) return null
    if (outcome !== undefined && this.#clock.monotonic() < outcome.until) return null
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
    const found = outcome instanceof FetchedSchema ? outcome : this.#held.get(name)
    if (found === undefined) {
      if (outcome !== undefined && 'error' in outcome) throw outcome.error
      // It went between `prepare` and now: nobody's fault, and it is fetched again.
      throw this.#client.away(`the schema of ${keyText(key)}`, 'it is not in the cache any more, and is fetched again')
    }
    this.#last = found
    // Taken out and put in again: the Map's order is then that of use.
    if (found === outcome) {
      this.#outcomes.delete(name)
      this.#outcomes.set(name, found)
    }
    return found.compiled
  }

  /** The schema, where it is here. */
  find(key: SchemaKey): FetchedSchema<T> | null {
    const name = 'id' in key ? key.id : key.guid
    const outcome = this.#outcomes.get(name)
    return outcome instanceof FetchedSchema ? outcome : (this.#held.get(name) ?? null)
  }

  async #fetch(key: SchemaKey, name: number | string, subject: string | null): Promise<void> {
    try {
      const schema = await this.#client.schema(key, subject)
      const length = schema.references.reduce((sum, { text }) => sum + text.length, schema.text.length)
      this.#keep(name, new FetchedSchema(name, await this.#compiled(schema, key, subject), length, this.#held))
    } catch (cause) {
      const error =
        cause instanceof ConnectError ? cause : new DataError(`The schema of ${keyText(key)} cannot be used`, { cause })
      const mayPass = error instanceof RegistryAwayError || error instanceof RegistryAccessError
      this.#keep(name, { error, until: mayPass ? 0 : this.#clock.monotonic() + refusalMs })
    }
  }

  /** What is wrong with a schema is told with its name: a topic may have many. */
  async #compiled(schema: RegisteredSchema, key: SchemaKey, subject: string | null): Promise<T> {
    try {
      return await this.#compile(schema)
    } catch (cause) {
      const of = subject === null ? keyText(key) : `${keyText(key)} (subject ${subject})`
      const reason = cause instanceof Error ? `: ${cause.message}` : ''
      throw new DataError(`The schema of ${of} cannot be used${reason}`, { cause })
    }
  }

  #keep(name: number | string, outcome: Outcome<T>): void {
    this.#forget(name)
    this.#outcomes.set(name, outcome)
    this.#length += lengthOf(outcome)
    for (const oldest of this.#outcomes.keys()) {
      const isWithin = this.#outcomes.size <= this.#size && this.#length <= lengthMax
      // The newest stays, whatever its size: somebody waits for it.
      if (isWithin || oldest === name) return
      this.#forget(oldest)
    }
  }

  #forget(name: number | string): void {
    this.#length -= lengthOf(this.#outcomes.get(name))
    this.#outcomes.delete(name)
  }
}

function lengthOf(outcome: Outcome<unknown> | undefined): number {
  return outcome instanceof FetchedSchema ? outcome.length : 0
}
