// A Redis in this process behind the sink's own door: it does what a test's script says, byte by byte if need be.
import { type OpenedRedis, type RedisDoor } from '../../src/redis/client.ts'
import { type RedisEvents, type RedisLink } from '../../src/redis/link.ts'
import { type Reply, ReplyError } from '../../src/redis/writer/reply-reader.ts'
import { type Rights, unaskedRights } from '../../src/redis/writer/rights.ts'
import { arityError, FakeRedisData, keysOf } from './fake-redis-data.ts'
import { type Answer, answerText, ok, readRequests } from './resp.ts'

/** Where a command stands: Redis looks at it when it is read, and in a transaction once more when it is executed. */
export type Refuse = (words: readonly string[], keys: readonly string[]) => string | null

export class FakeRedis implements RedisDoor {
  readonly address = 'redis.test:6379'
  readonly data: FakeRedisData
  readonly connections: FakeConnection[] = []
  /** Every command that was taken and not refused, transactions' own when they were executed. */
  readonly executed: (readonly string[])[] = []
  /** Every command that came in, in the order of arrival. */
  readonly received: (readonly string[])[] = []
  /** An error that every command but MULTI, EXEC, DISCARD, UNWATCH and PING gets while it is set. */
  mood: string | null = null
  refuse: Refuse = () => null
  /** No connection is to be had. */
  down: string | null = null
  /** What `open` throws instead of connecting. */
  openError: (() => Error) | null = null
  passwordIdle = false
  /** What a login finds out. */
  rights: Rights = unaskedRights
  /** False: MULTI and EXEC are unknown commands. */
  transactions = true
  /** What CLIENT INFO and CLIENT KILL answer instead, WATCH and what else a fence asks; null: as a Redis does. */
  fenceRefuses: (words: readonly string[]) => string | null = () => null
  /** What a fence asked, in order. */
  readonly asked: (readonly string[])[] = []
  /** A transaction is about to be executed. */
  onExec: (commands: readonly (readonly string[])[]) => void = () => undefined
  opens = 0
  /** Commands are answered, and answers arrive, without a test's asking. */
  auto: boolean

  constructor({ auto = true, data = new FakeRedisData() }: { auto?: boolean; data?: FakeRedisData } = {}) {
    this.auto = auto
    this.data = data
  }

  /** A door's `open` takes its time, as a network does. */
  async open(): Promise<OpenedRedis> {
    this.opens++
    await Promise.resolve()
    if (this.openError !== null) throw this.openError()
    if (this.down !== null) throw new Error(this.down)
    const connection = new FakeConnection(this, this.connections.length + 1)
    this.connections.push(connection)
    return { link: connection, passwordIdle: this.passwordIdle, rights: this.rights }
  }

  /** The newest connection, if it stands. */
  get connection(): FakeConnection | null {
    const last = this.connections.at(-1)
    return last === undefined || last.closed ? null : last
  }

  /** What connections that were closed still hold arrives now: it is executed unless it was fenced off. */
  deliverLate(): void {
    for (const connection of this.connections) connection.deliverLate()
  }

  /** `CLIENT KILL ID i ADDR a`: how many there were. */
  kill(words: readonly string[]): number {
    const found = this.connections.filter(
      ({ id, addr, killed }) => String(id) === words[3] && addr === words[5] && !killed
    )
    for (const connection of found) connection.kill()
    return found.length
  }

  /** Whether a command is refused as soon as it is read. */
  refusedAtOnce(words: readonly string[]): string | null {
    if (words[0] === 'PING' || words[0] === 'UNWATCH') return null
    const error = arityError(words)
    if (error !== null && typeof error === 'object' && 'error' in error) return error.error
    return this.mood ?? this.refuse(words, keysOf(words))
  }
}

export class FakeConnection implements RedisLink {
  readonly #redis: FakeRedis
  #events: RedisEvents | null = null
  #in: Buffer = Buffer.alloc(0)
  #out: Buffer = Buffer.alloc(0)
  #transaction: (readonly string[])[] | null = null
  #aborted = false
  /** Came in before the cut and was not executed: a network or a proxy holds it. */
  #late: Buffer = Buffer.alloc(0)
  readonly id: number
  readonly addr: string
  /** Keys and their versions when they were to be watched. */
  readonly #watched = new Map<string, number>()
  /** The server closed it: nothing more of it is executed. */
  killed = false
  /** How it was closed from our side. */
  ended: 'reset' | 'in order' | null = null
  closed = false
  /** Bytes that came in, ever. */
  bytesIn = 0
  /** The connection breaks behind so many bytes: what came before is still executed. */
  cutBehind = Infinity
  /** Nothing is read any more, as behind a half-open connection. */
  deaf = false

  constructor(redis: FakeRedis, id: number) {
    this.#redis = redis
    this.id = id
    this.addr = `192.0.2.1:${40_000 + id}`
  }

  async ask(words: readonly string[]): Promise<Reply> {
    await Promise.resolve()
    if (this.closed) throw new Error('connection reset')
    if (this.deaf) throw new Error(`no answer to ${words[0]} in 10000 ms`)
    this.#redis.asked.push(words)
    return replyOf(this.#one(words))
  }

  write(pieces: readonly Uint8Array[]): boolean {
    // A copy: the writer uses its buffers again.
    for (const piece of pieces) this.#arrive(Buffer.from(piece))
    if (this.#redis.auto) setImmediate(() => this.run())
    return true
  }

  #arrive(bytes: Buffer): void {
    if (this.closed) return
    const room = this.cutBehind - this.bytesIn
    this.#in = Buffer.concat([this.#in, bytes.subarray(0, Math.max(0, room))])
    this.bytesIn += bytes.length
  }

  listen(events: RedisEvents): void {
    this.#events = events
  }

  destroy(): void {
    this.ended ??= 'reset'
    this.cut('it was destroyed')
  }

  end(): void {
    this.ended ??= 'in order'
    this.cut('it was ended')
  }

  /** Everything at once: what came in is executed and answered, and the cut that is due takes place. */
  run(): void {
    if (this.deaf || this.closed) return
    this.execute(Infinity)
    this.deliver(Infinity)
    if (this.bytesIn >= this.cutBehind) this.cut('connection reset')
  }

  /** Executes up to `count` commands of those that came in; answers how many there were. */
  execute(count: number): number {
    if (this.closed || this.deaf) return 0
    const { requests, rest } = readRequests(this.#in)
    const taken = requests.slice(0, count)
    for (const words of taken) this.#out = Buffer.concat([this.#out, Buffer.from(answerText(this.#one(words)))])
    this.#in = taken.length === requests.length ? Buffer.from(rest) : reencoded(requests.slice(taken.length), rest)
    return taken.length
  }

  /** Delivers up to `bytes` of the answers that wait. */
  deliver(bytes: number): void {
    const chunk = this.#out.subarray(0, Math.min(bytes, this.#out.length))
    this.#out = this.#out.subarray(chunk.length)
    if (chunk.length > 0 && !this.closed) this.#events?.onData(chunk)
  }

  /** Bytes nobody asked for. */
  say(text: string): void {
    if (!this.closed) this.#events?.onData(Buffer.from(text, 'latin1'))
  }

  /** Breaks: answers that wait are gone, and what came in and was not executed, unless it is delivered late. */
  cut(reason = 'connection reset'): void {
    if (this.closed) return
    this.closed = true
    this.#late = this.#in
    this.#in = Buffer.alloc(0)
    this.#out = Buffer.alloc(0)
    const events = this.#events
    queueMicrotask(() => events?.onClose(reason))
  }

  /** What it held when it was closed arrives now. */
  deliverLate(): void {
    const late = this.#late
    this.#late = Buffer.alloc(0)
    if (this.killed) return
    for (const words of readRequests(late).requests) this.#one(words)
  }

  kill(): void {
    this.killed = true
    this.cut('it was killed')
  }

  /** Commands or answers are under way. */
  get busy(): boolean {
    return !this.closed && !this.deaf && (this.#in.length > 0 || this.#out.length > 0)
  }

  #one(words: readonly string[]): Answer {
    const redis = this.#redis
    const [name] = words
    if (name === 'CLIENT') return this.#client(words)
    redis.received.push(words)
    const fenceRefused = redis.fenceRefuses(words)
    if (fenceRefused !== null) return { error: fenceRefused }
    if (name === 'MULTI' || name === 'EXEC' || name === 'DISCARD' || name === 'WATCH') {
      if (!redis.transactions) return { error: `ERR unknown command '${name}', with args beginning with: ` }
      if (name === 'MULTI') return this.#multi()
      if (name === 'EXEC') return this.#exec()
      if (name === 'DISCARD') return this.#discard()
    }
    const refused = redis.refusedAtOnce(words)
    if (refused !== null) {
      this.#aborted = true
      return { error: refused }
    }
    if (name === 'WATCH' || name === 'UNWATCH') return this.#watch(words)
    if (this.#transaction === null) return this.#execute(words)
    this.#transaction.push(words)
    return { status: 'QUEUED' }
  }

  #client(words: readonly string[]): Answer {
    const refused = this.#redis.fenceRefuses(words)
    if (refused !== null) return { error: refused }
    if (words[1] === 'INFO') return `id=${this.id} addr=${this.addr} laddr=192.0.2.9:6379 fd=8 name= age=0 db=0`
    return words[1] === 'KILL' ? this.#redis.kill(words) : { error: `ERR unknown subcommand '${words[1] ?? ''}'` }
  }

  #multi(): Answer {
    this.#transaction = []
    this.#aborted = false
    return ok
  }

  #exec(): Answer {
    const commands = this.#transaction
    this.#transaction = null
    const { versions } = this.#redis.data
    const isTouched = [...this.#watched].some(([key, version]) => versions.get(key) !== version)
    this.#watched.clear()
    if (commands === null) return { error: 'ERR EXEC without MULTI' }
    if (this.#aborted) return { error: 'EXECABORT Transaction discarded because of previous errors.' }
    const { mood } = this.#redis
    if (mood !== null) return { error: `EXECABORT Transaction discarded because of: ${mood}` }
    if (isTouched) return null
    this.#redis.onExec(commands)
    return commands.map(words => this.#execute(words))
  }

  #discard(): Answer {
    if (this.#transaction === null) return { error: 'ERR DISCARD without MULTI' }
    this.#transaction = null
    this.#watched.clear()
    return ok
  }

  #watch([name, ...keys]: readonly string[]): Answer {
    const { versions } = this.#redis.data
    if (name === 'UNWATCH') this.#watched.clear()
    for (const key of keys) {
      const version = versions.get(key) ?? 0
      versions.set(key, version)
      if (!this.#watched.has(key)) this.#watched.set(key, version)
    }
    return ok
  }

  #execute(words: readonly string[]): Answer {
    const answer = this.#redis.data.execute(words)
    const refused = typeof answer === 'object' && answer !== null && 'error' in answer
    if (!refused) {
      this.#redis.executed.push(words)
    }
    return answer
  }
}

function replyOf(answer: Answer): Reply {
  if (answer === null || typeof answer !== 'object') return answer
  if ('error' in answer) return new ReplyError(answer.error)
  return 'status' in answer ? answer.status : answer.map(replyOf)
}

function reencoded(requests: readonly (readonly string[])[], rest: Buffer): Buffer {
  const texts = requests.map(words => {
    const body = words.map(word => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')
    return `*${words.length}\r\n${body}`
  })
  return Buffer.concat([Buffer.from(texts.join('')), rest])
}
