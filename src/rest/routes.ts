// What a route is: a path, and per method one call of the herder turned into an answer.
import { type Herder } from '../runtime/herder.ts'

export interface RestRequest {
  /** Parts of the path by name, percent-decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly body: Uint8Array
  /** Scheme and host as the client wrote them, for links. */
  readonly origin: string
}

export interface RestAnswer {
  readonly status: number
  /** Sent as JSON; undefined: no body. */
  readonly body?: unknown
  /** Sent as it is, instead of a body. */
  readonly text?: { readonly contentType: string; readonly content: string }
  readonly headers?: Readonly<Record<string, string | string[]>>
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export type Handler = (request: RestRequest, herder: Herder) => Promise<RestAnswer>

export interface Route {
  readonly path: string
  /** What its answers are, where they are no JSON: it is sent to whoever asks. */
  readonly plain?: true
  readonly handlers: { readonly [method in Method]?: Handler }
}

export function ok(body: unknown): RestAnswer {
  return { status: 200, body }
}

export function param(request: RestRequest, name: string): string {
  return request.params[name] ?? ''
}

/** `True` and `TRUE` count too; anything else is false. */
export function flag(request: RestRequest, name: string, fallback = false): boolean {
  const text = request.query.get(name)
  return text === null ? fallback : text.toLowerCase() === 'true'
}
