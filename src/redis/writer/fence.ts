// Proof that a connection given up writes no more, before anything is sent again on its successor or by somebody else.
//
// The idea. Whoever gives a connection up with something unanswered does not know what becomes of it: a network, a proxy or a frozen server may hold the
// bytes and execute them half a minute later, over everything that was written since. So each connection is entered here before it is used, and
// suspected here when it is given up; the next one to be entered first makes all suspects harmless, and only then carries commands.
//
// `kill`: CLIENT INFO tells how the server knows a connection, CLIENT KILL by both its id and its address closes it there; the answer, whatever its number,
// proves that it is gone. (Ids begin at 1 with each server process: an id alone may be somebody else's.) It costs nothing per record.
// `watch`: where killing is denied. Every flight is a transaction behind a WATCH that was answered before, and the next one waits for its answers. The
// successor touches the watched key, after which a late EXEC does nothing.
// `none`: neither is to be had; the connection is only reset from here.
import { ConfigError } from '../../connect/errors.ts'
import { type Logger } from '../../connect/log.ts'
import { type Clock } from '../../util/clock.ts'
import { type RedisDoor, RedisLoginError } from '../client.ts'
import { type RedisLink } from '../link.ts'
import { roomFor, writeWords } from './command-text.ts'
import { type Reply, ReplyError } from './reply-reader.ts'
import { verdictOf } from './verdict.ts'

export type FenceKind = 'kill' | 'watch' | 'none'

/** How the server knows a connection. */
interface Identity {
  readonly id: string
  /** `ip:port` as the server sees it. */
  readonly addr: string
}

/** What is known of one connection. */
export interface Guard {
  readonly identity: Identity | null
  /** The bytes of the WATCH that travels behind each flight; null where flights need none. */
  readonly watch: Uint8Array | null
}

export interface FenceOptions {
  /** `host:port`. */
  readonly address: string
  /** The key that is watched where CLIENT KILL is denied; no data of anybody's. */
  readonly key: string
  readonly clock: Clock
  readonly log: Logger
}

/** The key that is touched is deleted at once; where the connection breaks in between it is gone after so long. */
const keySeconds = '60'
const retryMs = 100
const shownMax = 10

export class Fence {
  readonly #options: FenceOptions
  readonly #watch: Uint8Array
  readonly #suspects = new Set<Guard>()
  /** Those of which was said that nobody could be asked about them. */
  readonly #told = new WeakSet<Guard>()
  #said: FenceKind | null = null
  /** Redis's last no to one of a fence's commands. */
  #refusal = ''

  constructor(options: FenceOptions) {
    this.#options = options
    const words = ['WATCH', options.key]
    const bytes = Buffer.alloc(roomFor(words))
    this.#watch = bytes.subarray(0, writeWords(bytes, 0, words))
  }

  /** Nothing that was given up is left to be made harmless. */
  get drawn(): boolean {
    return this.#suspects.size === 0
  }

  /** This connection was given up with something unanswered. */
  suspect(guard: Guard): void {
    this.#suspects.add(guard)
  }

  /**
   * Makes all suspects harmless from a connection that has just logged in; it may carry flights afterwards. Rejects where that is not known: the
   * suspects stay, and the connection is of no use.
   */
  async enter(link: RedisLink): Promise<Guard> {
    const suspects = new Set(this.#suspects)
    const identity = await this.#identify(link)
    const kills = identity !== null && (await this.#kill(link, identity, suspects))
    const whyNot = this.#refusal
    // Also where killing was denied to those who went before.
    const mustTouch = !kills || suspects.size > 0
    const watches = mustTouch && (await this.#touchAndWatch(link))
    if (watches) for (const guard of suspects) if (guard.watch !== null) this.#clear(guard, suspects)
    this.#leave(suspects)
    if (kills) this.#say('kill', '')
    else this.#say(watches ? 'watch' : 'none', watches ? whyNot : `${whyNot}; ${this.#refusal}`)
    return { identity, watch: watches && !kills ? this.#watch : null }
  }

  /**
   * For whoever leaves its keys to others: makes all suspects harmless from a connection of its own, or says after `limitMs` that it could not. Never
   * rejects.
   */
  async draw(door: RedisDoor, limitMs: number): Promise<void> {
    const { clock } = this.#options
    const end = clock.monotonic() + limitMs
    const isDue = (): boolean => [...this.#suspects].some(guard => !this.#told.has(guard))
    if (!isDue()) return
    const late = new AbortController()
    let reason = 'it does not answer'
    const trying = (async () => {
      while (isDue() && clock.monotonic() < end) {
        try {
          const { link } = await door.open()
          try {
            await this.enter(link)
          } finally {
            link.end()
          }
        } catch (error) {
          reason = error instanceof Error ? error.message : String(error)
          if (error instanceof RedisLoginError || error instanceof ConfigError) return
          await clock.sleep(retryMs, late.signal)
        }
      }
    })()
    await Promise.race([trying, clock.sleep(limitMs, late.signal)])
    late.abort()
    if (isDue()) this.#tellLeft(limitMs, reason)
  }

  async #identify(link: RedisLink): Promise<Identity | null> {
    const reply = await this.#ask(link, ['CLIENT', 'INFO'])
    if (reply === null) return null
    const text = typeof reply === 'string' ? reply : ''
    const id = /(?:^| )id=([0-9]+)(?: |$)/.exec(text)?.[1]
    const addr = /(?:^| )addr=(\S+)/.exec(text)?.[1]
    if (id !== undefined && addr !== undefined) return { id, addr }
    this.#refusal = 'CLIENT INFO tells no id and addr'
    return null
  }

  /** False where it may not; those that are proved dead are taken off `suspects`. */
  async #kill(link: RedisLink, own: Identity, suspects: Set<Guard>): Promise<boolean> {
    // Of nobody's address, where there is nobody to kill: asks for the right alone.
    let victims = [...suspects].filter(({ identity }) => identity !== null)
    if (victims.length === 0) victims = [{ identity: { id: own.id, addr: '0.0.0.0:0' }, watch: null }]
    for (const guard of victims) {
      if (guard.identity === null) continue
      const { id, addr } = guard.identity
      const reply = await this.#ask(link, ['CLIENT', 'KILL', 'ID', id, 'ADDR', addr])
      if (reply === null) return false
      if (typeof reply !== 'number') {
        this.#refusal = 'CLIENT KILL does not answer with a number'
        return false
      }
      this.#clear(guard, suspects)
    }
    return true
  }

  /** False where Redis does not take what a fence of this kind needs. */
  async #touchAndWatch(link: RedisLink): Promise<boolean> {
    const { key } = this.#options
    // The transaction of nothing comes first: EXEC ends what WATCH began.
    const words = [['MULTI'], ['EXEC'], ['SET', key, '1', 'EX', keySeconds], ['DEL', key], ['WATCH', key]]
    for (const each of words) if ((await this.#ask(link, each)) === null) return false
    return true
  }

  /** null where the answer is no, and will be. Rejects where Redis is away, or says so. */
  async #ask(link: RedisLink, words: readonly string[]): Promise<Exclude<Reply, ReplyError | null> | null> {
    const reply = await link.ask(words)
    if (reply instanceof ReplyError) {
      if (verdictOf(reply) === 'outage') throw new Error(reply.text)
      this.#refusal = reply.text
    } else if (reply !== null) return reply
    else this.#refusal = `${words[0]} is answered with nothing`
    return null
  }

  #clear(guard: Guard, suspects: Set<Guard>): void {
    suspects.delete(guard)
    this.#suspects.delete(guard)
  }

  /** Nothing can be proved of these by any connection that follows. */
  #leave(suspects: Set<Guard>): void {
    if (suspects.size === 0) return
    // Where that is so of all connections it was said at the first.
    if (this.#said !== 'none') {
      this.#options.log.warn(
        `Redis at ${this.#options.address} can't tell whether ${shown(suspects)}, given up with unanswered commands, is closed (${this.#refusal}). ` +
          'What it still carries may be written late, over newer values'
      )
    }
    for (const guard of [...suspects]) this.#clear(guard, suspects)
  }

  #say(kind: FenceKind, why: string): void {
    if (this.#said === kind) return
    const { address, key, log } = this.#options
    const wasSaid = this.#said !== null
    this.#said = kind
    const grant = /unknown command .?client/i.test(why)
      ? 'CLIENT is unknown there: it was renamed (rename-command in redis.conf), or a proxy stands between. Give it its name back, or name the server itself'
      : 'Grant the Redis user +client|info and +client|kill (Redis 6.2 or later)'
    if (kind === 'kill') {
      if (wasSaid) log.info(`Redis at ${address} lets this connector close its own connections from now on`)
    } else if (kind === 'watch') {
      log.warn(
        `Redis at ${address} does not let this connector close its own connections (${why}). So that one given up in an outage can't write late, each ` +
          `flush waits for the one before it, as a transaction behind WATCH ${JSON.stringify(key)}, which costs speed. ${grant}`
      )
    } else {
      log.warn(
        `Redis at ${address} neither lets this connector close its own connections nor takes transactions behind WATCH ${JSON.stringify(key)} (${why}). ` +
          'A connection given up in an outage is reset from here alone: what a network or a proxy still holds of it may be written late, over newer values. ' +
          `${grant}, or else +multi +exec +watch +set +del on that key`
      )
    }
  }

  #tellLeft(limitMs: number, reason: string): void {
    const { address, log } = this.#options
    const left = [...this.#suspects].filter(guard => !this.#told.has(guard))
    for (const guard of left) this.#told.add(guard)
    log.warn(
      `Redis at ${address} could not be asked within ${limitMs} ms to close ${shown(left)}, given up with unanswered commands (${reason}). ` +
        'What it still carries may be written late, over what the next owner of the partitions writes. ' +
        'Where Redis was not restarted since, look for it in CLIENT LIST and close it by CLIENT KILL'
    )
  }
}

/** Connections as CLIENT LIST shows them. */
function shown(guards: Iterable<Guard>): string {
  const all = [...guards]
  const names = all.flatMap(({ identity }) => (identity === null ? [] : [`id=${identity.id} addr=${identity.addr}`]))
  const more = names.length > shownMax ? ', ...' : ''
  const list = names.length === 0 ? '' : ` (${names.slice(0, shownMax).join(', ')}${more})`
  return `${all.length} connection${all.length === 1 ? '' : 's'}${list}`
}
