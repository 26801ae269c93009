// An OAuth server on loopback that hands out tokens for client credentials; what it answers and what it was asked are a test's to say and see.
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo } from 'node:net'

export interface TokenRequest {
  readonly method: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface TokenAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: unknown
}

export class OauthServer {
  readonly requests: TokenRequest[] = []
  /** What the next requests are answered; a test changes it. */
  answer: (request: TokenRequest) => TokenAnswer | null
  readonly #server: Server

  private constructor(server: Server, answer: (request: TokenRequest) => TokenAnswer | null) {
    this.#server = server
    this.answer = answer
    server.on('request', (request, response) => {
      let body = ''
      request.setEncoding('utf8')
      request.on('data', (chunk: string) => (body += chunk))
      request.on('end', () => {
        const asked = { method: request.method ?? '', headers: request.headers, body }
        this.requests.push(asked)
        const answered = this.answer(asked)
        // Null: the request is never answered.
        if (answered === null) return
        response.writeHead(answered.status ?? 200, { 'content-type': 'application/json', ...answered.headers })
        response.end(typeof answered.body === 'string' ? answered.body : JSON.stringify(answered.body))
      })
    })
  }

  /** `tls`: speaks https with that key and certificate. */
  static async open(
    answer: (request: TokenRequest) => TokenAnswer | null,
    tls?: { readonly key: string; readonly cert: string }
  ): Promise<OauthServer> {
    const server = tls === undefined ? createServer() : createHttpsServer(tls)
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    return new OauthServer(server, answer)
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }
}
