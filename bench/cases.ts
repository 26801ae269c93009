// The cases of the benchmark: what is in the topic, which statement reads it, and how the worker is set.

export type Format = 'json' | 'json-schema' | 'avro'

/** One case. Sizes in bytes; `keys` is the number of different ids in the data. */
export interface Case {
  readonly name: string
  readonly format: Format
  readonly records: number
  readonly keys: number
  readonly partitions: number
  readonly compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  /** `TOPIC` stands for the topic's name. */
  readonly kcql: string
  readonly tasks: number
  /** Bytes of filler text added to each record, to make it larger. */
  readonly filler: number
  readonly config: Readonly<Record<string, string>>
  /** Runs the peers beside it. */
  readonly peers: boolean
  /** The manual's record (John Smith) instead of that of nine fields. */
  readonly manual?: boolean
  /** Redis stands still for so long after the first key. */
  readonly stallMs?: number
  /** Topics beside the loaded one, empty. */
  readonly moreTopics?: readonly string[]
}

const select4 = 'SELECT id, firstName, city, salary AS income FROM TOPIC PK id'

const manualKcql = 'SELECT firstName, lastName, age, salary AS income FROM TOPIC PK firstName, lastName'

const base: Case = {
  name: '',
  format: 'json',
  records: 2_000_000,
  keys: 1_000_000,
  partitions: 4,
  compression: 'none',
  kcql: select4,
  tasks: 1,
  filler: 0,
  config: {},
  peers: false
}

const transform = {
  transforms: 'mask',
  'transforms.mask.type': 'org.apache.kafka.connect.transforms.ReplaceField$Value',
  'transforms.mask.exclude': 'zip'
}

const threeTransforms = {
  transforms: 'drop,when,format',
  'transforms.drop.type': 'org.apache.kafka.connect.transforms.ReplaceField$Value',
  'transforms.drop.exclude': 'zip',
  'transforms.when.type': 'org.apache.kafka.connect.transforms.InsertField$Value',
  'transforms.when.timestamp.field': 'at',
  'transforms.format.type': 'org.apache.kafka.connect.transforms.TimestampConverter$Value',
  'transforms.format.field': 'ts',
  'transforms.format.target.type': 'string',
  'transforms.format.format': 'yyyy-MM-dd HH:mm:ss'
}

/** Every case of the long form; the short form takes those named in `shortNames` with a tenth of the records. */
export const cases: readonly Case[] = [
  { ...base, name: 'cache json 4 of 9, 4 partitions', peers: true },
  { ...base, name: 'cache json 4 of 9, 1 partition', partitions: 1 },
  { ...base, name: 'cache json 4 of 9, hot keys', keys: 1000, peers: true },
  { ...base, name: 'cache json *', kcql: 'SELECT * FROM TOPIC PK id' },
  { ...base, name: 'cache avro 4 of 9', format: 'avro' },
  { ...base, name: 'cache json with schema 4 of 9', format: 'json-schema', records: 1_000_000, keys: 200_000 },
  {
    ...base,
    name: 'sorted set',
    kcql: 'INSERT INTO zset SELECT id, city FROM TOPIC STOREAS SortedSet(score=ts)'.replace('city', 'city, ts')
  },
  { ...base, name: 'several sorted sets', kcql: 'SELECT id, city FROM TOPIC PK zip STOREAS SortedSet(score=ts)' },
  {
    ...base,
    name: 'geo',
    kcql: 'SELECT id, city FROM TOPIC PK zip STOREAS GeoAdd(longitudeField=lon, latitudeField=lat)'
  },
  { ...base, name: 'stream', kcql: 'INSERT INTO stream SELECT id, city FROM TOPIC STOREAS Stream', records: 1_000_000 },
  { ...base, name: 'pub/sub', kcql: 'SELECT id, city FROM TOPIC STOREAS PubSub(channel=zip)' },
  { ...base, name: 'cache json, a transform (plain way)', config: transform, records: 1_000_000 },
  { ...base, name: 'cache json, 3 transforms (plain way)', config: threeTransforms, records: 1_000_000 },
  ...(['lz4', 'zstd', 'snappy', 'gzip'] as const).map(compression => ({
    ...base,
    name: `cache json, ${compression}`,
    compression
  })),
  { ...base, name: 'cache json, 1 KB records', filler: 850, records: 1_000_000, kcql: 'SELECT * FROM TOPIC PK id' },
  {
    ...base,
    name: 'cache json, 10 KB records',
    filler: 9_850,
    records: 100_000,
    keys: 10_000,
    kcql: 'SELECT * FROM TOPIC PK id'
  },
  {
    ...base,
    name: 'cache json, 100 KB records',
    filler: 99_850,
    records: 10_000,
    keys: 1_000,
    kcql: 'SELECT * FROM TOPIC PK id'
  },
  { ...base, name: 'cache json, 2 tasks', tasks: 2 },
  { ...base, name: 'cache json, 4 tasks', tasks: 4 },
  { ...base, name: 'manual record, json', manual: true, kcql: manualKcql },
  { ...base, name: 'manual record, avro', manual: true, kcql: manualKcql, format: 'avro', records: 1_000_000 },
  { ...base, name: 'cache json, 100 partitions', partitions: 100 },
  {
    ...base,
    name: 'cache json, 50 statements',
    // Statements of other topics: a record must cost the same beside them.
    kcql: [select4, ...Array.from({ length: 49 }, (_, index) => `SELECT id FROM TOPIC-${index} PK id`)].join(';'),
    moreTopics: Array.from({ length: 49 }, (_, index) => `TOPIC-${index}`)
  },
  { ...base, name: 'redis stalled for 8 s', stallMs: 8000 },
  { ...base, name: 'backlog of 10 million', records: 10_000_000 }
]

/** The case whose latency is measured, at this rate. */
export const latencyCase: Case = { ...base, name: 'latency', records: 20_000, partitions: 4 }
export const latencyPerSecond = 1000

export const shortNames: readonly string[] = [
  'cache json 4 of 9, 4 partitions',
  'cache json 4 of 9, hot keys',
  'cache avro 4 of 9',
  'cache json with schema 4 of 9',
  'sorted set',
  'cache json, a transform (plain way)'
]
