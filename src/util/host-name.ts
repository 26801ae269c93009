// One spelling for each host, so that texts which lead to the same one compare equal, and a text that readers take differently is none.

/**
 * A host's name or address as it is compared: lower case, internationalised names as DNS has them, addresses in their short form, mapped IPv4 as IPv4. null:
 * it is none, or not everybody reads it alike (octal and hexadecimal parts, a dot behind an address). A dot behind a name stays: it is another name to a resolver.
 */
export function canonicalHost(text: string): string | null {
  const host = /^\[[^\]]*\]$/.test(text) ? text.slice(1, -1) : text
  if (host.includes(':')) return canonicalIpv6(host)
  // What a URL ends a host with, decodes or leaves out.
  if (!/^[^\s\p{C}/?#@\\<>^|%[\]"'`{}$,;&=()*!]+$/u.test(host)) return null
  const name = hostnameOf(`http://${host}/`)
  if (name === null || name === '') return null
  if (!isIpv4(name)) return name
  return /^(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){0,3}$/.test(host) ? name : null
}

function canonicalIpv6(host: string): string | null {
  const [, address, zone] = /^([0-9A-Fa-f:.]+)(?:%([\w.-]+))?$/.exec(host) ?? []
  if (address === undefined) return null
  const name = hostnameOf(`http://[${address}]/`)?.slice(1, -1) ?? null
  if (name === null || zone !== undefined) return name === null ? null : `${name}%${zone}`
  const [, high, low] = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(name) ?? []
  if (high === undefined || low === undefined) return name
  const [a, b] = [parseInt(high, 16), parseInt(low, 16)]
  return [a >> 8, a & 255, b >> 8, b & 255].join('.')
}

function isIpv4(name: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(name)
}

function hostnameOf(text: string): string | null {
  try {
    return new URL(text).hostname
  } catch {
    return null
  }
}
