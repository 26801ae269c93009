// Words that people bring along from SQL, from other sinks or from older hopes: none is a word of KCQL, and each has something to write instead.
import { quoted } from './problem.ts'

const filter =
  'KCQL has no conditions, every record of the topic is written. Keep records out by a transform: transforms=drop, ' +
  'transforms.drop.type=org.apache.kafka.connect.transforms.Filter and transforms.drop.predicate=P (a predicate on values is a module of your own below plugin.path), or filter before Kafka.'
const join =
  'A statement reads one topic. Join before Kafka, and write one statement for each topic, with a semicolon between.'
const group =
  'KCQL does not group or count. Aggregate before Kafka (Kafka Streams, ksqlDB) and write the topic that results.'
const order =
  "Records are written in their partition's order. For an order by a field write STOREAS SortedSet(score=field)."
const delimiter =
  'Leave it out: the parts of a key are joined by connect.redis.pk.delimiter, so write connect.redis.pk.delimiter=- beside connect.redis.kcql.'
const expiry = 'Keys expire by TTL=seconds, the last clause, as in PK id TTL=3600.'
const key = 'Key fields are named by PK behind the topic: FROM topic PK id, or PK a, b.'
const ignore = 'Fields are left out by IGNORE behind the topic: SELECT * FROM topic IGNORE a, b PK id.'
const limit = 'There is no limit to what a sink reads. Leave it out.'

const remedies: ReadonlyMap<string, string> = new Map([
  ...['WHERE', 'HAVING', 'FILTER', 'WHEN', 'CASE'].map(word => [word, filter] as const),
  ...['JOIN', 'LEFT', 'RIGHT', 'INNER', 'OUTER', 'CROSS', 'FULL', 'UNION', 'ON'].map(word => [word, join] as const),
  ...['GROUP', 'DISTINCT', 'PARTITION', 'WINDOW', 'EMIT'].map(word => [word, group] as const),
  ...['ORDER', 'SORT'].map(word => [word, order] as const),
  ...['KEYDELIM', 'KEY_DELIMITER', 'KEYDELIMETER', 'PKDELIMITER', 'DELIMITER', 'SEPARATOR', 'KEYSEPARATOR'].map(
    word => [word, delimiter] as const
  ),
  ...['EXPIRE', 'EXPIRES', 'EXPIRY', 'EX', 'PX', 'SETEX', 'WITHTTL'].map(word => [word, expiry] as const),
  ...['PRIMARY', 'KEYBY'].map(word => [word, key] as const),
  ...['EXCEPT', 'EXCLUDE', 'WITHOUT'].map(word => [word, ignore] as const),
  ...['OFFSET', 'FETCH', 'TOP'].map(word => [word, limit] as const)
])

/** Names as good as any where no BY follows. */
const beforeBy: ReadonlySet<string> = new Set(['ORDER', 'SORT', 'GROUP', 'PARTITION'])

/** That a word is none of KCQL's and what to write instead; null: nobody is known to mean anything by it. `next`: the word behind it. */
export const foreignSentence = (word: string, next: string): string | null => {
  const upper = word.toUpperCase()
  const remedy = remedies.get(upper)
  if (remedy === undefined || (beforeBy.has(upper) && next.toUpperCase() !== 'BY')) return null
  return `${quoted(word)} is no word of KCQL. ${remedy}`
}

/** Topics are named one by one. */
export const noPattern =
  'Topics are named one by one, without patterns: write a statement for each topic of topics=..., with a semicolon between.'

export const placeholderRemedy =
  'A target is a fixed text; the fields of the key stand behind the topic: INSERT INTO device: SELECT * FROM topic PK id writes device:<id>, and each topic has its own statement.'

/** What begins a statement in SQL and none here. */
export const foreignHead = (word: string): string => {
  switch (word.toUpperCase()) {
    case 'DELETE':
      return 'Nothing is deleted by a statement, nor by a tombstone (a record without value); connect.redis.tombstones=ignore passes tombstones over. Keys expire by TTL=seconds.'
    case 'UPDATE':
    case 'MERGE':
    case 'REPLACE':
      return 'Write UPSERT INTO prefix SELECT ... FROM topic PK id: a later record of a key takes the place of the earlier one.'
    case 'CREATE':
    case 'WITH':
      return 'Write SELECT ... FROM topic PK id, with INSERT INTO prefix before it where keys have a prefix.'
    default:
      return ''
  }
}

const secondsByUnit: ReadonlyMap<string, number> = new Map([
  ['s', 1],
  ['sec', 1],
  ['m', 60],
  ['min', 60],
  ['h', 3600],
  ['d', 86_400],
  ['w', 604_800]
])

/** `1d` as `86400`, `'60'` as `60`; null for what is no span. */
export const secondsOf = (text: string): string | null => {
  const [, digits = '', unit = ''] = /^'?(\d{1,9})([a-z]{0,3})'?$/i.exec(text) ?? []
  const seconds = secondsByUnit.get(unit.toLowerCase() === '' ? 's' : unit.toLowerCase())
  return digits === '' || seconds === undefined ? null : String(Number(digits) * seconds)
}
