// A Redis of the simulated world: it listens on the network, speaks Redis's protocol in bytes, and falls ill, dies and comes back when the world says so.
//
// The idea. Nothing here knows the sink: requests are parsed and answered as Redis 7.0 does (test/integration/sim-redis.test.ts holds it to a real
// one), at the price of what the sink never asks for. What it does not know ends the test (unknown.ts). It has a clock of its own process, for TTLs and
// stream ids, and remembers what it has executed (history.ts).
import { type Chance } from '../engine/chance.ts'
import { type Network } from '../engine/network.ts'
import { epochMs, type Scheduler, SimProcess } from '../engine/scheduler.ts'
import { type Answer } from './answer.ts'
import { History } from './history.ts'
import { Keyspace } from './keyspace.ts'
import { type Mood, Moods } from './moods.ts'
import { textOf, wordOf } from './request-reader.ts'
import { ServerRun } from './server-run.ts'

export interface SimRedisOptions {
  readonly scheduler: Scheduler
  readonly network: Network
  readonly chance: Chance
  /** `host:port`. */
  readonly address: string
  readonly name: string
}

export class SimRedis {
  readonly #options: SimRedisOptions
  readonly history = new History()
  /** What it holds, for whoever looks from outside: `peek` and `keys` change nothing. */
  readonly data: Keyspace
  readonly #moods = new Moods()
  #runs = 0
  #run: ServerRun

  constructor(options: SimRedisOptions) {
    this.#options = options
    // Before there is a process, the world's own time.
    let process: SimProcess | null = null
    this.data = new Keyspace(() => process?.clock.now() ?? Math.floor(epochMs + options.scheduler.now))
    this.#start = () => {
      process = new SimProcess(options.name, options.scheduler)
      const { scheduler, network, chance, address, name } = options
      const own = { scheduler, chance, process, name, address, run: ++this.#runs }
      const run = new ServerRun({ ...own, data: this.data, moods: this.#moods, history: this.history })
      network.serve(address, run)
      return run
    }
    this.#run = this.#start()
  }

  readonly #start: () => ServerRun

  get name(): string {
    return this.#options.name
  }

  get address(): string {
    return this.#options.address
  }

  /** Of the current run: frozen and thawed by the world, killed by `crash`. */
  get process(): SimProcess {
    return this.#run.process
  }

  /** How often it was started. */
  get runs(): number {
    return this.#runs
  }

  get isUp(): boolean {
    return this.process.alive
  }

  /** Refuses what Redis refuses in this state, until it is switched off. */
  set(mood: Mood, isOn: boolean): void {
    if (this.#moods.has(mood) === isOn) return
    this.#moods.set(mood, isOn)
    this.#tell(isOn ? `is ${mood}` : `is ${mood} no more`)
  }

  has(mood: Mood): boolean {
    return this.#moods.has(mood)
  }

  /** The user may not use this command any more; `client|kill` names a subcommand. */
  deny(command: string): void {
    this.#moods.deny(command)
    this.#tell(`denies ${command}`)
  }

  allow(command: string): void {
    this.#moods.allow(command)
    this.#tell(`allows ${command}`)
  }

  /** Commands of that name are unknown from now on, as after `rename-command`, or known again. */
  rename(command: string, isAway: boolean): void {
    this.#moods.rename(command, isAway)
    this.#tell(isAway ? `has no ${command}` : `has ${command} again`)
  }

  get denied(): readonly string[] {
    return this.#moods.denied
  }

  /** Of those who connect from now on; null: none is asked for. */
  setPassword(password: string | null): void {
    this.#moods.password = password === null ? null : wordOf(password)
    this.#tell(password === null ? 'asks for no password' : 'asks for another password')
  }

  /** As kill -9. What it held is kept, as with an append-only file, or gone. */
  crash({ data }: { readonly data: 'kept' | 'emptied' }): void {
    this.process.kill()
    this.data.forgetWatchers()
    if (data === 'emptied') this.data.clear()
    this.#tell(`crashes, its data ${data}`)
  }

  /** After a crash: a process of its own, with ids that begin anew. */
  restart({ loadingMs = 0 }: { readonly loadingMs?: number } = {}): void {
    if (this.isUp) throw new Error(`${this.name} is up`)
    this.#run = this.#start()
    this.#tell('starts')
    this.set('busy', false)
    this.set('loading', loadingMs > 0)
    if (loadingMs > 0) this.process.after(loadingMs, () => this.set('loading', false))
  }

  freeze(): void {
    this.process.freeze()
    this.#tell('is frozen')
  }

  thaw(): void {
    this.process.thaw()
    this.#tell('is thawed')
  }

  /** Executes a command of somebody who is not on the network, whatever the mood; it stands in the history with connection 0. */
  call(...words: readonly string[]): Answer {
    const answer = this.#run.executeHere(words.map(wordOf))
    return typeof answer === 'string' ? textOf(answer) : answer
  }

  #tell(what: string): void {
    this.#options.scheduler.trace.tell(this.name, what)
  }
}
