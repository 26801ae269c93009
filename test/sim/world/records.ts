// The records of a world: each carries its own number, so that every effect in Redis tells which record it is of.

export const badKinds = ['garbage', 'scalar', 'no-key', 'bad-score', 'tombstone', 'wrong-type', 'null-key'] as const
export type RecordKind = 'good' | 'large' | (typeof badKinds)[number]

/** A record that was produced. */
export interface Produced {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Of its own in the whole world, from 1; grows with the offset in each partition. */
  readonly number: number
  readonly kind: RecordKind
  /** What its fields k and g say. */
  readonly key: string
  readonly group: string
  /** Milliseconds since the world began. */
  readonly at: number
}

/** `g` of records that meet a key of another type in Redis. */
export const poisonedGroup = 'poison'
const largeBytes = 40_000

/** The keys of a topic's records. */
export interface Keys {
  readonly name: string
  readonly keys: number
  readonly sharesKeys: boolean
}

export interface Draft {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly kind: RecordKind
  readonly number: number
  readonly k: string
  readonly g: string
}

export function draftRecord(kind: RecordKind, number: number, partition: number, topic: Keys): Draft {
  const at = (number * 7919) % topic.keys
  const k = topic.sharesKeys ? `k${at}` : `k${at}-${topic.name.slice(-1)}${partition}`
  const g = kind === 'wrong-type' ? poisonedGroup : `g${at % 3}`
  const key = kind === 'null-key' ? null : Buffer.from(k)
  return { key, value: valueOf(kind, number, k, g), kind, number, k, g }
}

function valueOf(kind: RecordKind, number: number, k: string, g: string): Buffer | null {
  if (kind === 'tombstone') return null
  if (kind === 'garbage') return Buffer.from(`{"n":${number},`)
  if (kind === 'scalar') return Buffer.from(String(number))
  const fields: Record<string, unknown> = { n: number, k, g, s: number, lon: longitudeOf(number), lat: 1.5, ch: `ch-${g}` } // prettier-ignore
  if (kind === 'no-key') for (const name of ['k', 'g', 'ch']) delete fields[name]
  if (kind === 'bad-score') Object.assign(fields, { s: 'high', lon: { x: 1 } })
  if (kind === 'large') fields['pad'] = 'x'.repeat(largeBytes)
  return Buffer.from(JSON.stringify(fields))
}

/** Tells the record by the place it is put to. */
export function longitudeOf(number: number): number {
  return number / 10_000
}

export function numberAt(longitude: number): number {
  return Math.round(longitude * 10_000)
}
