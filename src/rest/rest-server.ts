// REST on its sockets: they listen at once, requests wait until the routes stand, and close without cutting answers.
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo } from 'node:net'
import { type ParsedConfig } from '../connect/config.ts'
import { ConfigError } from '../connect/errors.ts'
import { type Logger } from '../connect/log.ts'
import { type Config } from '../connect/plugin.ts'
import { type Herder } from '../runtime/herder.ts'
import { type Clock } from '../util/clock.ts'
import { adminRoutes } from './admin-routes.ts'
import { type AppOptions, buildApp } from './app.ts'
import { authentication } from './basic-auth.ts'
import { ConnectionPlaces } from './connection-places.ts'
import { connectorRoutes } from './connector-routes.ts'
import {
  adminListeners,
  advertisedAddress,
  isLoopback,
  type Listener,
  listenerText,
  mainListeners
} from './listeners.ts'
import { type MetricsSource, metricsRoutes } from './metrics-routes.ts'
import { offsetRoutes } from './offset-routes.ts'
import { pluginRoutes } from './plugin-routes.ts'
import { RateLimit } from './rate-limit.ts'
import { crossOrigin, headerRules } from './response-headers.ts'
import { rootRoutes, type ServerInfo } from './root-routes.ts'
import { type Route } from './routes.ts'
import { httpsOptions } from './tls-settings.ts'

export interface RestOptions {
  readonly config: ParsedConfig
  readonly properties: Config
  readonly info: ServerInfo
  /** KAFKA_OPTS, where Java users name their JAAS file. */
  readonly javaOptions: string
  readonly clock: Clock
  readonly log: Logger
  /** Hides what config providers gave. */
  readonly mask: (text: string) => string
}

type Room = 'main' | 'admin'

/** What the routes stand on. */
interface Served {
  readonly herder: Herder
  readonly metrics: MetricsSource
}

interface Door {
  readonly room: Room
  readonly server: Server
  readonly listener: Listener
}

// A client that is slower than this with its headers, or with all of a request, is cut off.
const headersMsMax = 10_000
const requestMsMax = 60_000
const checkEveryMs = 2_000
const tellClosedEveryMs = 60_000

export class RestServer {
  readonly #options: RestOptions
  readonly #settings: Omit<AppOptions, 'herder' | 'routes'>
  readonly #log: Logger
  readonly #doors: Door[] = []
  readonly #adminApart: boolean
  readonly #served: Promise<Served>
  #serve: (served: Served) => void = () => undefined
  #apps: Promise<Readonly<Record<Room, RequestListener>>> | null = null
  #closedToldAt = -Infinity
  #closedSince = 0

  private constructor(options: RestOptions) {
    const { config, clock, log, javaOptions, mask } = options
    this.#options = options
    this.#log = log.named('org.apache.kafka.connect.runtime.rest.RestServer')
    this.#adminApart = config.get('admin.listeners') !== null
    this.#served = new Promise(resolve => (this.#serve = resolve))
    const perSecond = config.number('rest.requests.per.second.max')
    this.#settings = {
      guard: {
        crossOrigin: crossOrigin(
          config.text('access.control.allow.origin') ?? '',
          config.text('access.control.allow.methods') ?? ''
        ),
        names: [...config.list('rest.allowed.hosts'), config.text('rest.advertised.host.name') ?? ''],
        changesNeedLogin: config.boolean('rest.changes.authenticated')
      },
      authenticate: authentication(config.list('rest.extension.classes'), javaOptions, clock),
      requestLimit: perSecond === 0 ? null : new RateLimit(2 * perSecond, perSecond, clock),
      healthLimit: perSecond === 0 ? null : new RateLimit(2 * perSecond, perSecond, clock),
      headerRules: headerRules(config.text('response.http.headers.config') ?? '', clock),
      clock,
      log,
      mask
    }
  }

  /** Listens on all sockets; rejects with ConfigError where one can't be had. */
  static async open(options: RestOptions): Promise<RestServer> {
    const rest = new RestServer(options)
    try {
      for (const listener of mainListeners(options.config)) await rest.#listen('main', listener, 'listeners')
      for (const listener of adminListeners(options.config) ?? [])
        await rest.#listen('admin', listener, 'admin.listeners')
    } catch (error) {
      await rest.close()
      throw error
    }
    rest.#warnIfOpen()
    return rest
  }

  /** `host:port` for statuses and other workers. */
  get advertised(): string {
    const main = this.#doors.filter(({ room }) => room === 'main').map(({ listener }) => listener)
    return advertisedAddress(this.#options.config, main)
  }

  /** From now on requests are answered; the first of them loads what answers, or `load`, whichever comes first. */
  serve(herder: Herder, metrics: MetricsSource): void {
    this.#serve({ herder, metrics })
  }

  /** Loads what answers requests, so that the first one need not wait for it. */
  async load(): Promise<void> {
    await this.#listeners()
  }

  /** Takes no more requests and lets those under way be answered. */
  async close(): Promise<void> {
    await Promise.all(
      this.#doors.map(
        ({ server }) =>
          new Promise<void>(resolve => {
            server.close(() => resolve())
            server.closeIdleConnections()
            // Whoever holds a connection without asking anything is not waited for.
            this.#options.clock.setTimer(1_000, () => server.closeAllConnections())
          })
      )
    )
  }

  async #listen(room: Room, listener: Listener, key: string): Promise<void> {
    const answer: RequestListener = (request, response) => {
      this.#listeners().then(
        apps => apps[room](request, response),
        (error: unknown) => {
          this.#log.error('REST could not be loaded', error)
          response.writeHead(500).end()
        }
      )
    }
    const timeouts = {
      headersTimeout: headersMsMax,
      requestTimeout: requestMsMax,
      connectionsCheckingInterval: checkEveryMs
    }
    const server =
      listener.protocol === 'https'
        ? createHttpsServer({ ...httpsOptions(this.#options.properties, `${key}.https.`), ...timeouts }, answer)
        : createServer(timeouts, answer)
    const { config } = this.#options
    const total = config.number('rest.connections.max')
    // Who raises the one and says nothing of the other may have all callers behind one proxy.
    const isSaid = config.originals.has('rest.connections.per.address.max')
    const said = config.number('rest.connections.per.address.max')
    const perAddress = isSaid ? said : Math.max(said, Math.floor(total / 2))
    ConnectionPlaces.watch(server, { total, perAddress }, address => this.#tellClosed(address))
    const port = await bound(server, listener, key)
    this.#doors.push({ room, server, listener: { ...listener, port } })
    this.#log.info(`${room === 'admin' ? 'Admin' : 'REST'} server listening at ${listenerText({ ...listener, port })}`)
  }

  #tellClosed(address: string): void {
    this.#closedSince += 1
    const now = this.#options.clock.monotonic()
    if (now - this.#closedToldAt < tellClosedEveryMs) return
    const many = this.#closedSince === 1 ? 'a connection' : `${this.#closedSince} connections`
    this.#log.warn(
      `REST closed ${many}, the last of ${address}, to let others in: there are more than rest.connections.max or rest.connections.per.address.max take`
    )
    this.#closedToldAt = now
    this.#closedSince = 0
  }

  #listeners(): Promise<Readonly<Record<Room, RequestListener>>> {
    this.#apps ??= this.#served.then(async ({ herder, metrics }) => {
      const numbers = metricsRoutes(metrics)
      const main = [...rootRoutes(this.#options.info), ...connectorRoutes, ...offsetRoutes, ...pluginRoutes, ...numbers]
      const app = (routes: readonly Route[]): Promise<RequestListener> =>
        buildApp({ ...this.#settings, herder, routes })
      return {
        main: await app(this.#adminApart ? main : [...main, ...adminRoutes]),
        admin: this.#doors.some(({ room }) => room === 'admin')
          ? await app([...adminRoutes, ...numbers])
          : () => undefined
      }
    })
    return this.#apps
  }

  #asksForCertificates(): boolean {
    const { properties } = this.#options
    const auth = properties.get('listeners.https.ssl.client.auth') ?? properties.get('ssl.client.auth')
    return auth?.trim().toLowerCase() === 'required'
  }

  #warnIfOpen(): void {
    if (this.#settings.authenticate !== null || this.#settings.guard.changesNeedLogin) return
    for (const { listener } of this.#doors) {
      if (isLoopback(listener.host) || (listener.protocol === 'https' && this.#asksForCertificates())) continue
      this.#log.warn(
        `${listenerText(listener)} lets everybody who reaches it change connectors and read their secrets. ` +
          'Bind it to 127.0.0.1, or set rest.extension.classes or listeners.https.ssl.client.auth=required'
      )
    }
  }
}

function refusalOf({ code, message }: NodeJS.ErrnoException, listener: Listener): string {
  const at = (change: Partial<Listener>): string => listenerText({ ...listener, ...change })
  switch (code) {
    case 'EADDRINUSE':
      return `the port is taken, perhaps by another worker. Choose another one, such as ${at({ port: listener.port + 1 })}`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `this machine has no such address (${message}). Write one of its own, such as ${at({ host: '127.0.0.1' })}, or ${at({ host: '' })} for all`
    case 'EACCES':
      return `this user may not take the port (${message}). Choose one above 1023, such as ${at({ port: 8083 })}`
    default:
      return message
  }
}

function bound(server: Server, listener: Listener, key: string): Promise<number> {
  const { host, port } = listener
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new ConfigError(key, `${key}: can't listen at ${listenerText(listener)}: ${refusalOf(error, listener)}`))
    })
    server.listen({ port, ...(host === '' ? {} : { host }) }, () => {
      resolve((server.address() as AddressInfo).port)
    })
  })
}
