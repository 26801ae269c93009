// SCRAM of the client library, held to a bound of its own: a broker that asks for iterations without end would keep our threads busy for minutes.
import type { SASLCustomAuthenticator, saslScramSha } from '@platformatic/kafka'
import { AuthenticationFailedError } from './errors.ts'

/** The library refuses fewer than 4,096, a nonce that does not begin with ours, and a server that can't prove that it knows the password. */
const iterationsMax = 1_000_000

/** `scram` is the library's own; null for mechanisms other than SCRAM. */
export function boundedScram(mechanism: string, scram: typeof saslScramSha): SASLCustomAuthenticator | null {
  const algorithm = /^SCRAM-(SHA-256|SHA-512)$/.exec(mechanism)?.[1] as keyof typeof scram.ScramAlgorithms | undefined
  if (algorithm === undefined) return null
  const crypto: typeof scram.defaultCrypto = {
    ...scram.defaultCrypto,
    hi(definition, password, salt, iterations) {
      if (iterations <= iterationsMax) return scram.defaultCrypto.hi(definition, password, salt, iterations)
      const text = `the broker asks for ${iterations} SCRAM iterations, at most ${iterationsMax} are made`
      return Promise.reject(new AuthenticationFailedError(text))
    }
  }
  return (_mechanism, connection, authenticate, username, password, _token, callback) =>
    scram.authenticate(authenticate, connection, algorithm, username ?? '', password ?? '', crypto, callback)
}
