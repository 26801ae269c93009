// Java-style client properties read and checked: numbers, lists, addresses.
import { ConfigError } from '../connect/errors.ts'

export interface BrokerAddress {
  readonly host: string
  readonly port: number
}

/** The properties of one client, after worker and connector prefixes were stripped. */
export class ClientProperties {
  readonly #values: ReadonlyMap<string, string>
  readonly #asked = new Set<string>()

  constructor(values: ReadonlyMap<string, string>) {
    this.#values = values
  }

  /** Trimmed as Java's config parser trims; an absent key gives null. */
  text(key: string): string | null {
    this.#asked.add(key)
    return this.#values.get(key)?.trim() ?? null
  }

  textOr(key: string, fallback: string): string {
    return this.text(key) ?? fallback
  }

  /** A whole number within bounds. */
  int(key: string, fallback: number, min = 0, max = Number.MAX_SAFE_INTEGER): number {
    const text = this.text(key)
    if (text === null) return fallback
    const value = Number(text)
    if (!/^[+-]?\d+$/.test(text) || value < min || value > max) {
      throw new ConfigError(key, `${key}: found '${text}', expected a whole number of at least ${min}`)
    }
    return value
  }

  /** A number that may be broken, within bounds. */
  decimal(key: string, fallback: number, min: number, max: number): number {
    const text = this.text(key)
    if (text === null) return fallback
    const value = Number(text)
    if (text === '' || !(value >= min && value <= max)) {
      throw new ConfigError(key, `${key}: found '${text}', expected a number from ${min} to ${max}`)
    }
    return value
  }

  bool(key: string, fallback: boolean): boolean {
    const text = this.text(key)
    if (text === null) return fallback
    if (/^true$/i.test(text)) return true
    if (/^false$/i.test(text)) return false
    throw new ConfigError(key, `${key}: found '${text}', expected true or false`)
  }

  list(key: string): string[] {
    return (this.text(key) ?? '')
      .split(',')
      .map(part => part.trim())
      .filter(part => part !== '')
  }

  oneOf<T extends string>(key: string, fallback: T, allowed: readonly T[]): T {
    const text = this.text(key)
    if (text === null) return fallback
    const found = allowed.find(name => name.toLowerCase() === text.toLowerCase())
    if (found === undefined)
      throw new ConfigError(key, `${key}: found '${text}', expected one of ${allowed.join(', ')}`)
    return found
  }

  /** Keys that somebody asked for, whether they are set or not. */
  known(): string[] {
    return [...this.#asked]
  }

  /** Keys that nobody asked for: settings without effect here. */
  unused(): string[] {
    return [...this.#values.keys()].filter(key => !this.#asked.has(key))
  }
}

/** `host:port,host:port`, with brackets around IPv6 and an optional protocol in front, as Java reads it. */
export function parseBootstrapServers(text: string | null): BrokerAddress[] {
  const key = 'bootstrap.servers'
  const parts = (text ?? '').split(',').map(part => part.trim())
  const addresses: BrokerAddress[] = []
  for (const part of parts) {
    if (part === '') continue
    const match = /^(?:[A-Za-z_]+:\/\/)?\[?([0-9a-zA-Z\-%._:]+?)\]?:(\d{1,5})$/.exec(part)
    const port = Number(match?.[2])
    if (match?.[1] === undefined || port < 1 || port > 65535) {
      throw new ConfigError(key, `${key}: found '${part}', expected host:port, several separated by commas`)
    }
    addresses.push({ host: match[1], port })
  }
  if (addresses.length === 0) {
    throw new ConfigError(key, `${key}: no address found, expected host:port of at least one broker`)
  }
  return addresses
}
