// The sink task of production on the stand-in, through cuts, freezes and crashes: everything settles, and each key ends with its last value.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ConnectValue } from '../../../src/connect/data.ts'
import { BusyError } from '../../../src/connect/errors.ts'
import { type Offsets, type SinkTaskContext } from '../../../src/connect/plugin.ts'
import { silentSkips } from '../../../src/connect/skips.ts'
import { oldClassNames } from '../../../src/redis/class-names.ts'
import { redisDoor } from '../../../src/redis/client.ts'
import { RedisSinkTask } from '../../../src/redis/task.ts'
import { toldWaits } from '../../kit/told-waits.ts'
import { counter, keepingLogger, type Line, recordAt } from '../../kit/writer-bench.ts'
import { Chance } from '../engine/chance.ts'
import { simSockets } from './door.ts'
import { RedisWorld } from './redis-world.ts'
import { textOf } from './request-reader.ts'

const kcql =
  'INSERT INTO cache: SELECT v FROM t PK id;INSERT INTO set SELECT id, v FROM t STOREAS SortedSet(score=v) TTL=1000;INSERT INTO log SELECT id, v FROM t STOREAS STREAM'
const keyCount = 10

class Sink {
  readonly lines: Line[] = []
  readonly #world: RedisWorld
  readonly #task: RedisSinkTask
  #failure: Error | null = null
  #offset = 0

  constructor(world: RedisWorld) {
    this.#world = world
    this.#task = new RedisSinkTask(settings => redisDoor(settings, simSockets(world.network, world.worker)))
  }

  async start(chance: Chance): Promise<void> {
    const log = keepingLogger(this.lines)
    const { clock } = this.#world.worker
    const config = {
      name: 'sink',
      'connector.class': oldClassNames[0] ?? '',
      topics: 't',
      'connect.redis.host': 'redis',
      'connect.redis.port': '6379',
      'connect.redis.kcql': kcql
    }
    const context: SinkTaskContext = {
      ...{ clock, random: chance, log, connector: 'sink', task: 0 },
      config: new Map(Object.entries(config)),
      assignment: () => [{ topic: 't', partition: 0 }],
      seek: () => undefined,
      pause: () => undefined,
      resume: () => undefined,
      requestCommit: () => undefined,
      reportErrantRecord: null,
      raw: null,
      generalWhy: 'records are handed over decoded',
      waits: toldWaits('sink', clock, log).waits,
      skips: silentSkips,
      metric: counter,
      fail: error => void (this.#failure ??= error)
    }
    await this.#task.start(context)
    await this.#task.open([{ topic: 't', partition: 0 }])
  }

  /** A record for each key, with `value`. */
  async put(value: number): Promise<void> {
    const records = Array.from({ length: keyCount }, (_, key) => {
      const fields = new Map<ConnectValue, ConnectValue>([
        ['id', BigInt(key)],
        ['v', BigInt(value)]
      ])
      return { ...recordAt(0, this.#offset++), value: fields }
    })
    for (let isTaken = false; !isTaken;) {
      try {
        await this.#task.put(records)
        isTaken = true
      } catch (error) {
        // Redis is away and what may wait is full: the same batch comes again.
        if (!(error instanceof BusyError)) throw error
        await error.ready
      }
    }
  }

  /** Everything that was put may be committed. */
  async settled(): Promise<void> {
    const offset = this.#offset
    const offsets: Offsets = new Map([['t-0', { topic: 't', partition: 0, offset }]])
    for (;;) {
      if (this.#failure !== null) throw this.#failure
      await this.#task.put([])
      if ((await this.#task.preCommit(offsets)).get('t-0')?.offset === offset) return
      await this.#world.sleep(50)
    }
  }

  stop(): Promise<void> {
    return this.#task.stop()
  }
}

/** Something goes wrong, and is well again when it resolves. */
const faults: Readonly<Record<string, (world: RedisWorld, chance: Chance) => Promise<void>>> = {
  async 'the connection is cut'({ network }, chance) {
    for (const connection of network.connections('worker', 'redis:6379')) connection.cut(chance.next())
    return Promise.resolve()
  },
  /** It is given up after ten seconds; what it holds comes when its successor has long written. */
  async 'a connection is stuck'({ network, scheduler }, chance) {
    const connections = network.connections('worker', 'redis:6379')
    for (const connection of connections) connection.isStuck = true
    await scheduler.sleep(chance.between(5, 25) * 1000)
    for (const connection of connections) connection.isStuck = false
    network.mended()
  },
  async 'Redis is frozen'({ redis, scheduler }) {
    redis.freeze()
    await scheduler.sleep(15_000)
    redis.thaw()
  },
  async 'Redis crashes'({ redis, scheduler }) {
    redis.crash({ data: 'kept' })
    await scheduler.sleep(3000)
    redis.restart({ loadingMs: 1000 })
  },
  async 'nothing gets through'({ path, network, scheduler }, chance) {
    const [way] = [chance.pick(['upCut', 'downCut'] as const)]
    path[way] = true
    await scheduler.sleep(chance.between(1, 30) * 1000)
    path[way] = false
    network.mended()
  },
  async 'Redis is full'({ redis, scheduler }) {
    redis.set('oom', true)
    await scheduler.sleep(3000)
    redis.set('oom', false)
  },
  async 'Redis is a replica'({ redis, scheduler }) {
    redis.set('readonly', true)
    await scheduler.sleep(3000)
    redis.set('readonly', false)
  }
}

async function run(seed: string, fault: keyof typeof faults, denied: readonly string[]): Promise<string> {
  const world = new RedisWorld(seed)
  const chance = new Chance(seed)
  const { redis } = world
  for (const command of denied) redis.deny(command)
  world.path.splits = 0.2
  const sink = new Sink(world)
  const rounds = 40
  await world.play(async () => {
    await sink.start(chance.fork('sink'))
    const faulty = (async () => {
      await world.sleep(chance.between(1, 200))
      await faults[fault]?.(world, chance)
    })()
    for (let round = 0; round < rounds; round++) {
      await sink.put(round)
      await world.sleep(chance.between(0, 20))
    }
    await Promise.all([sink.settled(), faulty])
    // What is late comes now at the latest.
    await world.sleep(1000)
    await sink.stop()
  })
  const last = rounds - 1
  for (let key = 0; key < keyCount; key++) assert.equal(redis.call('GET', `cache:${key}`), `{"v":${last}}`, seed)
  assert.equal(redis.call('ZCARD', 'set'), keyCount * rounds)
  assert.ok(Number(redis.call('TTL', 'set')) > 900)
  const log = redis.data.peek('log')
  assert.ok(log?.type === 'stream')
  const entries = new Set(log.entries.map(({ fields }) => textOf(fields.join(' '))))
  assert.equal(entries.size, keyCount * rounds)
  return world.scheduler.trace.digest()
}

for (const fault of Object.keys(faults)) {
  for (const denied of [[], ['client|kill'], ['eval'], ['client|kill', 'eval']]) {
    // Where packets are gone with their connection nothing comes late: several try.
    const seeds = fault === 'a connection is stuck' ? 6 : 2
    const what = denied.length === 0 ? fault : `${fault}, and ${denied.join(' and ')} is denied`
    test(`${what}: everything settles, and the last value stands`, async () => {
      for (let seed = 0; seed < seeds; seed++) await run(`${what} ${seed}`, fault, denied)
    })
  }
}

test('a seed replays', async () => {
  for (const fault of Object.keys(faults))
    assert.equal(await run('again', fault, []), await run('again', fault, []), fault)
})
