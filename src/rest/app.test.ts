// What the routes answer when the herder starts, hangs or fails, and how long they wait for it.
import assert from 'node:assert/strict'
import { createServer, get } from 'node:http'
import { type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { FakeClock } from '../../test/kit/fake-clock.ts'
import { silentLogger } from '../connect/log.ts'
import { type Herder, type HerderHealth } from '../runtime/herder.ts'
import { NotLeaderError, RebalanceNeededError } from '../runtime/herder-errors.ts'
import { buildApp } from './app.ts'
import { connectorRoutes } from './connector-routes.ts'
import { metricsRoutes } from './metrics-routes.ts'
import { RateLimit } from './rate-limit.ts'
import { rootRoutes } from './root-routes.ts'

interface Fake {
  /** Requests of an address, in all. */
  readonly requestsMax?: number
  readonly mask?: (text: string) => string
  readonly health?: HerderHealth
  readonly connectors?: () => Promise<readonly string[]>
}

async function served(fake: Fake) {
  const { health = { ready: true, stage: '', waits: [], skips: [] }, connectors = () => Promise.resolve([]) } = fake
  const { requestsMax, mask = text => text } = fake
  const clock = new FakeClock()
  const limit = (): RateLimit | null => (requestsMax === undefined ? null : new RateLimit(requestsMax, 1, clock))
  const herder = { health: () => health, connectors } as Pick<Herder, 'health' | 'connectors'> as Herder
  const metrics = metricsRoutes({ collect: () => Promise.resolve([]), spelling: 'short' })
  const routes = [...rootRoutes({ version: '4.3.1', commit: 'c' }), ...connectorRoutes, ...metrics]
  const guard = { crossOrigin: null, names: [], changesNeedLogin: false }
  const app = await buildApp({
    routes,
    herder,
    guard,
    authenticate: null,
    requestLimit: limit(),
    healthLimit: limit(),
    headerRules: [],
    clock,
    log: silentLogger,
    mask
  })
  const server = createServer(app)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const ask = (path: string, headers: Readonly<Record<string, string>> = {}): Promise<string> =>
    new Promise((resolve, reject) => {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
      get(url, { agent: false, headers }, response => {
        let text = ''
        response.on('data', (chunk: Buffer) => (text += chunk.toString()))
        response.on('end', () => resolve(`${response.statusCode} ${text}`))
      }).on('error', reject)
    })
  return { ask, clock, [Symbol.asyncDispose]: async () => void (await new Promise(resolve => server.close(resolve))) }
}

test('health says starting, healthy or unhealthy, and at what the worker is', async () => {
  const cases: readonly (readonly [HerderHealth, string])[] = [
    [
      { ready: true, stage: '', waits: [], skips: [] },
      '200 {"status":"healthy","message":"Worker has completed startup and is ready to handle requests."}'
    ],
    [
      { ready: true, stage: '', waits: ['Task o-0 is waiting for Redis at r:1 since T, attempt 7: gone'], skips: [] },
      '200 {"status":"healthy","message":"Worker has completed startup and is ready to handle requests. Task o-0 is waiting for Redis at r:1 since T, attempt 7: gone."}'
    ],
    [
      { ready: true, stage: '', waits: Array.from({ length: 12 }, (_, task) => `Task o-${task} waits`), skips: [] },
      '200 {"status":"healthy","message":"Worker has completed startup and is ready to handle requests. ' +
        Array.from({ length: 10 }, (_, task) => `Task o-${task} waits. `).join('') +
        'And 2 more waits: kafka_connect_task_waiting_seconds has them all."}'
    ],
    [
      {
        ...{ ready: true, stage: '', waits: ['Task o-0 waits'] },
        skips: Array.from({ length: 11 }, (_, task) => `Task o-${task} skipped 1 record`)
      },
      '200 {"status":"healthy","message":"Worker has completed startup and is ready to handle requests. Task o-0 waits. ' +
        Array.from({ length: 10 }, (_, task) => `Task o-${task} skipped 1 record. `).join('') +
        'And 1 more of skipped records: kafka_connect_task_error_total_records_skipped and kafka_connect_redis_dropped_total have them all."}'
    ],
    [
      { ready: false, stage: 'The worker is currently reading.', waits: [], skips: [] },
      '503 {"status":"starting","message":"Worker is still starting up. The worker is currently reading."}'
    ],
    [
      { ready: true, stage: 'The worker is currently stuck.', waits: ['Task o-0 is waiting for Redis'], skips: [] },
      '500 {"status":"unhealthy","message":"Worker was unable to handle this request and may be unable to handle other requests. The worker is currently stuck."}'
    ]
  ]
  for (const [health, expected] of cases) {
    await using app = await served({ health })
    assert.equal(await app.ask('/health'), expected)
  }
})

test('a herder that does not answer in 90 s is no longer waited for', async () => {
  let asked = (): void => undefined
  const reached = new Promise<void>(resolve => (asked = resolve))
  const connectors = (): Promise<never> => {
    asked()
    return new Promise(() => undefined)
  }
  await using app = await served({
    connectors,
    health: { ready: true, stage: 'The worker is currently dreaming.', waits: [], skips: [] }
  })
  const answer = app.ask('/connectors')
  await reached
  app.clock.advance(90_000)
  assert.equal(await answer, '500 {"error_code":500,"message":"Request timed out. The worker is currently dreaming."}')
})

test('errors of the herder become their statuses, and their words go out as they are', async () => {
  const cases: readonly (readonly [Error, string])[] = [
    [
      new RebalanceNeededError(),
      '409 {"error_code":409,"message":"Cannot complete request momentarily due to stale configuration (typically caused by a concurrent config change)"}'
    ],
    [
      new NotLeaderError(null),
      '409 {"error_code":409,"message":"Cannot complete request momentarily due to no known leader URL, likely because a rebalance was underway."}'
    ],
    [new Error('Some "fault"'), '500 {"error_code":500,"message":"Some \\"fault\\""}']
  ]
  for (const [error, expected] of cases) {
    await using app = await served({ connectors: () => Promise.reject(error) })
    assert.equal(await app.ask('/connectors'), expected)
  }
})

test('an address that has asked too often is told all the same whether the worker lives, though not for ever', async () => {
  await using app = await served({ requestsMax: 2 })
  const statuses = async (paths: readonly string[]): Promise<readonly string[]> => {
    const answers: string[] = []
    for (const path of paths) answers.push((await app.ask(path)).slice(0, 3))
    return answers
  }
  assert.deepEqual(await statuses(['/connectors', '/connectors', '/connectors']), ['200', '200', '429'])
  assert.deepEqual(await statuses(['/health', '/health?x', '/health/x', '/health/']), ['200', '200', '429', '429'])
})

test('an error says nothing that is to be hidden', async () => {
  const failing = { connectors: () => Promise.reject(new Error('no sesame here')) }
  await using app = await served({ ...failing, mask: text => text.replace('sesame', '[hidden]') })
  assert.equal(await app.ask('/connectors'), '500 {"error_code":500,"message":"no [hidden] here"}')
})

/** What clients say they take: browsers and Java's own client among them. */
const accepted: readonly (readonly [accept: string, status: number])[] = [
  ['', 200],
  ['*/*', 200],
  ['application/json', 200],
  ['Application/JSON; charset=utf-8', 200],
  ['application/*;q=0.1', 200],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 200],
  ['text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2', 200],
  ['text/html', 406],
  ['text/*, image/png', 406],
  ['application/json;q=0, text/html', 406],
  ['application/jsonx', 406],
  [',;,', 406]
]

test('who does not take JSON is told so, as by Jersey; numbers for Prometheus are text', async () => {
  await using app = await served({})
  for (const [accept, status] of accepted) {
    const answer = await app.ask('/connectors', { accept })
    assert.equal(
      answer,
      status === 200 ? '200 []' : '406 {"error_code":406,"message":"HTTP 406 Not Acceptable"}',
      accept
    )
    assert.match(await app.ask('/metrics', { accept }), /^200 /)
  }
  assert.match(await app.ask('/nope', { accept: 'text/html' }), /^404 /, 'no path comes first')
})
