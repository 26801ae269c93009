// The one narrow door to Kafka's brokers: typed requests, a connection per broker and channel, timeouts, reconnects with backoff.
import { type LookupFunction } from 'node:net'
import { type Logger } from '../connect/log.ts'
import { causeChain, ConnectError } from '../connect/errors.ts'
import { type Clock } from '../util/clock.ts'
import { type Random } from '../util/random.ts'
import { lookupInTurn } from './addresses.ts'
import { type BrokerLink, type LinkOptions, type OpenLink } from './broker-link.ts'
import { type ClientMeter } from './client-meter.ts'
import { type BrokerAddress } from './client-properties.ts'
import { connectError } from './connect-error.ts'
import { BrokerUnreachableError, UnsupportedVersionError } from './errors.ts'
import { FrameConnection } from './frame-connection.ts'
import { openLoginConnection } from './login-connection.ts'
import { type TokenSource } from './oauth/token-source.ts'
import { unsecuredToken } from './oauth/unsecured-token.ts'
import { apis, type ApiName, type RequestOf, type ResponseOf } from './protocol/apis.ts'
import { decode, encode, type Api } from './protocol/codec.ts'
import { type SecuritySettings } from './security.ts'

/** Requests of one channel share a connection; a long poll of one never holds up the others. */
export type Channel = 'main' | 'fetch' | 'group'

export interface RequestOptions {
  readonly channel?: Channel
  /** The answer is waited for that long; `request.timeout.ms` where absent. */
  readonly timeoutMs?: number
  /** No newer version of the API than this. */
  readonly versionMax?: number
}

/** Everything above asks brokers through this; the simulation hands in another one. */
export interface Wire {
  request<A extends ApiName>(
    broker: BrokerAddress,
    api: A,
    args: RequestOf<A>,
    options?: RequestOptions
  ): Promise<ResponseOf<A>>
  /** Whether that broker speaks some version of `api` that we speak too. */
  supports(broker: BrokerAddress, api: ApiName): Promise<boolean>
  close(): Promise<void>
}

export interface WireOptions {
  readonly clientId: string
  readonly security: SecuritySettings
  /** The addresses of the configuration; others are what brokers say of themselves. */
  readonly bootstrap?: readonly BrokerAddress[]
  readonly requestTimeoutMs: number
  readonly connectTimeoutMs: number
  /** Each failure doubles the time a connection may take, up to this. */
  readonly connectTimeoutMsMax: number
  readonly reconnectBackoffMs: number
  readonly reconnectBackoffMsMax: number
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly meter?: ClientMeter | undefined
  /** Where the simulation connects instead of sockets. */
  readonly openLink?: OpenLink | undefined
  /** False: another client with the same settings warns of what is odd about them. */
  readonly warns?: boolean
}

interface Link {
  readonly connection: BrokerLink
  readonly versions: Versions
}

/** By the number of an API. */
type Versions = ReadonlyMap<number, readonly [min: number, max: number]>

interface Failures {
  count: number
  retryAt: number
}

const backoffJitter = 0.2

export class KafkaWire implements Wire {
  readonly #options: WireOptions
  readonly #links = new Map<string, Promise<Link>>()
  /** Those that stand, each with what is counted of its bytes. */
  readonly #connections = new Map<BrokerLink, { read: number; written: number }>()
  readonly #failures = new Map<string, Failures>()
  readonly #closing = new AbortController()
  /** Addresses that have answered more than which versions they speak. */
  readonly #heard = new Set<string>()
  #tokens: Promise<TokenSource> | null = null
  #warned = false

  constructor(options: WireOptions) {
    this.#options = options
    this.#warned = options.warns === false
  }

  async request<A extends ApiName>(
    broker: BrokerAddress,
    name: A,
    args: RequestOf<A>,
    options: RequestOptions = {}
  ): Promise<ResponseOf<A>> {
    const link = await this.#link(broker, options.channel ?? 'main')
    const api: Api = apis[name]
    const version = sharedVersion(api, link.versions, options.versionMax)
    if (version === null) {
      const range = link.versions.get(api.key)
      throw new UnsupportedVersionError(
        `${broker.host}:${broker.port} speaks ${name} ${range === undefined ? 'not at all' : `in versions ${range.join(' to ')}`}; ` +
          `we speak ${api.min} to ${api.max}. Use a broker of Kafka 2.1 or later`
      )
    }
    try {
      const answer = await this.#send(link.connection, broker, name, version, args, options.timeoutMs)
      this.#heard.add(`${broker.host}:${broker.port}`)
      return answer
    } catch (error) {
      // Anything else is our own mistake, such as a request that can't be encoded.
      throw error instanceof ConnectError ? this.#told(broker, error) : error
    }
  }

  /** An error with what to look at, from brokers that have never answered: of others it is known that address and protocol are right. */
  #told(broker: BrokerAddress, error: unknown): unknown {
    const { security, bootstrap = [] } = this.#options
    const heard = this.#heard.has(`${broker.host}:${broker.port}`)
    return connectError(broker, error, { security, bootstrap, heard })
  }

  async supports(broker: BrokerAddress, name: ApiName): Promise<boolean> {
    const link = await this.#link(broker, 'main')
    return sharedVersion(apis[name], link.versions) !== null
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#links.clear()
    await Promise.all([...this.#connections.keys()].map(connection => connection.close().catch(() => undefined)))
  }

  #link(broker: BrokerAddress, channel: Channel): Promise<Link> {
    if (this.#closing.signal.aborted) return Promise.reject(new BrokerUnreachableError('the client is closed'))
    const key = `${channel}@${broker.host}:${broker.port}`
    const known = this.#links.get(key)
    if (known !== undefined) return known
    const forget = (): void => {
      if (this.#links.get(key) === link) this.#links.delete(key)
    }
    const link = this.#open(broker, forget)
    this.#links.set(key, link)
    link.catch(forget)
    return link
  }

  async #open(broker: BrokerAddress, onClose: () => void): Promise<Link> {
    const { clock } = this.#options
    const address = `${broker.host}:${broker.port}`
    const failures = this.#failures.get(address) ?? { count: 0, retryAt: 0 }
    if (failures.retryAt > clock.monotonic()) {
      await clock.sleep(failures.retryAt - clock.monotonic(), this.#closing.signal)
    }
    if (this.#closing.signal.aborted) throw new BrokerUnreachableError('the client is closed')
    try {
      const { connectTimeoutMs, connectTimeoutMsMax } = this.#options
      const limitMs = Math.min(connectTimeoutMs * 2 ** failures.count, Math.max(connectTimeoutMs, connectTimeoutMsMax))
      const link = await this.#connect(broker, limitMs, lookupInTurn(failures.count), onClose)
      this.#failures.delete(address)
      return link
    } catch (error) {
      failures.count++
      failures.retryAt = clock.monotonic() + this.#backoffMs(failures.count)
      this.#failures.set(address, failures)
      throw this.#told(broker, error)
    }
  }

  /** Exponential with jitter, so that the clients of a restarted broker don't all return in the same moment. */
  #backoffMs(failures: number): number {
    const { reconnectBackoffMs, reconnectBackoffMsMax, random } = this.#options
    const base = Math.min(reconnectBackoffMs * 2 ** (failures - 1), reconnectBackoffMsMax)
    return base * (1 + backoffJitter * (2 * random.next() - 1))
  }

  async #connect(
    broker: BrokerAddress,
    connectTimeoutMs: number,
    lookup: LookupFunction,
    onClose: () => void
  ): Promise<Link> {
    const { clientId } = this.#options
    this.#warnOfClearText(broker)
    const gone = (): void => {
      if (connection !== null) this.#forget(connection)
      onClose()
    }
    const options = { host: broker.host, port: broker.port, lookup, clientId, connectTimeoutMs, onClose: gone }
    let connection: BrokerLink | null = null
    connection = await this.#openLink(options)
    this.#connections.set(connection, { read: 0, written: 0 })
    this.#options.meter?.connections.add(1)
    try {
      if (this.#closing.signal.aborted) throw new BrokerUnreachableError('the client is closed')
      const answer = await this.#send(connection, broker, 'ApiVersions', 0, {}, connectTimeoutMs)
      return { connection, versions: versionsOf(answer.apiKeys) }
    } catch (error) {
      this.#forget(connection)
      connection.destroy()
      throw error
    }
  }

  async #openLink(options: LinkOptions): Promise<BrokerLink> {
    const { security, log, openLink } = this.#options
    if (openLink !== undefined) return openLink(options)
    return security.sasl === null
      ? FrameConnection.open({ ...options, tls: security.tls })
      : openLoginConnection({ ...options, security, log, token: await this.#token() })
  }

  #forget(connection: BrokerLink): void {
    this.#count(connection)
    if (this.#connections.delete(connection)) this.#options.meter?.connections.add(-1)
  }

  /** Once per request: what its connection carried since the last time. */
  #count(connection: BrokerLink): void {
    const { meter } = this.#options
    const counted = this.#connections.get(connection)
    if (meter === undefined || counted === undefined) return
    const { bytesRead, bytesWritten } = connection
    meter.incomingBytes.add(bytesRead - counted.read)
    meter.outgoingBytes.add(bytesWritten - counted.written)
    counted.read = bytesRead
    counted.written = bytesWritten
  }

  /** PLAIN and OAUTHBEARER hand over what they log in with; SCRAM proves it only. */
  #warnOfClearText({ host, port }: BrokerAddress): void {
    const { security, log } = this.#options
    if (this.#warned || security.tls !== null || security.sasl === null) return
    if (security.sasl.mechanism.startsWith('SCRAM') || /^(?:localhost|127\..*|::1)$/.test(host)) return
    this.#warned = true
    log.warn(
      `${host}:${port}: security.protocol=SASL_PLAINTEXT sends our ${security.sasl.mechanism} login in clear: whoever listens on the way has it. Use SASL_SSL`
    )
  }

  /** What gives a login its token; null: none is needed. All connections of this client share it. */
  async #token(): Promise<(() => Promise<string>) | null> {
    const { security, clock, random, log } = this.#options
    const source = security.sasl?.oauth?.source
    if (source === undefined) return null
    if (source.kind === 'token') return () => Promise.resolve(source.token)
    if (source.kind === 'unsecured') return () => Promise.resolve(unsecuredToken(source.subject, clock.now()))
    this.#tokens ??= Promise.all([import('./oauth/token-source.ts'), import('./oauth/token-endpoint.ts')]).then(
      ([{ TokenSource }, { askForToken }]) =>
        new TokenSource(source.endpoint, { ask: askForToken, clock, random, log, closing: this.#closing.signal })
    )
    const tokens = await this.#tokens
    // Fetched before the connection: what an OAuth server says is an error of its own, not the broker's.
    await tokens.get()
    return () => tokens.get()
  }

  async #send<A extends ApiName>(
    connection: BrokerLink,
    broker: BrokerAddress,
    name: A,
    version: number,
    args: RequestOf<A>,
    timeoutMs?: number
  ): Promise<ResponseOf<A>> {
    const api: Api = apis[name]
    const flexible = version >= api.flexible
    const limitMs = timeoutMs ?? this.#options.requestTimeoutMs
    const where = `${broker.host}:${broker.port}`
    const body = encode(api.request, args, version, flexible)
    const timer = this.#options.clock.setTimer(limitMs, () => {
      // The answer may still come; on this connection it would be taken for another one.
      connection.destroy(new Error(`no answer within ${limitMs} ms`))
    })
    let answer: Buffer
    try {
      // An answer to ApiVersions never has tagged fields in its header: whoever asks may not know yet what the broker speaks.
      const answerFlexible = flexible && name !== 'ApiVersions'
      answer = await connection.send({ key: api.key, version, body, flexible, answerFlexible })
    } catch (error) {
      throw new BrokerUnreachableError(`${where} gave no answer to ${name}: ${causeChain(error)}`, { cause: error })
    } finally {
      timer.clear()
      this.#count(connection)
    }
    try {
      return decode(api.response, answer, 0, version, flexible) as ResponseOf<A>
    } catch (error) {
      // What follows on this connection can't be trusted either.
      const damage = new BrokerUnreachableError(`${where} gave an answer to ${name} that can't be read: ${causeChain(error)}`, { cause: error }) // prettier-ignore
      connection.destroy(damage)
      throw damage
    }
  }
}

/** Brokers of one cluster say mostly the same; a thousand idle tasks have two thousand connections, with eighty ranges each. */
const versionsHeard = new Map<string, Versions>()
const versionsHeardMax = 16

function versionsOf(apiKeys: ResponseOf<'ApiVersions'>['apiKeys']): Versions {
  const text = apiKeys.map(({ apiKey, minVersion, maxVersion }) => `${apiKey}:${minVersion}-${maxVersion}`).join(' ')
  const heard = versionsHeard.get(text)
  if (heard !== undefined) return heard
  const versions = new Map(
    apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, [minVersion, maxVersion] as const])
  )
  if (versionsHeard.size < versionsHeardMax) versionsHeard.set(text, versions)
  return versions
}

/** The newest version both sides speak, null if there is none. */
function sharedVersion(api: Api, versions: Versions, versionMax = api.max): number | null {
  const range = versions.get(api.key)
  if (range === undefined) return null
  const version = Math.min(api.max, versionMax, range[1])
  return version < Math.max(api.min, range[0]) ? null : version
}
