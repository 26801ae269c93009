// Where REST listens and what other machines call it, as `listeners` and `rest.advertised.*` say.
import { networkInterfaces } from 'node:os'
import { type ParsedConfig } from '../connect/config.ts'
import { ConfigError } from '../connect/errors.ts'

export interface Listener {
  readonly protocol: 'http' | 'https'
  /** Empty: all addresses. */
  readonly host: string
  readonly port: number
}

/** The main listeners; an empty list means Connect's default. */
export function mainListeners(config: ParsedConfig): readonly Listener[] {
  const texts = config.list('listeners')
  return (texts.length === 0 ? ['http://:8083'] : texts).map(text => parseListener('listeners', text))
}

/** The listeners of /admin: null, the main ones; none, it is switched off. */
export function adminListeners(config: ParsedConfig): readonly Listener[] | null {
  if (config.get('admin.listeners') === null) return null
  return config
    .list('admin.listeners')
    .filter(text => text !== '')
    .map(text => parseListener('admin.listeners', text))
}

function parseListener(key: string, text: string): Listener {
  const match = /^(https?):\/\/\[?([0-9a-zA-Z\-%._:]*)\]?:(\d{1,5})\/?$/i.exec(text.trim())
  const port = Number(match?.[3])
  if (match === null || port > 65535) {
    throw new ConfigError(
      key,
      `${key}: found '${text}', expected http://HOST:PORT or https://HOST:PORT, HOST may be left out`
    )
  }
  return { protocol: match[1]?.toLowerCase() === 'https' ? 'https' : 'http', host: match[2] ?? '', port }
}

/** What stands as worker_id in statuses: `host:port`. `bound` are the listeners with the ports they got. */
export function advertisedAddress(config: ParsedConfig, bound: readonly Listener[]): string {
  const wanted = config.text('rest.advertised.listener')?.toLowerCase() ?? null
  const listener = bound.find(({ protocol }) => protocol === wanted) ?? bound[0]
  const host = config.text('rest.advertised.host.name') ?? ''
  const port = config.get('rest.advertised.port')
  const shownHost = host !== '' ? host : isAnyAddress(listener?.host ?? '') ? ownAddress() : (listener?.host ?? '')
  return `${shownHost.includes(':') ? `[${shownHost}]` : shownHost}:${typeof port === 'number' ? port : (listener?.port ?? 8083)}`
}

function isAnyAddress(host: string): boolean {
  return host === '' || host === '0.0.0.0' || host === '::'
}

function ownAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap(list => list ?? [])
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1'
}

export function listenerText({ protocol, host, port }: Listener): string {
  return `${protocol}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** Reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || /^127(?:\.\d{1,3}){3}$/.test(host) || host === '::1'
}
