// One line per request in the extended NCSA format, with the milliseconds it took, as Connect writes it.
import { type IncomingMessage } from 'node:http'

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `user`: who logged in. `bytes` is the length of the answer's body; undefined: it has none. */
export function accessLine(
  request: IncomingMessage,
  user: string | undefined,
  status: number,
  bytes: number | string | undefined,
  now: number,
  tookMs: number
): string {
  const { method = '', url = '', httpVersion, headers } = request
  const quoted = (text: string | undefined): string => (text === undefined ? '"-"' : `"${text.replaceAll('"', '\\"')}"`)
  return (
    `${request.socket.remoteAddress ?? '-'} - ${user ?? '-'} [${ncsaTime(now)}] "${method} ${url} HTTP/${httpVersion}" ` +
    `${status} ${bytes ?? '-'} ${quoted(headers.referer)} ${quoted(headers['user-agent'])} ${Math.round(tookMs)}`
  )
}

function ncsaTime(now: number): string {
  const date = new Date(now)
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${two(date.getUTCDate())}/${months[date.getUTCMonth()]}/${date.getUTCFullYear()}`
  return `${day}:${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`
}
