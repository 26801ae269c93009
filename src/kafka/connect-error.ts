// Why a broker was not reached, with what to look at: its protocol, its login, its certificate, the addresses that it gives for itself.
import { causeChain, ConnectError } from '../connect/errors.ts'
import {
  type ConnectionKeys,
  hostAdvice,
  isLoopback,
  isNetworkError,
  withoutLookedUp,
  withTlsAdvice
} from '../util/connection-advice.ts'
import { addressErrors } from './addresses.ts'
import { type BrokerAddress } from './client-properties.ts'
import { AuthenticationFailedError, BrokerUnreachableError } from './errors.ts'
import { foreignServer } from './foreign-answer.ts'
import { type SecuritySettings } from './security.ts'

interface Known {
  readonly security: SecuritySettings
  /** The addresses of the configuration; others are what brokers say of themselves. */
  readonly bootstrap: readonly BrokerAddress[]
  /** It has answered before. */
  readonly heard: boolean
}

/** What is thrown for a broker that could not be reached, let nobody in or hung up. */
export function connectError(broker: BrokerAddress, error: unknown, { security, bootstrap, heard }: Known): unknown {
  // No token: that is told in its own words.
  if (error instanceof AuthenticationFailedError) return error
  if (error instanceof ConnectError && !(error instanceof BrokerUnreachableError)) return error
  const where = `${broker.host}:${broker.port}`
  // What was asked over a connection that stood has its own beginning.
  const said = error instanceof BrokerUnreachableError
  if (said && !error.message.startsWith(where)) return error
  const chain = [said ? error.message : causeChain(error), ...addressErrors(error)]
    .filter(part => part !== '')
    .join('; ')
  // A host may be named after TLS or SASL.
  const judged = withoutLookedUp(chain.replaceAll(where, 'the broker'))
  const isAway = said || (isNetworkError(error) && !isDenied(judged))
  const isBootstrap = bootstrap.some(({ host, port }) => host === broker.host && port === broker.port)
  if (!isAway && /SASL|authentication/i.test(judged) && !hangsUp(judged)) {
    return new AuthenticationFailedError(
      `${where}: the broker refused our login (${chain}). ${loginAdvice(chain, security)}`,
      { cause: error }
    )
  }
  // A broker that ends in the middle of the handshake does so too: that passes.
  if (
    !isAway &&
    security.tls !== null &&
    /certificate|TLS|SSL|altnames/i.test(judged) &&
    !/before secure TLS connection/.test(judged)
  ) {
    return new AuthenticationFailedError(
      `${where}: no TLS connection (${withTlsAdvice(chain, tlsHelp)}). Look at security.protocol and the ssl.* settings`,
      { cause: error }
    )
  }
  const advice = heard
    ? ''
    : (listenerAdvice(chain, isBootstrap) ??
      protocolAdvice(chain, security) ??
      addressAdvice(chain, broker.host, isBootstrap))
  const reason = said ? chain : `${where} can't be reached: ${chain}`
  return advice === '' && said
    ? error
    : new BrokerUnreachableError(`${reason}${advice}`, { cause: said ? error.cause : error })
}

const tlsHelp: ConnectionKeys = {
  server: 'the broker',
  host: 'bootstrap.servers and advertised.listeners',
  truststore: 'ssl.truststore.location',
  keystore: 'ssl.keystore.location',
  identification: 'ssl.endpoint.identification.algorithm',
  protocols: 'ssl.enabled.protocols',
  noTls: 'does this listener speak TLS? One that does not wants security.protocol=PLAINTEXT or SASL_PLAINTEXT'
}

/** The connection ended while the login was being talked over, and nobody said no to it. */
function hangsUp(chain: string): boolean {
  return /Connection closed|ECONNRESET|socket hang up/.test(chain) && !isDenied(chain)
}

function isDenied(chain: string): boolean {
  return /AUTHENTICATION_FAILED|UNSUPPORTED_SASL|ILLEGAL_SASL|authentication failed/i.test(chain)
}

/** Somebody else listens there, or nobody who speaks: that is asked, for a broker may be slow. */
function listenerAdvice(chain: string, isBootstrap: boolean): string | null {
  const write = isBootstrap ? 'look at bootstrap.servers' : "look at the brokers' advertised.listeners"
  if (chain.includes('as no Kafka broker does')) return ` (${foreignServer(chain)} listens there: ${write})`
  // With a login the client library words it.
  const isSilent = chain.includes('no answer to ApiVersions: no answer within') || chain.includes(' timed out.')
  return isSilent && isBootstrap ? ` (does a Kafka broker listen there? Redis, for one, is silent too: ${write})` : null
}

/** A listener hangs up on whoever speaks another protocol than its own, without a word. */
function protocolAdvice(chain: string, { tls, sasl }: SecuritySettings): string | null {
  if (!/answers in TLS|closed the connection|ECONNRESET|socket hang up|before secure TLS connection|declares \d+ bytes|Connection closed/i.test(chain)) return null // prettier-ignore
  const ours = tls === null ? (sasl === null ? 'PLAINTEXT' : 'SASL_PLAINTEXT') : sasl === null ? 'SSL' : 'SASL_SSL'
  if (/answers in TLS/.test(chain)) {
    return ` (security.protocol is ${ours}, but this listener speaks TLS: write ${sasl === null ? 'SSL, or SASL_SSL where it wants a login' : 'SASL_SSL'})`
  }
  const others = { PLAINTEXT: 'SSL, SASL_SSL or SASL_PLAINTEXT', SASL_PLAINTEXT: 'SASL_SSL', SSL: 'PLAINTEXT, or SASL_SSL where it wants a login', SASL_SSL: 'SASL_PLAINTEXT' }[ours] // prettier-ignore
  return ` (security.protocol is ${ours}: does this listener speak that? Else write ${others})`
}

function loginAdvice(chain: string, { tls, sasl }: SecuritySettings): string {
  if (/UNSUPPORTED_SASL_MECHANISM|not support the requested SASL mechanism/i.test(chain)) {
    return `The listener does not offer sasl.mechanism=${sasl?.mechanism ?? ''}: write one of its sasl.enabled.mechanisms`
  }
  if (/ILLEGAL_SASL_STATE|given the current SASL state/i.test(chain)) {
    return `This listener wants no login: write security.protocol=${tls === null ? 'PLAINTEXT' : 'SSL'}, or the port of one that does`
  }
  return 'Look at sasl.mechanism and sasl.jaas.config'
}

/** What brokers advertise is where clients go on, whatever bootstrap.servers says. */
function addressAdvice(chain: string, host: string, isBootstrap: boolean): string {
  if (isBootstrap) return hostAdvice(chain, host, 'bootstrap.servers')
  const isUnknown = /ENOTFOUND|EAI_AGAIN/.test(chain)
  const isSilent = /no connection within|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/.test(chain)
  if (!isUnknown && !isSilent && !(/ECONNREFUSED/.test(chain) && isLoopback(host))) return ''
  return ` (bootstrap.servers answered; this is the address that the broker gives for itself: let its advertised.listeners name one that this machine reaches)`
}
