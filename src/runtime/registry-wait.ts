// Waiting for a schema registry: the record that needs it waits and is never skipped; the loop goes on polling and committing meanwhile.
import { BusyError, ConnectError, type RegistryAwayError } from '../connect/errors.ts'
import { type TopicPartition } from '../connect/record.ts'
import { type Wait, type Waits, type WaitWords } from '../connect/waits.ts'
import { type Clock } from '../util/clock.ts'
import { type Random } from '../util/random.ts'
import { type TaskMetrics } from './task-metrics.ts'

/** A registry at work answers sooner; longer than this the task's loop does not stand still for it. */
const patienceMs = 250
/** A registry that says nothing is told of after so long; one that fails at once. */
const silenceMs = 5000
const delayMsMin = 300
/** However long `errors.retry.delay.max.ms` is: a registry that is back should be noticed soon. */
const delayMsMax = 10_000

type Place = TopicPartition & { readonly offset: number }

export interface RegistryWaitOptions {
  /** `orders-redis-0`. */
  readonly taskId: string
  /** `errors.retry.timeout`, of which 0 and less mean without end, and `errors.retry.delay.max.ms`. */
  readonly settings: { readonly retryTimeoutMs: number; readonly retryDelayMsMax: number }
  readonly waits: Waits
  readonly clock: Clock
  readonly random: Random
  readonly metrics: TaskMetrics
  readonly stopping: AbortSignal
}

interface Waiting {
  readonly record: Place
  /** Wall time, for people, and monotonic time. */
  readonly since: string
  readonly sinceMs: number
  attempts: number
  registry: string
  reason: string
  /** How it is told of; null: not yet. */
  told: Wait | null
  /** Until when nobody is asked again, and what resolves then. */
  pause: { readonly untilMs: number; readonly over: Promise<void> } | null
}

/** One task waits for one record at a time: what comes behind it waits with it, so that order holds. */
export class RegistryWait {
  readonly #options: RegistryWaitOptions
  #waiting: Waiting | null = null

  constructor(options: RegistryWaitOptions) {
    this.#options = options
  }

  /** Whether a record waits: only then need anybody ask further. */
  get active(): boolean {
    return this.#waiting !== null
  }

  /** Throws BusyError before it is time to ask again. */
  throwIfEarly(record: Place): void {
    const pause = this.#waiting?.pause
    if (pause && this.#options.clock.monotonic() < pause.untilMs) throw busy(record, pause.over)
  }

  /** Resolves when `coming` has; rejects with BusyError where that takes too long to stand still for it. */
  async fetched(record: Place, coming: Promise<unknown>): Promise<void> {
    const { clock, stopping } = this.#options
    const end = new AbortController()
    const done = coming.finally(() => end.abort())
    done.catch(() => undefined)
    const startMs = clock.monotonic()
    await clock.sleep(patienceMs, AbortSignal.any([end.signal, stopping]))
    if (end.signal.aborted) {
      await done
      return
    }
    const waiting = this.#begin(record, startMs)
    waiting.pause = null
    this.#tell(waiting)
    this.#throwIfOver(waiting)
    // It looks in now and then, to tell of it and to keep the time limit.
    const look = clock.sleep(Math.min(silenceMs, this.#leftMs(waiting)), AbortSignal.any([end.signal, stopping]))
    throw busy(record, look)
  }

  /** The registry was asked for the record's schema, and is away: throws BusyError or, once `errors.retry.timeout` is over, what fails the task. */
  away(record: Place, error: RegistryAwayError): never {
    const { clock, metrics, settings, random, stopping } = this.#options
    const waiting = this.#begin(record, clock.monotonic())
    waiting.attempts++
    const wasSilent = waiting.attempts === 1 && waiting.told !== null
    waiting.registry = error.registry
    waiting.reason = error.reason
    metrics.recordFailures.add(1)
    this.#tell(waiting)
    // Its first word is told at once, whatever was told of its silence.
    if (wasSilent) waiting.told?.tell()
    this.#throwIfOver(waiting)
    metrics.retries.add(1)
    const doubled = delayMsMin * 2 ** Math.min(waiting.attempts - 1, 10)
    const most = Math.min(doubled, Math.max(settings.retryDelayMsMax, 1), delayMsMax)
    const delayMs = Math.min(most * (0.5 + random.next() / 2), this.#leftMs(waiting))
    const over = clock.sleep(delayMs, stopping)
    waiting.pause = { untilMs: clock.monotonic() + delayMs, over }
    throw busy(record, over)
  }

  /** A record could be read, or is to blame itself: the wait is over. */
  over(record: Place): void {
    const waiting = this.#waiting
    if (waiting === null) return
    const mine = isSame(record, waiting.record)
    if (mine) this.#end(`it answered at record ${textOf(record)}`)
    else this.#giveUp(`${textOf(waiting.record)} is not its own any more`)
  }

  /** What was fetched of these partitions is forgotten, perhaps for good. */
  forget(gone: (partition: TopicPartition) => boolean): void {
    const waiting = this.#waiting
    if (waiting !== null && gone(waiting.record)) this.#giveUp(`${textOf(waiting.record)} is not its own any more`)
  }

  /** Nobody asks while the task is paused; its time limit begins anew when it goes on. */
  rest(): void {
    this.#giveUp('the task is paused')
  }

  #end(how: string): void {
    this.#waiting?.told?.end(how)
    this.#waiting = null
  }

  #giveUp(how: string): void {
    this.#waiting?.told?.giveUp(how)
    this.#waiting = null
  }

  #begin(record: Place, sinceMs: number): Waiting {
    if (this.#waiting !== null && isSame(record, this.#waiting.record)) return this.#waiting
    const { topic, partition, offset } = record
    this.#end(`it is asked for record ${textOf(record)} now`)
    this.#waiting = {
      record: { topic, partition, offset },
      since: new Date(this.#options.clock.now()).toISOString(),
      sinceMs,
      attempts: 0,
      registry: '',
      reason: 'no answer yet',
      told: null,
      pause: null
    }
    return this.#waiting
  }

  #tell(waiting: Waiting): void {
    const { clock, waits } = this.#options
    if (waiting.told !== null) {
      waiting.told.look()
      return
    }
    waiting.told = waits.begin({
      for: 'registry',
      // Its name is known from its first word on.
      get what() {
        return peer(waiting)
      },
      patienceMs: waiting.attempts > 0 ? 0 : Math.max(0, silenceMs - (clock.monotonic() - waiting.sinceMs)),
      words: () => this.#wordsOf(waiting)
    })
  }

  #wordsOf({ attempts, reason, record }: Waiting): WaitWords {
    const { retryTimeoutMs } = this.#options.settings
    const limit =
      retryTimeoutMs > 0
        ? `; after errors.retry.timeout=${retryTimeoutMs} ms the task fails`
        : '; it is asked until it answers'
    const hint = `Record ${textOf(record)} needs a schema: it and what comes behind it waits, nothing is skipped${limit}`
    return { attempts, reason, hint }
  }

  #throwIfOver(waiting: Waiting): void {
    const { settings, taskId } = this.#options
    if (this.#leftMs(waiting) > 0) return
    throw new ConnectError(
      `Task ${taskId} waited for ${peer(waiting)} for longer than errors.retry.timeout=${settings.retryTimeoutMs} ms, since ${waiting.since}: ${waiting.reason}. ` +
        `Nothing from record ${textOf(waiting.record)} on was skipped or committed: see that the registry runs, then restart the task. ` +
        'errors.retry.timeout=0 waits for it without end'
    )
  }

  #leftMs(waiting: Waiting): number {
    const { settings, clock } = this.#options
    if (settings.retryTimeoutMs <= 0) return Infinity
    return Math.max(0, waiting.sinceMs + settings.retryTimeoutMs - clock.monotonic())
  }
}

function busy({ topic, partition, offset }: Place, ready: Promise<void>): BusyError {
  return new BusyError('What a converter fetches is not here yet', ready, { topic, partition, offset })
}

function peer({ registry }: Waiting): string {
  return registry === '' ? 'what a converter fetches' : `schema registry at ${registry}`
}

function isSame(one: Place, other: Place): boolean {
  return one.offset === other.offset && one.partition === other.partition && one.topic === other.topic
}

function textOf({ topic, partition, offset }: Place): string {
  return `${topic}-${partition}@${offset}`
}
