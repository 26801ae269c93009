// The controller: notices that brokers are dead or frozen, and elects leaders and coordinators among the others.
import { type Chance } from '../engine/chance.ts'
import { type Network } from '../engine/network.ts'
import { SimProcess } from '../engine/scheduler.ts'
import { FetchSessions } from './api/fetch-sessions.ts'
import { SimBroker } from './broker.ts'
import { Connection } from './connection.ts'
import { type Core } from './core.ts'
import { type Partition } from './state.ts'

const lookMs = 1000

export class Controller {
  readonly #core: Core
  readonly #network: Network
  readonly #chance: Chance
  readonly #crashed = new Map<number, SimBroker>()
  readonly #frozenSince = new Map<SimBroker, number>()

  constructor(core: Core, network: Network, chance: Chance) {
    this.#core = core
    this.#network = network
    this.#chance = chance
    const look = (): void => {
      this.#look()
      core.scheduler.after(lookMs, look)
    }
    core.scheduler.after(lookMs, look)
  }

  start(id: number): SimBroker {
    const core = this.#core
    const process = new SimProcess(`kafka-${id}`, core.scheduler)
    const broker = new SimBroker(id, process, core.image, new FetchSessions(core.chance.fork(`sessions-${id}-${core.scheduler.now}`))) // prettier-ignore
    core.brokers.set(id, broker)
    core.registered.add(id)
    this.#network.serve(broker.address, { process, accept: socket => void new Connection(core, broker, socket) })
    return broker
  }

  /** Of its present run, or the last one. */
  process(id: number): SimProcess {
    const broker = this.#core.brokers.get(id) ?? this.#crashed.get(id)
    if (broker === undefined) throw new Error(`there is no broker ${id}`)
    return broker.process
  }

  crash(id: number): void {
    const core = this.#core
    const broker = core.brokers.get(id)
    if (broker === undefined || broker === null) return
    core.tell(broker.name, 'crashes')
    core.brokers.set(id, null)
    this.#crashed.set(id, broker)
    this.#network.unserve(broker.address)
    broker.process.kill()
    core.scheduler.after(this.#noticeMs(), () => {
      if (core.brokers.get(id) !== null) return
      this.#depose(broker)
      core.publish()
    })
  }

  restart(id: number): void {
    const core = this.#core
    if (core.brokers.get(id) !== null) return
    const former = this.#crashed.get(id)
    // It came back before anybody noticed: what it led begins anew all the same.
    if (former !== undefined && core.registered.has(id)) this.#depose(former)
    const broker = this.start(id)
    core.tell(broker.name, 'starts')
    core.publish()
    this.electAll()
  }

  /** What is led or coordinated by nobody that is alive gets somebody who is. */
  electAll(): void {
    const core = this.#core
    const { fit } = core
    if (fit.length === 0) return
    const orphans = this.partitions().filter(({ leader }) => !core.registered.has(leader))
    for (const partition of orphans) this.#elect(partition)
    core.coordinators.settle(fit, broker => broker === null || !core.registered.has(broker.id))
    if (orphans.length > 0) core.publish()
  }

  partitions(): Partition[] {
    return [...this.#core.topics.values()].flatMap(({ partitions }) => partitions)
  }

  #elect(partition: Partition): void {
    const { fit } = this.#core
    const others = fit.filter(({ id }) => id !== partition.leader)
    this.#core.lead(partition, others.length > 0 ? this.#chance.pick(others).id : (fit[0]?.id ?? -1))
  }

  #depose(broker: SimBroker): void {
    const core = this.#core
    core.tell(broker.name, 'is held to be dead')
    core.registered.delete(broker.id)
    for (const partition of this.partitions()) if (partition.leader === broker.id) this.#elect(partition)
    core.coordinators.settle(core.fit, each => each === broker)
  }

  #look(): void {
    const core = this.#core
    this.electAll()
    for (const broker of core.running) {
      const since = this.#frozenSince.get(broker)
      if (!broker.process.frozen) {
        this.#frozenSince.delete(broker)
        if (core.registered.has(broker.id)) continue
        core.tell(broker.name, 'is alive after all')
        core.registered.add(broker.id)
        core.publish()
        this.electAll()
      } else if (since === undefined) this.#frozenSince.set(broker, core.scheduler.now)
      else if (
        core.scheduler.now - since >= core.settings.noticeMs &&
        core.registered.has(broker.id) &&
        core.fit.length > 0
      ) {
        this.#depose(broker)
        core.publish()
      }
    }
  }

  #noticeMs(): number {
    return this.#chance.next() * this.#core.settings.noticeMs
  }
}
