// What a consumer wants to read: named topics, waited for where missing, or all that match.
import { type Logger } from '../connect/log.ts'
import { type Cluster } from './cluster.ts'
import { brokerError, errorCode } from './protocol/error-codes.ts'

/** Names, or what a whole name must match. */
export type Topics = { readonly names: readonly string[] } | { readonly matches: (topic: string) => boolean }

/** What is known of the cluster's topics. */
export type KnownTopics = Pick<Cluster, 'topic' | 'topics'>

export class Subscription {
  readonly #topics: Topics
  readonly #excludeInternal: boolean
  readonly #log: Logger
  readonly #warned = new Set<string>()
  /** What was asked of the pattern before: metadata come again and again. An error is the answer to a topic it cannot decide. */
  #known = new Map<string, boolean | Error>()

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
  names(cluster: KnownTopics): string[] {
    if ('names' in this.#topics) return [...new Set(this.#topics.names)].sort()
    const names: string[] = []
    const known = new Map<string, boolean | Error>()
    for (const topic of cluster.topics()) {
      if (topic.errorCode !== 0 || (topic.internal && this.#excludeInternal)) continue
      const answer = this.#known.get(topic.name) ?? asked(this.#topics.matches, topic.name)
      known.set(topic.name, answer)
      if (answer === true) names.push(topic.name)
    }
    this.#known = known
    return names.sort()
  }

  /** Warns once of each named topic that does not exist; returns the error of one we may not read, or cannot hold against the pattern. */
  check(cluster: KnownTopics): Error | null {
    if (!('names' in this.#topics)) {
      for (const answer of this.#known.values()) if (answer instanceof Error) return answer
      return null
    }
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
    this.#log.warn(`topic ${name} does not exist; waiting for it. Create it, or correct its name in topics`)
  }
}

/** A pattern that runs out of steps throws; it must not do so in whoever brought the metadata. */
function asked(matches: (topic: string) => boolean, topic: string): boolean | Error {
  try {
    return matches(topic)
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}
