// A Redis in this process behind the sink's own door: it does what a test's script says, byte by byte if need be.
import { type OpenedRedis, type RedisDoor, type RedisEvents, type RedisLink } from '../../src/redis/client.ts'
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
  /** An error that every command but MULTI, EXEC and PING gets while it is set. */
  mood: string | null = null
  refuse: Refuse = () => null
  /** No connection is to be had. */
  down: string | null = null
  /** What `open` throws instead of connecting. */
  openError: (() => Error) | null = null
  passwordIdle = false
  /** False: MULTI and EXEC are unknown commands. */
  transactions = true
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
    const connection = new FakeConnection(this)
    this.connections.push(connection)
    return { link: connection, passwordIdle: this.passwordIdle }
  }

  /** The newest connection, if it stands. */
  get connection(): FakeConnection | null {
    const last = this.connections.at(-1)
    return last === undefined || last.closed ? null : last
  }

  /** Whether a command is refused as soon as it is read. */
  refusedAtOnce(words: readonly string[]): string | null {
    if (words[0] === 'PING') return null
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
  closed = false
  /** Bytes that came in, ever. */
  bytesIn = 0
  /** The connection breaks behind so many bytes: what came before is still executed. */
  cutBehind = Infinity
  /** Nothing is read any more, as behind a half-open connection. */
  deaf = false

  constructor(redis: FakeRedis) {
    this.#redis = redis
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
    this.cut('it was destroyed')
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

  /** Breaks: answers that wait are gone, what came in and was not executed too. */
  cut(reason = 'connection reset'): void {
    if (this.closed) return
    this.closed = true
    this.#in = Buffer.alloc(0)
    this.#out = Buffer.alloc(0)
    const events = this.#events
    queueMicrotask(() => events?.onClose(reason))
  }

  /** Commands or answers are under way. */
  get busy(): boolean {
    return !this.closed && !this.deaf && (this.#in.length > 0 || this.#out.length > 0)
  }

  #one(words: readonly string[]): Answer {
    const redis = this.#redis
    redis.received.push(words)
    const [name] = words
    if (name === 'MULTI' || name === 'EXEC') {
      if (!redis.transactions) return { error: `ERR unknown command '${name}', with args beginning with: ` }
      return name === 'MULTI' ? this.#multi() : this.#exec()
    }
    const refused = redis.refusedAtOnce(words)
    if (refused !== null) {
      this.#aborted = true
      return { error: refused }
    }
    if (this.#transaction === null) return this.#execute(words)
    this.#transaction.push(words)
    return { status: 'QUEUED' }
  }

  #multi(): Answer {
    this.#transaction = []
    this.#aborted = false
    return ok
  }

  #exec(): Answer {
    const commands = this.#transaction
    this.#transaction = null
    if (commands === null) return { error: 'ERR EXEC without MULTI' }
    if (this.#aborted) return { error: 'EXECABORT Transaction discarded because of previous errors.' }
    const { mood } = this.#redis
    if (mood !== null) return { error: `EXECABORT Transaction discarded because of: ${mood}` }
    return commands.map(words => this.#execute(words))
  }

  #execute(words: readonly string[]): Answer {
    const answer = this.#redis.data.execute(words)
    const refused = typeof answer === 'object' && answer !== null && 'error' in answer
    if (!refused) this.#redis.executed.push(words)
    return answer
  }
}

function reencoded(requests: readonly (readonly string[])[], rest: Buffer): Buffer {
  const texts = requests.map(words => {
    const body = words.map(word => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')
    return `*${words.length}\r\n${body}`
  })
  return Buffer.concat([Buffer.from(texts.join('')), rest])
}
