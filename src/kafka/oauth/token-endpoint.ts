// The door to an OAuth server: one request for a token by client credentials, its answer read and judged.
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { AuthenticationFailedError, BrokerUnreachableError } from '../errors.ts'
import { type TokenEndpoint } from './settings.ts'
import { type Clock } from '../../util/clock.ts'
import { type ConnectionKeys, hostAdvice, isNetworkError, withTlsAdvice } from '../../util/connection-advice.ts'

export interface FetchedToken {
  readonly token: string
  /** Milliseconds since the epoch; null: neither token nor answer say it. */
  readonly expiresAt: number | null
}

/** Asks once. Throws AuthenticationFailedError where asking again is no use, BrokerUnreachableError where it may be. */
export type AskForToken = (endpoint: TokenEndpoint, clock: Clock) => Promise<FetchedToken>

const answerBytesMax = 1024 * 1024
// As in Java; everything else that is no success may pass.
const finalStatuses = new Set([400, 401, 402, 403, 404, 405, 406, 407, 409, 410, 411, 412, 413, 414, 415, 501, 505])

export const askForToken: AskForToken = async (endpoint, clock) => {
  let answer: { status: number; body: string }
  try {
    answer = await send(endpoint, clock)
  } catch (error) {
    const reason = error instanceof Error ? error.message || ((error as NodeJS.ErrnoException).code ?? '') : ''
    const [begin, text] = [`no token from ${endpoint.shown}: `, withoutSecrets(reason, endpoint)]
    // A certificate that is not trusted stays so.
    if (!isNetworkError(error) && /certificate|altnames|self.signed/i.test(reason)) {
      throw new AuthenticationFailedError(
        `${begin}${withTlsAdvice(text, tlsHelp)}. Its ssl.* settings stand among the options of sasl.jaas.config`
      )
    }
    throw new BrokerUnreachableError(begin + withAdvice(text, endpoint.url))
  }
  const { status, body } = answer
  if (status === 200 || status === 201) return readAnswer(body, endpoint, clock.now())
  const text = `no token from ${endpoint.shown}: it answered ${status}${reasonOf(body, endpoint)}`
  if (status >= 300 && status < 400) {
    throw new AuthenticationFailedError(`${text}. A redirection is not followed: write the address that it leads to`)
  }
  if (!finalStatuses.has(status)) throw new BrokerUnreachableError(text)
  throw new AuthenticationFailedError(
    `${text}. Look at sasl.oauthbearer.token.endpoint.url and at clientId, clientSecret and scope in sasl.jaas.config`
  )
}

const urlKey = 'sasl.oauthbearer.token.endpoint.url'

function withAdvice(text: string, { protocol, hostname }: URL): string {
  if (protocol === 'https:') return withTlsAdvice(text, tlsHelp) + hostAdvice(text, hostname, urlKey)
  if (/socket hang up|ECONNRESET|Parse Error/.test(text))
    return `${text} (${urlKey} begins with http: does the server speak https on this port?)`
  return text + hostAdvice(text, hostname, urlKey)
}

const tlsHelp: ConnectionKeys = {
  server: 'the OAuth server',
  host: urlKey,
  truststore: 'ssl.truststore.location',
  keystore: 'ssl.keystore.location',
  identification: 'ssl.endpoint.identification.algorithm',
  protocols: 'what that server allows',
  noTls: `${urlKey} begins with https: does the server speak TLS on this port?`
}

function send(endpoint: TokenEndpoint, clock: Clock): Promise<{ status: number; body: string }> {
  const { url, tls, scope, connectTimeoutMs, readTimeoutMs } = endpoint
  const body = `grant_type=client_credentials${scope === null ? '' : `&scope=${formEncoded(scope.trim())}`}`
  const isHttps = url.protocol === 'https:'
  return new Promise((resolve, reject) => {
    const request = (isHttps ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      agent: false,
      ...(isHttps ? tls : {}),
      headers: {
        accept: 'application/json',
        authorization: authorization(endpoint),
        'cache-control': 'no-cache',
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': Buffer.byteLength(body)
      }
    })
    const late = (what: string, ms: number) => () => request.destroy(new Error(`${what} within ${ms} ms`))
    const timers = [clock.setTimer(connectTimeoutMs, late('no connection', connectTimeoutMs))]
    request.on('socket', socket =>
      socket.once(isHttps ? 'secureConnect' : 'connect', () => {
        timers[0]?.clear()
        timers.push(clock.setTimer(readTimeoutMs, late('no answer', readTimeoutMs)))
      })
    )
    request.on('close', () => timers.forEach(timer => timer.clear()))
    request.on('error', reject)
    request.on('response', response => {
      const chunks: Buffer[] = []
      let length = 0
      response.on('data', (chunk: Buffer) => {
        length += chunk.length
        if (length > answerBytesMax) request.destroy(new Error(`the answer is larger than ${answerBytesMax} bytes`))
        else chunks.push(chunk)
      })
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }))
    })
    request.end(body)
  })
}

function authorization({ clientId, clientSecret, encodesHeader }: TokenEndpoint): string {
  const part = encodesHeader ? formEncoded : (text: string): string => text
  return `Basic ${Buffer.from(`${part(clientId)}:${part(clientSecret)}`).toString('base64')}`
}

/** As Java's URLEncoder: a blank is a plus. */
function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1)
}

function readAnswer(body: string, endpoint: TokenEndpoint, now: number): FetchedToken {
  const json = asObject(body)
  const token = json['access_token'] ?? json['id_token']
  if (typeof token !== 'string' || token === '') {
    throw new AuthenticationFailedError(
      `no token from ${endpoint.shown}: its answer holds no access_token. Does sasl.oauthbearer.token.endpoint.url lead to a token endpoint?`
    )
  }
  // Any other sign could end the login message early and say something else to the broker.
  if (!/^[A-Za-z0-9._~+/-]+=*$/.test(token)) {
    throw new AuthenticationFailedError(
      `no token from ${endpoint.shown}: its access_token is no bearer token (RFC 6750)`
    )
  }
  const seconds = Number(json['expires_in'])
  const claimed = asObject(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())['exp']
  const fromAnswer = json['expires_in'] !== undefined && seconds >= 0 ? now + seconds * 1000 : null
  return { token, expiresAt: typeof claimed === 'number' ? claimed * 1000 : fromAnswer }
}

function asObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const json: unknown = JSON.parse(text)
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** What RFC 6749 lets a server say of a refusal. */
function reasonOf(body: string, endpoint: TokenEndpoint): string {
  const { error, error_description: description } = asObject(body)
  const said = [error, description].filter(part => typeof part === 'string').join(': ')
  return said === '' ? '' : ` (${withoutSecrets(said.slice(0, 200), endpoint)})`
}

/** An OAuth server may repeat what it was sent; nothing in a log line may look like another line. */
function withoutSecrets(text: string, endpoint: TokenEndpoint): string {
  let shown = text
  for (const secret of [endpoint.clientSecret, formEncoded(endpoint.clientSecret), authorization(endpoint).slice(6)]) {
    shown = shown.replaceAll(secret, '[hidden]')
  }
  return shown.replace(/[\x00-\x1f\x7f]+/g, ' ')
}
