// What connect-cli asks of a worker: JSON over HTTP, errors as the worker words them.
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'

/** The worker answered, and said no. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  /** The worker's own words; null where the answer held none. */
  readonly said: string | null

  constructor(status: number, said: string | null) {
    super(said ?? `status code ${status}`)
    this.status = status
    this.said = said
  }
}

/** Nobody answered. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError'
}

export class Api {
  readonly #base: URL
  readonly #headers: Readonly<Record<string, string>>

  readonly #warn: (text: string) => void

  /** `endpoint` as people write it: with or without a slash at its end, a path, user and password. `warn` gets what a worker says beside its answers. */
  constructor(endpoint: string, warn: (text: string) => void = () => undefined) {
    this.#warn = warn
    const url = new URL(endpoint)
    const user = decodeURIComponent(url.username)
    const password = decodeURIComponent(url.password)
    url.username = ''
    url.password = ''
    if (!url.pathname.endsWith('/')) url.pathname += '/'
    this.#base = url
    this.#headers = {
      accept: 'application/json',
      'content-type': 'application/json',
      ...(user === '' ? {} : { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` })
    }
  }

  get<T>(path: readonly string[], query = ''): Promise<T> {
    return this.send('GET', path, undefined, query)
  }

  /** Parts of the path are encoded here. The answer as JSON, or null where there is none. */
  async send<T>(method: string, path: readonly string[], body?: unknown, query = ''): Promise<T> {
    const url = new URL(path.map(encodeURIComponent).join('/') + query, this.#base)
    const { status, text } = await this.#exchange(method, url, body === undefined ? null : JSON.stringify(body))
    const json = jsonOf(text)
    if (status >= 200 && status < 300) return json as T
    const said = (json as { message?: unknown } | null)?.message
    throw new ApiError(status, typeof said === 'string' ? said : null)
  }

  /** Not by `fetch`, which refuses to speak to some ports. */
  #exchange(method: string, url: URL, body: string | null): Promise<{ status: number; text: string }> {
    const request = url.protocol === 'https:' ? httpsRequest : httpRequest
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => reject(new UnreachableError(reasonOf(error), { cause: error }))
      const sent = request(url, { method, headers: this.#headers }, response => {
        let text = ''
        for (const value of response.headersDistinct['warning'] ?? []) this.#warn(warningText(value))
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (text += chunk))
        response.on('error', fail)
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
      })
      sent.on('error', fail)
      sent.end(body ?? undefined)
    })
  }

  toString(): string {
    return this.#base.href
  }
}

function reasonOf(error: Error): string {
  // Where a name has several addresses, each of them failed.
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error
  if ((first as NodeJS.ErrnoException | undefined)?.code === 'ECONNREFUSED') return 'Connection refused'
  const text = first instanceof Error ? first.message : error.message
  // What speaks TLS hangs up on plain HTTP; what does not gives no answer that TLS understands.
  if (/wrong version number|packet length too long/.test(text)) return `${text} (does the worker speak http there?)`
  return /socket hang up|ECONNRESET|Parse Error/.test(text) ? `${text} (does the worker speak https there?)` : text
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** The text of `299 - "..."`, a string of JSON; what has another form is shown as it came. */
function warningText(value: string): string {
  try {
    return String(JSON.parse(value.slice(value.indexOf('"'))))
  } catch {
    return value
  }
}
