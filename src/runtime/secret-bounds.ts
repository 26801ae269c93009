// Secrets bound to a destination: what a config provider gives goes only to the hosts that the worker's file names for it.
//
// Whoever may write a connector can't read a password behind ${file:...}, but could have it sent: by changing the host and keeping the reference, or by
// putting the reference where an error message or a topic's name shows it. A provider with `allowed.hosts` closes both ways.
import { ConfigError } from '../connect/errors.ts'
import { type Config } from '../connect/plugin.ts'
import { ConfigTransformer } from './config-transformer.ts'
import { secretName } from './override-check.ts'
import { type ConnectorEntry } from './plugin-registry.ts'

// Converters and clients of a connector's own; the sink says its keys itself.
const destination =
  /^(?:key|value|header)\.converter\.schema\.registry\.url$|^(?:consumer|producer|admin)\.override\.(?:bootstrap\.servers|sasl\.oauthbearer\.token\.endpoint\.url)$/
const userInfo = /\.basic\.auth\.user\.info$/

/** Every fault of a connector's configuration as it was given, references unresolved. */
export function secretFaults(given: Config, worker: Config, entry: ConnectorEntry): readonly ConfigError[] {
  const faults: ConfigError[] = []
  const bounds = new Map<string, readonly string[]>()
  for (const [key, value] of given) {
    for (const provider of ConfigTransformer.providersOf(value)) {
      const list = worker.get(`config.providers.${provider}.allowed.hosts`)
      if (list === undefined) continue
      bounds.set(provider, list.split(',').map(host => host.trim().toLowerCase()).filter(host => host !== '')) // prettier-ignore
      if (secretName.test(key) || userInfo.test(key)) continue
      faults.push(
        new ConfigError(
          key,
          `${key}: what \${${provider}:...} gives may stand in secrets alone, such as connect.redis.password (config.providers.${provider}.allowed.hosts)`
        )
      )
    }
  }
  for (const [provider, allowed] of bounds) {
    for (const [key, value] of given) {
      if (!destination.test(key) && !(entry.destinationKeys ?? []).includes(key)) continue
      const stranger = hostsOf(value).find(host => !allowed.includes(host))
      if (stranger === undefined) continue
      faults.push(
        new ConfigError(
          key,
          `${key}: '${stranger}' is none of config.providers.${provider}.allowed.hosts in the worker's file, and what \${${provider}:...} gives goes to no other`
        )
      )
    }
  }
  return faults
}

/** `host`, `host:port`, URLs, several with commas between them. */
function hostsOf(value: string): readonly string[] {
  return value
    .split(',')
    .map(part => part.trim().toLowerCase())
    .map(part => {
      const [, authority = part] = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#]*@)?([^/?#]*)/.exec(part) ?? []
      return authority.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1')
    })
}
