// Consumer groups as their coordinators have them: whoever is a member lives, and commits only for what it has.
import { type History } from '../kafka/history.ts'
import { type AcceptedCommit } from '../kafka/history.ts'
import { type FaultKind } from '../world/faults.ts'

export interface GroupsOptions {
  readonly now: () => number
  readonly history: Pick<History, 'generations' | 'removals'>
  readonly find: (checker: string, what: string) => void
}

/** The longest session, three times over (a member killed while it joined is counted in before its session begins), and what it takes until all is well. */
const settledMs = 3 * 45_000 + 20_000

export class Groups {
  readonly #options: GroupsOptions
  /** When members may fail to be heard, with the time it takes them to be back. */
  readonly #troubles: { readonly from: number; readonly to: number }[] = []

  constructor(options: GroupsOptions) {
    this.#options = options
  }

  /** What befalls Redis alone keeps nobody from his group. */
  befell(fault: FaultKind, spanMs: number): void {
    if (fault.startsWith('redis-')) return
    const from = this.#options.now()
    this.#troubles.push({ from, to: from + spanMs + settledMs })
  }

  /** A commit was taken: nobody else has what it is for. */
  committed({ group, member, topic, partition, offset }: AcceptedCommit): void {
    const { history, find } = this.#options
    const dealt = history.generations.findLast(generation => generation.group === group)?.members
    const key = `${topic}-${partition}`
    if (dealt === undefined || dealt.get(member)?.includes(key) === true) return
    for (const [other, partitions] of dealt) {
      if (partitions.includes(key))
        find('foreign-commit', `${member} committed ${key}@${offset}, which ${other} has in group ${group}`)
    }
  }

  /** The world is over: whoever was put out for its silence, though nothing was in its way, was nobody. */
  end(): void {
    const { history, find } = this.#options
    for (const { at, group, member, why } of history.removals) {
      const isTroubled = this.#troubles.some(({ from, to }) => from <= at && at <= to)
      if (why.includes('session') && !isTroubled)
        find('ghost', `${member} of group ${group} was never heard of again, at ${(at / 1000).toFixed(3)} s: ${why}`)
    }
  }

  /** All workers have stopped in good order. */
  stopped(group: string, members: readonly string[]): void {
    if (members.length > 0)
      this.#options.find('ghost', `all workers have stopped, and group ${group} still has ${members.join(', ')}`)
  }
}
