// The bytes of Connect's own group protocol, against what Java's workers wrote.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  deserializeConnectAssignment,
  deserializeConnectMetadata,
  serializeConnectAssignment,
  serializeConnectMetadata,
  type ConnectAssignment,
  type ConnectProtocolVersion
} from './connect-protocol.ts'

interface Recorded {
  error: number
  leader: string
  leaderUrl: string
  offset: number
  connectors: string[]
  tasks: [string, number][]
  revokedConnectors: string[]
  revokedTasks: [string, number][]
  delay: number
}
interface Vector {
  id: string
  input: { fn: string; sessioned?: boolean; url?: string; offset?: number; assignment?: Recorded | 'empty' }
  expect: { base64: string }
}

const vectors = readFileSync(new URL('../../../test/vectors/group.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as Vector)
  .filter(({ input }) => input.fn.startsWith('connect '))

function toAssignment(recorded: Recorded): ConnectAssignment {
  const { error, leader, leaderUrl, offset, connectors, tasks, revokedConnectors, revokedTasks, delay } = recorded
  const revoked = { connectors: revokedConnectors, tasks: revokedTasks }
  return { error, leader, leaderUrl, offset, assigned: { connectors, tasks }, revoked, delayMs: delay }
}

function versionOf({ input }: Vector): ConnectProtocolVersion {
  return input.fn.endsWith('v0') ? 0 : input.sessioned === true ? 2 : 1
}

test('metadata and assignments have the bytes Java writes, and are read back', () => {
  assert.equal(vectors.length, 73)
  for (const vector of vectors) {
    const { id, input, expect } = vector
    const version = versionOf(vector)
    const { assignment: recorded } = input
    // A worker that has nothing says nothing of it.
    const assignment = recorded === undefined || recorded === 'empty' ? null : toAssignment(recorded)
    if (input.fn.startsWith('connect assignment')) {
      assert.ok(assignment !== null)
      const bytes = serializeConnectAssignment(assignment, version)
      assert.equal(bytes.toString('base64'), expect.base64, id)
      assert.deepEqual(serializeConnectAssignment(deserializeConnectAssignment(bytes), version), bytes, id)
    } else {
      const bytes = serializeConnectMetadata(
        { url: input.url ?? '', offset: input.offset ?? 0, allocation: assignment },
        version
      )
      assert.equal(bytes.toString('base64'), expect.base64, id)
      assert.deepEqual(serializeConnectMetadata(deserializeConnectMetadata(bytes), version), bytes, id)
    }
  }
})
