// Which broker coordinates which groups, what is stored of them, and how they move: groups fall into a few slots, each led by one broker.
import { type Chance, hashText } from '../../engine/chance.ts'
import { type Scheduler } from '../../engine/scheduler.ts'
import { type SimBroker } from '../broker.ts'
import { errors } from '../errors.ts'
import { ClassicGroup, type GroupEvent, type GroupHost, type StoredGroup } from './classic-group.ts'

export interface CommittedOffset {
  readonly offset: number
  readonly epoch: number
  readonly metadata: string
  readonly topicId: string | null
}

/** What a coordinator has written down of a group. */
export interface GroupRecord {
  stored: StoredGroup | null
  /** By `topic-partition`. */
  readonly offsets: Map<string, CommittedOffset>
  /** Those that a transaction has written and not ended. */
  readonly unstable: Set<string>
}

interface Slot {
  broker: SimBroker | null
  isLoading: boolean
  readonly groups: Map<string, ClassicGroup>
  move: number
}

/** What coordinators stand on. */
export interface CoordinatorGround {
  readonly scheduler: Scheduler
  readonly initialDelayMs: number
  readonly tell: (who: string, what: string) => void
  readonly told: (event: GroupEvent) => void
}

const slotCount = 5
const loadMsMax = 400

export class Coordinators {
  readonly records = new Map<string, GroupRecord>()
  readonly #ground: CoordinatorGround
  readonly #chance: Chance
  readonly #slots: Slot[]

  constructor(ground: CoordinatorGround, chance: Chance) {
    this.#ground = ground
    this.#chance = chance
    this.#slots = Array.from({ length: slotCount }, () => ({ broker: null, isLoading: false, groups: new Map(), move: 0 })) // prettier-ignore
  }

  /** The broker that coordinates it; null: none does at present. */
  brokerOf(group: string): SimBroker | null {
    return this.#slot(group).broker
  }

  /** The group at its coordinator, or why `broker` does not answer for it; null: there is none. */
  find(broker: SimBroker, group: string): ClassicGroup | null | number {
    const slot = this.#slot(group)
    if (slot.broker !== broker) return errors.notCoordinator
    if (slot.isLoading) return errors.coordinatorLoadInProgress
    return slot.groups.get(group) ?? null
  }

  /** A group that nobody has asked for before. */
  make(broker: SimBroker, id: string): ClassicGroup {
    const slot = this.#slot(id)
    const group = new ClassicGroup(id, this.#host(slot, broker))
    slot.groups.set(id, group)
    return group
  }

  forget(id: string): void {
    this.#slot(id).groups.delete(id)
    this.records.delete(id)
  }

  /** The groups that this broker coordinates. */
  groupsAt(broker: SimBroker): ClassicGroup[] {
    return this.#slots.filter(slot => slot.broker === broker && !slot.isLoading).flatMap(({ groups }) => [...groups.values()]) // prettier-ignore
  }

  record(group: string): GroupRecord {
    const known = this.records.get(group)
    if (known !== undefined) return known
    const record: GroupRecord = { stored: null, offsets: new Map(), unstable: new Set() }
    this.records.set(group, record)
    return record
  }

  /** Slots whose broker `leaves` names get another one of these, by chance. */
  settle(brokers: readonly SimBroker[], leaves: (broker: SimBroker | null) => boolean): void {
    this.#slots.forEach((slot, index) => {
      if (!leaves(slot.broker)) return
      const others = brokers.filter(broker => broker !== slot.broker)
      if (others.length > 0) this.#move(slot, index, this.#chance.pick(others))
      else if (!brokers.includes(slot.broker as SimBroker)) this.#move(slot, index, null)
      // The only broker there is drops what it has in memory, and reads it again.
      else this.#move(slot, index, slot.broker)
    })
  }

  #move(slot: Slot, index: number, to: SimBroker | null): void {
    const from = slot.broker
    const gone = [...slot.groups.values()]
    slot.groups.clear()
    slot.broker = to
    const move = ++slot.move
    // It learns of that in its own time; dead, never.
    from?.process.after(0, () => {
      for (const group of gone) group.unload()
    })
    if (to === null) return
    slot.isLoading = true
    this.#ground.tell(to.name, `coordinates the groups of slot ${index}`)
    to.process.after(this.#chance.next() * loadMsMax, () => {
      if (slot.move === move) this.#load(slot, to)
    })
  }

  #load(slot: Slot, broker: SimBroker): void {
    slot.isLoading = false
    for (const [id, { stored }] of this.records)
      if (this.#slot(id) === slot && stored !== null)
        slot.groups.set(id, ClassicGroup.load(id, this.#host(slot, broker), stored))
  }

  #slot(group: string): Slot {
    return this.#slots[hashText(group) % slotCount] as Slot
  }

  /** Nothing that a broker still does after its groups have moved is written down, as nobody replicates it. */
  #host(slot: Slot, broker: SimBroker): GroupHost {
    const { scheduler, initialDelayMs, told } = this.#ground
    const { move } = slot
    return {
      now: () => scheduler.now,
      after: (delayMs, run) =>
        broker.process.after(delayMs, () => {
          if (slot.move === move) run()
        }),
      store: (group, stored) => {
        if (slot.move === move) this.record(group).stored = stored
      },
      newMemberId: name => `${name}-${Buffer.from(this.#chance.bytes(8)).toString('hex')}`,
      initialDelayMs,
      told: event => {
        if (slot.move === move) told(event)
      }
    }
  }
}
