// What the old sink leaves in Redis, written down a second time from its description and from nothing of ours: tests compare the two.

/** A value as a producer sees it: integers are bigint, decimals number, an object its fields in the order written. */
export type ModelValue = null | boolean | string | bigint | number | readonly ModelValue[] | ModelObject

export interface ModelObject {
  readonly fields: readonly (readonly [string, ModelValue])[]
}

/** `schemaless`: JSON without schema, read into HashMaps. `ordered`: Structs, and texts with a JSON object. */
export interface ModelRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly value: ModelObject
  readonly form: 'schemaless' | 'ordered'
}

export interface ModelStatement {
  readonly mode: 'cache' | 'sortedSet' | 'sortedSets' | 'geo' | 'stream' | 'pubSub'
  readonly topic: string
  readonly target: string
  /** null: `*`. A column's path by dots, and its alias. */
  readonly select: readonly (readonly [path: string, alias: string])[] | null
  readonly ignore: readonly string[]
  readonly pk: readonly string[]
  readonly delimiter: string
  readonly score: string
  readonly ttl: number
  /** Paths of the coordinates and of the channel, for the modes that have them. */
  readonly longitude?: string
  readonly latitude?: string
  readonly channel?: string
}

/** Strings and sorted sets by key, where a ttl of 0 is none; members of geo sets with longitude and latitude; entries of streams; what was published. */
export interface ModelState {
  readonly strings: Map<string, { value: string; ttl: number }>
  readonly sortedSets: Map<string, { scores: Map<string, number>; ttl: number }>
  readonly geoSets: Map<string, Map<string, readonly [longitude: number, latitude: number]>>
  readonly streams: Map<string, (readonly string[])[]>
  readonly published: (readonly [channel: string, message: string])[]
}

export function emptyModelState(): ModelState {
  return { strings: new Map(), sortedSets: new Map(), geoSets: new Map(), streams: new Map(), published: [] }
}

/** What the record changes; throws where the sink must refuse it (and then nothing is changed). */
export function modelApply(state: ModelState, statement: ModelStatement, record: ModelRecord): void {
  if (statement.topic !== record.topic) return
  const top = record.form === 'schemaless' ? hashedObject(record.value) : record.value
  const row = statement.mode === 'sortedSets' ? memberOf(top, statement) : selected(top, statement)
  const json = modelJson(row)
  switch (statement.mode) {
    case 'cache':
      state.strings.set(keyOf(top, statement, record), { value: json, ttl: statement.ttl })
      return
    case 'sortedSet':
      add(state, statement.target, json, modelScore(lookUp(row, statement.score)), statement.ttl)
      return
    case 'sortedSets':
      add(state, keyOf(top, statement, record), json, modelScore(lookUp(top, statement.score)), statement.ttl)
      return
    case 'geo':
      place(state, keyOf(top, statement, record), json, [
        lookUp(top, statement.longitude ?? 'longitude'),
        lookUp(top, statement.latitude ?? 'latitude')
      ])
      return
    case 'stream':
      append(state, statement.target, row)
      return
    case 'pubSub':
      state.published.push([channelOf(lookUp(top, statement.channel ?? 'channel')), json])
  }
}

/** Null, or a text that is no number, leaves the record out; what is no coordinate at all is refused first. */
function place(state: ModelState, key: string, member: string, coordinates: readonly ModelValue[]): void {
  const isCoordinate = (value: ModelValue): boolean =>
    value === null || ['string', 'bigint', 'number'].includes(typeof value)
  if (!coordinates.every(isCoordinate)) throw new Error('no coordinate')
  const numbers = coordinates.map(value =>
    value === null || (typeof value === 'string' && !isNumeric(value)) ? null : modelScore(value)
  )
  const [longitude = null, latitude = null] = numbers
  if (longitude === null || latitude === null) return
  if (Math.abs(longitude) > 180 || Math.abs(latitude) > 85.05112878) throw new Error('out of range')
  const set = state.geoSets.get(key) ?? new Map<string, readonly [number, number]>()
  state.geoSets.set(key, set.set(member, [longitude, latitude]))
}

/** The renamed fields had gone through a HashMap and a Scala Map; nulls are left out afterwards. */
function append(state: ModelState, key: string, row: ModelObject): void {
  const ordered = fiveOrMore(inHashOrder(row.fields), ([name]) => name)
  const entry = ordered.filter(([, value]) => value !== null).flatMap(([name, value]) => [name, streamText(value)])
  if (entry.length === 0) throw new Error('an entry without fields')
  state.streams.set(key, [...(state.streams.get(key) ?? []), entry])
}

function channelOf(value: ModelValue): string {
  if (value === null || typeof value === 'object') throw new Error('no channel')
  return javaText(value)
}

function add(state: ModelState, key: string, member: string, score: number, ttl: number): void {
  const set = state.sortedSets.get(key) ?? { scores: new Map<string, number>(), ttl: 0 }
  state.sortedSets.set(key, set)
  // Only a new member sets the expiry anew.
  if (!set.scores.has(member) && ttl > 0) set.ttl = ttl
  set.scores.set(member, score)
}

// --- what is selected, in which order

function selected(top: ModelObject, statement: ModelStatement): ModelObject {
  const ignored = new Set(statement.ignore)
  if (statement.select === null) {
    return {
      fields: fiveOrMore(
        top.fields.filter(([name]) => !ignored.has(name)),
        ([name]) => name
      )
    }
  }
  const columns = fiveOrMore(statement.select, ([path]) => path).filter(([path]) => !ignored.has(path))
  return { fields: fiveOrMore(columns, ([path]) => path).map(([path, alias]) => [alias, lookUp(top, path)]) }
}

function memberOf(top: ModelObject, statement: ModelStatement): ModelObject {
  if (statement.select === null) return { fields: fiveOrMore(top.fields, ([name]) => name) }
  const { score } = statement
  const own: readonly [string, string] = [score, score]
  const replaced = statement.select.map(column => (column[0] === score ? own : column))
  const columns = replaced.includes(own) ? replaced : [...replaced, own]
  return { fields: fiveOrMore(columns, ([path]) => path).map(([path, alias]) => [alias, lookUp(top, path)]) }
}

function keyOf(top: ModelObject, statement: ModelStatement, record: ModelRecord): string {
  if (statement.pk.length === 0) return `${statement.target}${record.topic}|${record.partition}|${record.offset}`
  const parts = fiveOrMore(statement.pk, path => path).map(path => modelText(lookUp(top, path)))
  return statement.target + parts.join(statement.delimiter)
}

function lookUp(top: ModelObject, path: string): ModelValue {
  let value: ModelValue = top
  for (const name of path.split('.')) {
    if (value === null) return null
    if (!isObject(value)) throw new Error(`no structure above ${name}`)
    const found: readonly [string, ModelValue] | undefined = value.fields.find(field => field[0] === name)
    if (found === undefined) throw new Error(`no field ${name}`)
    value = found[1]
  }
  return value
}

function isObject(value: ModelValue): value is ModelObject {
  return typeof value === 'object' && value !== null && 'fields' in value
}

// --- text

export function modelJson(value: ModelValue): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? modelDouble(value) : `"${value}"`
  if (typeof value === 'string') return modelString(value)
  if (isObject(value)) {
    return `{${value.fields.map(([name, field]) => `${modelString(name)}:${modelJson(field)}`).join(',')}}`
  }
  return `[${value.map(modelJson).join(',')}]`
}

function modelString(text: string): string {
  let literal = '"'
  for (let at = 0; at < text.length; at++) {
    const unit = text[at] ?? ''
    const code = unit.charCodeAt(0)
    const letter = { 8: 'b', 9: 't', 10: 'n', 12: 'f', 13: 'r', 34: '"', 92: '\\' }[code]
    if (letter !== undefined) literal += `\\${letter}`
    else if (code < 32) literal += `\\u00${code < 16 ? '0' : '1'}${'0123456789ABCDEF'[code % 16] ?? ''}`
    else literal += unit
  }
  return `${literal}"`
}

/** As a key part: text as it is, an object as a Struct prints itself. */
function modelText(value: ModelValue): string {
  if (value === null) throw new Error('null in a key')
  return javaText(value)
}

function javaText(value: ModelValue): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return modelDouble(value)
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (!isObject(value)) return `[${value.map(javaText).join(', ')}]`
  const fields = value.fields.filter(([, field]) => field !== null)
  return `Struct{${fields.map(([name, field]) => `${name}=${javaText(field)}`).join(',')}}`
}

/** Double.toString by its own definition: plain from 10^-3 up to 10^7, else with an exponent. */
export function modelDouble(value: number): string {
  if (value === 0) return '0.0'
  if (!Number.isFinite(value)) return String(value)
  const sign = value < 0 ? '-' : ''
  const [mantissa = '0', exponentText = '0'] = Math.abs(value).toExponential().split('e')
  const digits = mantissa.replace('.', '')
  const exponent = Number(exponentText)
  if (exponent < -3 || exponent >= 7) return `${sign}${digits[0] ?? '0'}.${digits.slice(1) || '0'}E${exponent}`
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  const padded = digits.padEnd(exponent + 1, '0')
  return `${sign}${padded.slice(0, exponent + 1)}.${padded.slice(exponent + 1) || '0'}`
}

/** As a value of a stream entry: what stands in the JSON, by Java's toString of Maps and Lists. */
function streamText(value: ModelValue): string {
  if (value === null || typeof value !== 'object') return value === null ? 'null' : javaText(value)
  if (!isObject(value)) return `[${value.map(streamText).join(', ')}]`
  return `{${value.fields.map(([name, field]) => `${name}=${streamText(field)}`).join(', ')}}`
}

function isNumeric(text: string): boolean {
  return /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$/.test(text.trim())
}

function modelScore(value: ModelValue): number {
  if (typeof value === 'bigint' || typeof value === 'number') {
    if (Number.isNaN(value)) throw new Error('NaN is no score')
    return Number(value)
  }
  if (typeof value !== 'string' || !isNumeric(value)) throw new Error('no score')
  return Number(value.trim())
}

// --- orders

function javaHash(text: string): number {
  let hash = 0
  for (let at = 0; at < text.length; at++) hash = (hash * 31 + text.charCodeAt(at)) % 4294967296
  return hash | 0
}

/** Every object in the order of a HashMap filled in the order written; a name twice keeps its first place and its last value. */
function hashedObject(object: ModelObject): ModelObject {
  const values = new Map(object.fields)
  const fields = inHashOrder([...values])
  return { fields: fields.map(([name, value]) => [name, hashedValue(value)]) }
}

/** Fields, no name twice, as a HashMap gives them that was filled in this order. */
function inHashOrder(fields: ModelObject['fields']): ModelObject['fields'] {
  let buckets = 16
  while (fields.length > 0.75 * buckets) buckets *= 2
  const at = (name: string): number => ((javaHash(name) ^ (javaHash(name) >>> 16)) >>> 0) % buckets
  const placed = fields.map((field, index) => ({ field, index, bucket: at(field[0]) }))
  return placed.sort((a, b) => a.bucket - b.bucket || a.index - b.index).map(({ field }) => field)
}

function hashedValue(value: ModelValue): ModelValue {
  if (value === null || typeof value !== 'object') return value
  return isObject(value) ? hashedObject(value) : value.map(hashedValue)
}

function fiveOrMore<T>(items: readonly T[], nameOf: (item: T) => string): readonly T[] {
  if (items.length < 5) return items
  return trie(items.map(item => ({ item, hash: mixed(javaHash(nameOf(item))) }))).map(({ item }) => item)
}

function mixed(hash: number): number {
  let h = (hash + ~(hash << 9)) | 0
  h = h ^ (h >>> 14)
  h = (h + (h << 4)) | 0
  return (h ^ (h >>> 10)) >>> 0
}

function trie<T extends { hash: number }>(items: readonly T[], level = 0): readonly T[] {
  if (level > 6) return items
  const digit = (item: T): number => Math.floor(item.hash / 32 ** level) % 32
  const digits = [...new Set(items.map(digit))].sort((a, b) => a - b)
  const groups = digits.map(wanted => items.filter(item => digit(item) === wanted))
  const single = groups.filter(group => group.length === 1)
  const several = groups.filter(group => group.length > 1)
  return [...single.flat(), ...several.flatMap(group => trie(group, level + 1))]
}
