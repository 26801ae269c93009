// What each kind of fault does to a world, and how it is undone.
import { type Crossings } from '../check/crossings.ts'
import { type Network } from '../engine/network.ts'
import { type Scheduler } from '../engine/scheduler.ts'
import { type SimKafka } from '../kafka/cluster.ts'
import { type SimRedis } from '../redis/server.ts'
import { type Fleet } from './fleet.ts'
import { type FaultDraw, type FaultKind } from './faults.ts'
import { redisAddress } from './settings.ts'

/** Commands whose right an administrator may take away. */
const deniable = ['set', 'mset', 'setex', 'zadd', 'geoadd', 'xadd', 'publish', 'client|kill', 'client|info', 'multi', 'eval'] // prettier-ignore
/** Commands that may be renamed away. */
const renamable = ['set', 'mset', 'setex', 'zadd', 'geoadd', 'xadd', 'publish'] // prettier-ignore

export interface FaultOptions {
  readonly scheduler: Scheduler
  readonly network: Network
  readonly kafka: SimKafka
  readonly redis: SimRedis
  readonly fleet: Fleet
  readonly crossings: Crossings
}

export class Faults {
  readonly #options: FaultOptions
  /** What puts things right again, of faults that last. */
  readonly #undo = new Set<() => void>()

  constructor(options: FaultOptions) {
    this.#options = options
  }

  act(draw: FaultDraw): void {
    this.#note(draw)
    this.#acts[draw.fault](draw)
  }

  /** Nothing is wrong any more, and nothing waits to go wrong. */
  mendAll(): void {
    for (const undo of [...this.#undo]) undo()
    this.#options.kafka.mend()
  }

  #note({ fault, spanMs }: FaultDraw): void {
    const { crossings } = this.#options
    if (fault.startsWith('redis-') && fault !== 'redis-split' && fault !== 'redis-slow') crossings.befell('outage', spanMs) // prettier-ignore
    if (/slow|late|freeze|down-cut|stuck/.test(fault)) crossings.befell('late answer', spanMs)
  }

  readonly #acts: Readonly<Record<FaultKind, (draw: FaultDraw) => void>> = {
    'redis-crash': ({ spanMs, detail }) => {
      const { redis } = this.#options
      if (!redis.isUp) return
      redis.crash({ data: 'kept' })
      this.#lasting(spanMs, () => redis.isUp || redis.restart({ loadingMs: detail < 0.3 ? 3000 : 0 }))
    },
    'redis-freeze': ({ spanMs }) => {
      const { process } = this.#options.redis
      process.freeze()
      this.#lasting(spanMs, () => process.thaw())
    },
    'redis-reset': ({ target, detail }) => this.#reset(target, redisAddress, detail),
    'redis-up-cut': ({ target, spanMs }) => this.#cut(target, [redisAddress], 'upCut', spanMs),
    'redis-down-cut': ({ target, spanMs }) => this.#cut(target, [redisAddress], 'downCut', spanMs),
    'redis-slow': ({ target, spanMs, detail }) => this.#slow(target, [redisAddress], detail, spanMs),
    'redis-split': ({ target, spanMs, detail }) => {
      const path = this.#path(target, redisAddress)
      path.splits = detail
      this.#lasting(spanMs, () => (path.splits = 0))
    },
    'redis-readonly': ({ spanMs }) => this.#mood('readonly', spanMs),
    'redis-oom': ({ spanMs }) => this.#mood('oom', spanMs),
    'redis-loading': ({ spanMs }) => this.#mood('loading', spanMs),
    'redis-busy': ({ spanMs }) => this.#mood('busy', spanMs),
    'redis-misconf': ({ spanMs }) => this.#mood('misconf', spanMs),
    'redis-deny': ({ spanMs, detail }) => {
      const { redis } = this.#options
      const command = deniable[Math.floor(detail * deniable.length)] ?? 'set'
      redis.deny(command)
      this.#lasting(spanMs, () => redis.allow(command))
    },
    'redis-moved': ({ spanMs }) => this.#mood('moved', spanMs),
    'redis-unknown': ({ spanMs, detail }) => {
      const { redis } = this.#options
      const command = renamable[Math.floor(detail * renamable.length)] ?? 'set'
      redis.rename(command, true)
      this.#lasting(spanMs, () => redis.rename(command, false))
    },
    'redis-stuck': ({ target, spanMs }) => this.#stick(target, [redisAddress], spanMs),
    'broker-crash': ({ target, spanMs }) => {
      const { kafka } = this.#options
      const broker = target % kafka.brokers.length
      kafka.crash(broker)
      this.#lasting(spanMs, () => kafka.restart(broker))
    },
    'broker-freeze': ({ target, spanMs }) => {
      const { kafka } = this.#options
      const process = kafka.process(target % kafka.brokers.length)
      process.freeze()
      this.#lasting(spanMs, () => process.thaw())
    },
    'kafka-reset': ({ target, detail }) => {
      for (const address of this.#options.kafka.brokers) this.#reset(target, address, detail)
    },
    'kafka-up-cut': ({ target, spanMs }) => this.#cut(target, this.#options.kafka.brokers, 'upCut', spanMs),
    'kafka-down-cut': ({ target, spanMs }) => this.#cut(target, this.#options.kafka.brokers, 'downCut', spanMs),
    'kafka-slow': ({ target, spanMs, detail }) => this.#slow(target, this.#options.kafka.brokers, detail, spanMs),
    'kafka-stuck': ({ target, spanMs }) => this.#stick(target, this.#options.kafka.brokers, spanMs),
    'leader-move': ({ target, detail }) => this.#options.kafka.moveLeader(target, detail),
    'coordinator-move': () => this.#options.kafka.moveCoordinators(),
    'commit-late': ({ spanMs }) => this.#options.kafka.delayAnswers('OffsetCommit', spanMs, 1),
    'commit-lost': ({ detail }) => this.#options.kafka.loseAnswers('OffsetCommit', detail < 0.5 ? 'before' : 'after', 1), // prettier-ignore
    'api-error': ({ target, detail }) => this.#options.kafka.failOnce(target, detail),
    'worker-kill': ({ target, spanMs }) => this.#options.fleet.kill(target, spanMs),
    'worker-freeze': ({ target, spanMs }) => {
      const process = this.#options.fleet.process(target)
      process.freeze()
      this.#lasting(spanMs, () => process.thaw())
    },
    'worker-restart': ({ target }) => this.#options.fleet.restart(target),
    'clock-jump': ({ target, detail }) => {
      this.#options.fleet.process(target).skewMs += (detail - 0.5) * 7_200_000
    }
  }

  #path(target: number, address: string) {
    const { fleet, network } = this.#options
    return network.path(`worker-${target % fleet.size}`, address)
  }

  #reset(target: number, address: string, keep: number): void {
    const { fleet, network } = this.#options
    for (const connection of network.connections(`worker-${target % fleet.size}`, address)) connection.cut(keep)
  }

  #cut(target: number, addresses: readonly string[], which: 'upCut' | 'downCut', spanMs: number): void {
    const paths = addresses.map(address => this.#path(target, address))
    for (const path of paths) path[which] = true
    this.#lasting(spanMs, () => {
      for (const path of paths) path[which] = false
      this.#options.network.mended()
    })
  }

  /** The connections that stand hang, as in a proxy; new ones are well. */
  #stick(target: number, addresses: readonly string[], spanMs: number): void {
    const { fleet, network } = this.#options
    const name = `worker-${target % fleet.size}`
    const stuck = addresses.flatMap(address => network.connections(name, address))
    for (const connection of stuck) connection.isStuck = true
    this.#lasting(spanMs, () => {
      for (const connection of stuck) connection.isStuck = false
      network.mended()
    })
  }

  #slow(target: number, addresses: readonly string[], detail: number, spanMs: number): void {
    const paths = addresses.map(address => this.#path(target, address))
    for (const path of paths) path.slowMs = detail * 2000
    this.#lasting(spanMs, () => {
      for (const path of paths) path.slowMs = 0
    })
  }

  #mood(mood: 'readonly' | 'oom' | 'loading' | 'busy' | 'misconf' | 'moved', spanMs: number): void {
    const { redis } = this.#options
    redis.set(mood, true)
    this.#lasting(spanMs, () => redis.set(mood, false))
  }

  #lasting(spanMs: number, undo: () => void): void {
    const once = (): void => {
      if (!this.#undo.delete(once)) return
      timer.clear()
      undo()
    }
    const timer = this.#options.scheduler.after(spanMs, once)
    this.#undo.add(once)
  }
}
