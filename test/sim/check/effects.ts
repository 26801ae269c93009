// What a command did to a world's Redis, as the checkers see it: which slot was written by which record. They know Redis and the world, nothing of the sink.
import { numberAt } from '../world/records.ts'
import { type ConnectorPlan, type WorldPlan } from '../world/plan.ts'

export interface Effect {
  readonly connector: ConnectorPlan
  /** What a later record of the same slot overwrites; of a stream or channel, what its entries are appended to. */
  readonly slot: string
  /** The record's number; NaN where nobody can tell. */
  readonly number: number
  /** As the slot has it: the record's key or group. */
  readonly named: string
  /** Milliseconds since the world began. */
  readonly at: number
  /** The worker has been handed Redis's answer to it. */
  readonly isAnswered: () => boolean
  /** The value's text where the whole record was written. */
  readonly text: string | null
}

/** The effects of one executed command; of commands that write nothing of a record, none. */
export function effectsOf(words: readonly string[], at: number, isAnswered: () => boolean, plan: WorldPlan): Effect[] {
  return writesOf(words, plan).map(write => ({ ...write, at, isAnswered }))
}

type Write = Omit<Effect, 'at' | 'isAnswered'>

function writesOf(words: readonly string[], plan: WorldPlan): Write[] {
  const name = words[0]?.toUpperCase()
  const key = words[1] ?? ''
  switch (name) {
    case 'SET':
      return strings([key, words[2] ?? ''], plan)
    case 'SETEX':
      return strings([key, words[3] ?? ''], plan)
    case 'MSET':
      return strings(words.slice(1), plan)
    case 'ZADD': {
      const options = new Set(['NX', 'XX', 'GT', 'LT', 'CH', 'INCR'])
      const first = words.findIndex((word, at) => at >= 2 && !options.has(word.toUpperCase()))
      return pairs(words.slice(first)).flatMap(([score, member]) => members(key, Number(score), member, plan))
    }
    case 'EVAL':
      // The sink's only script: ZADD, and EXPIRE where it added a member.
      return members(words[3] ?? '', Number(words[4]), words[5] ?? '', plan)
    case 'GEOADD': {
      const effects: Write[] = []
      for (let at = 2; at + 2 < words.length; at += 3)
        effects.push(...members(key, numberAt(Number(words[at])), words[at + 2] ?? '', plan))
      return effects
    }
    case 'XADD':
      return appended(key, words, plan)
    case 'PUBLISH':
      return published(key, words[2] ?? '', plan)
    default:
      return []
  }
}

function ownerOf(key: string, plan: WorldPlan): ConnectorPlan | null {
  // The key by which a connection is fenced off.
  if (key.includes(':kafka-connect-redis')) return null
  return plan.connectors.find(({ name }) => key.startsWith(`${name}:`) || key.startsWith(`${name}-`)) ?? null
}

function strings(words: readonly string[], plan: WorldPlan): Write[] {
  return pairs(words).flatMap(([key, text]) => {
    const connector = ownerOf(key, plan)
    if (connector === null) return []
    return { connector, slot: key, number: numberIn(text), named: key.slice(connector.name.length + 1), text }
  })
}

function members(key: string, number: number, member: string, plan: WorldPlan): Write[] {
  const connector = ownerOf(key, plan)
  if (connector === null) return []
  const named = key.slice(connector.name.length + 1)
  return [{ connector, slot: `${key} ${member}`, number, named, text: null }]
}

function appended(key: string, words: readonly string[], plan: WorldPlan): Write[] {
  const connector = ownerOf(key, plan)
  const at = words.indexOf('n', 2)
  return connector === null ? [] : [{ connector, slot: key, number: Number(words[at + 1]), named: '', text: null }]
}

function published(channel: string, text: string, plan: WorldPlan): Write[] {
  const connector = plan.connectors.find(({ mode }) => mode === 'pubSub')
  if (connector === undefined) return []
  return [{ connector, slot: channel, number: numberIn(text), named: channel.slice('ch-'.length), text: null }]
}

function numberIn(text: string): number {
  try {
    return Number((JSON.parse(text) as { n?: unknown }).n)
  } catch {
    return NaN
  }
}

function pairs(words: readonly string[]): (readonly [string, string])[] {
  return Array.from({ length: Math.floor(words.length / 2) }, (_, at) => [
    words[2 * at] as string,
    words[2 * at + 1] as string
  ])
}
