// Sorted sets, and the places that are kept as such.
import { type Answer, errors, RedisError } from './answer.ts'
import { type Command } from './command.ts'
import { geoScore, latitudeMax, longitudeMax } from './geohash.ts'
import { type Keyspace, type SortedSetHeld } from './keyspace.ts'
import { floatOf, integerOf, scoreText } from './numbers.ts'
import { UnknownToStandIn } from './unknown.ts'

/** A set that grows beyond one of these is kept in another form. */
const smallEntriesMax = 128
const smallMemberBytesMax = 64
const zaddOptions: ReadonlySet<string> = new Set(['NX', 'XX', 'GT', 'LT', 'CH', 'INCR'])

export function zadd(words: readonly string[], data: Keyspace): Answer {
  if (zaddOptions.has((words[2] ?? '').toUpperCase())) throw new UnknownToStandIn(`ZADD ${words[2]}`)
  if (words.length % 2 !== 0) return errors.syntax
  const scores: number[] = []
  for (let at = 2; at < words.length; at += 2) {
    const score = floatOf(words[at] ?? '')
    if (score === null) return errors.notFloat
    scores.push(score)
  }
  return add(data, words[1] ?? '', scores, index => words[2 * index + 3] ?? '')
}

function geoadd(words: readonly string[], data: Keyspace): Answer {
  if (['NX', 'XX', 'CH'].includes((words[2] ?? '').toUpperCase())) throw new UnknownToStandIn(`GEOADD ${words[2]}`)
  if ((words.length - 2) % 3 !== 0) return errors.syntax
  const scores: number[] = []
  for (let at = 2; at < words.length; at += 3) {
    const longitude = floatOf(words[at] ?? '')
    const latitude = floatOf(words[at + 1] ?? '')
    if (longitude === null || latitude === null) return errors.notFloat
    if (Math.abs(longitude) > longitudeMax || Math.abs(latitude) > latitudeMax) {
      return new RedisError(`ERR invalid longitude,latitude pair ${fixed(longitude)},${fixed(latitude)}`)
    }
    scores.push(geoScore(longitude, latitude))
  }
  return add(data, words[1] ?? '', scores, index => words[3 * index + 4] ?? '')
}

/** As "%f" of C. */
function fixed(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (Object.is(value, -0)) return '-0.000000'
  if (Math.abs(value) < 1e21) return value.toFixed(6)
  return `${BigInt(value)}.000000`
}

function add(data: Keyspace, key: string, scores: readonly number[], memberAt: (index: number) => string): Answer {
  const held = data.get(key)
  if (held !== undefined && held.type !== 'zset') return errors.wrongType
  const set: SortedSetHeld = held ?? { type: 'zset', scores: new Map(), isLarge: false, expiresAt: null }
  if (held === undefined) data.set(key, set)
  let added = 0
  let isChanged = false
  for (const [index, given] of scores.entries()) {
    const member = memberAt(index)
    const old = set.scores.get(member)
    if (old === given) continue
    if (old === undefined) {
      added++
      set.isLarge ||= set.scores.size >= smallEntriesMax || member.length > smallMemberBytesMax
    }
    isChanged = true
    set.scores.set(member, given === 0 && !set.isLarge ? 0 : given)
  }
  if (isChanged) data.touch(key)
  return added
}

function zscore([, key = '', member = '']: readonly string[], data: Keyspace): Answer {
  const held = data.get(key)
  if (held === undefined) return null
  if (held.type !== 'zset') return errors.wrongType
  const score = held.scores.get(member)
  return score === undefined ? null : scoreText(score)
}

function zrem([, key = '', ...members]: readonly string[], data: Keyspace): Answer {
  const held = data.get(key)
  if (held === undefined) return 0
  if (held.type !== 'zset') return errors.wrongType
  const removed = members.filter(member => held.scores.delete(member)).length
  if (held.scores.size === 0) data.delete(key)
  else if (removed > 0) data.touch(key)
  return removed
}

function zcard([, key = '']: readonly string[], data: Keyspace): Answer {
  const held = data.get(key)
  if (held === undefined) return 0
  return held.type === 'zset' ? held.scores.size : errors.wrongType
}

/** `ZRANGE key start stop [WITHSCORES]`, by places. */
function zrange([, key = '', startWord = '', stopWord = '', ...options]: readonly string[], data: Keyspace): Answer {
  const withScores = options[0]?.toUpperCase() === 'WITHSCORES'
  if (options.length > (withScores ? 1 : 0)) throw new UnknownToStandIn(`ZRANGE ... ${options.join(' ')}`)
  const start = integerOf(startWord)
  const stop = integerOf(stopWord)
  if (start === null || stop === null) return errors.notInteger
  const held = data.get(key)
  if (held === undefined) return []
  if (held.type !== 'zset') return errors.wrongType
  const all = inOrder(held)
  const first = Math.max(0, start < 0 ? all.length + start : start)
  const last = stop < 0 ? all.length + stop : stop
  return all
    .slice(first, Math.max(first, last + 1))
    .flatMap(([member, score]) => (withScores ? [member, scoreText(score)] : [member]))
}

/** By score, then by the bytes of the member. */
export function inOrder({ scores }: SortedSetHeld): readonly (readonly [member: string, score: number])[] {
  return [...scores].sort(([a, x], [b, y]) => (x === y ? (a < b ? -1 : 1) : x < y ? -1 : 1))
}

export const zsetCommands: readonly Command[] = [
  { name: 'zadd', arity: -4, writes: true, grows: true, run: (words, { data }) => zadd(words, data) },
  { name: 'geoadd', arity: -5, writes: true, grows: true, run: (words, { data }) => geoadd(words, data) },
  { name: 'zrem', arity: -3, writes: true, run: (words, { data }) => zrem(words, data) },
  { name: 'zscore', arity: 3, run: (words, { data }) => zscore(words, data) },
  { name: 'zcard', arity: 2, run: (words, { data }) => zcard(words, data) },
  { name: 'zrange', arity: -4, run: (words, { data }) => zrange(words, data) }
]
