// The door to a schema registry with the Confluent API: schemas by id or GUID with their references, and registration.
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { type ConnectError, DataError, RetriableError } from '../connect/errors.ts'
import { type Doors } from '../connect/plugin.ts'
import { type RegistrySettings } from './registry-settings.ts'
import { keyText, type SchemaKey } from './wire-format.ts'

/** A schema as the registry holds it; `references` are the texts it refers to, each behind those it refers to itself. */
export interface RegisteredSchema {
  readonly type: string
  readonly text: string
  readonly references: readonly { readonly name: string; readonly text: string }[]
}

interface Reply {
  readonly status: number
  readonly body: string
}

/** A schema that another refers to, by the name it uses for it. */
export interface Reference {
  readonly name: string
  readonly subject: string
  readonly version: number
}

interface Entry {
  readonly type: string
  readonly text: string
  readonly references: readonly Reference[]
}

const mediaType = 'application/vnd.schemaregistry.v1+json'
const replyBytesMax = 8 * 1024 * 1024
/** A schema with all it refers to: how many schemas, how many characters. */
const referencesMax = 1000
const textLengthMax = 16 * 1024 * 1024

export class RegistryClient {
  readonly #settings: RegistrySettings
  readonly #doors: Doors
  /** The address that answered last is asked first. */
  #first = 0

  constructor(settings: RegistrySettings, doors: Doors) {
    this.#settings = settings
    this.#doors = doors
  }

  /** Throws DataError where the registry says there is no such schema, RetriableError where it does not say anything of use. */
  async schema(key: SchemaKey, subject: string | null): Promise<RegisteredSchema> {
    const path =
      'guid' in key
        ? `schemas/guids/${key.guid}`
        : `schemas/ids/${key.id}?fetchMaxId=false${subject === null ? '' : `&subject=${encodeURIComponent(subject)}`}`
    const where = `the schema of ${keyText(key)}${subject === null ? '' : ` (subject ${subject})`}`
    const entry = entryOf(await this.#ask('GET', path, null, where), where)
    return { type: entry.type, text: entry.text, references: await this.#references(entry, where) }
  }

  /** Registers a schema under a subject (or finds it there); answers its id. */
  async register(subject: string, type: string, text: string, references: readonly Reference[] = []): Promise<number> {
    const body = JSON.stringify({ schema: text, schemaType: type, references })
    const where = `the registration under subject ${subject}`
    const reply: unknown = await this.#ask('POST', `subjects/${encodeURIComponent(subject)}/versions`, body, where)
    const id = isRecord(reply) ? reply.id : undefined
    if (typeof id !== 'number') throw unreadable(where)
    return id
  }

  /** All schemas referred to, depth first, each once; what refers to itself in a circle is refused. */
  async #references(root: Entry, where: string): Promise<{ name: string; text: string }[]> {
    const found: { name: string; text: string }[] = []
    const done = new Set<string>()
    const open = new Set<string>()
    let length = root.text.length
    const visit = async (entry: Entry): Promise<void> => {
      for (const { name, subject, version } of entry.references) {
        const key = `${subject}/${version}`
        if (open.has(key))
          throw new DataError(`${where} refers to itself through subject ${subject} version ${version}`)
        if (done.has(key)) continue
        open.add(key)
        const path = `subjects/${encodeURIComponent(subject)}/versions/${version}`
        const next = entryOf(
          await this.#ask('GET', path, null, `subject ${subject} version ${version}, which ${where} refers to`),
          where
        )
        length += next.text.length
        if (found.length >= referencesMax || length > textLengthMax) {
          throw new DataError(`${where} refers to more than ${referencesMax} schemas or ${textLengthMax} characters`)
        }
        await visit(next)
        open.delete(key)
        done.add(key)
        found.push({ name, text: next.text })
      }
    }
    await visit(root)
    return found
  }

  /** Asks one address after the other, and all of them again after a pause, as often as the settings say. */
  async #ask(method: string, path: string, body: string | null, where: string): Promise<unknown> {
    const { retriesMax, retryWaitMs, retryWaitMsMax } = this.#settings
    for (let attempt = 0; ; attempt++) {
      const failure = await this.#askAll(method, path, body, where)
      if ('value' in failure) return failure.value
      if (attempt >= retriesMax) throw failure.error
      const waitMs = Math.min(retryWaitMs * 2 ** attempt, retryWaitMsMax)
      await this.#doors.clock.sleep(waitMs * (0.5 + this.#doors.random.next() / 2))
    }
  }

  async #askAll(
    method: string,
    path: string,
    body: string | null,
    where: string
  ): Promise<{ value: unknown } | { error: RetriableError }> {
    const { urls } = this.#settings
    const failures: string[] = []
    for (let tried = 0; tried < urls.length; tried++) {
      const index = (this.#first + tried) % urls.length
      const address = urls[index]
      if (address === undefined) continue
      const reply = await this.#send(address, method, path, body).catch((error: unknown) => failureText(error))
      if (typeof reply === 'string') failures.push(`${address.shown}: ${reply}`)
      else if (reply.status >= 500 || reply.status === 408 || reply.status === 429)
        failures.push(`${address.shown}: answered ${reply.status}`)
      else {
        this.#first = index
        return { value: readReply(reply, address.shown, where) }
      }
    }
    const text = `The schema registry could not be asked for ${where}: ${failures.join('; ')}. Check schema.registry.url and that the registry runs`
    return { error: new RetriableError(text) }
  }

  #send(address: RegistrySettings['urls'][number], method: string, path: string, body: string | null): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const url = new URL(path, address.url)
      const send = url.protocol === 'https:' ? httpsRequest : httpRequest
      const request = send(url, {
        method,
        ...(url.protocol === 'https:' ? this.#settings.tls : {}),
        headers: {
          accept: `${mediaType}, application/json`,
          ...(address.authorization === null ? {} : { authorization: address.authorization }),
          ...(body === null ? {} : { 'content-type': mediaType, 'content-length': Buffer.byteLength(body) })
        }
      })
      const timer = this.#doors.clock.setTimer(this.#settings.timeoutMs, () =>
        request.destroy(new Error(`no answer within ${this.#settings.timeoutMs} ms`))
      )
      request.on('close', () => timer.clear())
      request.on('error', reject)
      request.on('response', response => {
        const chunks: Buffer[] = []
        let length = 0
        response.on('data', (chunk: Buffer) => {
          length += chunk.length
          if (length > replyBytesMax) request.destroy(new Error(`the answer is larger than ${replyBytesMax} bytes`))
          else chunks.push(chunk)
        })
        response.on('error', reject)
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }))
      })
      request.end(body ?? undefined)
    })
  }
}

function failureText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code } = error as NodeJS.ErrnoException
  return error.message === '' ? (code ?? error.name) : error.message
}

function readReply(reply: Reply, address: string, where: string): unknown {
  let json: unknown
  try {
    json = JSON.parse(reply.body)
  } catch {
    json = undefined
  }
  if (reply.status === 200) {
    if (json === undefined) throw unreadable(where)
    return json
  }
  const message = isRecord(json) && typeof json.message === 'string' ? json.message.slice(0, 500) : 'no reason given'
  const hint =
    reply.status === 401 || reply.status === 403
      ? '. Check basic.auth.credentials.source and basic.auth.user.info (or bearer.auth.token)'
      : reply.status >= 300 && reply.status < 400
        ? '. A redirection is not followed: write the address that it leads to'
        : ''
  throw new DataError(`The schema registry at ${address} refused ${where}: ${reply.status}, ${message}${hint}`)
}

function unreadable(where: string): ConnectError {
  return new RetriableError(
    `The schema registry gave an answer for ${where} that is none of its API. Does schema.registry.url lead to a registry?`
  )
}

function entryOf(reply: unknown, where: string): Entry {
  if (!isRecord(reply) || typeof reply.schema !== 'string') throw unreadable(where)
  const list = Array.isArray(reply.references) ? (reply.references as unknown[]) : []
  const references = list.map(each => {
    if (
      !isRecord(each) ||
      typeof each.name !== 'string' ||
      typeof each.subject !== 'string' ||
      typeof each.version !== 'number'
    )
      throw unreadable(where)
    return { name: each.name, subject: each.subject, version: each.version }
  })
  return { type: typeof reply.schemaType === 'string' ? reply.schemaType : 'AVRO', text: reply.schema, references }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
