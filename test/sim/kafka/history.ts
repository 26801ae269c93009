// What happened to groups, commits and produced records, for whoever checks a world.
import { type GroupEvent } from './group/classic-group.ts'
import { type LogRecord } from './log/batch.ts'

export interface AcceptedCommit {
  readonly at: number
  readonly group: string
  readonly member: string
  readonly generation: number
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

export interface ProducedRecord extends LogRecord {
  readonly at: number
  readonly topic: string
  readonly partition: number
}

/** A generation as its leader dealt it. */
export interface Generation {
  readonly at: number
  readonly group: string
  readonly generation: number
  /** By member id: its partitions as `topic-partition`. */
  readonly members: ReadonlyMap<string, readonly string[]>
}

export interface Removal {
  readonly at: number
  readonly group: string
  readonly member: string
  readonly why: string
}

export class History {
  readonly commits: AcceptedCommit[] = []
  readonly produced: ProducedRecord[] = []
  readonly generations: Generation[] = []
  readonly removals: Removal[] = []
  readonly #now: () => number
  readonly #tell: (who: string, what: string) => void
  readonly #onGeneration: (group: string, generation: number) => void

  constructor(
    now: () => number,
    tell: (who: string, what: string) => void,
    onGeneration: (group: string, generation: number) => void
  ) {
    // prettier-ignore
    this.#now = now
    this.#tell = tell
    this.#onGeneration = onGeneration
  }

  group(event: GroupEvent): void {
    const at = this.#now()
    const { group } = event
    switch (event.kind) {
      case 'generation':
        this.#tell(group, `generation ${event.generation} of ${event.members.join(', ')}`)
        this.#onGeneration(group, event.generation)
        return
      case 'dealt':
        this.#tell(group, `generation ${event.generation} is dealt: ${[...event.members].map(([id, dealt]) => `${id} has ${dealt.join(' ')}`).join('; ')}`) // prettier-ignore
        this.generations.push({ at, group, generation: event.generation, members: event.members })
        return
      case 'removed':
        this.#tell(group, `${event.member} is out: ${event.why}`)
        this.removals.push({ at, group, member: event.member, why: event.why })
    }
  }
}
