// Streams and channels.
import { type Answer, arityError, errors, RedisError } from './answer.ts'
import { type Command } from './command.ts'
import { type Keyspace, type StreamHeld } from './keyspace.ts'
import { integerOf } from './numbers.ts'
import { UnknownToStandIn } from './unknown.ts'

const options: ReadonlySet<string> = new Set(['NOMKSTREAM', 'MAXLEN', 'MINID', 'LIMIT'])
const invalidId = new RedisError('ERR Invalid stream ID specified as stream command argument')
const zeroId = new RedisError('ERR The ID specified in XADD must be greater than 0-0')
const smallId = new RedisError('ERR The ID specified in XADD is equal or smaller than the target stream top item')

interface Id {
  readonly ms: number
  readonly sequence: number
}

function xadd([, key = '', idWord = '', ...fields]: readonly string[], data: Keyspace): Answer {
  if (options.has(idWord.toUpperCase())) throw new UnknownToStandIn(`XADD ${idWord}`)
  const given = idWord === '*' ? null : idOf(idWord)
  if (given instanceof RedisError) return given
  if (fields.length < 2 || fields.length % 2 !== 0) return arityError('xadd')
  if (given !== null && given.ms === 0 && given.sequence === 0) return zeroId
  const held = data.get(key)
  if (held !== undefined && held.type !== 'stream') return errors.wrongType
  const stream: StreamHeld = held ?? { type: 'stream', entries: [], lastMs: 0, lastSequence: 0, expiresAt: null }
  const id = given ?? nextId(stream, data.now)
  const isLater = id.ms > stream.lastMs || (id.ms === stream.lastMs && id.sequence > stream.lastSequence)
  if (!isLater) return smallId
  stream.lastMs = id.ms
  stream.lastSequence = id.sequence
  const text = `${id.ms}-${id.sequence}`
  stream.entries.push({ id: text, fields })
  if (held === undefined) data.set(key, stream)
  data.touch(key)
  return text
}

/** Later than the last one, also where the clock was set back. */
function nextId({ lastMs, lastSequence }: StreamHeld, now: number): Id {
  return now > lastMs ? { ms: now, sequence: 0 } : { ms: lastMs, sequence: lastSequence + 1 }
}

/** `ms-sequence`, or `ms` alone. */
function idOf(word: string): Id | RedisError {
  const dash = word.indexOf('-')
  if (dash >= 0 && word.slice(dash + 1) === '*') throw new UnknownToStandIn(`XADD ${word}`)
  const ms = integerOf(dash < 0 ? word : word.slice(0, dash))
  const sequence = dash < 0 ? 0 : integerOf(word.slice(dash + 1))
  if (ms === null || sequence === null || ms < 0 || sequence < 0) return invalidId
  if (!Number.isSafeInteger(ms) || !Number.isSafeInteger(sequence)) throw new UnknownToStandIn(`the stream ID ${word}`)
  return { ms, sequence }
}

/** `XRANGE key - +`: all of it. */
function xrange([, key = '', start, end, ...more]: readonly string[], data: Keyspace): Answer {
  if (start !== '-' || end !== '+' || more.length > 0) throw new UnknownToStandIn('XRANGE of a part')
  const held = data.get(key)
  if (held === undefined) return []
  return held.type === 'stream' ? held.entries.map(({ id, fields }) => [id, fields]) : errors.wrongType
}

function xlen([, key = '']: readonly string[], data: Keyspace): Answer {
  const held = data.get(key)
  if (held === undefined) return 0
  return held.type === 'stream' ? held.entries.length : errors.wrongType
}

export const streamCommands: readonly Command[] = [
  { name: 'xadd', arity: -5, writes: true, grows: true, run: (words, { data }) => xadd(words, data) },
  { name: 'xrange', arity: -4, run: (words, { data }) => xrange(words, data) },
  { name: 'xlen', arity: 2, run: (words, { data }) => xlen(words, data) },
  // Nobody is subscribed: who wants to know what was published reads the history.
  { name: 'publish', arity: 3, acts: true, whileLoading: true, run: () => 0 }
]
