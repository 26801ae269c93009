// Secrets where they may stand and where they may go: what a config provider gives goes only to the hosts that the worker's file names for it.
//
// Whoever may write a connector can't read a password behind ${file:...}, but could have it sent: by changing the host and keeping the reference, or by
// putting the reference where an error message or a topic's name shows it. A provider with `allowed.hosts` closes both ways.
import { ConfigError } from '../connect/errors.ts'
import { type Config } from '../connect/plugin.ts'
import { canonicalHost } from '../util/host-name.ts'
import { ConfigTransformer, type Resolution, type Unresolved } from './config-transformer.ts'
import { definedKeys } from './connector-definitions.ts'
import { type ConnectorConfigDoors } from './connector-keys.ts'

export interface SecretDoors extends ConnectorConfigDoors {
  readonly transformer: ConfigTransformer
}

/** Every fault of a connector's secrets: `given` as it is written, `resolution` what came of it; it may hold more keys. Which are secrets the mask learns. */
export async function secretFaults(
  given: Config,
  { config, unresolved, resolved }: Resolution,
  doors: SecretDoors
): Promise<readonly ConfigError[]> {
  const references = [...given].flatMap(([key, value]) =>
    [...ConfigTransformer.providersOf(value)].map(provider => ({ key, provider }))
  )
  if (references.length === 0) return []
  const defined = await definedKeys(config, doors)
  const isSecret = (key: string): boolean => defined.get(key)?.type === 'PASSWORD'
  doors.transformer.learnSecrets(resolved, isSecret)
  const faults = unresolvedFaults(
    unresolved.filter(({ configKey }) => given.has(configKey)),
    isSecret
  )
  const bounds = boundsOf(doors.worker)
  const bound = references.filter(({ provider }) => bounds.has(provider))
  for (const { key, provider } of bound.filter(({ key }) => !isSecret(key))) {
    faults.push(
      new ConfigError(
        key,
        `${key}: what \${${provider}:...} gives may stand in secrets alone, such as connect.redis.password (config.providers.${provider}.allowed.hosts)`
      )
    )
  }
  for (const provider of new Set(bound.map(reference => reference.provider))) {
    const allowed = bounds.get(provider) ?? new Set<string>()
    for (const key of given.keys()) {
      const text = config.get(key) ?? ''
      const stranger = (defined.get(key)?.destinations?.(text) ?? []).find(host => host === null || !allowed.has(host))
      if (stranger !== undefined) faults.push(strangerFault(key, provider, stranger))
    }
  }
  return faults
}

/** A connector's configuration as it runs. Throws ConfigError where a secret is missing, or may not stand where it stands. */
export async function resolvedConnector(given: Config, doors: SecretDoors): Promise<Resolution> {
  const resolution = await doors.transformer.resolve(given)
  const [fault] = await secretFaults(given, resolution, doors)
  if (fault !== undefined) throw fault
  return resolution
}

function strangerFault(key: string, provider: string, host: string | null): ConfigError {
  // An address that can't be read may be the secret itself: it is not shown.
  const found = host === null ? 'it holds no host that can be told, and none' : `'${host}'`
  return new ConfigError(
    key,
    `${key}: ${found} is ${host === null ? 'one' : 'none'} of config.providers.${provider}.allowed.hosts in the worker's file, and what \${${provider}:...} gives goes to no other`
  )
}

/** Connect hands on a reference that nobody resolves as it is written. As a password it would only be refused, by a server that then knows it. */
export function unresolvedFaults(unresolved: readonly Unresolved[], isSecret: (key: string) => boolean): ConfigError[] {
  // One of each key: a value may hold a hundred thousand.
  const first = new Map<string, Unresolved>()
  for (const each of unresolved) {
    const { configKey, failure } = each
    if (!first.has(configKey) && (failure !== null || isSecret(configKey))) first.set(configKey, each)
  }
  return [...first.values()].map(({ configKey, text, reason }) => {
    const message = `${configKey}: ${text} stands for nothing: ${reason}. Correct the reference, or give the provider what it names; a secret that holds such a text itself is given by a provider`
    return new ConfigError(configKey, message)
  })
}

/** The hosts of each provider's `allowed.hosts`. Throws ConfigError for what is no host. */
export function boundsOf(worker: Config): ReadonlyMap<string, ReadonlySet<string>> {
  const bounds = new Map<string, ReadonlySet<string>>()
  for (const [key, text] of worker) {
    const provider = /^config\.providers\.(.+)\.allowed\.hosts$/s.exec(key)?.[1]
    if (provider === undefined) continue
    const entries = text.split(',').map(entry => entry.trim())
    const hosts = entries.filter(entry => entry !== '').map(entry => boundHost(key, entry))
    bounds.set(provider, new Set(hosts))
  }
  return bounds
}

function boundHost(key: string, entry: string): string {
  const host = canonicalHost(entry)
  if (host !== null) return host
  throw new ConfigError(
    key,
    `${key}: found '${entry}', expected names or addresses of hosts without scheme and port, separated by commas, such as redis-1,10.0.0.7`
  )
}
