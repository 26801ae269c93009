// The command "npm run node -- bench/transforms.ts": CPU per million records of converting JSON, and of chains of transforms behind it, without Kafka and Redis.
import { silentLogger } from '../src/connect/log.ts'
import { type SinkRecord } from '../src/connect/record.ts'
import { createJsonConverter } from '../src/converters/json-converter.ts'
import { TransformationChain } from '../src/runtime/transformation-chain.ts'
import { transformationEntries } from '../src/transforms/transform-table.ts'
import { systemClock } from '../src/util/clock.ts'
import { systemRandom } from '../src/util/random.ts'

const records = 300_000
const rounds = 3
const doors = { clock: systemClock, random: systemRandom, log: silentLogger }
const converter = createJsonConverter(new Map([['schemas.enable', 'false']]), false)

const bytes = Array.from({ length: 1000 }, (_, id) =>
  Buffer.from(
    JSON.stringify({
      id: `user${id}`,
      firstName: 'Margaret',
      lastName: 'Hamilton',
      city: 'Boston',
      zip: 12345 + id,
      salary: 1234.5,
      ts: 1_700_000_000_000 + id,
      lon: -71.05,
      lat: 42.36
    })
  )
)

type Step = readonly [name: string, config: Readonly<Record<string, string>>]

const steps = {
  exclude: ['ReplaceField$Value', { exclude: 'zip' }],
  rename: ['ReplaceField$Value', { renames: 'salary:income' }],
  insert: ['InsertField$Value', { 'timestamp.field': 'at', 'topic.field': 'from' }],
  format: ['TimestampConverter$Value', { field: 'ts', 'target.type': 'string', format: 'yyyy-MM-dd HH:mm:ss' }],
  cast: ['Cast$Value', { spec: 'zip:string,salary:int32' }],
  mask: ['MaskField$Value', { fields: 'lastName' }],
  flatten: ['Flatten$Value', {}],
  key: ['ValueToKey', { fields: 'id' }],
  extract: ['ExtractField$Key', { field: 'id' }],
  route: ['RegexRouter', { regex: '(.*)', replacement: 'x-$1' }],
  day: ['TimestampRouter', { 'topic.format': '${topic}-${timestamp}' }]
} as const satisfies Record<string, Step>

const chains: readonly (readonly (keyof typeof steps)[])[] = [
  [],
  ...(Object.keys(steps) as (keyof typeof steps)[]).filter(name => name !== 'extract').map(name => [name]),
  ['exclude', 'insert', 'format'],
  ['rename', 'cast', 'flatten'],
  ['key', 'extract', 'route']
]

function chainOf(names: readonly (keyof typeof steps)[]): TransformationChain {
  return new TransformationChain(
    names.map(name => {
      const [className, config] = steps[name]
      const entry = transformationEntries.find(each => each.className.endsWith(`.${className}`))
      if (entry === undefined) throw new Error(`No ${className}`)
      return {
        alias: className,
        className,
        transformation: entry.create(new Map(Object.entries(config)), doors),
        predicate: null
      }
    })
  )
}

/** CPU seconds per million records, the best of some rounds. */
function measured(chain: TransformationChain): number {
  let best = Infinity
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage()
    let kept = 0
    for (let index = 0; index < records; index++) {
      const data = converter.toConnectData('t', bytes[index % bytes.length] ?? null)
      const place = { topic: 't', partition: 0, timestamp: 1_700_000_000_123, timestampType: 'CreateTime' } as const
      const record: SinkRecord = {
        ...place,
        keySchema: null,
        key: null,
        valueSchema: data.schema,
        value: data.value,
        headers: [],
        original: { ...place, offset: index, rawKey: null, rawValue: null, rawHeaders: [] }
      }
      const result = chain.apply(record)
      if (result?.value !== null) kept++
    }
    const { user, system } = process.cpuUsage(before)
    if (kept !== records) throw new Error(`${records - kept} records were lost`)
    best = Math.min(best, user + system)
  }
  return best / records
}

console.log('CPU seconds per million records, JSON read included')
for (const names of chains) {
  console.log(`${(names.join(', ') || 'none').padEnd(28)} ${measured(chainOf(names)).toFixed(2)}`)
}
