// The sink task in this process on a real Redis: configuration and decoded records in, bytes in Redis and committable offsets out.
import assert from 'node:assert/strict'
import { type Offsets, type SinkTaskContext } from '../../src/connect/plugin.ts'
import { type ConnectValue } from '../../src/connect/data.ts'
import { type SinkRecord } from '../../src/connect/record.ts'
import { oldClassNames } from '../../src/redis/class-names.ts'
import { redisDoor } from '../../src/redis/client.ts'
import { RedisSinkTask } from '../../src/redis/task.ts'
import { systemClock } from '../../src/util/clock.ts'
import { systemRandom } from '../../src/util/random.ts'
import { counter, keepingLogger, type Line, recordAt } from './writer-bench.ts'
import { type Settings, until } from './worker.ts'
import { toldSkips } from './told-skips.ts'
import { toldWaits } from './told-waits.ts'

/** A record of topic t: `{"id": key, "v": value}`. */
function hotRecord(offset: number, key: number, value: number): SinkRecord {
  const fields = new Map<ConnectValue, ConnectValue>([
    ['id', BigInt(key)],
    ['v', BigInt(value)]
  ])
  return { ...recordAt(0, offset), value: fields }
}

export const hotKeys = 20

/** The text that a key holds after round `value`. */
export const hotText = (value: number): string => `{"v":${value}}`

/** A started task that writes topic t's records by their id. "await using" stops it. */
export async function startSink(settings: Settings, { silenceMs }: { readonly silenceMs?: number } = {}) {
  const lines: Line[] = []
  const logger = keepingLogger(lines)
  const failures: Error[] = []
  const config = {
    name: 'fenced',
    'connector.class': oldClassNames[0] ?? '',
    topics: 't',
    'connect.redis.host': '127.0.0.1',
    'connect.redis.kcql': 'SELECT v FROM t PK id',
    ...settings
  }
  const context: SinkTaskContext = {
    ...{ clock: systemClock, random: systemRandom, log: logger },
    connector: config.name,
    task: 0,
    config: new Map(Object.entries(config).map(([key, value]) => [key, String(value)])),
    assignment: () => [{ topic: 't', partition: 0 }],
    seek: () => undefined,
    pause: () => undefined,
    resume: () => undefined,
    requestCommit: () => undefined,
    reportErrantRecord: null,
    ...{ raw: null, generalWhy: 'records are handed over decoded' },
    waits: toldWaits(config.name, systemClock, logger).waits,
    skips: toldSkips(systemClock).skips,
    metric: counter,
    fail: error => void failures.push(error)
  }
  const task = new RedisSinkTask(redisDoor, silenceMs)
  await task.start(context)
  let offset = 0
  const log = (): string => lines.map(({ level, text }) => `${level} ${text}`).join('\n')
  const healthy = (): void => {
    const [failure] = failures
    if (failure !== undefined) throw new Error(`The task failed. Its log:\n${log()}`, { cause: failure })
  }
  return {
    task,
    /** One record for each hot key, each round its value, in one batch per round. */
    async put(rounds: readonly number[]): Promise<void> {
      for (const round of rounds) {
        const batch = Array.from({ length: hotKeys }, (_, key) => hotRecord(offset++, key, round))
        await task.put(batch)
      }
    },
    /** Waits until everything put may be committed. */
    async settled(): Promise<void> {
      const offsets: Offsets = new Map([['t-0', { topic: 't', partition: 0, offset }]])
      await until(async () => {
        healthy()
        // An empty batch: a sink may look after itself.
        await task.put([])
        return (await task.preCommit(offsets)).get('t-0')?.offset === offset
      })
    },
    async said(pattern: RegExp): Promise<void> {
      await until(() => {
        healthy()
        return pattern.test(log())
      })
    },
    /** Stops the task, whose log is whole then, and holds it to not having said this. */
    async neverSaid(pattern: RegExp): Promise<void> {
      await task.stop()
      assert.doesNotMatch(log(), pattern)
    },
    [Symbol.asyncDispose]: () => task.stop()
  }
}
