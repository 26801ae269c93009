// The command "npm run node -- bench/general-way.ts": decoded records alone, from bytes through transforms to bytes for Redis, without Kafka and Redis; for profiles.
import { PerformanceObserver } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { silentLogger } from '../src/connect/log.ts'
import { silentSkips } from '../src/connect/skips.ts'
import { silentWaits } from '../src/connect/waits.ts'
import { type SinkTaskContext } from '../src/connect/plugin.ts'
import { type RecordCursor } from '../src/connect/record.ts'
import { createJsonConverter } from '../src/converters/json-converter.ts'
import { createStringConverter } from '../src/converters/string-converter.ts'
import { type RedisDoor } from '../src/redis/client.ts'
import { type RedisEvents } from '../src/redis/link.ts'
import { unaskedRights } from '../src/redis/writer/rights.ts'
import { RedisSinkTask } from '../src/redis/task.ts'
import { ErrorJudge } from '../src/runtime/error-judge.ts'
import { RecordIntake } from '../src/runtime/record-intake.ts'
import { TaskMetrics } from '../src/runtime/task-metrics.ts'
import { transformationChain } from '../src/runtime/task-builder.ts'
import { PluginRegistry } from '../src/runtime/plugin-registry.ts'
import { pluginTable } from '../src/plugins.ts'
import { systemClock } from '../src/util/clock.ts'
import { systemRandom } from '../src/util/random.ts'
import { type Case, cases } from './cases.ts'
import { jsonText } from './load.ts'
import { memoryMb } from './measure.ts'
import { killable } from '../test/kit/killable.ts'

const { values: options } = parseArgs({
  options: {
    records: { type: 'string', default: '300000' },
    chain: { type: 'string', default: 'three' },
    format: { type: 'string', default: 'json' },
    batch: { type: 'string', default: '500' },
    kcql: { type: 'string', default: 'SELECT id, firstName, city, salary AS income FROM t PK id' }
  }
})

const rounds = 5
const distinct = 20_000
const item = { filler: 0, format: options.format } as Case
const texts = Array.from({ length: distinct }, (_, index) => Buffer.from(jsonText(item, index * 50)))

/** Fetched bytes are new ones each time, as Kafka's are. */
class MemoryCursor implements RecordCursor {
  readonly topic = 't'
  readonly partition = 0
  readonly bytes = Buffer.concat(texts)
  timestamp = 1_700_000_000_000
  readonly timestampType = 'CreateTime'
  readonly keyStart = -1
  readonly keyEnd = -1
  readonly hasHeaders = false
  readonly lease = null
  readonly #first: number
  readonly #end: number
  offset: number
  valueStart = 0
  valueEnd = 0
  recordCount = 0

  constructor(first: number) {
    this.#first = first
    this.#end = first + distinct
    this.offset = first - 1
  }

  next(): boolean {
    if (this.offset + 1 >= this.#end) return false
    this.offset++
    this.timestamp++
    this.recordCount++
    this.valueStart = this.valueEnd
    this.valueEnd += texts[this.offset - this.#first]?.length ?? 0
    return true
  }
  headers(): [] {
    return []
  }
  get nextOffset(): number {
    return this.offset + 1
  }
  again(): RecordCursor {
    return new MemoryCursor(this.#first)
  }
  hold(): void {}
  release(): void {}
  keep(): void {}
}

/** What was read before the connection stood is sent command by command, the rest as one MSET a flight. */
function commandsIn(pieces: readonly Uint8Array[]): number {
  const bytes = Buffer.concat(pieces)
  let count = 1
  for (let at = bytes.indexOf('\n*'); at >= 0; at = bytes.indexOf('\n*', at + 1)) count++
  return count
}

let sent = 0
const door: RedisDoor = {
  address: 'nowhere',
  open: () => {
    let events: RedisEvents | null = null
    return Promise.resolve({
      passwordIdle: false,
      rights: unaskedRights,
      link: {
        ...killable,
        write(pieces) {
          for (const piece of pieces) sent += piece.length
          const yes = Buffer.from('+OK\r\n'.repeat(commandsIn(pieces)))
          setImmediate(() => events?.onData(yes))
          return true
        },
        listen: given => (events = given),
        destroy: () => undefined
      }
    })
  }
}

const doors = { clock: systemClock, random: systemRandom, log: silentLogger }
const chainConfigs: Readonly<Record<string, Case | undefined>> = {
  one: cases.find(({ name }) => name.includes('a transform')),
  three: cases.find(({ name }) => name.includes('3 transforms'))
}
const config = new Map([
  ['name', 'bench'],
  ['connector.class', 'com.datamountaineer.streamreactor.connect.redis.sink.RedisSinkConnector'],
  ['topics', 't'],
  ['connect.redis.host', 'localhost'],
  ['connect.redis.port', '6379'],
  ['connect.redis.kcql', options.kcql],
  ...Object.entries(chainConfigs[options.chain]?.config ?? {})
])
const table = pluginTable({ newSinkTask: () => new RedisSinkTask(), environment: process.env })
const chain = transformationChain(config, new PluginRegistry(table), doors)
const envelope = options.format === 'json-schema'
const converters = {
  key: { className: 'key', plugin: createStringConverter(new Map(), true) },
  value: { className: 'value', plugin: createJsonConverter(new Map([['schemas.enable', String(envelope)]]), false) },
  header: { className: 'header', plugin: createJsonConverter(new Map([['schemas.enable', 'false']]), false) }
}
const metrics = new TaskMetrics(TaskMetrics.newBuffer())
const judge = new ErrorJudge({
  taskId: 'bench-0',
  settings: { tolerateAll: false, retryTimeoutMs: 0, retryDelayMsMax: 0, logEnabled: false, logMessages: false },
  ...doors,
  metrics,
  deadLetters: null,
  waits: silentWaits,
  skips: silentSkips,
  stopping: new AbortController().signal
})
const batchRecordsMax = Number(options.batch)
const intake = new RecordIntake({ converters, chain, judge, metrics, batchRecordsMax, onTopic: () => undefined })
const task = new RedisSinkTask(() => door)
const context: SinkTaskContext = {
  ...doors,
  connector: 'bench',
  task: 0,
  config,
  assignment: () => [{ topic: 't', partition: 0 }],
  seek: () => undefined,
  pause: () => undefined,
  resume: () => undefined,
  requestCommit: () => undefined,
  reportErrantRecord: null,
  raw: null,
  generalWhy: 'the bench wants it',
  waits: silentWaits,
  skips: silentSkips,
  metric: (name, kind) => metrics.metric(name, kind),
  fail: error => console.error(error)
}
await task.start(context)

let collectedMs = 0
new PerformanceObserver(list => {
  for (const { duration } of list.getEntries()) collectedMs += duration
}).observe({ entryTypes: ['gc'] })

const records = Number(options.records)
/** Takes whole cursors until so many records are through; answers CPU microseconds. */
async function run(until: number): Promise<number> {
  const { user: userBefore, system: systemBefore } = process.cpuUsage()
  let first = 0
  while (first < until) {
    if (intake.empty) {
      intake.add([new MemoryCursor(first)])
      first += distinct
    }
    while (!intake.empty) {
      await task.put((await intake.take(() => false)).records)
      await new Promise(resolve => setImmediate(resolve))
    }
  }
  await task.flush()
  const { user, system } = process.cpuUsage()
  return user - userBefore + system - systemBefore
}

// The first records find nothing compiled. The best of some rounds says most where others use the machine too.
await run(records)
let best = Infinity
let bestCollectedMs = 0
for (let round = 0; round < rounds; round++) {
  collectedMs = 0
  sent = 0
  const cpu = await run(records)
  if (cpu < best) bestCollectedMs = collectedMs
  best = Math.min(best, cpu)
}
const perMillion = (microseconds: number): string => (microseconds / records).toFixed(2)
console.log(
  `${options.chain}, ${options.format}: ${perMillion(best)} CPU s per million records, ` +
    `${perMillion(bestCollectedMs * 1000)} s of it stopped for collecting, ${(sent / records).toFixed(0)} bytes each, ` +
    `peak ${Math.round(memoryMb(process.pid).peak)} MB`
)
await task.stop()
