// A member of a classic group as its coordinator has it.
import { type Timer } from '../../../../src/util/clock.ts'

export interface Protocol {
  readonly name: string
  readonly metadata: Buffer
}

export interface JoinRequest {
  readonly memberId: string
  readonly instanceId: string | null
  readonly clientId: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly protocolType: string
  readonly protocols: readonly Protocol[]
  /** Whether the client joins a second time with the id it is given. */
  readonly takesId: boolean
  readonly skipsAssignment: boolean
}

export interface JoinAnswer {
  readonly error: number
  readonly memberId: string
  readonly generation: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly leader: string
  readonly skipAssignment: boolean
  readonly members: readonly { readonly id: string; readonly instanceId: string | null; readonly metadata: Buffer }[]
}

export interface SyncAnswer {
  readonly error: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly assignment: Buffer
}

export type Answer<T> = (answer: T) => void

export interface Member {
  id: string
  readonly instanceId: string | null
  readonly clientId: string
  sessionTimeoutMs: number
  rebalanceTimeoutMs: number
  protocols: readonly Protocol[]
  assignment: Buffer
  /** Has not been in any generation. */
  isNew: boolean
  joining: Answer<JoinAnswer> | null
  syncing: Answer<SyncAnswer> | null
  /** When its session ends, unless it is waited with. */
  deadline: number
  timer: Timer | null
  ringsAt: number
}

export const noBytes = Buffer.alloc(0)

export function joinFailure(error: number, memberId: string): JoinAnswer {
  return { error, memberId, generation: -1, protocolType: null, protocolName: null, leader: '', skipAssignment: false, members: [] } // prettier-ignore
}

export function syncFailure(error: number): SyncAnswer {
  return { error, protocolType: null, protocolName: null, assignment: noBytes }
}

export function hasSameProtocols(member: Member, protocols: readonly Protocol[]): boolean {
  return (
    member.protocols.length === protocols.length &&
    member.protocols.every(({ name, metadata }, index) => {
      const other = protocols[index]
      return other?.name === name && other.metadata.equals(metadata)
    })
  )
}
