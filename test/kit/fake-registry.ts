// A schema registry on loopback that knows the schemas a test gives it.
import { createServer, type Server } from 'node:http'
import { type AddressInfo } from 'node:net'

export class FakeRegistry {
  readonly #server: Server
  readonly #schemas = new Map<number, string>()

  private constructor(server: Server) {
    this.#server = server
  }

  static async open(): Promise<FakeRegistry> {
    const server = createServer()
    const registry = new FakeRegistry(server)
    server.on('request', (request, response) => {
      const id = /^\/schemas\/ids\/(\d+)/.exec(request.url ?? '')?.[1]
      const schema = registry.#schemas.get(Number(id))
      const body = schema === undefined ? { error_code: 40403, message: 'Schema not found' } : { schema }
      response.writeHead(schema === undefined ? 404 : 200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body))
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    return registry
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** The id of a schema that is known from now on. */
  add(schema: unknown): number {
    const id = this.#schemas.size + 1
    this.#schemas.set(id, JSON.stringify(schema))
    return id
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

/** A payload behind the frame that names its schema. */
export function framed(id: number, payload: Uint8Array): Buffer {
  const frame = Buffer.alloc(5)
  frame.writeInt32BE(id, 1)
  return Buffer.concat([frame, payload])
}
