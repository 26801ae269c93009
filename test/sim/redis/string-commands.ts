// Strings: SET and its kin.
import { type Answer, arityError, errors, expireError, ok } from './answer.ts'
import { type Command } from './command.ts'
import { type Keyspace } from './keyspace.ts'
import { integerOf } from './numbers.ts'
import { UnknownToStandIn } from './unknown.ts'

const int64Max = 2 ** 63

/** Wall time when a key expires that lives for `span` units; an error where Redis does not take it. */
export function expiryAt(word: string, unitMs: number, now: number, name: string): number | Exclude<Answer, number> {
  const span = integerOf(word)
  if (span === null) return errors.notInteger
  const at = span * unitMs + now
  return span <= 0 || at >= int64Max ? expireError(name) : at
}

function put(data: Keyspace, key: string, value: string, expiresAt: number | null): void {
  data.set(key, { type: 'string', value, expiresAt })
  data.touch(key)
}

function set([, key = '', value = '', ...options]: readonly string[], data: Keyspace): Answer {
  let unitMs = 0
  let span = ''
  let only: 'NX' | 'XX' | null = null
  let keepsTtl = false
  for (let at = 0; at < options.length; at++) {
    const option = (options[at] ?? '').toUpperCase()
    if (option === 'EX' || option === 'PX') {
      const next = options[++at]
      if (next === undefined || unitMs > 0 || keepsTtl) return errors.syntax
      span = next
      unitMs = option === 'EX' ? 1000 : 1
    } else if (option === 'NX' || option === 'XX') {
      if (only !== null && only !== option) return errors.syntax
      only = option
    } else if (option === 'KEEPTTL') {
      if (unitMs > 0) return errors.syntax
      keepsTtl = true
    } else if (['GET', 'EXAT', 'PXAT'].includes(option)) throw new UnknownToStandIn(`SET ${option}`)
    else return errors.syntax
  }
  const expiresAt = unitMs === 0 ? null : expiryAt(span, unitMs, data.now, 'set')
  if (expiresAt !== null && typeof expiresAt !== 'number') return expiresAt
  const held = only === null && !keepsTtl ? undefined : data.get(key)
  if (only !== null && (held !== undefined) !== (only === 'XX')) return null
  put(data, key, value, keepsTtl ? (held?.expiresAt ?? null) : expiresAt)
  return ok
}

function mset(words: readonly string[], data: Keyspace): Answer {
  if (words.length % 2 === 0) return arityError('mset')
  for (let at = 1; at < words.length; at += 2) put(data, words[at] ?? '', words[at + 1] ?? '', null)
  return ok
}

function setex([, key = '', seconds = '', value = '']: readonly string[], data: Keyspace): Answer {
  const expiresAt = expiryAt(seconds, 1000, data.now, 'setex')
  if (typeof expiresAt !== 'number') return expiresAt
  put(data, key, value, expiresAt)
  return ok
}

function get([, key = '']: readonly string[], data: Keyspace): Answer {
  const held = data.get(key)
  if (held === undefined) return null
  return held.type === 'string' ? held.value : errors.wrongType
}

export const stringCommands: readonly Command[] = [
  { name: 'set', arity: -3, writes: true, grows: true, run: (words, { data }) => set(words, data) },
  { name: 'mset', arity: -3, writes: true, grows: true, run: (words, { data }) => mset(words, data) },
  { name: 'setex', arity: 4, writes: true, grows: true, run: (words, { data }) => setex(words, data) },
  { name: 'get', arity: 2, run: (words, { data }) => get(words, data) }
]
