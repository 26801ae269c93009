// What no record can change is never held against a record: every code of Redis has its verdict, and what nobody knows is the server's.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ReplyError } from './reply-reader.ts'
import { faultsByCode, faultsByText, remedyFor, type Verdict, verdictOf, wantsReconnect } from './verdict.ts'

const replies: readonly (readonly [text: string, verdict: Verdict, reconnect?: true])[] = [
  ['LOADING Redis is loading the dataset in memory', 'outage'],
  ["READONLY You can't write against a read only replica.", 'outage', true],
  ["OOM command not allowed when used memory > 'maxmemory'.", 'outage'],
  ['CLUSTERDOWN Hash slot not served', 'outage', true],
  ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", 'outage', true],
  ['MISCONF Redis is configured to save RDB snapshots', 'outage'],
  ['NOREPLICAS Not enough good replicas to write.', 'outage'],
  ['BUSY Redis is busy running a script.', 'outage'],
  ['TRYAGAIN Multiple keys request during rehashing of slot', 'outage'],
  ['EXECABORT Transaction discarded because of previous errors.', 'outage'],
  ["EXECABORT Transaction discarded because of: READONLY You can't write", 'outage', true],
  ['EXECABORT Transaction discarded because of: OOM command not allowed', 'outage'],
  [
    "EXECABORT Transaction discarded because of: NOPERM this user has no permissions to run the 'exec' command",
    'server'
  ],
  ['ERR Error running script (call to f_1): @user_script:1: -READONLY You', 'outage', true],
  ['ERR Error running script (call to f_1): @user_script:1: @user_script: 1: -OOM command', 'outage'],
  ['ERR Error running script (call to f_1): @user_script:1: WRONGTYPE Operation', 'record'],
  ['ERR Error running script (call to f_1): @user_script:1: NOPERM no', 'server'],
  [
    'WRONGTYPE Operation against a key holding the wrong kind of value script: 5ca1ab1e00000000000000000000000000000000, on @user_script:1.',
    'record'
  ],
  ['ERR value is not a valid float script: 5ca1ab1e00000000000000000000000000000000, on @user_script:1.', 'record'],
  ['WRONGTYPE Operation against a key holding the wrong kind of value', 'record'],
  ['ERR value is not a valid float', 'record'],
  ['ERR invalid longitude,latitude pair 500.000000,1.000000', 'record'],
  ['ERR resulting score is not a number (NaN)', 'record'],
  ["ERR wrong number of arguments for 'xadd' command", 'record'],
  ["ERR wrong number of arguments for 'set' command", 'server'],
  ['ERR string exceeds maximum allowed size (proto-max-bulk-len)', 'record'],
  ['ERR Protocol error: invalid bulk length', 'record'],
  ['ERR Protocol error: invalid multibulk length', 'server'],
  ['ERR max number of clients reached', 'outage'],
  ['ERR max number of clients + cluster connections reached', 'outage'],
  ["ERR unknown command 'SET', with args beginning with: 'k' 'v'", 'server'],
  ["ERR unknown command 'EVAL'", 'server'],
  // What a record holds stands in that text.
  ["ERR unknown command 'GEOADD', with args beginning with: 'k' 'x is not a valid float'", 'server'],
  ['ERR the score is not a valid float', 'record'],
  ['ERR DB index is out of range', 'server'],
  ['ERR syntax error', 'server'],
  ["ERR invalid expire time in 'setex' command", 'server'],
  ['ERR This instance has cluster support disabled', 'server'],
  ['NOAUTH Authentication required.', 'server'],
  ['NOPERM this user has no permissions', 'server'],
  ['DENIED Redis is running in protected mode', 'server'],
  ['NOSCRIPT No matching script.', 'server'],
  ['MOVED 3999 127.0.0.1:6381', 'server'],
  ['ASK 3999 127.0.0.1:6381', 'server'],
  ["CROSSSLOT Keys in request don't hash to the same slot", 'server'],
  ['upstream failure', 'server'],
  ['SOMETHINGNEW of Redis 12', 'server'],
  ['toString', 'server'],
  ['', 'server']
]

test('whose fault an answer is, and after which the connection is made anew', () => {
  for (const [text, verdict, reconnect] of replies) {
    const reply = new ReplyError(text)
    assert.deepEqual([verdictOf(reply), wantsReconnect(reply)], [verdict, reconnect === true], text)
    assert.match(remedyFor(reply), /^[A-Z].*\.$/, text)
  }
})

test('docs/redis-errors.md has every code and text with its verdict, and no other', () => {
  const rows = [...readFileSync('docs/redis-errors.md', 'utf8').matchAll(/^\| `([^`]+)` \| (record|server|outage) \| (.*) \| (.*) \|$/gm)]
  const documented = rows.map(([, name, verdict, meaning, remedy]) => [name, verdict, meaning, remedy])
  const known = [
    ...Object.entries(faultsByCode).map(([code, fault]) => [code, fault] as const),
    ...faultsByText.map(fault => [fault.text, fault] as const)
  ].map(([name, { verdict, meaning, remedy }]) => [name, verdict, meaning, remedy])
  assert.deepEqual(documented, known)
}) // prettier-ignore
