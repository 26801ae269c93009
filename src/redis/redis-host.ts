// The name or address of a Redis server as configurations write it: what may stand there, and to which host it leads.
import { javaTrim } from '../java/number-parse.ts'
import { canonicalHost } from '../util/host-name.ts'

/** Where a connection goes: an empty text is localhost, as in the old sink; brackets around an IPv6 address are no part of it. */
export function redisHost(text: string): string {
  const host = javaTrim(text)
  return host === '' ? 'localhost' : host.replace(/^\[(.*)\]$/s, '$1')
}

/** For `canonicalHost`'s readers: the one host, or null where it can't be told. */
export function redisHosts(text: string): readonly (string | null)[] {
  return [canonicalHost(redisHost(text))]
}

/** Names of Docker Swarm's tasks, `stack_redis.1`: browsers take such a text for an address gone wrong, resolvers for a name. */
function isNumberedName(host: string): boolean {
  const labels = host.split('.')
  return (
    labels.every(label => /^[\w-]{1,63}$/.test(label)) &&
    labels.slice(0, -1).some(label => /^(?!0x)[\w-]*[a-z_-]/i.test(label))
  )
}

export const partsOfUrl =
  'Write its parts instead: connect.redis.host, connect.redis.port, connect.redis.password, and connect.redis.ssl.enabled=true for rediss. ' +
  'A user and a database have no keys: the user is default, the database 0'

/** What is wrong with a text, or null. The text itself is not shown: it may hold a password. */
export function redisHostFault(text: string): string | null {
  const host = redisHost(text)
  if (canonicalHost(host) !== null || isNumberedName(host)) return null
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(host)) return `found a URL, expected the name or address of a host. ${partsOfUrl}`
  const [reference] = /^\$\{[^{}]*\}$/.exec(host) ?? []
  if (reference !== undefined) return `${reference} was not resolved, expected the name or address of a host. Look at config.providers in the worker's file` // prettier-ignore
  if (host.startsWith('/')) return 'found a path, expected the name or address of a host. Unix sockets are not reached: Redis must listen on a port' // prettier-ignore
  if (/[,;]/.test(host)) return 'found several, expected the name or address of one host. Name the one server that takes writes' // prettier-ignore
  if (/^[\w.-]+:\d+$/.test(host)) return 'found host:port, expected the host alone. Write the port to connect.redis.port' // prettier-ignore
  if (/^[\w.]+$/.test(host)) return 'found an address that not everybody reads alike, expected one such as 127.0.0.1. Write its four numbers in decimal' // prettier-ignore
  if (host.includes('@')) return `found '@', expected the name or address of a host alone. ${partsOfUrl}`
  return 'found no name and no address of a host, expected one such as redis-1, 10.0.0.7 or fd00::1. Take out what else stands there'
}
