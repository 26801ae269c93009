// A listener's connections: nobody holds them all, whoever comes gets in, and what is being answered is cut last.
import assert from 'node:assert/strict'
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { test } from 'node:test'
import { addressGroup, type Caller, ConnectionPlaces } from './connection-places.ts'

/** Connections that only count. */
function world(total: number, perAddress: number) {
  const told: string[] = []
  const places = new ConnectionPlaces({ total, perAddress }, address => told.push(address))
  const open = new Map<string, string>()
  const closers = new Map<string, () => void>()
  let port = 1000
  const calls = new Map<string, { address: string; port: number }>()
  return {
    enter: (name: string, address: string): void => {
      const remotePort = port++
      let onClose = (): void => undefined
      const close = (): void => {
        open.delete(name)
        onClose()
      }
      const caller: Caller = {
        remoteAddress: address,
        remotePort,
        destroy: close,
        once: (_, listener) => (onClose = listener)
      }
      open.set(name, address)
      closers.set(name, close)
      calls.set(name, { address, port: remotePort })
      places.enter(caller)
    },
    close: (name: string) => closers.get(name)?.(),
    ask: (name: string, { complete = true, writableEnded = false } = {}) => {
      const call = calls.get(name)
      let onClose = (): void => undefined
      const socket = { remoteAddress: call?.address, remotePort: call?.port }
      const response = { writableEnded, once: (_: string, listener: () => void) => (onClose = listener) }
      places.asks({ socket, complete } as unknown as IncomingMessage, response as unknown as ServerResponse)
      return { answered: () => onClose() }
    },
    told,
    names: () => [...open.keys()].join(' ')
  }
}

test('one address holds no more than it may, and its newest connections stay', () => {
  const { enter, names } = world(100, 3)
  for (const name of ['a1', 'a2', 'a3', 'a4', 'a5']) enter(name, '10.0.0.1')
  enter('b1', '10.0.0.2')
  assert.equal(names(), 'a3 a4 a5 b1')
})

test('where all places are taken, the address that holds the most gives one', () => {
  const { enter, names, told } = world(4, 3)
  for (const name of ['a1', 'a2', 'a3']) enter(name, '10.0.0.1')
  enter('b1', '10.0.0.2')
  enter('health', '10.0.0.3')
  assert.equal(names(), 'a2 a3 b1 health')
  enter('b2', '10.0.0.2')
  assert.equal(names(), 'a3 b1 health b2')
  assert.deepEqual(told, ['10.0.0.1', '10.0.0.1'])
})

test('where many addresses hold one each, the one that has been silent longest gives its place', () => {
  const { enter, ask, names } = world(3, 3)
  for (const [index, name] of ['a', 'b', 'c'].entries()) enter(name, `10.0.0.${index}`)
  ask('a').answered()
  enter('health', '10.0.1.1')
  assert.equal(names(), 'a c health')
})

test('what is being answered goes last; who sends or reads slowly is not', () => {
  const { enter, ask, names } = world(100, 3)
  for (const name of ['answered', 'sending', 'reading']) enter(name, '10.0.0.1')
  ask('answered')
  ask('reading', { writableEnded: true })
  ask('sending', { complete: false })
  enter('next', '10.0.0.1')
  assert.equal(names(), 'answered reading next')
  enter('last', '10.0.0.1')
  assert.equal(names(), 'answered next last')
  ask('next')
  ask('last')
  enter('health', '10.0.0.1')
  assert.equal(names(), 'next last health', 'where all are being answered, too')
})

test('a place that is left is free, once', () => {
  const { enter, close, names } = world(2, 2)
  enter('a', '10.0.0.1')
  enter('b', '10.0.0.2')
  close('a')
  close('a')
  enter('c', '10.0.0.3')
  assert.equal(names(), 'b c')
  enter('d', '10.0.0.4')
  assert.equal(names(), 'c d')
})

test('addresses of one network count as one', () => {
  const cases: readonly (readonly [string | undefined, string])[] = [
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    [undefined, '']
  ]
  for (const [address, group] of cases) assert.equal(addressGroup(address), group)
})

test('a health check from the very address that holds everything is answered', async () => {
  const server = createServer((_, response) => void response.end('healthy'))
  ConnectionPlaces.watch(server, { total: 20, perAddress: 10 }, () => undefined)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const sockets: Socket[] = []
  for (let index = 0; index < 30; index++) {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    sockets.push(socket)
    await new Promise(resolve => socket.once('connect', resolve))
    // Half a request each.
    socket.write('POST / HTTP/1.1\r\nHost: x\r\n')
  }
  const answer = await new Promise<string>((resolve, reject) => {
    get({ port, host: '127.0.0.1', path: '/health', agent: false }, response => {
      response.on('data', (chunk: Buffer) => resolve(chunk.toString()))
    }).on('error', reject)
  })
  assert.equal(answer, 'healthy')
  const held = await new Promise<number>(resolve => server.getConnections((_, count) => resolve(count)))
  assert.ok(held <= 10, `${held} are held`)
  for (const socket of sockets) socket.destroy()
  server.close()
})
