// The workers of a world and the people who look after them: they start and kill processes, press pause, and in the end repair what a policy has stopped.
import { type SinkSettings } from '../../../src/redis/settings.ts'
import { type Chance } from '../engine/chance.ts'
import { type Network } from '../engine/network.ts'
import { type Scheduler, SimProcess } from '../engine/scheduler.ts'
import { type Crossings } from '../check/crossings.ts'
import { type Ledger } from '../check/ledger.ts'
import { type States } from '../check/states.ts'
import { simOpenLink } from '../kafka/door.ts'
import { redisDoor } from '../../../src/redis/client.ts'
import { simSockets } from '../redis/door.ts'
import { type Act, type ConnectorPlan, type WorldPlan } from './plan.ts'
import { connectorProperties, workerProperties } from './settings.ts'
import { type SimWorker, startSimWorker } from './worker.ts'

export interface FleetOptions {
  readonly scheduler: Scheduler
  readonly network: Network
  readonly chance: Chance
  readonly plan: WorldPlan
  readonly brokers: readonly string[]
  readonly crossings: Crossings
  readonly ledger: Ledger
  readonly states: States
  readonly onLine: (worker: string, line: string) => void
}

/** One place where a worker runs: its process may be killed and another one started. */
interface Seat {
  readonly name: string
  readonly index: number
  process: SimProcess
  worker: SimWorker | null
  starts: number
  /** Was asked to stop, and has. */
  stopped: boolean
  /** In no hurry: nobody has asked it to run. */
  down: boolean
}

/** How often somebody looks whether a task has failed, once the world is being repaired. */
const lookMs = 3000

export class Fleet {
  readonly #options: FleetOptions
  readonly #seats: Seat[]
  #configs: Map<string, ConnectorPlan>
  #isEnding = false
  #isRepairing = false

  constructor(options: FleetOptions) {
    this.#options = options
    const { plan, scheduler } = options
    this.#configs = new Map(plan.connectors.map(connector => [connector.name, connector]))
    this.#seats = Array.from({ length: plan.workers }, (_, index) => ({
      name: `worker-${index}`,
      index,
      process: new SimProcess(`worker-${index}`, scheduler),
      worker: null,
      starts: 0,
      stopped: false,
      down: false
    }))
  }

  get size(): number {
    return this.#seats.length
  }

  /** Names of the workers' processes, as paths of the network have them. */
  get names(): readonly string[] {
    return this.#seats.map(({ name }) => name)
  }

  get stopped(): boolean {
    return this.#seats.every(({ stopped }) => stopped)
  }

  start(): void {
    for (const seat of this.#seats) this.#startIn(seat)
    this.#look()
  }

  process(index: number): SimProcess {
    return this.#seat(index).process
  }

  /** As kill -9, and a supervisor that starts it again after `spanMs`. */
  kill(index: number, spanMs: number): void {
    const seat = this.#seat(index)
    seat.process.kill()
    this.#options.crossings.befell('restart', spanMs + 5000)
    this.#options.scheduler.after(spanMs, () => this.#revive(seat))
  }

  /** As a rolling update: asked to stop, and started again. */
  restart(index: number): void {
    const seat = this.#seat(index)
    const { worker, process } = seat
    if (worker === null || !process.alive) return
    seat.worker = null
    this.#options.crossings.befell('restart', 5000)
    this.#options.crossings.did('stop')
    const end = (): void => {
      if (seat.process !== process) return
      process.kill()
      this.#revive(seat)
    }
    // A supervisor does not wait for ever.
    const late = this.#options.scheduler.after(30_000, end)
    process.after(0, () => {
      void worker.stop().then(() => {
        late.clear()
        this.#options.scheduler.after(100, end)
      })
    })
  }

  operate({ what, connector, worker: index }: Extract<Act, { kind: 'operate' }>): void {
    const seat = this.#seat(index)
    const plan = this.#options.plan.connectors[connector]
    const { worker, process } = seat
    if (worker === null || plan === undefined) return
    const { herder } = worker
    const { crossings, states } = this.#options
    const { name } = plan
    states.unpaused(seat.name, name)
    process.after(0, () => {
      switch (what) {
        case 'pause':
          crossings.did('pause')
          return this.#tell(
            herder.pauseConnector(name).then(() => {
              if (seat.process === process) states.paused(seat.name, name)
            })
          )
        case 'resume':
          return this.#tell(herder.resumeConnector(name))
        case 'stop':
          crossings.did('stop')
          return this.#tell(herder.stopConnector(name))
        case 'restart':
          crossings.befell('restart', 3000)
          return this.#tell(herder.restartConnectorAndTasks(name, { includeTasks: true, onlyFailed: false }))
        case 'restart-failed':
          return this.#tell(herder.restartConnectorAndTasks(name, { includeTasks: true, onlyFailed: true }))
        case 'reconfigure': {
          crossings.did('config change')
          const next = { ...plan, ...this.#configs.get(name), tasks: plan.tasks === 1 ? 2 : 1 }
          return this.#tell(herder.putConnectorConfig(name, connectorProperties(next)))
        }
      }
    })
  }

  /** The night is over: everything runs again, and what a policy or a tolerance stopped is allowed to go on. */
  repair(): void {
    const { plan, ledger } = this.#options
    for (const connector of plan.connectors) {
      const lenient = { ...connector, policy: 'NOOP', tolerant: true } as const
      this.#configs.set(connector.name, lenient)
      ledger.allowed(connector.name, 'NOOP', true)
    }
    for (const seat of this.#seats) {
      seat.process.thaw()
      if (!seat.process.alive) this.#revive(seat)
      else this.#repairIn(seat)
    }
    this.#isRepairing = true
  }

  /** Somebody looks after the tasks: those that have failed are started again, once the night is over. */
  #look(): void {
    if (this.#isEnding) return
    for (const seat of this.#seats) this.#lookAt(seat)
    this.#options.scheduler.after(lookMs, () => this.#look())
  }

  /** Ends every worker in good order. */
  stop(): void {
    this.#isEnding = true
    for (const seat of this.#seats) {
      const { worker, process } = seat
      if (worker === null || !process.alive) {
        seat.stopped = true
        continue
      }
      process.after(0, () => void worker.stop().then(() => (seat.stopped = true)))
    }
  }

  /** The states of all tasks, for whoever reads why a world got stuck. */
  statusText(): string {
    return this.#states.map(([worker, text]) => `${worker}: ${text}`).join('; ')
  }

  readonly #states: [string, string][] = []

  #seat(index: number): Seat {
    return this.#seats[index % this.#seats.length] as Seat
  }

  #revive(seat: Seat): void {
    if (seat.process.alive && seat.worker !== null) return
    seat.process.kill()
    seat.process = new SimProcess(seat.name, this.#options.scheduler)
    this.#startIn(seat)
  }

  #startIn(seat: Seat): void {
    const { plan, brokers, chance, network, onLine } = this.#options
    const { process } = seat
    seat.worker = null
    seat.starts++
    for (const { name } of plan.connectors) this.#options.states.unpaused(seat.name, name)
    const doors = {
      process,
      chance: chance.fork(`${seat.name}-${seat.starts}`),
      openLink: simOpenLink(network, process),
      openRedis: (settings: SinkSettings) => redisDoor(settings, simSockets(network, process)),
      onLine: (line: string) => onLine(seat.name, line)
    }
    process.after(1, () => {
      void startSimWorker(workerProperties(plan, brokers), doors).then(async worker => {
        for (const connector of this.#configs.values())
          await worker.herder.createConnector({
            name: connector.name,
            config: connectorProperties(connector),
            initialState: 'STARTED'
          })
        if (seat.process === process) seat.worker = worker
      })
    })
  }

  #repairIn(seat: Seat): void {
    const { worker, process } = seat
    if (worker === null) return
    for (const [name, connector] of this.#configs) {
      process.after(0, () => {
        this.#tell(
          worker.herder
            .putConnectorConfig(name, connectorProperties(connector))
            .then(() => worker.herder.resumeConnector(name))
        )
      })
    }
  }

  #lookAt(seat: Seat): void {
    const { worker, process } = seat
    if (worker === null || !process.alive) return
    for (const [name, connector] of this.#configs) {
      process.after(0, () => {
        this.#tell(
          worker.herder.connectorStatus(name).then(async status => {
            const text = status.tasks.map(({ id, state, trace }) => `${name}-${id} ${state} ${trace ?? ''}`).join(', ')
            this.#note(seat.name, text)
            const failed = status.tasks.filter(({ state }) => state === 'FAILED')
            for (const { id, trace } of failed) this.#options.states.failed(seat.name, connector, id, trace ?? '')
            if (failed.length === 0 || !this.#isRepairing) return
            await worker.herder.restartConnectorAndTasks(name, { includeTasks: true, onlyFailed: true })
          })
        )
      })
    }
  }

  #note(worker: string, text: string): void {
    const known = this.#states.find(([name]) => name === worker)
    if (known === undefined) this.#states.push([worker, text])
    else known[1] = text
  }

  /** What a herder answers to a person is of no interest here: a refusal is an answer. */
  #tell(answer: Promise<unknown>): void {
    answer.catch(() => undefined)
  }
}
