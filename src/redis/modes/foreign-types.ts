// Types that people write behind STOREAS for what Redis has and this sink writes otherwise, or not yet.

/** What to say of such a type; `type` is what to write in its place, null where STOREAS is to be left out (the cache mode). */
export interface ForeignType {
  readonly words: string
  readonly type: string | null
}

const notYet = (what: string): ForeignType => ({
  words: `${what} are not written yet; the cache mode keeps the fields as one JSON text under the key`,
  type: null
})
const cache: ForeignType = { words: 'strings are what the cache mode writes, without STOREAS', type: null }
const instead = (type: string, words = 'the type is called otherwise here'): ForeignType => ({ words, type })

const foreignTypes: ReadonlyMap<string, ForeignType> = new Map([
  ...['hash', 'hashes', 'hset', 'hmset', 'map'].map(name => [name, notYet('hashes')] as const),
  ...['json', 'rejson', 'jsonset'].map(name => [name, notYet('documents of RedisJSON')] as const),
  ...['string', 'cache', 'key', 'keyvalue', 'kv', 'setex'].map(name => [name, cache] as const),
  ...['list', 'lpush', 'rpush', 'queue'].map(
    name => [name, instead('Stream', 'lists are not written yet; a stream keeps records in their order')] as const
  ),
  ...['set', 'sadd', 'sets'].map(
    name =>
      [
        name,
        instead('SortedSet', 'sets are not written yet; a sorted set keeps each member once, with a score')
      ] as const
  ),
  ...['zset', 'zadd', 'sorted', 'sortedsets', 'sortedset'].map(name => [name, instead('SortedSet')] as const),
  ...['geo', 'geospatial', 'geoset', 'geohash'].map(name => [name, instead('GeoAdd')] as const),
  ...['publish', 'pub', 'channel', 'topic'].map(name => [name, instead('PubSub')] as const),
  ...['streams', 'xadd', 'log'].map(name => [name, instead('Stream')] as const),
  ...['timeseries', 'ts', 'tsadd'].map(
    name => [name, instead('SortedSet', 'time series are not written yet; a sorted set has times as scores')] as const
  )
])

/** Letter case, dashes and dots do not count: JSON.SET, sorted_set. */
export function foreignType(type: string): ForeignType | null {
  return (
    foreignTypes.get(
      type
        .slice(0, 40)
        .toLowerCase()
        .replaceAll(/[^a-z]/g, '')
    ) ?? null
  )
}
