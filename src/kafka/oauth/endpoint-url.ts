// The address that OAUTHBEARER asks for tokens.
import { ConfigError } from '../../connect/errors.ts'

export const endpointKey = 'sasl.oauthbearer.token.endpoint.url'

/** As it is asked. Throws ConfigError where it can't be. */
export function endpointUrl(text: string): URL {
  let url: URL | null = null
  try {
    url = new URL(text)
  } catch {
    // Not shown: an address may hold a password.
  }
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url
  throw new ConfigError(
    endpointKey,
    `${endpointKey}: ${url === null ? 'found no URL' : `found ${url.protocol}, which is not asked`}, expected https://HOST/PATH` +
      (url?.protocol === 'file:' ? '. A token in a file: token="${file:...}" in sasl.jaas.config' : '')
  )
}
