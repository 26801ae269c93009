// What goes wrong with the next requests of an API: answered late, lost before or after they are executed, or refused.
import { type ApiName } from './api/versions.ts'
import { errors } from './errors.ts'

export interface CallFault {
  readonly loses: 'before' | 'after' | null
  readonly delayMs: number
  readonly error: number
  readonly throttleMs: number
}

const sound: CallFault = { loses: null, delayMs: 0, error: 0, throttleMs: 0 }

/** Errors that a broker may give to a request at any time, by what it was asked. */
const possible: readonly (readonly [ApiName, readonly number[]])[] = [
  ['Fetch', [errors.notLeader, errors.unknownServerError, errors.unknownTopicOrPartition, errors.offsetNotAvailable]],
  ['OffsetCommit', [errors.requestTimedOut, errors.notCoordinator, errors.coordinatorLoadInProgress, errors.coordinatorNotAvailable, errors.unknownTopicOrPartition]], // prettier-ignore
  ['OffsetFetch', [errors.notCoordinator, errors.coordinatorLoadInProgress, errors.unstableOffsetCommit]],
  ['Heartbeat', [errors.notCoordinator, errors.coordinatorNotAvailable]],
  ['JoinGroup', [errors.notCoordinator, errors.coordinatorLoadInProgress, errors.coordinatorNotAvailable]],
  ['SyncGroup', [errors.notCoordinator, errors.rebalanceInProgress]],
  ['ListOffsets', [errors.notLeader, errors.offsetNotAvailable, errors.unknownServerError]],
  ['FindCoordinator', [errors.coordinatorNotAvailable]],
  ['Produce', [errors.notLeader, errors.requestTimedOut]],
  ['Metadata', [errors.leaderNotAvailable, errors.unknownTopicOrPartition]]
]

interface Planned extends CallFault {
  times: number
}

export class CallFaults {
  readonly #planned = new Map<ApiName, Planned[]>()

  plan(api: ApiName, fault: Partial<CallFault>, times: number): void {
    const list = this.#planned.get(api) ?? []
    this.#planned.set(api, list)
    list.push({ ...sound, ...fault, times })
  }

  /** An error, or that the client shall hold back for a while, chosen by two numbers. */
  planOnce(target: number, detail: number): string {
    const [api, codes] = possible[target % possible.length] as (typeof possible)[number]
    const index = Math.floor(detail * (codes.length + 1))
    const error = codes[index]
    if (error === undefined) this.plan(api, { throttleMs: 200 }, 1)
    else this.plan(api, { error }, 1)
    return error === undefined ? `${api} is throttled` : `${api} is answered with error ${error}`
  }

  /** What befalls the request that has just come. */
  of(api: ApiName): CallFault {
    const list = this.#planned.get(api)
    const [first] = list ?? []
    if (list === undefined || first === undefined) return sound
    if (--first.times <= 0) list.shift()
    return first
  }

  clear(): void {
    this.#planned.clear()
  }
}
