// The bytes workers of one Connect cluster exchange when they join and sync: who runs what, as Java's workers write them.
import { JavaHashMapOrder } from '../../java/hash-map-order.ts'
import { blob, GroupReader, int16, int32, int64, text } from './group-bytes.ts'

/** 0: eager; 1: incremental ("compatible"); 2: incremental with session keys ("sessioned"). */
export type ConnectProtocolVersion = 0 | 1 | 2

export interface ConnectPieces {
  readonly connectors: readonly string[]
  /** A connector and the number of one of its tasks. */
  readonly tasks: readonly (readonly [connector: string, task: number])[]
}

export interface ConnectAssignment {
  readonly error: number
  readonly leader: string
  readonly leaderUrl: string
  /** Of the config topic, as the leader has read it. */
  readonly offset: number
  readonly assigned: ConnectPieces
  readonly revoked: ConnectPieces
  readonly delayMs: number
}

export interface ConnectMetadata {
  readonly url: string
  /** Of the config topic, as this worker has read it; -1: nothing yet. */
  readonly offset: number
  /** What the worker runs now; null: it says nothing about it, as in version 0. */
  readonly allocation: ConnectAssignment | null
}

/** The number that stands for a connector itself among its tasks. */
const connectorItself = -1

export function serializeConnectAssignment(assignment: ConnectAssignment, version: ConnectProtocolVersion): Buffer {
  const { error, leader, leaderUrl, offset, assigned, revoked, delayMs } = assignment
  const parts = [int16(version), int16(error), text(leader), text(leaderUrl), int64(offset), ...pieces(assigned)]
  // An empty list, never a null one: a Java member with work would fail on that.
  if (version > 0) parts.push(...pieces(revoked), int32(delayMs))
  return Buffer.concat(parts)
}

export function serializeConnectMetadata(metadata: ConnectMetadata, version: ConnectProtocolVersion): Buffer {
  const { url, offset, allocation } = metadata
  const parts = [int16(version), text(url), int64(offset)]
  if (version > 0) parts.push(blob(allocation === null ? null : serializeConnectAssignment(allocation, version)))
  return Buffer.concat(parts)
}

export function deserializeConnectAssignment(bytes: Uint8Array): ConnectAssignment {
  const reader = new GroupReader(bytes, 'assignment')
  const version = reader.version()
  return {
    error: reader.int16(),
    leader: reader.text() ?? '',
    leaderUrl: reader.text() ?? '',
    offset: reader.int64(),
    assigned: readPieces(reader),
    revoked: version > 0 ? readPieces(reader) : { connectors: [], tasks: [] },
    delayMs: version > 0 ? reader.int32() : 0
  }
}

export function deserializeConnectMetadata(bytes: Uint8Array): ConnectMetadata {
  const reader = new GroupReader(bytes, 'metadata')
  const version = reader.version()
  const url = reader.text() ?? ''
  const offset = reader.int64()
  const allocation = version > 0 ? reader.blob() : null
  return { url, offset, allocation: allocation === null ? null : deserializeConnectAssignment(allocation) }
}

function pieces({ connectors, tasks }: ConnectPieces): Buffer[] {
  // Java takes them out of a hash set first; the order says nothing, but so the bytes are the same.
  const order = new JavaHashMapOrder({ capacity: Math.max(Math.floor(connectors.length / 0.75) + 1, 16) })
  for (const connector of connectors) order.put(connector)
  const byConnector = new Map<string, number[]>(order.keys().map(connector => [connector, [connectorItself]]))
  for (const [connector, task] of tasks) {
    const numbers = byConnector.get(connector)
    if (numbers === undefined) byConnector.set(connector, [task])
    else numbers.push(task)
  }
  const parts = [int32(byConnector.size)]
  for (const [connector, numbers] of byConnector) {
    parts.push(text(connector), int32(numbers.length), ...numbers.map(int32))
  }
  return parts
}

function readPieces(reader: GroupReader): ConnectPieces {
  const connectors: string[] = []
  const tasks: [string, number][] = []
  reader.list(() => {
    const connector = reader.text() ?? ''
    for (const number of reader.list(() => reader.int32())) {
      if (number === connectorItself) connectors.push(connector)
      else tasks.push([connector, number])
    }
  })
  return { connectors, tasks }
}
