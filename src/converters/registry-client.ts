// The door to a schema registry with the Confluent API: schemas by id or GUID with their references, and registration.
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { DataError, RegistryAccessError, RegistryAwayError } from '../connect/errors.ts'
import { type Doors } from '../connect/plugin.ts'
import { type ConnectionKeys, hostAdvice, withTlsAdvice } from '../util/connection-advice.ts'
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

  /**
   * Throws DataError where the registry says that there is no such schema (or none that can be used), RegistryAccessError where it lets nobody like us in or
   * leads elsewhere, RegistryAwayError where it does not say anything of use.
   */
  async schema(key: SchemaKey, subject: string | null): Promise<RegisteredSchema> {
    const path =
      'guid' in key
        ? `schemas/guids/${key.guid}`
        : `schemas/ids/${key.id}?fetchMaxId=false${subject === null ? '' : `&subject=${encodeURIComponent(subject)}`}`
    const where = `the schema of ${keyText(key)}${subject === null ? '' : ` (subject ${subject})`}`
    const entry = await this.#entry(path, where)
    return { type: entry.type, text: entry.text, references: await this.#references(entry, where) }
  }

  /** Registers a schema under a subject (or finds it there); answers its id. */
  async register(subject: string, type: string, text: string, references: readonly Reference[] = []): Promise<number> {
    const body = JSON.stringify({ schema: text, schemaType: type, references })
    const where = `the registration under subject ${subject}`
    const reply: unknown = await this.#ask('POST', `subjects/${encodeURIComponent(subject)}/versions`, body, where)
    const id = isRecord(reply) ? reply.id : undefined
    if (typeof id !== 'number') throw this.#unreadable(where)
    return id
  }

  /** The registry did not say `what` was asked. */
  away(what: string, reason: string): RegistryAwayError {
    return new RegistryAwayError(what, this.#settings.urls.map(({ shown }) => shown).join(', '), reason)
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
        const next = await this.#entry(path, `subject ${subject} version ${version}, which ${where} refers to`)
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

  async #entry(path: string, where: string): Promise<Entry> {
    const entry = entryOf(await this.#ask('GET', path, null, where))
    if (entry === null) throw this.#unreadable(where)
    return entry
  }

  #unreadable(where: string): RegistryAwayError {
    return this.away(where, `it gave an answer, ${notOfApi}`)
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
  ): Promise<{ value: unknown } | { error: RegistryAwayError }> {
    const { urls } = this.#settings
    const failures: string[] = []
    for (let tried = 0; tried < urls.length; tried++) {
      const index = (this.#first + tried) % urls.length
      const address = urls[index]
      if (address === undefined) continue
      const reply = await this.#send(address, method, path, body).catch((error: unknown) =>
        withAdvice(failureText(error), address.url)
      )
      const value = typeof reply === 'string' ? reply : readReply(reply, address.shown, path, where)
      if (typeof value === 'string') failures.push(`${address.shown}: ${value}${pathAdvice(value, address.url)}`)
      else {
        this.#first = index
        return { value }
      }
    }
    return { error: this.away(where, failures.join('; ')) }
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

/** What to ask of an address that gave no answer. */
function withAdvice(text: string, { protocol, hostname }: URL): string {
  if (protocol === 'https:') return withTlsAdvice(text, tlsHelp) + hostAdvice(text, hostname, urlKey)
  // A server that waits for TLS hangs up, or answers with an alert.
  if (/socket hang up|ECONNRESET|Parse Error/.test(text))
    return `${text} (${urlKey} begins with http: does the registry speak https on this port?)`
  return text + hostAdvice(text, hostname, urlKey)
}

const urlKey = 'schema.registry.url'
const tlsHelp: ConnectionKeys = {
  server: 'the registry',
  host: urlKey,
  truststore: 'schema.registry.ssl.truststore.location',
  keystore: 'schema.registry.ssl.keystore.location',
  identification: 'schema.registry.ssl.endpoint.identification.algorithm',
  protocols: 'what the registry allows',
  noTls: `${urlKey} begins with https: does the registry speak TLS on this port?`
}

/** An address copied from a browser ends in a path of its own. */
function pathAdvice(reason: string, { pathname }: URL): string {
  return pathname === '/' || !reason.includes(notOfApi) ? '' : ` Its path ${pathname} stands before every request`
}

const notOfApi = 'which is none of its API. Does schema.registry.url lead to a registry?'

/** Whoever wrote the record had its schema from somewhere. */
const notThere =
  'Is this the registry of another environment (schema.registry.url), or was the schema deleted there? Write the address of the one that the producer uses, or register the schema again'

/** The document of a good answer; a text: the registry is away, and why. What each answer means is told in docs/errors.md, `REGISTRY_AWAY`. */
function readReply({ status, body }: Reply, address: string, path: string, where: string): object | string {
  if (status >= 500 || status === 408 || status === 429) return `answered ${status}`
  const json = jsonOf(body)
  if (status === 200) return json ?? `answered 200 and a text, ${notOfApi}`
  const message = typeof json?.message === 'string' ? json.message.slice(0, 500) : 'no reason given'
  const refusal = `The schema registry at ${address} refused ${where}: ${status}, ${message}`
  if (status === 401 || status === 403 || status === 407) {
    throw new RegistryAccessError(
      `${refusal}. Check basic.auth.credentials.source and basic.auth.user.info (or bearer.auth.token), and the user's rights; then restart the task`
    )
  }
  if (status >= 300 && status < 400) {
    throw new RegistryAccessError(
      `${refusal}. A redirection is not followed: write the address that it leads to into schema.registry.url`
    )
  }
  // The API's own refusals have a number of five digits that begins with the status, as 40403: no such schema. Other servers answer 404, too.
  if (Math.floor(Number(json?.error_code) / 100) === status) {
    throw new DataError(status === 404 ? `${refusal.replace(/\.$/, '')}. ${notThere}` : refusal)
  }
  // Registries without GUIDs have no such address: were that an outage, one record of garbage that begins with a 1 would hold up its partition for ever.
  if (status === 404 && path.startsWith('schemas/guids/') && json !== undefined) {
    throw new DataError(`${refusal}. This registry knows no schemas by GUID`)
  }
  return `answered ${status}, ${notOfApi}`
}

function jsonOf(body: string): Record<string, unknown> | undefined {
  try {
    const json: unknown = JSON.parse(body)
    return isRecord(json) ? json : undefined
  } catch {
    return undefined
  }
}

/** null where the answer is none of the API. */
function entryOf(reply: unknown): Entry | null {
  if (!isRecord(reply) || typeof reply.schema !== 'string') return null
  const references: Reference[] = []
  for (const each of Array.isArray(reply.references) ? (reply.references as unknown[]) : []) {
    if (!isRecord(each)) return null
    const { name, subject, version } = each
    if (typeof name !== 'string' || typeof subject !== 'string' || typeof version !== 'number') return null
    references.push({ name, subject, version })
  }
  return { type: typeof reply.schemaType === 'string' ? reply.schemaType : 'AVRO', text: reply.schema, references }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
