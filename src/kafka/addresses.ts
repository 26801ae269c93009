// Where a broker's name leads: every address of it is tried, and each failure lets the next one be the first.
import dns from 'node:dns'
import { type LookupFunction } from 'node:net'

/**
 * For a socket that connects: Node tries one address after the other until a connection stands. What stands may still be no broker
 * (a proxy whose backend is gone, another certificate), so the order turns with `failures`, as Java's client.dns.lookup=use_all_dns_ips has it.
 */
export function lookupInTurn(failures: number): LookupFunction {
  return (host, options, done) => {
    dns.lookup(host, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return done(error, [])
      const at = failures % addresses.length
      const inTurn = [...addresses.slice(at), ...addresses.slice(0, at)]
      if (options.all === true) return done(null, inTurn)
      const [first] = inTurn
      done(null, first?.address ?? '', first?.family ?? 0)
    })
  }
}

/** What was wrong with each address; one error stands for all of them, and its own message is empty. */
export function addressErrors(error: unknown): string[] {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof AggregateError)
      return at.errors.map(each => (each instanceof Error ? each.message : String(each)))
  }
  return []
}
