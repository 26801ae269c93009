// Keys of whatever type: there or not, and for how long.
import { type Answer, errors, expireError, ok, Status } from './answer.ts'
import { type Command } from './command.ts'
import { type Keyspace } from './keyspace.ts'
import { integerOf } from './numbers.ts'
import { UnknownToStandIn } from './unknown.ts'

const int64Max = 2 ** 63

export function expire(words: readonly string[], data: Keyspace, unitMs: number): Answer {
  const [name = '', key = '', word = '', option] = words
  if (option !== undefined) throw new UnknownToStandIn(`${name} ${option}`)
  const span = integerOf(word)
  if (span === null) return errors.notInteger
  const at = span * unitMs + data.now
  if (Math.abs(span * unitMs) >= int64Max || at >= int64Max) return expireError(name.toLowerCase())
  const held = data.get(key)
  if (held === undefined) return 0
  if (at <= data.now) data.delete(key)
  else {
    held.expiresAt = at
    data.touch(key)
  }
  return 1
}

/** Each key counts as often as it is named. */
function count(words: readonly string[], of: (key: string) => boolean): number {
  let found = 0
  for (let at = 1; at < words.length; at++) if (of(words[at] ?? '')) found++
  return found
}

function persist([, key = '']: readonly string[], data: Keyspace): Answer {
  const held = data.get(key)
  if (held === undefined || held.expiresAt === null) return 0
  held.expiresAt = null
  data.touch(key)
  return 1
}

function ttlMs([, key = '']: readonly string[], data: Keyspace): number {
  const held = data.get(key)
  if (held === undefined) return -2
  return held.expiresAt === null ? -1 : Math.max(0, held.expiresAt - data.now)
}

function flush(words: readonly string[], data: Keyspace): Answer {
  const [name = '', option] = words
  if (option !== undefined) throw new UnknownToStandIn(`${name} ${option}`)
  data.clear()
  return ok
}

export const keyCommands: readonly Command[] = [
  { name: 'del', arity: -2, writes: true, run: (words, { data }) => count(words, key => data.delete(key)) },
  { name: 'unlink', arity: -2, writes: true, run: (words, { data }) => count(words, key => data.delete(key)) },
  { name: 'exists', arity: -2, run: (words, { data }) => count(words, key => data.get(key) !== undefined) },
  { name: 'type', arity: 2, run: ([, key = ''], { data }) => new Status(data.get(key)?.type ?? 'none') },
  { name: 'expire', arity: -3, writes: true, run: (words, { data }) => expire(words, data, 1000) },
  { name: 'pexpire', arity: -3, writes: true, run: (words, { data }) => expire(words, data, 1) },
  { name: 'persist', arity: 2, writes: true, run: (words, { data }) => persist(words, data) },
  { name: 'pttl', arity: 2, run: (words, { data }) => ttlMs(words, data) },
  {
    name: 'ttl',
    arity: 2,
    run(words, { data }) {
      const ms = ttlMs(words, data)
      return ms < 0 ? ms : Math.floor((ms + 500) / 1000)
    }
  },
  { name: 'dbsize', arity: 1, run: (_, { data }) => data.size },
  { name: 'flushall', arity: -1, writes: true, run: (words, { data }) => flush(words, data) },
  { name: 'flushdb', arity: -1, writes: true, run: (words, { data }) => flush(words, data) }
]
