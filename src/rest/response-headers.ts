// Headers that every answer carries: `response.http.headers.config`, and those of calls from other origins.
import { ConfigError } from '../connect/errors.ts'
import { type Clock } from '../util/clock.ts'

/** Called with the headers of an answer before it goes out. */
export interface HeaderSink {
  set(name: string, value: string): void
  add(name: string, value: string): void
}

type HeaderRule = (sink: HeaderSink) => void

const key = 'response.http.headers.config'

/** `set X-Frame-Options: DENY, "add Cache-Control: no-cache, no-store"`: actions set, add, setDate, addDate. */
export function headerRules(text: string, clock: Clock): readonly HeaderRule[] {
  return parts(text).map(part => {
    const match = /^(set|add|setDate|addDate)\s+([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*:(.*)$/.exec(part)
    const [, action, name] = match ?? []
    const value = match?.[3]?.trimStart()
    if (action === undefined || name === undefined || value === undefined || /[\r\n\0]/.test(value)) {
      throw new ConfigError(key, `${key}: found '${part}', expected set, add, setDate or addDate, then NAME: VALUE`)
    }
    if (!action.endsWith('Date')) return sink => (action === 'set' ? sink.set(name, value) : sink.add(name, value))
    const offsetMs = Number(value)
    if (!Number.isSafeInteger(offsetMs)) {
      throw new ConfigError(key, `${key}: found '${part}', expected a number of milliseconds from now`)
    }
    return sink => {
      const date = new Date(clock.now() + offsetMs).toUTCString()
      if (action === 'setDate') sink.set(name, date)
      else sink.add(name, date)
    }
  })
}

// Separated by commas; a part in double quotes may hold some.
function parts(text: string): readonly string[] {
  const found = text.match(/\s*"[^"]*"\s*|[^,]+/g) ?? []
  return found
    .map(part =>
      part
        .trim()
        .replace(/^"(.*)"$/, '$1')
        .trim()
    )
    .filter(part => part !== '')
}

export interface CrossOrigin {
  /** Whether pages of that origin may call, and may change something. */
  allows(origin: string): boolean
  /** The headers of an answer to a call from `origin`. */
  headers(origin: string, preflight: boolean): Readonly<Record<string, string>>
}

/** `access.control.allow.origin` (a list, `*`, or with `*` as in `https://*.example.com`) and `.methods`. */
export function crossOrigin(origins: string, methods: string): CrossOrigin | null {
  const patterns = origins
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')
  if (patterns.length === 0) return null
  const anyone = patterns.includes('*')
  const allowedMethods = methods.trim() === '' ? 'GET,POST,HEAD' : methods.replace(/\s/g, '')
  return {
    allows: origin => anyone || patterns.some(pattern => matches(pattern, origin)),
    headers(origin, preflight) {
      return {
        'access-control-allow-origin': anyone ? '*' : origin,
        vary: 'Origin',
        ...(preflight
          ? {
              'access-control-allow-methods': allowedMethods,
              'access-control-allow-headers': 'Content-Type,Accept,Origin,Authorization,X-Requested-With',
              'access-control-max-age': '60'
            }
          : {})
      }
    }
  }
}

function matches(pattern: string, origin: string): boolean {
  const [head = '', ...rest] = pattern.split('*')
  const tail = rest.join('*')
  if (rest.length === 0) return pattern.toLowerCase() === origin.toLowerCase()
  return origin.length >= pattern.length - 1 && origin.startsWith(head) && origin.endsWith(tail)
}
