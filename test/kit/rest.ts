// Requests to a real worker's REST API, byte for byte as wanted: any method, header and body, over http and https.
import { request as httpRequest } from 'node:http'
import { request as httpsRequest, type RequestOptions } from 'node:https'

export interface Asked {
  readonly headers?: Readonly<Record<string, string>>
  /** Objects go as JSON, texts as they are. */
  readonly body?: unknown
  readonly tls?: Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'servername'>
}

export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  /** The body as JSON; undefined where there is none. */
  readonly json: unknown
}

export function ask(method: string, url: string, { headers = {}, body, tls = {} }: Asked = {}): Promise<Answered> {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
  const own = text === undefined ? headers : { 'content-type': 'application/json', ...headers }
  const request = url.startsWith('https:') ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers: own, agent: false, ...tls }, response => {
      let received = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (received += chunk))
      response.on('error', reject)
      response.on('end', () => {
        const json =
          received.startsWith('{') || received.startsWith('[') ? (JSON.parse(received) as unknown) : undefined
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: received, json })
      })
    })
    sent.on('error', reject)
    if (text !== undefined) sent.setHeader('content-length', Buffer.byteLength(text))
    sent.end(text)
  })
}

/** What of a worker is needed to find its REST API. */
export interface Spoken {
  said(pattern: RegExp): Promise<RegExpExecArray>
}

/** The API of a worker whose port was free to choose. */
export async function restOf(worker: Spoken, room: 'REST' | 'Admin' = 'REST') {
  const [, base = ''] = await worker.said(new RegExp(`${room} server listening at (\\S+)\\s`))
  return {
    base,
    ask: (method: string, path: string, asked?: Asked) => ask(method, `${base}${path}`, asked),
    get: (path: string) => ask('GET', `${base}${path}`)
  }
}
