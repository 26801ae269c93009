// A way to a server that keeps what it was given for a while, and delivers it after the client has long gone: as a network, a proxy, a kernel may.
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { once } from 'node:events'

interface Pair {
  readonly client: Socket
  readonly server: Socket
  /** What is not passed on yet; null: everything is. */
  held: Buffer[] | null
}

/** Passes bytes both ways until `hold`. "await using" closes it. */
export async function startLateProxy(port: number) {
  const pairs = new Set<Pair>()
  const listener = createServer(client => {
    const pair: Pair = { client, server: connect({ port, host: '127.0.0.1', allowHalfOpen: true }), held: null }
    pairs.add(pair)
    const { server } = pair
    client.on('data', chunk => (pair.held === null ? server.write(chunk) : pair.held.push(chunk)))
    server.on('data', chunk => client.writable && client.write(chunk))
    client.on('close', () => pair.held === null && server.end())
    // What the server closed is closed for the client, too.
    server.on('close', () => {
      pairs.delete(pair)
      client.destroy()
    })
    for (const socket of [client, server]) socket.on('error', () => undefined)
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const holding = (): Pair[] => [...pairs].filter(({ held }) => held !== null)
  return {
    port: (listener.address() as AddressInfo).port,
    /** Keeps, from now on, what comes on the connections that stand; new ones pass. */
    hold(): void {
      for (const pair of pairs) pair.held ??= []
    },
    /** Bytes that are kept. */
    heldBytes: (): number => holding().reduce((sum, { held }) => sum + Buffer.concat(held ?? []).length, 0),
    /** The client hears that its connection is gone; the server hears nothing. */
    cut(): void {
      for (const { client } of holding()) client.resetAndDestroy()
    },
    /** Delivers what is kept. Resolves when the server has closed those connections, be it after it took everything or long before. */
    async deliver(): Promise<void> {
      for (const pair of holding()) {
        const { server, held } = pair
        if (server.destroyed) continue
        const closed = once(server, 'close')
        server.end(Buffer.concat(held ?? []))
        await closed
      }
    },
    async [Symbol.asyncDispose]() {
      for (const { client, server } of pairs) {
        client.destroy()
        server.destroy()
      }
      listener.close()
      await once(listener, 'close')
    }
  }
}
