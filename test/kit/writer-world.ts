// A small world for the writer: topics of random records, a Redis that fails as a script says, and what must be true all the while.
import assert from 'node:assert/strict'
import { type SinkRecord } from '../../src/connect/record.ts'
import { type Command } from '../../src/redis/encode.ts'
import { type PolicyKind } from '../../src/redis/settings.ts'
import { unaskedRights } from '../../src/redis/writer/rights.ts'
import { settle } from './fake-clock.ts'
import { arityError, FakeRedisData, keysOf } from './fake-redis-data.ts'
import { FakeRedis } from './fake-redis.ts'
import { assertInOrder } from './in-order.ts'
import { geoadd, logText, publish, recordAt, set, setex, writerOn, xadd, zadd, zaddTtl } from './writer-bench.ts'

export const partitions = [0, 1] as const

/** What one command of a record is; the numbers choose among few keys and members. */
export interface Draft {
  readonly kind:
    | 'set'
    | 'setex'
    | 'zadd'
    | 'zaddTtl'
    | 'geoadd'
    | 'xadd'
    | 'publish'
    | 'forbidden'
    | 'list'
    | 'badGeo'
    | 'badXadd'
    | 'badStream'
  readonly key: number
  readonly member: number
}

export type Step =
  | { readonly do: 'take'; readonly partition: number; readonly count: number }
  | { readonly do: 'push' | 'cut' | 'garbage' | 'outage' | 'heal' | 'late' }
  | { readonly do: 'execute' | 'deliver' | 'advance' | 'mood' | 'cutBehind'; readonly amount: number }
  | { readonly do: 'forget'; readonly partition: number }

export interface World {
  readonly policy: PolicyKind
  readonly coalesce: boolean
  readonly transactions: boolean
  /** False: EVAL is denied, and the login finds that out. */
  readonly scripts: boolean
  /** Values so large that few fit into a flight. */
  readonly large: boolean
  /** All on one key of each kind, and one member. */
  readonly hot: boolean
  /** The user may close its own connections; without, connections given up are fenced by transactions. */
  readonly kills: boolean
  /** What is forbidden is the server's fault, and not the record's. */
  readonly serverFault: boolean
  /** Per partition, the records. */
  readonly records: readonly (readonly Draft[])[]
  readonly steps: readonly Step[]
}

interface Planned {
  readonly record: SinkRecord
  readonly command: Command
}

const moods = [
  'LOADING Redis is loading the dataset in memory',
  "READONLY You can't write against a read only replica.",
  "OOM command not allowed when used memory > 'maxmemory'."
]
/** Said to commands of the kind `forbidden`: what no record can change, or what is this record's own. */
const noPermission = 'NOPERM this user has no permissions to access one of the keys used as arguments'
const noScripts = "NOPERM this user has no permissions to run the 'eval' command"
const tooLong = 'ERR string exceeds maximum allowed size (proto-max-bulk-len)'

/** Plays a world to its end and asserts what must hold. */
export async function play(world: World): Promise<void> {
  const game = new Game(world)
  try {
    await game.run()
  } catch (error) {
    if (error instanceof Error) error.message += `\nThe writer's log:\n${game.log}`
    throw error
  }
}

class Game {
  readonly #world: World
  readonly #redis: FakeRedis
  readonly #bench: ReturnType<typeof writerOn>
  readonly #topics: readonly (readonly Planned[])[]
  /** `kind key args` of every change that took place. */
  readonly #done = new Set<string>()
  readonly #positions = partitions.map(() => 0)
  /** What was taken and not given up since, in order. */
  #taken: Planned[] = []
  #healed = false

  constructor(world: World) {
    this.#world = world
    const data = new FakeRedisData((kind, key, args) => this.#done.add(changeText(kind, key, args)))
    for (const partition of partitions) data.keys.set(`${partition}:list`, { type: 'list' })
    this.#redis = new FakeRedis({ auto: false, data })
    this.#redis.transactions = world.transactions
    const way = world.transactions ? 'watch' : 'apart'
    this.#redis.rights = { ...unaskedRights, expiry: world.scripts ? 'script' : way }
    this.#redis.refuse = ([name], keys) => {
      if (name === 'EVAL' && !world.scripts) return noScripts
      return this.#refuses(keys) ? this.#forbidden : null
    }
    // Without transactions there would be no fence at all: what a connection given up holds may then come late.
    const kills = world.kills || !world.transactions
    this.#redis.fenceRefuses = ([, word]) => (word === 'KILL' && !kills ? 'NOPERM no permissions' : null)
    const { policy, coalesce } = world
    this.#bench = writerOn(this.#redis, { policy, coalesce, maxRetries: -1, retryIntervalMs: 100, outageMs: null })
    this.#topics = partitions.map(partition =>
      (world.records[partition] ?? []).map((draft, offset) => ({
        record: recordAt(partition, offset),
        command: commandOf(world.hot ? { ...draft, key: 0, member: 0 } : draft, partition, offset, world.large)
      }))
    )
  }

  get log(): string {
    return logText(this.#bench.lines)
  }

  get #forbidden(): string {
    return this.#world.serverFault ? noPermission : tooLong
  }

  /** Under RETRY the operator lets everything pass in the end. */
  #refuses(keys: readonly string[]): boolean {
    if (this.#healed && this.#world.policy === 'RETRY') return false
    return keys.some(key => key.endsWith(':forbidden'))
  }

  async run(): Promise<void> {
    const { writer } = this.#bench
    writer.start()
    await settle()
    for (const step of this.#world.steps) {
      this.#step(step)
      await settle()
      if (writer.failure !== null) break
      this.#checkOffsets()
    }
    if (writer.failure === null) await this.#finish()
    this.#redis.deliverLate()
    if (writer.failure === null) this.#checkEnd()
    else this.#checkFailure(writer.failure)
    writer.close()
  }

  #step(step: Step): void {
    const redis = this.#redis
    const connection = redis.connection
    switch (step.do) {
      case 'take':
        return this.#take(step.partition, step.count)
      case 'push':
        return this.#bench.writer.push()
      case 'execute':
        return void connection?.execute(step.amount)
      case 'deliver':
        return connection?.deliver(step.amount)
      case 'advance':
        return this.#bench.clock.advance(step.amount)
      case 'cut':
        return connection?.cut()
      case 'cutBehind':
        connection?.execute(Infinity)
        connection?.deliver(step.amount)
        return connection?.cut()
      case 'garbage':
        return connection?.say('?\r\n')
      case 'outage':
        redis.down = 'connect ECONNREFUSED'
        return connection?.cut()
      case 'mood':
        redis.mood = moods[step.amount % moods.length] ?? null
        return
      case 'heal':
        redis.down = null
        redis.mood = null
        return
      case 'late':
        return redis.deliverLate()
      case 'forget':
        return this.#forget(step.partition)
    }
  }

  #take(partition: number, count: number): void {
    const { writer } = this.#bench
    for (let left = count; left > 0 && !writer.full; left--) {
      const planned = this.#topics[partition]?.[this.#positions[partition] ?? 0]
      if (planned === undefined) return
      this.#positions[partition] = planned.record.original.offset + 1
      this.#taken.push(planned)
      // Delivered anew it is another object, as from a consumer.
      writer.take({ ...planned.record }, [planned.command])
    }
  }

  /** Given up, and taken up again where the commits stand, as by a next owner. */
  #forget(partition: number): void {
    const committed = this.#bench.committable(partition, this.#positions[partition] ?? 0)
    this.#bench.writer.forget([{ topic: 't', partition }])
    this.#positions[partition] = committed
    this.#taken = this.#taken.filter(({ record }) => record.partition !== partition)
  }

  async #finish(): Promise<void> {
    const redis = this.#redis
    this.#healed = true
    redis.down = null
    redis.mood = null
    redis.auto = true
    if (this.#world.policy === 'RETRY') for (const partition of partitions) redis.data.keys.delete(`${partition}:list`)
    for (;;) {
      for (const partition of partitions) this.#take(partition, 1000)
      this.#bench.writer.push()
      redis.connection?.run()
      await this.#bench.idle()
      if (this.#bench.writer.failure !== null) return
      if (partitions.every(partition => this.#positions[partition] === this.#topics[partition]?.length)) return
    }
  }

  // --- what must hold

  #checkOffsets(): void {
    for (const partition of partitions) {
      const offset = this.#bench.committable(partition, this.#positions[partition] ?? 0)
      for (const planned of this.#topics[partition]?.slice(0, offset) ?? []) {
        assert.ok(this.#isSettled(planned), `${placeOf(planned)} may be committed and is not executed`)
      }
    }
  }

  #isSettled(planned: Planned): boolean {
    const given = `Error policy NOOP: [Record ${placeOf(planned)} `
    if (this.#isExecuted(planned) || this.#bench.lines.some(line => line.text.includes(given))) return true
    const { kind, key } = planned.command
    if (kind !== 'SET' && kind !== 'SETEX') return false
    const { partition, offset } = planned.record.original
    return (this.#topics[partition] ?? []).some(
      later => later.record.original.offset > offset && later.command.key === key && this.#isExecuted(later)
    )
  }

  #isExecuted({ command: { kind, key, args } }: Planned): boolean {
    return this.#done.has(changeText(kind, key, args))
  }

  /** The task failed: at the first refused record, with all before it written. */
  #checkFailure(failure: Error): void {
    const { policy, serverFault } = this.#world
    assert.ok(policy === 'THROW' || (policy === 'NOOP' && serverFault), failure.message)
    const at = this.#taken.findIndex(planned => failure.message.includes(`${placeOf(planned)} `))
    assert.ok(at >= 0, `${failure.message} names a record that was taken`)
    assert.equal(
      at,
      this.#taken.findIndex(planned => this.#mayEnd(planned)),
      failure.message
    )
    for (const planned of this.#taken.slice(0, at)) {
      assert.ok(this.#isSettled(planned), `${placeOf(planned)} stands before the refused record and is not written`)
    }
    this.#checkOffsets()
  }

  /** NOOP drops what is the record's own fault. */
  #mayEnd(planned: Planned): boolean {
    const refusal = refusalOf(planned, this.#forbidden)
    return refusal !== null && (this.#world.policy === 'THROW' || refusal === noPermission)
  }

  #checkEnd(): void {
    const model = new FakeRedisData()
    const { policy } = this.#world
    const refused: string[] = []
    for (const partition of partitions) {
      if (policy !== 'RETRY') model.keys.set(`${partition}:list`, { type: 'list' })
      for (const planned of this.#topics[partition] ?? []) {
        const refusal = policy === 'RETRY' ? null : refusalOf(planned, this.#forbidden)
        if (refusal === null) model.execute(alone(planned.command))
        else refused.push(`${placeOf(planned)}: ${refusal}`)
      }
    }
    assert.deepEqual(this.#dropped(), refused.toSorted(), 'the refused records')
    this.#checkState(model)
    for (const partition of partitions) {
      const end = this.#topics[partition]?.length ?? 0
      assert.equal(this.#bench.committable(partition, end), end)
    }
  }

  /** Records the policy dropped, with Redis's own words; a record that came twice counts once. */
  #dropped(): readonly string[] {
    const dropped = new Set<string>()
    for (const { text } of this.#bench.lines) {
      const found = /Error policy NOOP: \[Record (t-\d+@\d+) .*\): ([A-Z]+ .*?)\. [A-Z]/.exec(text)
      if (found !== null) dropped.add(`${found[1]}: ${found[2]}`)
    }
    return [...dropped].toSorted()
  }

  #checkState(model: FakeRedisData): void {
    const wasCut = this.#redis.connections.some(({ closed }) => closed)
    const { keys, channels } = this.#redis.data
    for (const [key, held] of model.keys) {
      const found = keys.get(key)
      // Without scripts and transactions a connection that breaks between ZADD and EXPIRE leaves a set without an expiry.
      const mayLackExpiry = wasCut && !this.#world.scripts && !this.#world.transactions
      if (held.type === 'zset' && found?.type === 'zset' && mayLackExpiry) assert.deepEqual(found.scores, held.scores)
      else if (held.type !== 'stream') assert.deepEqual(found, held, key)
      else if (found?.type !== 'stream') assert.fail(`${key} is no stream`)
      else inOrder(found.entries.map(String), held.entries.map(String), wasCut, key)
    }
    assert.deepEqual([...keys.keys()].toSorted(), [...model.keys.keys()].toSorted())
    for (const [channel, messages] of model.channels) inOrder(channels.get(channel) ?? [], messages, wasCut, channel)
  }
}

/** Exactly once, or at least once where a connection was cut. */
function inOrder(found: readonly string[], expected: readonly string[], wasCut: boolean, name: string): void {
  if (wasCut) assertInOrder(found, expected, name)
  else assert.deepEqual(found, expected, name)
}

/** What Redis says to a record in a world where nothing but its own command matters. */
function refusalOf({ command }: Planned, forbidden: string): string | null {
  const words = alone(command)
  const arity = arityError(words)
  if (arity !== null && typeof arity === 'object' && 'error' in arity) return arity.error
  if (keysOf(words).some(key => key.endsWith(':forbidden'))) return forbidden
  const data = new FakeRedisData()
  data.keys.set(command.key.replace(/:.*/, ':list'), { type: 'list' })
  const answer = data.execute(words)
  return typeof answer === 'object' && answer !== null && 'error' in answer ? answer.error : null
}

function alone({ kind, args, expireWhenAdded }: Command): readonly string[] {
  return expireWhenAdded === 0n ? [kind, ...args] : ['EVAL', 'script', '1', ...args, expireWhenAdded.toString()]
}

function placeOf({ record: { original } }: Planned): string {
  return `t-${original.partition}@${original.offset}`
}

function changeText(kind: string, key: string, args: readonly string[]): string {
  return `${kind} ${key} ${args.join(' ')}`
}

/** Every command is told from every other: its value or score is the record's place. */
function commandOf({ kind, key, member }: Draft, partition: number, offset: number, large: boolean): Command {
  const name = (prefix: string): string => `${partition}:${prefix}${key}`
  const value = `${partition}@${offset}${large ? 'x'.repeat(9000) : ''}`
  const memberName = `m${member}${large ? 'x'.repeat(9000) : ''}`
  switch (kind) {
    case 'set':
      return set(name('k'), value)
    case 'setex':
      return setex(name('k'), value)
    case 'zadd':
      return zadd(name('z'), offset, memberName)
    case 'zaddTtl':
      // On keys of its own: whether a set expires that statements with and without a TTL fill with the same members depends on who comes first.
      return zaddTtl(name('t'), offset, memberName)
    case 'geoadd':
      return geoadd(name('g'), offset % 100, memberName)
    case 'badGeo':
      return geoadd(name('g'), 500 + offset, memberName)
    case 'xadd':
      return xadd(name('s'), value)
    case 'badXadd':
      return { ...xadd(name('s'), value), args: [name('s'), '*', value] }
    case 'publish':
      return publish(name('c'), value)
    case 'forbidden':
      return member % 3 === 0 ? xadd(`${partition}:stream:forbidden`, value) : set(`${partition}:forbidden`, value)
    case 'list':
      return zadd(`${partition}:list`, offset, memberName)
    case 'badStream':
      return xadd(`${partition}:list`, value)
  }
}
