// The command "npm run bench:raw": the compiled way alone, from raw values in memory to bytes for Redis, without Kafka and Redis; for profiles.
import { parseArgs } from 'node:util'
import { silentLogger } from '../src/connect/log.ts'
import { silentSkips } from '../src/connect/skips.ts'
import { silentWaits } from '../src/connect/waits.ts'
import { type RawAccess } from '../src/connect/plugin.ts'
import { type RecordCursor } from '../src/connect/record.ts'
import { createJsonConverter } from '../src/converters/json-converter.ts'
import { RawWay } from '../src/redis/compiled/raw-way.ts'
import { parseSinkSettings } from '../src/redis/config-read.ts'
import { compilePlans } from '../src/redis/plan.ts'
import { Outage } from '../src/redis/writer/outage.ts'
import { RetryBudget } from '../src/redis/writer/policy.ts'
import { RefusalJudge } from '../src/redis/writer/refusal-judge.ts'
import { unaskedRights } from '../src/redis/writer/rights.ts'
import { Writer } from '../src/redis/writer/writer.ts'
import { type RedisEvents } from '../src/redis/link.ts'
import { systemClock } from '../src/util/clock.ts'
import { systemRandom } from '../src/util/random.ts'
import { sampleRecord } from './load.ts'
import { killable } from '../test/kit/killable.ts'

const { values: options } = parseArgs({
  options: {
    records: { type: 'string', default: '4000000' },
    keys: { type: 'string', default: '1000000' },
    kcql: { type: 'string', default: 'SELECT id, firstName, city, salary AS income FROM t PK id' }
  }
})

const distinct = 20_000
const texts = Array.from({ length: distinct }, (_, index) =>
  Buffer.from(JSON.stringify(sampleRecord(Math.floor((index * Number(options.keys)) / distinct), 0)))
)
const bytes = Buffer.concat(texts)
const starts = new Int32Array(distinct)
texts.reduce((at, text, index) => {
  starts[index] = at
  return at + text.length
}, 0)

class MemoryCursor implements RecordCursor {
  readonly topic = 't'
  readonly partition = 0
  readonly bytes = bytes
  readonly timestamp = 0
  readonly timestampType = 'CreateTime'
  readonly keyStart = -1
  readonly keyEnd = -1
  readonly hasHeaders = false
  readonly lease = null
  offset = -1
  valueStart = 0
  valueEnd = 0
  recordCount = 0

  next(): boolean {
    if (this.offset + 1 >= distinct) return false
    this.offset++
    this.recordCount++
    this.valueStart = starts[this.offset] ?? 0
    this.valueEnd = this.offset + 1 < distinct ? (starts[this.offset + 1] ?? 0) : bytes.length
    return true
  }
  headers(): [] {
    return []
  }
  get nextOffset(): number {
    return this.offset + 1
  }
  again(): RecordCursor {
    return new MemoryCursor()
  }
}

const metric = { add: () => undefined, set: () => undefined }
const settings = parseSinkSettings(
  new Map([
    ['name', 'bench'],
    ['connector.class', 'com.datamountaineer.streamreactor.connect.redis.sink.RedisSinkConnector'],
    ['topics', 't'],
    ['connect.redis.host', 'localhost'],
    ['connect.redis.port', '6379'],
    ['connect.redis.kcql', options.kcql]
  ])
)
const common = { clock: systemClock, random: systemRandom, log: silentLogger }
const retries = new RetryBudget(settings.policy, systemClock, silentLogger)
const judge = new RefusalJudge({
  retries,
  report: null,
  refused: metric,
  dropped: metric,
  clock: systemClock,
  skips: silentSkips,
  log: silentLogger,
  fail: error => console.error(error)
})
let sent = 0
const writer = new Writer({
  door: {
    address: 'nowhere',
    open: () => {
      let events: RedisEvents | null = null
      return Promise.resolve({
        passwordIdle: false,
        rights: unaskedRights,
        link: {
          ...killable,
          write(pieces: readonly Uint8Array[]) {
            for (const piece of pieces) sent += piece.length
            setImmediate(() => events?.onData(Buffer.from('+OK\r\n')))
            return true
          },
          listen: (given: RedisEvents) => (events = given),
          destroy: () => undefined
        }
      })
    }
  },
  coalesce: settings.coalesce,
  outage: new Outage({ address: 'nowhere', outageMs: null, retries, waits: silentWaits, ...common }),
  retries,
  judge,
  ...common,
  metrics: {
    commands: metric,
    wires: metric,
    bytes: metric,
    flights: metric,
    latencyMs: metric,
    resent: metric,
    reconnects: metric
  },
  ownership: null,
  fenceKey: 'fence',
  statementText: () => '',
  onFailed: error => console.error(error)
})
writer.start()
const converter = createJsonConverter(new Map([['schemas.enable', 'false']]), false)
const access: RawAccess = {
  reader: (topic, style) => converter.compile?.(topic, style) ?? null,
  mustDecode: () => false,
  judged: () => null,
  lazy: () => {
    throw new Error('not here')
  }
}
const way = new RawWay({
  access,
  plans: compilePlans(settings),
  writer,
  style: 'java',
  expiring: false,
  wait: () => writer.change(),
  refuse: (_record, error) => Promise.reject(error),
  skip: () => undefined,
  delivered: () => undefined
})

const records = Number(options.records)
const before = process.cpuUsage()
for (let done = 0; done < records; done += distinct) await way.put([new MemoryCursor()])
while (!writer.idle) await writer.change()
const { user, system } = process.cpuUsage(before)
console.log(
  `${((user + system) / records).toFixed(3)} CPU s per million records, ${(sent / records).toFixed(0)} bytes each`
)
writer.close()
