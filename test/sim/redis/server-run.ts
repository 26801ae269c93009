// One run of the server's process: it takes connections, reads what they send piece by piece, and executes one command at a time.
import { type Chance } from '../engine/chance.ts'
import { type SimServer, type SimSocket } from '../engine/network.ts'
import { type Scheduler, type SimProcess } from '../engine/scheduler.ts'
import { type Answer, answerText, queued, RedisError } from './answer.ts'
import { Client, type Queued } from './client.ts'
import { type Command, type Server } from './command.ts'
import { commandOf } from './command-table.ts'
import { type History } from './history.ts'
import { type Keyspace } from './keyspace.ts'
import { type Moods } from './moods.ts'
import { ProtocolError } from './request-reader.ts'
import { type Traits } from './traits.ts'

/** As much as Redis reads of one connection before it looks at the next. */
const readBytesMax = 16 * 1024
/** What a piece costs: a round of its own, and its bytes. */
const roundMs = 0.005
const bytesPerMs = 200_000

export interface RunOptions {
  readonly scheduler: Scheduler
  readonly chance: Chance
  readonly process: SimProcess
  readonly name: string
  readonly address: string
  readonly run: number
  readonly data: Keyspace
  readonly moods: Moods
  readonly history: History
}

export class ServerRun implements SimServer, Server {
  readonly #options: RunOptions
  readonly runId: string
  readonly startedAt: number
  readonly #clients = new Map<number, Client>()
  #lastId = 0
  /** Those that sent something, in the order in which they are read. */
  readonly #waiting: Client[] = []
  #isTurnSet = false
  #busyUntil = 0
  /** Whose command is executed now. */
  #current: Client | null = null
  #isLastCommand = false

  constructor(options: RunOptions) {
    this.#options = options
    this.runId = Buffer.from(options.chance.bytes(20)).toString('hex')
    this.startedAt = options.data.now
  }

  get process(): SimProcess {
    return this.#options.process
  }

  get data(): Keyspace {
    return this.#options.data
  }

  get moods(): Moods {
    return this.#options.moods
  }

  get address(): string {
    return this.#options.address
  }

  get port(): number {
    return Number(this.address.slice(this.address.lastIndexOf(':') + 1))
  }

  get clients(): readonly Client[] {
    return [...this.#clients.values()]
  }

  accept(socket: SimSocket): void {
    const { run, moods } = this.#options
    const client = new Client(socket, {
      run,
      id: ++this.#lastId,
      at: this.data.now,
      isLoggedIn: moods.password === null
    })
    this.#clients.set(client.id, client)
    this.#tell(`takes ${client.addr} as ${client.id}`)
    socket.listen({
      onData: bytes => this.#arrived(client, bytes),
      onClose: () => this.#left(client)
    })
  }

  /** Nothing more of it is executed. The one whose command is executed now has its answer first. */
  kill(client: Client): void {
    if (client === this.#current) {
      this.#isLastCommand = true
      return
    }
    this.#tell(`closes ${client.addr}, ${client.id}`)
    client.close()
    this.#forget(client)
  }

  /** Of the world's own, without a connection. */
  executeHere(words: readonly string[]): Answer {
    const command = commandOf(words)
    if (command instanceof RedisError) return command
    const { history, run } = this.#options
    const client = new Client(null, { run, id: 0, at: this.data.now, isLoggedIn: true })
    const first = history.executed.length
    const answer = this.#execute(client, command, words)
    history.answeredAt(first, 0)
    this.#tell(`${words.join(' ')} from nowhere`)
    return answer
  }

  #execute(client: Client, command: Command, words: readonly string[]): Answer {
    const reply = command.run(words, this, client)
    if (command.writes === true || command.acts === true) {
      const { scheduler, history } = this.#options
      history.add({ at: scheduler.now, connection: client, words, reply, answerEnd: Infinity })
    }
    return reply
  }

  #arrived(client: Client, bytes: Uint8Array): void {
    if (client.isGone) return
    client.arrive(bytes)
    this.#await(client)
    if (!this.#isTurnSet) this.#turn()
  }

  /** What it has sent and was not read may be read yet, as long as no answer of it meets a closed door. */
  #left(client: Client): void {
    client.isLeft = true
    if (!client.hasInput) this.#forget(client)
  }

  #forget(client: Client): void {
    client.isGone = true
    client.endTransaction(this.data)
    this.#clients.delete(client.id)
  }

  #await(client: Client): void {
    if (client.isWaiting) return
    client.isWaiting = true
    this.#waiting.push(client)
  }

  /** Reads from one connection after the other, as far as time allows. */
  #turn(): void {
    const { scheduler, chance } = this.#options
    for (let client = this.#waiting[0]; client !== undefined; client = this.#waiting[0]) {
      if (scheduler.now < this.#busyUntil) return this.#turnAt(this.#busyUntil)
      this.#waiting.shift()
      client.isWaiting = false
      if (client.isGone) continue
      if (client.isLeft && chance.happens(0.5)) client.dropInput()
      else this.#read(client)
      if (client.isGone) continue
      if (client.hasInput) this.#await(client)
      else if (client.isLeft) this.#forget(client)
    }
  }

  #turnAt(at: number): void {
    this.#isTurnSet = true
    this.process.after(at - this.#options.scheduler.now, () => {
      this.#isTurnSet = false
      this.#turn()
    })
  }

  #read(client: Client): void {
    const { scheduler, name } = this.#options
    const piece = client.take(readBytesMax)
    this.#busyUntil = scheduler.now + roundMs + piece.length / bytesPerMs
    scheduler.trace.bytes(name, piece)
    this.#current = client
    this.#isLastCommand = false
    try {
      client.reader.push(piece, words => {
        this.#take(client, words)
        return !this.#isLastCommand
      })
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      client.out += answerText(new RedisError(error.message))
      this.#isLastCommand = true
    }
    this.#current = null
    if (client.out !== '') scheduler.trace.bytes(name, client.flush())
    if (this.#isLastCommand) this.kill(client)
  }

  #take(client: Client, words: readonly string[]): void {
    const { history } = this.#options
    const first = history.executed.length
    client.out += answerText(this.#answer(client, words))
    history.answeredAt(first, client.answersEnd)
  }

  #answer(client: Client, words: readonly string[]): Answer {
    const command = commandOf(words)
    if (command instanceof RedisError) return this.#reject(client, words, command)
    const refusal = this.#refusal(client, command)
    if (refusal !== null) return this.#reject(client, words, refusal)
    if (client.queue === null || command.atOnce === true) return this.#execute(client, command, words)
    // What will not be executed is not kept, and EXEC is not judged by it.
    if (!client.isAborted && !client.isDirty)
      client.queue.push({ name: command.name, traits: command, execute: () => this.#execute(client, command, words) })
    return queued
  }

  /** Before anything is looked at: whether the user and the state of the server allow it. */
  #refusal(client: Client, command: Command): RedisError | null {
    const { moods } = this
    const { name } = command
    if (moods.password !== null && !client.isLoggedIn && command.withoutLogin !== true)
      return new RedisError('NOAUTH Authentication required.')
    if (moods.isUnknown(name)) return new RedisError(`ERR unknown command '${name}', with args beginning with: `)
    if (moods.isDenied(name)) return new RedisError(`NOPERM this user has no permissions to run the '${name}' command`)
    const isExec = name === 'exec'
    const isQueued = client.queue !== null && !isExec && name !== 'discard' && name !== 'quit'
    const traits = isExec && client.queue !== null ? traitsOf(command, client.queue) : command
    return moods.refusal(name, traits, isQueued)
  }

  /** A transaction of which a command is refused is given up. */
  #reject(client: Client, [name = '']: readonly string[], refusal: RedisError): RedisError {
    if (client.queue !== null) client.isAborted = true
    if (name.toLowerCase() !== 'exec') return refusal
    client.endTransaction(this.data)
    const { text } = refusal
    const why = text.startsWith('ERR ') ? text.slice(4) : text
    return new RedisError(`EXECABORT Transaction discarded because of: ${why}`)
  }

  #tell(what: string): void {
    this.#options.scheduler.trace.tell(this.#options.name, what)
  }
}

/** EXEC is as what it will execute. */
function traitsOf(exec: Command, queue: readonly Queued[]): Traits {
  return {
    ...exec,
    writes: queue.some(({ traits }) => traits.writes === true),
    grows: queue.some(({ traits }) => traits.grows === true),
    whileLoading: queue.every(({ traits }) => traits.whileLoading === true)
  }
}
