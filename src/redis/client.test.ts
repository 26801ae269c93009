// A connection's ends as its peer sees them: given up it is reset with all it still held, ended it is closed in good order, over plain TCP and TLS.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { test } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import { redisDoor, RedisLoginError } from './client.ts'
import { type RedisLink } from './link.ts'
import { type TlsSettings } from './settings.ts'

const store = (name: string): Buffer => readFileSync(`test/vectors/key-stores/${name}`)
const tls: TlsSettings = {
  truststore: { type: 'PEM', location: 'test/vectors/key-stores/ca.pem', password: null },
  trustedPem: null,
  keystore: null,
  keyPassword: null,
  keyPem: null,
  chainPem: null,
  verifyHost: false,
  protocols: [],
  cipherSuites: []
}

/** A link, and its other end, which `answers` was called with. */
async function openTo(secure: boolean, answers: (socket: Socket) => void): Promise<{ link: RedisLink; peer: Socket }> {
  const server: Server = secure
    ? createTlsServer({ cert: store('app.pem'), key: store('key.pem') }, answers)
    : createServer(answers)
  const met = once(server, secure ? 'secureConnection' : 'connection')
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  try {
    const target = { host: '127.0.0.1', port, password: null, tls: secure ? tls : null, statements: [] }
    const { link } = await redisDoor(target).open()
    const [peer] = (await met) as [Socket]
    return { link, peer }
  } finally {
    server.close()
  }
}

/** Answers the login, then reads nothing until it is told to. */
const pong = (socket: Socket): void => {
  socket.on('error', () => undefined)
  socket.once('data', () => socket.pause().write('+PONG\r\n'))
}

for (const secure of [false, true]) {
  const way = secure ? 'TLS' : 'plain TCP'

  test(`given up over ${way}, nothing more of what was written leaves this machine, however much waits`, async () => {
    const { link, peer } = await openTo(secure, pong)
    const closed = new Promise<string>(resolve => {
      link.listen({ onData: () => undefined, onDrain: () => undefined, onClose: resolve })
    })
    // More than both kernels hold: the rest waits in this process.
    const bytes = 64 * 1024 * 1024
    assert.equal(link.write([Buffer.alloc(bytes)]), false)
    link.destroy()
    await closed
    let got = 0
    const ends: string[] = []
    peer.on('data', (chunk: Buffer) => (got += chunk.length))
    peer.on('end', () => ends.push('end'))
    peer.on('error', error => ends.push(error.message))
    peer.resume()
    await new Promise(resolve => peer.once('close', resolve))
    assert.deepEqual(ends, ['read ECONNRESET'], `${got} bytes`)
    assert.ok(got < bytes)
  })

  test(`ended over ${way}, it is closed in good order`, async () => {
    const { link, peer } = await openTo(secure, pong)
    const errors: Error[] = []
    peer.on('error', error => errors.push(error))
    link.end()
    peer.resume()
    await new Promise(resolve => peer.once('close', resolve))
    assert.deepEqual(errors, [])
  })

  test(`what nobody asked for, said before the connection is handed on, ends it (${way})`, async () => {
    const { link } = await openTo(secure, socket => {
      socket.on('error', () => undefined)
      socket.once('data', () => socket.write('+PONG\r\n+PONG\r\n'))
    })
    await assert.rejects(link.ask(['CLIENT', 'INFO']), /nothing was asked for/)
  })
}

test('protected mode is no outage: the remedy is ours, not the page of Redis that begins with switching it off', async () => {
  const said = `-DENIED Redis is running in protected mode because protected mode is enabled. 1) Just disable protected mode ${'x'.repeat(600)}\r\n`
  const opened = openTo(false, socket => {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.end(said))
  })
  await assert.rejects(opened, (error: Error) => {
    assert.ok(error instanceof RedisLoginError)
    assert.match(
      error.message,
      /^Redis at 127\.0\.0\.1:\d+ runs in protected mode .*requirepass.*connect\.redis\.password/
    )
    assert.doesNotMatch(error.message, /disable/)
    return true
  })
})
