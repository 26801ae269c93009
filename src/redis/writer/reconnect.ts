// Keeps a lane connected: opens connections, waits between tries, and tells a login that is refused from a Redis that is away.
import { ConfigError } from '../../connect/errors.ts'
import { type Logger } from '../../connect/log.ts'
import { type Metric } from '../../connect/plugin.ts'
import { type Clock } from '../../util/clock.ts'
import { type RedisDoor, RedisLoginError } from '../client.ts'
import { type RedisLink } from '../link.ts'
import { keys } from '../config.ts'
import { type Air } from './air.ts'
import { type Fence, type Guard } from './fence.ts'
import { backoffMs, type Outage } from './outage.ts'
import { type RetryBudget } from './policy.ts'
import { missingText, RedisRightsError, type Rights, unfencedText } from './rights.ts'
import { wantsReconnect } from './verdict.ts'

/** A connection that breaks sooner than this, with nothing to do, is not opened again in a hot loop. */
const shortLifeMs = 1000

export interface ReconnectOptions {
  readonly door: RedisDoor
  readonly air: Air
  readonly fence: Fence
  readonly outage: Outage
  readonly retries: RetryBudget
  readonly clock: Clock
  readonly log: Logger
  readonly reconnects: Metric
  /** Aborted when the lane is closed. */
  readonly closing: AbortSignal
  /** Somebody may still want to write. */
  readonly needed: () => boolean
  /** Something is taken and not settled, apart from what is under way. */
  readonly hasWork: () => boolean
  /** Whoever waits should look again. */
  readonly onChange: () => void
}

export class Reconnect {
  readonly #options: ReconnectOptions
  #sleeping = false
  /** Why the last connection went, until that is noted. */
  #lostReason: string | null = null
  #shortLives = 0
  #connections = 0
  #passwordWarned = false
  /** What was said about rights. */
  readonly #said = new Set<string>()

  constructor(options: ReconnectOptions) {
    this.#options = options
  }

  /** It waits before the next try. */
  get sleeping(): boolean {
    return this.#sleeping
  }

  lost(reason: string): void {
    this.#lostReason = reason
  }

  /** Resolves when a connection stands, none is needed, or the lane is closed. Throws where trying again is of no use. */
  async connected(): Promise<void> {
    const { door, air, closing, needed } = this.#options
    const lost = this.#lostReason
    this.#lostReason = null
    if (lost !== null) await this.#afterLoss(lost)
    while (!air.up && !closing.aborted && needed()) {
      try {
        const { link, passwordIdle, rights } = await door.open()
        if (passwordIdle) this.#warnOfPassword()
        const guard = await this.#enter(link, rights)
        if (guard === null) return
        if (this.#connections++ > 0) this.#options.reconnects.add(1)
        air.attach(link, guard, rights)
      } catch (error) {
        if (error instanceof ConfigError) throw error
        if (error instanceof RedisLoginError) await this.#refused(error, this.#connections > 0)
        else if (error instanceof RedisRightsError) await this.#refused(error, true)
        else await this.rest(error instanceof Error ? error.message : String(error))
      }
    }
  }

  /** Behind the fence: those that were given up before it are proved dead. null where the lane is closed meanwhile. */
  async #enter(link: RedisLink, rights: Rights): Promise<Guard | null> {
    const { fence, closing, door } = this.#options
    let guard: Guard | null = null
    try {
      this.#look(rights)
      if (!closing.aborted) guard = await fence.enter(link)
      // What goes without a transaction passes by a fence that is made of them.
      if (guard !== null && guard.watch !== null && rights.expiry === 'apart')
        throw new RedisRightsError(unfencedText(door.address))
    } catch (error) {
      guard = null
      throw error
    } finally {
      if (guard === null || closing.aborted) link.end()
    }
    return closing.aborted ? null : guard
  }

  /** Notes the outage and waits a little. */
  async rest(reason: string): Promise<void> {
    const { outage, hasWork } = this.#options
    outage.note(reason, hasWork())
    await this.sleep(outage.delayMs())
  }

  async sleep(delayMs: number): Promise<void> {
    const { clock, closing, onChange } = this.#options
    this.#sleeping = true
    onChange()
    await clock.sleep(delayMs, closing)
    this.#sleeping = false
  }

  /** An idle connection that a server closes is no outage yet: it is opened again without a word. */
  async #afterLoss(reason: string): Promise<void> {
    const { air, hasWork } = this.#options
    const wasShort = air.ageMs < shortLifeMs
    this.#shortLives = wasShort ? this.#shortLives + 1 : 0
    if (hasWork()) await this.rest(reason)
    else if (wasShort) await this.sleep(backoffMs(this.#shortLives))
  }

  /** At the first login the configuration is wrong, and the user sits before it. Later the password was changed, and may be changed back. */
  async #refused(error: RedisLoginError | RedisRightsError, mayPass: boolean): Promise<void> {
    const { retries } = this.#options
    if (!mayPass || retries.kind !== 'RETRY' || !retries.spend(error.message)) throw error
    await this.sleep(retries.intervalMs)
  }

  /** Throws where the connection is of no use: it may not do what the statements need, or another server should be asked. */
  #look({ missing, outage, notes }: Rights): void {
    const { door, log } = this.#options
    if (outage !== null && wantsReconnect(outage)) throw new Error(outage.text)
    for (const { level, text } of notes) {
      if (this.#said.has(text)) continue
      this.#said.add(text)
      log[level](`${text} (${door.address})`)
    }
    if (missing.length > 0) throw new RedisRightsError(missingText(door.address, missing))
  }

  #warnOfPassword(): void {
    const { door, log } = this.#options
    if (this.#passwordWarned) return
    this.#passwordWarned = true
    log.warn(`Redis at ${door.address} asks for no password: that of ${keys.password} is not used`)
  }
}
