// Fetch sessions: what a client asked for before, so that it need only say what has changed.
import { type Chance } from '../../engine/chance.ts'
import { errors } from '../errors.ts'

/** A partition as a client wants it read. */
export interface Wanted {
  /** Name or id, as the request's version has it. */
  readonly topic: string
  readonly partition: number
  offset: number
  leaderEpoch: number
  lastEpoch: number
  bytesMax: number
  /** What the client was last told; -1: nothing. */
  toldEnd: number
  toldBegin: number
}

export interface FetchSession {
  readonly id: number
  epoch: number
  readonly usesIds: boolean
  readonly wanted: Map<string, Wanted>
}

/** What a request means: the session it is in, and whether all is to be answered or only what is new. */
export interface SessionCall {
  readonly error: number
  readonly session: FetchSession | null
  readonly wanted: readonly Wanted[]
  readonly isFull: boolean
}

export interface SessionRequest {
  readonly id: number
  readonly epoch: number
  readonly usesIds: boolean
  readonly wanted: readonly Wanted[]
  readonly forgotten: readonly string[]
}

const finalEpoch = -1
const sessionsMax = 1000

export const wantedKey = (topic: string, partition: number): string => `${topic}-${partition}`

export class FetchSessions {
  readonly #sessions = new Map<number, FetchSession>()
  readonly #chance: Chance

  constructor(chance: Chance) {
    this.#chance = chance
  }

  /** As when others have pushed them out. */
  forgetAll(): void {
    this.#sessions.clear()
  }

  take(request: SessionRequest): SessionCall {
    const { id, epoch, usesIds, wanted, forgotten } = request
    if (epoch === finalEpoch || epoch === 0) {
      this.#sessions.delete(id)
      const session = epoch === 0 && this.#sessions.size < sessionsMax ? this.#begin(usesIds, wanted) : null
      return { error: errors.none, session, wanted, isFull: true }
    }
    const session = this.#sessions.get(id)
    if (session === undefined) return failed(errors.fetchSessionIdNotFound)
    if (session.usesIds !== usesIds) return failed(errors.fetchSessionTopicIdError)
    if (session.epoch !== epoch) return failed(errors.invalidFetchSessionEpoch)
    session.epoch = epoch === 2 ** 31 - 1 ? 1 : epoch + 1
    for (const key of forgotten) session.wanted.delete(key)
    for (const each of wanted) {
      const key = wantedKey(each.topic, each.partition)
      const known = session.wanted.get(key)
      if (known === undefined) session.wanted.set(key, each)
      else Object.assign(known, { ...each, toldEnd: known.toldEnd, toldBegin: known.toldBegin })
    }
    return { error: errors.none, session, wanted: [...session.wanted.values()], isFull: false }
  }

  #begin(usesIds: boolean, wanted: readonly Wanted[]): FetchSession | null {
    if (wanted.length === 0) return null
    let id = 0
    while (id === 0 || this.#sessions.has(id)) id = this.#chance.between(1, 2 ** 31 - 1)
    const session = { id, epoch: 1, usesIds, wanted: new Map(wanted.map(each => [wantedKey(each.topic, each.partition), each])) } // prettier-ignore
    this.#sessions.set(id, session)
    return session
  }
}

function failed(error: number): SessionCall {
  return { error, session: null, wanted: [], isFull: true }
}
