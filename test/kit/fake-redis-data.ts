// The part of Redis's data that the sink touches: what each command does, and what it answers.
import { type Answer, ok } from './resp.ts'

export type Held =
  | { readonly type: 'string'; value: string; ttl: number }
  | { readonly type: 'zset'; readonly scores: Map<string, string>; ttl: number }
  | { readonly type: 'stream'; readonly entries: (readonly string[])[] }
  | { readonly type: 'list' }

const wrongType: Answer = { error: 'WRONGTYPE Operation against a key holding the wrong kind of value' }
const syntax: Answer = { error: 'ERR syntax error' }

/** A change that took place, in the form of the command that asked for it alone: an MSET is several SETs. */
export type OnChange = (kind: string, key: string, args: readonly string[]) => void

export class FakeRedisData {
  readonly keys = new Map<string, Held>()
  readonly channels = new Map<string, string[]>()
  /** How often each key was changed: what WATCH looks at. */
  readonly versions = new Map<string, number>()
  readonly #onChange: OnChange

  /** A key was changed: who watches it is told at EXEC. */
  touch(key: string): void {
    this.versions.set(key, (this.versions.get(key) ?? 0) + 1)
  }

  constructor(onChange: OnChange = () => undefined) {
    this.#onChange = (kind, key, args) => {
      this.touch(key)
      onChange(kind, key, args)
    }
  }

  execute(words: readonly string[]): Answer {
    const [name = '', ...args] = words
    switch (name) {
      case 'SET':
        if (args.length === 4 && args[2] === 'EX') return this.#setex([args[0] ?? '', args[3] ?? '', args[1] ?? ''])
        return args.length === 2 ? this.#set('SET', args) : arity(name)
      case 'MSET': {
        if (args.length === 0 || args.length % 2 !== 0) return arity(name)
        for (let at = 0; at < args.length; at += 2) this.#set('SET', args.slice(at, at + 2))
        return ok
      }
      case 'SETEX':
        return args.length === 3 ? this.#setex(args) : arity(name)
      case 'ZADD':
        return args.length >= 3 ? this.#zadd(args) : arity(name)
      case 'GEOADD':
        return args.length >= 4 ? this.#geoadd(args) : arity(name)
      case 'XADD':
        return this.#xadd(args)
      case 'PUBLISH':
        return this.#publish(args)
      case 'ZSCORE':
        return this.#zscore(args)
      case 'ZREM':
        return this.#zrem(args)
      case 'DEL':
        return this.#del(args)
      case 'EXPIRE':
        return this.#expire(args)
      case 'EVAL':
        return this.#eval(args)
      case 'PING':
        return { status: 'PONG' }
      default:
        return { error: `ERR unknown command '${name}'` }
    }
  }

  #set(kind: string, [key = '', value = '']: readonly string[]): Answer {
    this.keys.set(key, { type: 'string', value, ttl: 0 })
    this.#onChange(kind, key, [key, value])
    return ok
  }

  #setex([key = '', seconds = '', value = '']: readonly string[]): Answer {
    this.keys.set(key, { type: 'string', value, ttl: Number(seconds) })
    this.#onChange('SETEX', key, [key, seconds, value])
    return ok
  }

  #zset(key: string): Map<string, string> | null {
    const held = this.keys.get(key)
    if (held === undefined) {
      const scores = new Map<string, string>()
      this.keys.set(key, { type: 'zset', scores, ttl: 0 })
      return scores
    }
    return held.type === 'zset' ? held.scores : null
  }

  #zadd([key = '', ...pairs]: readonly string[]): Answer {
    if (pairs.length % 2 !== 0) return syntax
    const scores = this.#zset(key)
    if (scores === null) return wrongType
    let added = 0
    for (let at = 0; at < pairs.length; at += 2) {
      const [score = '', member = ''] = pairs.slice(at, at + 2)
      if (!scores.has(member)) added++
      scores.set(member, score)
      this.#onChange('ZADD', key, [key, score, member])
    }
    return added
  }

  #geoadd([key = '', ...triples]: readonly string[]): Answer {
    if (triples.length % 3 !== 0) return syntax
    for (let at = 0; at < triples.length; at += 3) {
      const [longitude, latitude] = [Number(triples[at]), Number(triples[at + 1])]
      if (Math.abs(longitude) > 180 || Math.abs(latitude) > 85) {
        return { error: `ERR invalid longitude,latitude pair ${longitude.toFixed(6)},${latitude.toFixed(6)}` }
      }
    }
    const scores = this.#zset(key)
    if (scores === null) return wrongType
    let added = 0
    for (let at = 0; at < triples.length; at += 3) {
      const [longitude = '', latitude = '', member = ''] = triples.slice(at, at + 3)
      if (!scores.has(member)) added++
      scores.set(member, `${longitude},${latitude}`)
      this.#onChange('GEOADD', key, [key, longitude, latitude, member])
    }
    return added
  }

  #xadd(args: readonly string[]): Answer {
    const [key = '', , ...fields] = args
    const held = this.keys.get(key)
    if (held !== undefined && held.type !== 'stream') return wrongType
    const stream = held ?? { type: 'stream', entries: [] }
    this.keys.set(key, stream)
    stream.entries.push(fields)
    this.#onChange('XADD', key, args)
    return `1-${stream.entries.length}`
  }

  #publish(args: readonly string[]): Answer {
    const [channel = '', message = ''] = args
    const messages = this.channels.get(channel) ?? []
    this.channels.set(channel, messages)
    messages.push(message)
    this.#onChange('PUBLISH', channel, args)
    return 0
  }

  /** The only script the sink sends: ZADD, and EXPIRE where it added a member. */
  #eval([, , key = '', score = '', member = '', seconds = '']: readonly string[]): Answer {
    const added = this.#zadd([key, score, member])
    if (added === 1) this.#expire([key, seconds])
    return added
  }

  #zscore([key = '', member = '']: readonly string[]): Answer {
    const held = this.keys.get(key)
    if (held === undefined) return null
    return held.type === 'zset' ? (held.scores.get(member) ?? null) : wrongType
  }

  #zrem([key = '', member = '']: readonly string[]): Answer {
    const held = this.keys.get(key)
    if (held === undefined) return 0
    if (held.type !== 'zset') return wrongType
    if (!held.scores.delete(member)) return 0
    if (held.scores.size === 0) this.keys.delete(key)
    this.#onChange('ZREM', key, [key, member])
    return 1
  }

  #del(keys: readonly string[]): Answer {
    const found = keys.filter(key => this.keys.delete(key))
    for (const key of found) this.#onChange('DEL', key, [key])
    return found.length
  }

  #expire([key = '', seconds = '']: readonly string[]): Answer {
    const held = this.keys.get(key)
    if (held === undefined) return 0
    if ('ttl' in held) held.ttl = Number(seconds)
    this.#onChange('EXPIRE', key, [key, seconds])
    return 1
  }
}

/** Refused when it is read, before anything is looked at: inside MULTI that aborts all. */
export function arityError([name = '', ...args]: readonly string[]): Answer | null {
  if (name === 'XADD' && (args.length < 4 || args.length % 2 !== 0)) return arity(name)
  return null
}

function arity(name: string): Answer {
  return { error: `ERR wrong number of arguments for '${name.toLowerCase()}' command` }
}

/** The keys or channels of a command. */
export function keysOf([name = '', ...args]: readonly string[]): readonly string[] {
  if (name === 'MSET') return args.filter((_, index) => index % 2 === 0)
  if (name === 'EVAL') return [args[2] ?? '']
  if (name === 'WATCH') return args
  if (name === 'UNWATCH') return []
  return [args[0] ?? '']
}
