// What a consumer wants to read: named topics, waited for where missing, or all that match.
import { silentWaits, type Wait, type Waits } from '../connect/waits.ts'
import { type Cluster } from './cluster.ts'
import { brokerError, errorCode } from './protocol/error-codes.ts'

/** Names, or what a whole name must match. */
export type Topics = { readonly names: readonly string[] } | { readonly matches: (topic: string) => boolean }

/** What is known of the cluster's topics. */
export type KnownTopics = Pick<Cluster, 'topic' | 'topics'>

/** A broker that lags behind does not know a topic that was just made. */
const missingPatienceMs = 2000
const ofPattern = 'a topic that topics.regex matches'

interface Missing {
  readonly looks: { count: number }
  readonly wait: Wait
}

export class Subscription {
  readonly #topics: Topics
  readonly #excludeInternal: boolean
  readonly #waits: Waits
  /** By what is waited for. */
  readonly #missing = new Map<string, Missing>()
  /** What was asked of the pattern before: metadata come again and again. An error is the answer to a topic it cannot decide. */
  #known = new Map<string, boolean | Error>()

  /** `waits`: where it is told that a topic is waited for. */
  constructor(topics: Topics, excludeInternal: boolean, waits: Waits = silentWaits) {
    this.#topics = topics
    this.#excludeInternal = excludeInternal
    this.#waits = waits
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

  /** Metadata are fresh: each named topic that does not exist is waited for until it does, and of a pattern the first that matches. */
  look(cluster: KnownTopics): void {
    if (!('names' in this.#topics)) {
      if (this.names(cluster).length > 0) this.#found(ofPattern, 'one matches')
      else if (this.check(cluster) === null)
        this.#miss(ofPattern, 'none of the topics that are there does', 'Create one, or correct the pattern')
      return
    }
    for (const name of new Set(this.#topics.names)) {
      const code = cluster.topic(name)?.errorCode ?? errorCode.none
      if (code === errorCode.unknownTopicOrPartition)
        this.#miss(`topic ${name}`, 'it does not exist', 'Create it, or correct its name in topics')
      else if (code === errorCode.none) this.#found(`topic ${name}`, 'it exists')
    }
  }

  /** Nobody waits any more. */
  close(): void {
    for (const what of this.#missing.keys()) this.#found(what, 'it is not read any more')
  }

  /** The error of a topic that we may not read, or cannot hold against the pattern. */
  check(cluster: KnownTopics): Error | null {
    if (!('names' in this.#topics)) {
      for (const answer of this.#known.values()) if (answer instanceof Error) return answer
      return null
    }
    for (const name of this.#topics.names) {
      const code = cluster.topic(name)?.errorCode ?? errorCode.none
      if (code === errorCode.topicAuthorizationFailed) return brokerError(`topic ${name}: no right to read it`, code)
    }
    return null
  }

  #miss(what: string, reason: string, hint: string): void {
    const known = this.#missing.get(what)
    if (known !== undefined) {
      known.looks.count++
      return known.wait.look()
    }
    const looks = { count: 1 }
    const wait = this.#waits.begin({
      for: 'topic',
      what,
      patienceMs: missingPatienceMs,
      words: () => ({ attempts: looks.count, reason, hint })
    })
    this.#missing.set(what, { looks, wait })
  }

  #found(what: string, how: string): void {
    this.#missing.get(what)?.wait.end(how)
    this.#missing.delete(what)
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
