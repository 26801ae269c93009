// The names under which people configure the sink, and which contract each of them chooses.
import { type Contract } from './settings.ts'

export const plainClassName = 'connect.redis.RedisSinkConnector'

/** The retired connector's two names, the later one first. */
export const oldClassNames = [
  'io.lenses.streamreactor.connect.redis.sink.RedisSinkConnector',
  'com.datamountaineer.streamreactor.connect.redis.sink.RedisSinkConnector'
] as const

/** What Connect lets people write for them; other Redis sinks answer to the same words. */
export const simpleClassNames = ['RedisSinkConnector', 'RedisSink'] as const

/** Keys by which a configuration of another Redis sink is told from ours. */
const peerKeys = ['redis.uri', 'redis.hosts', 'redis.host'] as const

/** The contract of a class name; null for a class that is not ours. */
export function contractOf(className: string): Contract | null {
  if (className === plainClassName) return 'plain'
  const old: readonly string[] = [...oldClassNames, ...simpleClassNames]
  return old.includes(className) ? 'old' : null
}

/** Why `connector.class` can't stand as it is; null where it can. */
export function classNameFault(config: ReadonlyMap<string, string>): string | null {
  const className = (config.get('connector.class') ?? '').trim()
  if (contractOf(className) === null) {
    return `Unknown connector class '${className}'. The Redis sink is ${oldClassNames[0]} (as the retired connector) or ${plainClassName}.`
  }
  const peerKey = peerKeys.find(key => config.has(key))
  if (!(simpleClassNames as readonly string[]).includes(className) || peerKey === undefined) return null
  return (
    `The simple name ${className} is not clear beside the key ${peerKey}, which belongs to another Redis sink. ` +
    `Write the full class: ${oldClassNames[0]} for connect.redis.* keys, else the full name of the sink you mean.`
  )
}
