// A small world for tests of the stand-in of Redis: one server, and clients that speak bytes.
import { wordOf, textOf } from './request-reader.ts'
import { SimRedis } from './server.ts'
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
  readonly #reader = new AnswerReader()
  #wakes: (() => void)[] = []
  closed: string | null = null

  constructor(socket: SimSocket) {
    this.socket = socket
    socket.listen({
      onData: bytes => {
        this.#answers.push(...this.#reader.push(bytes))
        this.#wake()
      },
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

/** Cuts what comes into answers, without a thought of what they mean. */
export class AnswerReader {
  #raw = ''

  push(bytes: Uint8Array): readonly string[] {
    this.#raw += Buffer.from(bytes).toString('latin1')
    const answers: string[] = []
    let at = 0
    for (let end = answerEnd(this.#raw, at); end > 0; end = answerEnd(this.#raw, at)) {
      answers.push(textOf(this.#raw.slice(at, end)).replaceAll('\r\n', ' ').trimEnd())
      at = end
    }
    this.#raw = this.#raw.slice(at)
    return answers
  }
}

/** Where the answer ends that begins at `at`; 0: not all of it has come. */
function answerEnd(raw: string, at: number): number {
  const line = raw.indexOf('\r\n', at) + 2
  if (line < 2) return 0
  const count = Number(raw.slice(at + 1, line - 2))
  let end = line
  if (raw[at] === '$' && count >= 0) end += count + 2
  if (raw[at] === '*') for (let index = 0; index < count && end > 0; index++) end = answerEnd(raw, end)
  return end <= raw.length ? end : 0
}
