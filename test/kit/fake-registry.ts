// A schema registry on loopback that knows the schemas a test gives it, and fails as a test says.
import { createServer, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo } from 'node:net'

/** A status, with a body of this text; or what to do with the answer: nothing at all, or cut it off. */
export type Trouble = { readonly status: number; readonly body?: string } | ((response: ServerResponse) => void)

export class FakeRegistry {
  readonly #server: Server
  readonly #schemas = new Map<number, { schemaType: string; schema: string; references: readonly object[] }>()
  readonly #versions = new Map<string, string>()
  /** While it is set, every request ends so; `of`: only those for such a path. */
  trouble: Trouble | null = null
  troubleOf = /^/
  /** Paths, in the order they were asked for. */
  readonly asked: string[] = []

  private constructor(server: Server) {
    this.#server = server
  }

  static async open(): Promise<FakeRegistry> {
    const server = createServer()
    // Kept until the end: in a process that works for long without a turn, it would close a connection just as the next request takes it.
    server.keepAliveTimeout = 0
    const registry = new FakeRegistry(server)
    server.on('request', (request, response) => registry.#answer(request.url ?? '', response))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    return registry
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** The id of a schema that is known from now on. A text is taken as it is, anything else as JSON. */
  add(schema: unknown, schemaType = 'AVRO', references: readonly { name: string; subject: string; version: number }[] = []): number {
    const id = this.#schemas.size + 1
    const text = typeof schema === 'string' ? schema : JSON.stringify(schema)
    this.#schemas.set(id, { schemaType, schema: text, references })
    return id
  } // prettier-ignore

  /** A schema that others refer to. */
  addVersion(subject: string, version: number, schema: string): void {
    this.#versions.set(`/subjects/${subject}/versions/${version}`, schema)
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #answer(path: string, response: ServerResponse): void {
    this.asked.push(path)
    const { trouble } = this
    if (trouble !== null && this.troubleOf.test(path)) {
      if (typeof trouble === 'function') trouble(response)
      else response.writeHead(trouble.status, { 'content-type': 'application/json' }).end(trouble.body ?? '{}')
      return
    }
    const version = this.#versions.get(path)
    const id = /^\/schemas\/ids\/(\d+)/.exec(path)?.[1]
    const schema = version === undefined ? this.#schemas.get(Number(id)) : { schema: version }
    const body = schema ?? { error_code: 40403, message: 'Schema not found' }
    response.writeHead(schema === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body))
  }
}

/** A payload behind the frame that names its schema. */
export function framed(id: number, payload: Uint8Array): Buffer {
  const frame = Buffer.alloc(5)
  frame.writeInt32BE(id, 1)
  return Buffer.concat([frame, payload])
}
