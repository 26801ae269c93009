// Reads what clients send: JSON of Connect's shapes, everything else refused with what was expected.
import { type Config } from '../connect/plugin.ts'
import { HttpError } from './http-error.ts'

/** A configuration as it was sent; null is a key without a value. */
export type SentConfig = ReadonlyMap<string, string | null>

/** A number as it was written: `1.10` and 20 digits stay what they are. */
class NumberText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

export type Json = null | boolean | string | NumberText | readonly Json[] | { readonly [key: string]: Json }

/** The body as JSON; 400 where it is none. Jackson, and so Connect, answers 500: a client's mistake is no fault of ours. */
export function parseJson(body: Uint8Array): Json {
  const text = Buffer.from(body).toString()
  if (text.trim() === '') throw new HttpError(400, 'The request has no body; expected JSON.')
  try {
    return JSON.parse(text, keepNumberText) as Json
  } catch (error) {
    throw new HttpError(400, `The request is no JSON: ${(error as Error).message}`)
  }
}

// Node hands over the source of a number; the types do not know it yet.
function keepNumberText(this: unknown, _key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === 'number' ? new NumberText(context?.source ?? String(value)) : value
}

export function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NumberText)
}

/** A flat object of texts; numbers and booleans become texts as they were written. */
export function sentConfig(value: Json | undefined, what: string): SentConfig {
  if (!isObject(value)) {
    throw new HttpError(400, `${what} must be a JSON object of configuration keys, such as {"name": "redis-sink"}`)
  }
  return new Map(
    Object.entries(value).map(([key, item]) => {
      if (typeof item === 'string' || item === null) return [key, item]
      if (typeof item === 'boolean') return [key, String(item)]
      if (item instanceof NumberText) return [key, item.text]
      throw new HttpError(
        400,
        `The value of ${key} is ${Array.isArray(item) ? 'an array' : 'an object'}; expected a text`
      )
    })
  )
}

/** A configuration to be stored: a null in it is refused in Connect's words. */
export function completeConfig(sent: SentConfig): Config {
  const complete = new Map<string, string>()
  let nulls = 0
  for (const [key, value] of sent) {
    if (value === null) nulls += 1
    else complete.set(key, value)
  }
  if (nulls > 0) throw new HttpError(400, invalidText(Array.from({ length: nulls }, () => nullValue)))
  return complete
}

const nullValue = 'Null value can not be supplied as the configuration value.'

function invalidText(messages: readonly string[]): string {
  return [
    `Connector configuration is invalid and contains the following ${messages.length} error(s):`,
    ...messages,
    'You can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`'
  ].join('\n')
}

export function textOf(value: Json | undefined): string | null {
  if (typeof value === 'string') return value
  return value instanceof NumberText ? value.text : null
}
