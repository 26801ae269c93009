// Leaving a group: tried again until the coordinator has heard it, since whoever stays waits for whoever left, but bounded, since whoever closes waits too.
import { causeChain } from '../../connect/errors.ts'
import { type Logger } from '../../connect/log.ts'
import { type Clock } from '../../util/clock.ts'
import { type Cluster } from '../cluster.ts'
import { BrokerError, BrokerUnreachableError } from '../errors.ts'

export interface Goodbye {
  readonly cluster: Cluster
  readonly groupId: string
  readonly clock: Clock
  readonly log: Logger
  /** For the log: "group g: leaving". */
  readonly what: string
}

/** As long as a task may take to stop (`task.shutdown.graceful.timeout.ms`). */
const limitMs = 5000

/** Resolves when `once` has, or when it can't any more; never rejects. */
export async function sayGoodbye(
  { cluster, groupId, clock, log, what }: Goodbye,
  once: () => Promise<void>
): Promise<void> {
  const over = new AbortController()
  let trouble: unknown = null
  const heard = async (): Promise<boolean> => {
    for (let attempt = 1; !over.signal.aborted; attempt++) {
      try {
        await once()
        return true
      } catch (error) {
        trouble = error
        if (!(error instanceof BrokerUnreachableError) && !(error instanceof BrokerError && error.retriable)) break
        cluster.forgetCoordinator(groupId)
        await clock.sleep(cluster.backoffMs(attempt), over.signal)
      }
    }
    return false
  }
  const isHeard = await Promise.race([heard(), clock.sleep(limitMs, over.signal).then(() => false)])
  over.abort()
  if (isHeard) return
  const why = trouble === null ? `no answer within ${limitMs} ms` : causeChain(trouble)
  log.warn(`${what} was not heard by the coordinator: others wait for this member until its session times out (${why})`)
}
