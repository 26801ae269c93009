// A small world for tests of the stand-in of Redis: one server, and clients that speak bytes.
import { wordOf, textOf } from './request-reader.ts'
import { SimRedis } from './server.ts'
import { ReplyReader } from '../../../src/redis/writer/reply-reader.ts'
import { Chance } from '../engine/chance.ts'
import { Network, type Path, type SimSocket } from '../engine/network.ts'
import { Scheduler, SimProcess } from '../engine/scheduler.ts'

export class RedisWorld {
  readonly scheduler = new Scheduler()
  readonly network: Network
  readonly redis: SimRedis
  readonly worker: SimProcess

  constructor(seed = 'one') {
    const chance = new Chance(seed)
    this.network = new Network(this.scheduler, chance.fork('network'))
    this.worker = new SimProcess('worker', this.scheduler)
    const { scheduler, network } = this
    this.redis = new SimRedis({
      scheduler,
      network,
      chance: chance.fork('redis'),
      address: 'redis:6379',
      name: 'redis'
    })
  }

  /** The way from the worker to Redis. */
  get path(): Path {
    return this.network.path('worker', 'redis:6379')
  }

  /** Lets time pass until `body` is done. Rejects where it never will be. */
  async play<T>(body: () => Promise<T>): Promise<T> {
    let isOver = false
    const played = body().finally(() => (isOver = true))
    // Whether it failed is told at the end.
    played.catch(() => undefined)
    if (!(await this.scheduler.run(() => isOver, 24 * 3600 * 1000))) throw new Error('the world stands still')
    return played
  }

  sleep(ms: number): Promise<void> {
    return this.scheduler.sleep(ms)
  }

  async connect(process = this.worker): Promise<RawClient> {
    return new RawClient(await this.network.connect(process, 'redis:6379', 10_000))
  }
}

/** Speaks bytes, and shows answers as they came: `+OK`, `:1`, `$3 abc`, their lines one behind the other. */
export class RawClient {
  readonly socket: SimSocket
  readonly #answers: string[] = []
  readonly #reader = new ReplyReader()
  #raw = ''
  #wakes: (() => void)[] = []
  closed: string | null = null

  constructor(socket: SimSocket) {
    this.socket = socket
    socket.listen({
      onData: bytes => this.#onData(bytes),
      onClose: reason => {
        this.closed = reason
        this.#wake()
      }
    })
  }

  send(...commands: readonly (readonly string[])[]): void {
    this.socket.send(requestBytes(commands))
  }

  /** The answers that came and were not asked for yet, once there are `count`. Fewer where the connection closes. */
  async answers(count: number): Promise<readonly string[]> {
    while (this.#answers.length < count && this.closed === null)
      await new Promise<void>(resolve => this.#wakes.push(resolve))
    return this.#answers.splice(0, count)
  }

  /** Answers of `SET a 1`, and the like, words parted by spaces; `''` is an empty word. */
  async ask(...lines: readonly string[]): Promise<readonly string[]> {
    this.send(...lines.map(wordsOf))
    return this.answers(lines.length)
  }

  #onData(bytes: Uint8Array): void {
    this.#raw += Buffer.from(bytes).toString('latin1')
    let count = 0
    this.#reader.push(bytes, () => count++)
    // Answers that came together can't be told apart by their bytes alone.
    for (; count > 0; count--) {
      const end = answerEnd(this.#raw, 0)
      this.#answers.push(textOf(this.#raw.slice(0, end)).replaceAll('\r\n', ' ').trimEnd())
      this.#raw = this.#raw.slice(end)
    }
    this.#wake()
  }

  #wake(): void {
    for (const wake of this.#wakes.splice(0)) wake()
  }
}

export function wordsOf(line: string): readonly string[] {
  return line.split(' ').map(word => (word === "''" ? '' : word))
}

export function requestBytes(commands: readonly (readonly string[])[]): Buffer {
  const words = (all: readonly string[]): string =>
    all
      .map(wordOf)
      .map(word => `$${word.length}\r\n${word}\r\n`)
      .join('')
  return Buffer.from(commands.map(all => `*${all.length}\r\n${words(all)}`).join(''), 'latin1')
}

/** Where the answer ends that begins at `at`. */
function answerEnd(raw: string, at: number): number {
  const line = raw.indexOf('\r\n', at) + 2
  const count = Number(raw.slice(at + 1, line - 2))
  if (raw[at] === '$') return count < 0 ? line : line + count + 2
  let end = line
  if (raw[at] === '*') for (let index = 0; index < count; index++) end = answerEnd(raw, end)
  return end
}
