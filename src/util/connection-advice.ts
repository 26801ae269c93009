// Why a connection did not come about, as Node and OpenSSL word it, told with what to look at: the keys are of whoever connects.

export interface ConnectionKeys {
  /** The server, as a sentence begins: `Redis`, `the broker`. */
  readonly server: string
  /** Where its host stands. */
  readonly host: string
  readonly truststore: string
  readonly keystore: string
  /** Empty, it switches the comparison of names off. */
  readonly identification: string
  readonly protocols: string
  /** Where TLS was spoken: what asks for it, and what to look at if the other side does not. */
  readonly noTls: string
}

/** Node advises flags of its own, which nobody can give a worker's tasks and which are not what helps. */
function withoutNodesAdvice(text: string): string {
  const at = text.indexOf('; if the root CA is installed locally')
  return at < 0 ? text : text.slice(0, at)
}

/** Codes of a network that leads nowhere now. Names of hosts stand in their texts, which tell nothing of logins and certificates. */
const networkCodes = new Set(['ENOTFOUND', 'ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL']) // prettier-ignore

/** The error, or one of its causes, is of the network or of a name that was looked up. */
export function isNetworkError(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code } = at as NodeJS.ErrnoException
    if (typeof code === 'string' && (networkCodes.has(code) || code.startsWith('EAI_'))) return true
    if (at instanceof AggregateError && at.errors.some(isNetworkError)) return true
  }
  return false
}

/** `text` without the name of a host that was looked up: it may hold any word. */
export function withoutLookedUp(text: string): string {
  return text.replace(/getaddrinfo (\w+) \S+/g, 'getaddrinfo $1')
}

const kinds: readonly (readonly [RegExp, (keys: ConnectionKeys) => string])[] = [
  // Hosts stand in its text, so that it is looked for first.
  [/altnames|does not match certificate/i, keys => `${keys.server}'s certificate names other hosts: write one of its names into ${keys.host}; an empty ${keys.identification} switches the comparison off, and with it the protection from others who hold such a certificate`],
  [/certificate required|handshake failure|handshake_failure/i, keys => `${keys.server} asks for a client's certificate: set ${keys.keystore}`],
  [/alert (?:unknown ca|bad certificate|certificate unknown)/i, keys => `${keys.server} does not trust our certificate: look at ${keys.keystore}`],
  [/self.signed|unable to (?:get|verify)/i, keys => `${keys.server}'s certificate is not trusted: set ${keys.truststore} to a store that holds the CA which signed it, or the certificate itself`],
  [/certificate has expired/i, keys => `the certificate of ${keys.server} is out of date by this machine's clock: have it renewed there, and compare the clocks`],
  [/certificate is not yet valid/i, keys => `the certificate of ${keys.server} begins later by this machine's clock: compare the clocks`],
  [/alert protocol version|unsupported protocol|no protocols available/i, keys => `no version of TLS that both sides speak: look at ${keys.protocols}`],
  [/wrong version number|packet length too long|http request|before secure TLS connection/i, keys => keys.noTls]
] // prettier-ignore

/** `text` with what is likely to help; as it is where that is not known. */
export function withTlsAdvice(text: string, keys: ConnectionKeys): string {
  const shown = withoutNodesAdvice(text)
  const judged = withoutLookedUp(shown)
  const advice = kinds.find(([pattern]) => pattern.test(judged))?.[1](keys)
  return advice === undefined ? shown : `${shown} (${advice})`
}

/** What to ask where a host leads nowhere; an empty text where nothing comes to mind. `key` names the host. */
export function hostAdvice(text: string, host: string, key: string): string {
  if (/ECONNREFUSED/.test(text) && isLoopback(host)) {
    return ` (nothing listens there; in a container ${host} is the container itself: write the server's own host into ${key})`
  }
  return /ENOTFOUND/.test(text) ? ` (this machine knows no such host: look at ${key})` : ''
}

export function isLoopback(host: string): boolean {
  return /^(?:localhost|127\..*|::1|0\.0\.0\.0)$/i.test(host)
}
