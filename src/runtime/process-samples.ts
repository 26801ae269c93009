// What the worker's process tells of itself: the names of every Prometheus client, and Connect's app-info.
import { readdir } from 'node:fs/promises'
import process from 'node:process'
import { type Clock } from '../util/clock.ts'
import { type MetricSample } from './metric-sample.ts'

export interface ProcessOptions {
  /** As GET / tells them. */
  readonly version: string
  readonly commit: string
  /** Its `host:port`, by which Connect's bean goes. */
  readonly workerId: () => string
  readonly clock: Clock
}

/** Answers them as they are at each call. */
export function processSamples({
  version,
  commit,
  workerId,
  clock
}: ProcessOptions): () => Promise<readonly MetricSample[]> {
  const startedMs = Math.round(clock.now() - process.uptime() * 1000)
  return async () => {
    const { user, system } = process.cpuUsage()
    const descriptors = await openDescriptors()
    const tags = { 'client-id': workerId() }
    return [
      { group: 'app-info', name: 'version', tags, kind: 'gauge', value: version },
      { group: 'app-info', name: 'commit-id', tags, kind: 'gauge', value: commit },
      { group: 'app-info', name: 'start-time-ms', tags, kind: 'gauge', value: startedMs },
      ofProcess('cpu-seconds-total', (user + system) / 1e6, 'counter'),
      ofProcess('resident-memory-bytes', process.memoryUsage.rss()),
      ofProcess('start-time-seconds', startedMs / 1000),
      ...(descriptors === null ? [] : [ofProcess('open-fds', descriptors)])
    ]
  }
}

function ofProcess(name: string, value: number, kind: MetricSample['kind'] = 'gauge'): MetricSample {
  return { group: 'process', name, tags: {}, kind, value }
}

/** null where the system does not tell. */
async function openDescriptors(): Promise<number | null> {
  try {
    // Looking opens one more.
    return (await readdir('/proc/self/fd')).length - 1
  } catch {
    return null
  }
}
