// What a consumer wants to read: named topics, waited for where missing, or all that match.
import { type Logger } from '../connect/log.ts'
import { type Cluster } from './cluster.ts'
import { type BrokerError } from './errors.ts'
import { brokerError, errorCode } from './protocol/error-codes.ts'

/** Names, or what a whole name must match. */
export type Topics = { readonly names: readonly string[] } | { readonly matches: (topic: string) => boolean }

export class Subscription {
  readonly #topics: Topics
  readonly #excludeInternal: boolean
  readonly #log: Logger
  readonly #warned = new Set<string>()

  constructor(topics: Topics, excludeInternal: boolean, log: Logger) {
    this.#topics = topics
    this.#excludeInternal = excludeInternal
    this.#log = log
  }

  /** The topics to keep metadata of; null: all, since any new one may match. */
  get wanted(): ReadonlySet<string> | null {
    return 'names' in this.#topics ? new Set(this.#topics.names) : null
  }

  /** The topics this member subscribes to, sorted; named ones whether they exist or not. */
  names(cluster: Cluster): string[] {
    if ('names' in this.#topics) return [...new Set(this.#topics.names)].sort()
    const names: string[] = []
    for (const topic of cluster.topics()) {
      if (topic.internal && this.#excludeInternal) continue
      if (topic.errorCode === 0 && this.#topics.matches(topic.name)) names.push(topic.name)
    }
    return names.sort()
  }

  /** Warns once of each named topic that does not exist; returns the error of one we may not read. */
  check(cluster: Cluster): BrokerError | null {
    if (!('names' in this.#topics)) return null
    for (const name of this.#topics.names) {
      const code = cluster.topic(name)?.errorCode ?? errorCode.none
      if (code === errorCode.unknownTopicOrPartition) this.#warnMissing(name)
      else if (code === errorCode.topicAuthorizationFailed)
        return brokerError(`topic ${name}: no right to read it`, code)
      else if (code === errorCode.none) this.#warned.delete(name)
    }
    return null
  }

  #warnMissing(name: string): void {
    if (this.#warned.has(name)) return
    this.#warned.add(name)
    this.#log.warn(`topic ${name} does not exist; waiting for it. Create it, or correct the subscription`)
  }
}
