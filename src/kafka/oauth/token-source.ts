// The token of one client: fetched when a login needs it, kept, and fetched anew before it expires.
//
// Java's clients refresh by a thread of their own. Here only logins need a token, and brokers ask for one again before a session ends: so the
// first login behind the refresh time fetches the next one, and a token that still lives bridges an OAuth server that is away.
import { type Logger } from '../../connect/log.ts'
import { type Clock } from '../../util/clock.ts'
import { type Random } from '../../util/random.ts'
import { AuthenticationFailedError } from '../errors.ts'
import { type TokenEndpoint } from './settings.ts'
import { type AskForToken, type FetchedToken } from './token-endpoint.ts'

export interface TokenSourceDoors {
  readonly ask: AskForToken
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Aborted when the client closes: no attempt waits longer. */
  readonly closing: AbortSignal
}

interface KeptToken extends FetchedToken {
  readonly refreshAt: number
}

export class TokenSource {
  readonly #endpoint: TokenEndpoint
  readonly #doors: TokenSourceDoors
  #kept: KeptToken | null = null
  #fetching: Promise<string> | null = null

  constructor(endpoint: TokenEndpoint, doors: TokenSourceDoors) {
    this.#endpoint = endpoint
    this.#doors = doors
    if (endpoint.url.protocol === 'http:' && !/^(?:localhost|127\..*|\[::1\])$/.test(endpoint.url.hostname)) {
      doors.log.warn(
        `${endpoint.shown} is asked without TLS: whoever listens on the way reads the client's secret and its tokens`
      )
    }
  }

  /** The token for a login that begins now. Logins of the same moment share one request. */
  get(): Promise<string> {
    const { clock } = this.#doors
    if (this.#kept !== null && clock.now() < this.#kept.refreshAt) return Promise.resolve(this.#kept.token)
    this.#fetching ??= this.#next().finally(() => (this.#fetching = null))
    return this.#fetching
  }

  async #next(): Promise<string> {
    const { clock, log } = this.#doors
    try {
      const fetched = await this.#fetch()
      this.#kept = { ...fetched, refreshAt: this.#refreshAt(fetched.expiresAt) }
      return fetched.token
    } catch (error) {
      const kept = this.#kept
      if (kept === null || clock.now() >= (kept.expiresAt ?? 0)) throw error
      log.warn('The token could not be refreshed; the one before it still holds', error)
      return kept.token
    }
  }

  /** As in Java: what may pass is tried again, ever more slowly, until all attempts together have taken too long. */
  async #fetch(): Promise<FetchedToken> {
    const { ask, clock, closing } = this.#doors
    const { retryBackoffMs, retryMsMax } = this.#endpoint
    const startedAt = clock.monotonic()
    for (let attempt = 0; ; attempt++) {
      try {
        return await ask(this.#endpoint, clock)
      } catch (error) {
        const leftMs = retryMsMax - (clock.monotonic() - startedAt)
        if (error instanceof AuthenticationFailedError || leftMs <= 0 || closing.aborted) throw error
        await clock.sleep(Math.min(retryBackoffMs * 2 ** attempt, leftMs), closing)
      }
    }
  }

  #refreshAt(expiresAt: number | null): number {
    const { clock, random } = this.#doors
    const { factor, jitter, minPeriodMs, bufferMs } = this.#endpoint.refresh
    const now = clock.now()
    // Nobody says how long it lives: each login asks anew.
    if (expiresAt === null) return now
    const byFactor = now + (expiresAt - now) * Math.min(1, factor + jitter * random.next())
    const refreshAt = Math.max(now + minPeriodMs, Math.min(byFactor, expiresAt - bufferMs))
    // A life shorter than buffer and period together leaves only the factor to go by.
    return refreshAt >= expiresAt ? byFactor : refreshAt
  }
}
