// GET /metrics: the worker's numbers for Prometheus.
import { type MetricSample } from '../runtime/metric-sample.ts'
import { prometheusContentType, prometheusText, type Spelling } from './prometheus.ts'
import { type Route } from './routes.ts'

/** Where the numbers come from, and how they are spelled. */
export interface MetricsSource {
  readonly collect: () => Promise<readonly MetricSample[]>
  readonly spelling: Spelling
}

export function metricsRoutes({ collect, spelling }: MetricsSource): readonly Route[] {
  const contentType = prometheusContentType
  return [
    {
      path: '/metrics',
      plain: true,
      handlers: {
        GET: async () => ({ status: 200, text: { contentType, content: prometheusText(await collect(), spelling) } })
      }
    }
  ]
}

/** The value of `metrics.prometheus.spelling`, which the configuration has checked. */
export function spellingOf(text: string | null): Spelling {
  return text === 'full' || text === 'both' ? text : 'short'
}
