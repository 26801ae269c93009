// Whether the brokers of a consumer are waited for: what of them gives no answer, told as one wait from the first trouble to the end of the last.
import { type Wait, type Waits } from '../connect/waits.ts'
import { type BrokerAddress } from './client-properties.ts'

/** A broker that restarts is back sooner, or another one leads in its place. */
const patienceMs = 2000
const serversShownMax = 3
const hint =
  'Nothing is lost: reading goes on where it stands when they answer. See that the brokers run and that bootstrap.servers and what they advertise can be reached'

export class BrokersAway {
  readonly #waits: Waits | undefined
  readonly #what: string
  /** What gives no answer, and why: the latest stands last. */
  readonly #troubles = new Map<string, string>()
  #wait: Wait | null = null
  #attempts = 0

  constructor(waits: Waits | undefined, bootstrap: readonly BrokerAddress[]) {
    this.#waits = waits
    const shown = bootstrap.slice(0, serversShownMax).map(({ host, port }) => `${host}:${port}`)
    const more = bootstrap.length - shown.length
    this.#what = `Kafka at ${shown.join(',')}${more > 0 ? ` and ${more} more` : ''}`
  }

  /** `source` gave no answer of use once more. */
  failed(source: string, reason: string): void {
    this.#troubles.delete(source)
    this.#troubles.set(source, reason)
    this.#attempts++
    if (this.#wait === null && this.#waits !== undefined) {
      this.#attempts = 1
      this.#wait = this.#waits.begin({
        for: 'kafka',
        what: this.#what,
        patienceMs,
        words: () => ({ attempts: this.#attempts, reason: this.#reason, hint })
      })
    }
    this.#wait?.look()
  }

  /** `source` answers, or what it was asked for is read elsewhere now. */
  answered(source: string): void {
    if (this.#isLast(source)) this.#end('it answers')
  }

  /** Nobody asks `source` any more, nor another in its place: whether it would answer is not known. */
  unasked(source: string): void {
    if (!this.#isLast(source)) return
    this.#wait?.giveUp('nothing is read from it now')
    this.#wait = null
  }

  close(): void {
    this.#troubles.clear()
    this.#end('the consumer is closed')
  }

  get #reason(): string {
    return [...this.#troubles.values()].at(-1) ?? 'no answer yet'
  }

  /** Takes the trouble with `source` away; true where it was the last. */
  #isLast(source: string): boolean {
    return this.#troubles.delete(source) && this.#troubles.size === 0
  }

  #end(how: string): void {
    this.#wait?.end(how)
    this.#wait = null
  }
}
