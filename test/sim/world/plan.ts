// What a seed's world is: topics, connectors, workers, and a list of everything that will happen from outside, as plain data that can be printed and cut down.
import { Chance } from '../engine/chance.ts'
import { type FaultKind, faultKinds, randomFault } from './faults.ts'
import { badKinds, type RecordKind } from './records.ts'

export type Mode = 'cache' | 'sortedSet' | 'sortedSets' | 'geo' | 'stream' | 'pubSub'
export type Format = 'json' | 'text'
export type Policy = 'NOOP' | 'THROW' | 'RETRY'

export interface TopicPlan {
  readonly name: string
  readonly partitions: number
  /** How often a record is read in another than its own partition's order of keys: whether keys are shared between partitions. */
  readonly sharesKeys: boolean
  readonly keys: number
}

export interface ConnectorPlan {
  readonly name: string
  readonly topics: readonly string[]
  readonly plain: boolean
  readonly mode: Mode
  readonly format: Format
  readonly ttl: boolean
  readonly policy: Policy
  readonly tolerant: boolean
  readonly deadLetters: boolean
  /** A transform puts every record on the general way. */
  readonly transform: boolean
  readonly tasks: number
  readonly overrides: Readonly<Record<string, string>>
}

/** Something that happens to the world, at a time or at a moment of interest. */
export interface WorldEvent {
  /** Milliseconds after the world began; of an event that waits for a moment: after that. */
  readonly at: number
  /** The n-th time that this happens, counted from 1. */
  readonly moment?: { readonly name: Moment; readonly count: number }
  readonly act: Act
}

/** What faults aim at. */
export const moments = ['commit', 'skip', 'outage', 'rebalance', 'fetch', 'connect', 'letter'] as const
export type Moment = (typeof moments)[number]

export type Act =
  | { readonly kind: 'produce'; readonly topic: string; readonly partition: number; readonly records: readonly RecordKind[]; readonly codec: 'none' | 'gzip' } // prettier-ignore
  | { readonly kind: 'fault'; readonly fault: FaultKind; readonly target: number; readonly spanMs: number; readonly detail: number } // prettier-ignore
  | { readonly kind: 'operate'; readonly what: Operation; readonly connector: number; readonly worker: number }

export const operations = ['pause', 'resume', 'restart', 'restart-failed', 'stop', 'reconfigure'] as const
export type Operation = (typeof operations)[number]

export interface WorldPlan {
  readonly seed: number
  readonly brokers: number
  readonly workers: number
  readonly topics: readonly TopicPlan[]
  readonly connectors: readonly ConnectorPlan[]
  readonly commitIntervalMs: number
  readonly spanMs: number
  readonly events: readonly WorldEvent[]
}

export function planWorld(seed: number): WorldPlan {
  const chance = new Chance(`seed-${seed}`).fork('plan')
  const topics = Array.from({ length: chance.weighted({ 1: 5, 2: 2, 3: 1 }) === '1' ? 1 : chance.between(2, 3) }, (_, index) => topicPlan(chance, index)) // prettier-ignore
  const connectors = apart(Array.from({ length: chance.happens(0.25) ? 2 : 1 }, (_, index) => connectorPlan(chance, index, topics))) // prettier-ignore
  const workers = Number(chance.weighted({ 1: 5, 2: 4, 3: 1 }))
  const spanMs = chance.between(20, 90) * 1000
  const events = [
    ...records(chance.fork('records'), topics, spanMs),
    ...faults(chance.fork('faults'), workers, spanMs),
    ...operating(chance.fork('operator'), connectors.length, workers, spanMs)
  ].toSorted((a, b) => a.at - b.at)
  return {
    seed,
    brokers: Number(chance.weighted({ 1: 4, 2: 1, 3: 3 })),
    workers,
    topics,
    connectors,
    commitIntervalMs: chance.pick([100, 500, 1000, 5000, 20_000]),
    spanMs,
    events
  }
}

/** Channels don't show whose messages they carry: one connector at most publishes. */
function apart(connectors: readonly ConnectorPlan[]): ConnectorPlan[] {
  const publisher = connectors.find(({ mode }) => mode === 'pubSub')
  return connectors.map(each => (each.mode === 'pubSub' && each !== publisher ? { ...each, mode: 'cache' } : each))
}

function topicPlan(chance: Chance, index: number): TopicPlan {
  return {
    name: `topic-${index}`,
    partitions: chance.between(1, 4),
    sharesKeys: chance.happens(0.2),
    keys: chance.pick([1, 3, 10, 50])
  }
}

function connectorPlan(chance: Chance, index: number, topics: readonly TopicPlan[]): ConnectorPlan {
  const names = topics.map(({ name }) => name)
  const format = chance.happens(0.7) ? 'json' : 'text'
  return {
    name: `sink-${index}`,
    topics: index === 0 ? names : [chance.pick(names)],
    plain: chance.happens(0.4),
    mode: chance.weighted({ cache: 4, sortedSet: 1, sortedSets: 3, geo: 1, stream: 2, pubSub: 1 }),
    format,
    ttl: chance.happens(0.25),
    policy: chance.weighted({ NOOP: 3, THROW: 2, RETRY: 2 }),
    tolerant: chance.happens(0.6),
    deadLetters: chance.happens(0.4),
    // It takes no text.
    transform: format === 'json' && chance.happens(0.25),
    tasks: chance.between(1, 3),
    overrides: {
      'consumer.override.session.timeout.ms': String(chance.pick([6000, 10_000, 45_000])),
      'consumer.override.heartbeat.interval.ms': String(chance.pick([500, 2000])),
      'consumer.override.max.poll.interval.ms': String(chance.pick([10_000, 60_000, 300_000])),
      ...(chance.happens(0.3) ? { 'consumer.override.max.poll.records': String(chance.pick([1, 7, 100])) } : {}),
      ...(chance.happens(0.3) ? { 'consumer.override.partition.assignment.strategy': chance.pick(assignors) } : {}),
      ...(chance.happens(0.3) ? { 'consumer.override.fetch.max.bytes': '4096' } : {})
    }
  }
}

const assignors = ['RangeAssignor', 'RoundRobinAssignor', 'StickyAssignor', 'CooperativeStickyAssignor'].map(
  name => `org.apache.kafka.clients.consumer.${name}`
)

/** Bursts and trickles, with a share of bad records between good ones. */
function records(chance: Chance, topics: readonly TopicPlan[], spanMs: number): WorldEvent[] {
  const events: WorldEvent[] = []
  for (const topic of topics) {
    // Each kind of bad record is there or not.
    const bad = badKinds.filter(() => chance.happens(0.4))
    const share = bad.length === 0 ? 0 : chance.pick([0, 0.01, 0.1, 0.4])
    const bursts = chance.between(3, 14)
    for (let burst = 0; burst < bursts; burst++) {
      const partition = chance.between(0, topic.partitions - 1)
      const count = chance.pick([1, 2, 5, 20, 60])
      const records = Array.from({ length: count }, (): RecordKind => {
        return chance.happens(share) ? chance.pick(bad) : chance.happens(0.01) ? 'large' : 'good'
      })
      const at = burst < 2 ? 0 : chance.between(0, spanMs)
      events.push({ at, act: { kind: 'produce', topic: topic.name, partition, records, codec: chance.happens(0.2) ? 'gzip' : 'none' } }) // prettier-ignore
    }
  }
  return events
}

/** By swarm: each seed has some kinds of faults only, so that no kind hides behind another. */
function faults(chance: Chance, workers: number, spanMs: number): WorldEvent[] {
  const kinds = faultKinds.filter(() => chance.happens(0.35))
  if (kinds.length === 0) return []
  const count = chance.between(0, 8)
  return Array.from({ length: count }, (): WorldEvent => {
    const act: Act = { kind: 'fault', ...randomFault(chance, kinds, workers) }
    if (chance.happens(0.5)) return { at: chance.between(0, spanMs), act }
    const moment = { name: chance.pick(moments), count: chance.pick([1, 1, 2, 3, 5, 8]) }
    return { at: chance.pick([0, 0, 1, 5, 50]), moment, act }
  })
}

function operating(chance: Chance, connectors: number, workers: number, spanMs: number): WorldEvent[] {
  if (chance.happens(0.5)) return []
  return Array.from({ length: chance.between(1, 4) }, (): WorldEvent => {
    const act: Act = {
      kind: 'operate',
      what: chance.pick(operations),
      connector: chance.between(0, connectors - 1),
      worker: chance.between(0, workers - 1)
    }
    if (chance.happens(0.6)) return { at: chance.between(1000, spanMs), act }
    return { at: chance.pick([0, 1, 20]), moment: { name: chance.pick(moments), count: chance.pick([1, 2, 4]) }, act }
  })
}
