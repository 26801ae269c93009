// Who may speak to REST from a browser: no page of another origin changes anything, no borrowed name reaches a loopback listener.
import { hostname } from 'node:os'
import { canonicalHost } from '../util/host-name.ts'
import { HttpError } from './http-error.ts'
import { isLoopback } from './listeners.ts'
import { type CrossOrigin } from './response-headers.ts'

export interface GuardedRequest {
  readonly method: string
  readonly secure: boolean
  /** `Host` and `Origin` as they were sent. */
  readonly host: string
  readonly origin: string | undefined
  /** The address of this machine that the connection came to. */
  readonly localAddress: string
  /** It came with a login, or with a certificate that is trusted. */
  readonly known: boolean
}

export interface GuardSettings {
  readonly crossOrigin: CrossOrigin | null
  /** Names this worker is known by, beside its own host's. */
  readonly names: readonly string[]
  /** `rest.changes.authenticated`: who is not known may only read. */
  readonly changesNeedLogin: boolean
}

const reading = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Throws HttpError 403 for what only a page of somebody else would send. Tools send no Origin, and pass. */
export function guardRequest(request: GuardedRequest, settings: GuardSettings): void {
  const { host, origin, localAddress } = request
  // A page whose name was made to point at 127.0.0.1 sends that name: the browser holds it for the same origin, we don't.
  if (isLoopback(localAddress.replace(/^::ffff:/, '')) && !isOwnName(hostOnly(host), settings.names)) {
    throw new HttpError(
      403,
      `This worker was called as '${hostOnly(host)}' on a loopback address. If that is its name, add it to rest.allowed.hosts`
    )
  }
  if (settings.changesNeedLogin && !request.known && !reading.has(request.method)) {
    throw new HttpError(
      403,
      'Changes need a login here (rest.changes.authenticated=true): by rest.extension.classes, or by a client certificate'
    )
  }
  if (origin === undefined || reading.has(request.method)) return
  if (origin === `${request.secure ? 'https' : 'http'}://${host}`) return
  if (settings.crossOrigin?.allows(origin) === true) return
  throw new HttpError(
    403,
    `Pages of ${origin} may not change anything here. access.control.allow.origin=${origin} would let them`
  )
}

function isOwnName(name: string, names: readonly string[]): boolean {
  const lower = name.toLowerCase()
  if (isLoopback(lower) || lower === '' || isAddress(lower) || lower.endsWith('.localhost')) return true
  const own = hostname().toLowerCase()
  return lower === own || lower === own.split('.')[0] || names.some(known => known.toLowerCase() === lower)
}

// An address can't be borrowed: names can.
function isAddress(host: string): boolean {
  const address = canonicalHost(host)
  return address !== null && (address.includes(':') || /^\d+\.\d+\.\d+\.\d+$/.test(address))
}

function hostOnly(host: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(host)
  return bracketed?.[1] ?? host.replace(/:\d*$/, '')
}
