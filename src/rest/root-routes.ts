// What a worker says of itself: GET / and GET /health.
import { type Herder } from '../runtime/herder.ts'
import { ok, type RestAnswer, type Route } from './routes.ts'

export interface ServerInfo {
  /** The release of Connect whose answers these are. */
  readonly version: string
  readonly commit: string
}

export function rootRoutes({ version, commit }: ServerInfo): readonly Route[] {
  return [
    {
      path: '/',
      handlers: {
        GET: async (_, herder) => ok({ version, commit, kafka_cluster_id: await herder.kafkaClusterId() })
      }
    },
    { path: '/health', handlers: { GET: (_, herder) => Promise.resolve(health(herder)) } }
  ]
}

/** Probes keep what they are told in events. */
const shownMax = 10

function firstOf(texts: readonly string[], rest: (more: number) => string): readonly string[] {
  const shown = texts.slice(0, shownMax).map(text => (text.endsWith('.') ? text : `${text}.`))
  return texts.length > shownMax ? [...shown, rest(texts.length - shownMax)] : shown
}

const moreWaits = (more: number): string => `And ${more} more waits: kafka_connect_task_waiting_seconds has them all.`
const moreSkips = (more: number): string =>
  `And ${more} more of skipped records: kafka_connect_task_error_total_records_skipped and kafka_connect_redis_dropped_total have them all.`

function health(herder: Herder): RestAnswer {
  const { ready, stage, waits, skips } = herder.health()
  if (ready && stage === '') {
    const message = 'Worker has completed startup and is ready to handle requests.'
    // A worker that waits for Redis or Kafka is well: restarting it would mend nothing. Probes look at the status alone.
    const more = [...firstOf(waits, moreWaits), ...firstOf(skips, moreSkips)]
    return ok({ status: 'healthy', message: [message, ...more].join(' ') })
  }
  const more = stage === '' ? '' : ` ${stage}`
  if (!ready) return { status: 503, body: { status: 'starting', message: `Worker is still starting up.${more}` } }
  const message = `Worker was unable to handle this request and may be unable to handle other requests.${more}`
  return { status: 500, body: { status: 'unhealthy', message } }
}
