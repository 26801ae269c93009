// The wire's connections, against sockets of this machine: names with several addresses, silent and dead brokers, what a close leaves behind.
import assert from 'node:assert/strict'
import dns from 'node:dns'
import { EventEmitter, once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { until } from '../../test/kit/worker.ts'
import { silentLogger } from '../connect/log.ts'
import { systemClock, type Clock } from '../util/clock.ts'
import { systemRandom } from '../util/random.ts'
import { readClientConfig } from './client-config.ts'
import { type ClientMeter } from './client-meter.ts'
import { ClientProperties } from './client-properties.ts'
import { KafkaWire } from './wire.ts'

function openWire(
  more: readonly (readonly [string, string])[] = [],
  clock: Clock = systemClock,
  meter: ClientMeter | undefined = undefined
) {
  const properties = new Map([['bootstrap.servers', 'h:1'], ['reconnect.backoff.ms', '1'], ...more])
  const config = readClientConfig(new ClientProperties(properties), 'test')
  const wire = new KafkaWire({ ...config, clock, random: systemRandom, log: silentLogger, meter })
  return Object.assign(wire, { [Symbol.asyncDispose]: () => wire.close() })
}

async function listen(host: string, port: number, onConnection: (socket: Socket) => void) {
  const server: Server = createServer(socket => {
    socket.on('error', () => undefined)
    onConnection(socket)
  })
  server.listen(port, host)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise<void>(resolve => void server.close(() => resolve()))
  }
}

/** A broker that speaks nothing: it answers ApiVersions with an empty list. */
function answerVersions(socket: Socket): void {
  socket.on('data', request => {
    const answer = Buffer.alloc(14)
    answer.writeInt32BE(10, 0)
    answer.writeInt32BE(request.readInt32BE(8), 4)
    socket.write(answer)
  })
}

/** A port where nothing listens. */
async function freePort(): Promise<number> {
  await using server = await listen('127.0.0.1', 0, () => undefined)
  return server.port
}

/** In this test any name has these addresses. */
function resolveTo(t: TestContext, ...list: readonly string[]): void {
  const all = list.map(address => ({ address, family: 4 }))
  t.mock.method(dns, 'lookup', (_host: string, _options: unknown, done: (...found: unknown[]) => void) =>
    process.nextTick(done, null, all)
  )
}

test('of a name with several addresses the dead ones are passed over', async t => {
  await using broker = await listen('127.0.0.1', 0, answerVersions)
  resolveTo(t, '127.0.0.2', '127.0.0.3', '127.0.0.1')
  await using wire = openWire()
  assert.equal(await wire.supports({ host: 'kafka.test', port: broker.port }, 'Fetch'), false)
})

// Elsewhere 127.0.0.1 is the only address of the machine itself.
const skip = process.platform === 'linux' ? false : 'there is no second loopback address to listen on'
test('an address where something listens that is no broker gives way to the next one', { skip }, async t => {
  await using broker = await listen('127.0.0.1', 0, answerVersions)
  let refused = 0
  await using proxy = await listen('127.0.0.2', broker.port, socket => {
    refused++
    socket.destroy()
  })
  resolveTo(t, '127.0.0.2', '127.0.0.1')
  await using wire = openWire()
  const address = { host: 'kafka.test', port: proxy.port }
  await assert.rejects(wire.supports(address, 'Fetch'))
  assert.equal(await wire.supports(address, 'Fetch'), false)
  assert.equal(refused, 1)
})

test('a broker that wants a login is found among several addresses, too', async t => {
  let found = 0
  await using broker = await listen('127.0.0.1', 0, socket => {
    found++
    socket.destroy()
  })
  resolveTo(t, '127.0.0.2', '127.0.0.1')
  const login = 'org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="p";'
  await using wire = openWire([
    ['security.protocol', 'SASL_PLAINTEXT'],
    ['sasl.mechanism', 'PLAIN'],
    ['sasl.jaas.config', login]
  ])
  await assert.rejects(wire.supports({ host: 'kafka.test', port: broker.port }, 'Fetch'))
  assert.equal(found, 1)
})

test('where no address answers, each says why', async t => {
  const port = await freePort()
  resolveTo(t, '127.0.0.2', '127.0.0.1')
  await using wire = openWire()
  const why = /kafka.test:\d+ can't be reached: .*ECONNREFUSED 127\.0\.0\.2:\d+; .*ECONNREFUSED 127\.0\.0\.1:\d+/
  await assert.rejects(wire.supports({ host: 'kafka.test', port }, 'Fetch'), why)
})

test('a connection that is only being opened when the wire closes does not outlive it', async () => {
  let asked = 0
  await using broker = await listen('127.0.0.1', 0, socket => void socket.on('data', () => asked++))
  const wire = openWire()
  const asking = wire.supports({ host: '127.0.0.1', port: broker.port }, 'Fetch')
  await wire.close()
  await assert.rejects(asking, /the client is closed/)
  assert.equal(asked, 0)
})

test('a broker that gives no answer in time is cut off, and asked on another connection', async () => {
  let connections = 0
  await using broker = await listen('127.0.0.1', 0, socket => {
    // The first one takes the request, and is never heard of again.
    if (++connections === 1) socket.resume()
    else answerVersions(socket)
  })
  await using wire = openWire([['socket.connection.setup.timeout.ms', '50']])
  const address = { host: '127.0.0.1', port: broker.port }
  await assert.rejects(wire.supports(address, 'Fetch'), /gave no answer to ApiVersions: no answer within 50 ms/)
  while (
    !(await wire.supports(address, 'Fetch').then(
      () => true,
      () => false
    ))
  );
  assert.ok(connections >= 2)
})

test('a dead broker is tried again after longer and longer pauses, none of them just like another', async () => {
  const port = await freePort()
  const pauses: number[] = []
  const clock: Clock = {
    ...systemClock,
    monotonic: () => 0,
    sleep: ms => {
      pauses.push(ms)
      return Promise.resolve()
    }
  }
  await using wire = openWire(
    [
      ['reconnect.backoff.ms', '100'],
      ['reconnect.backoff.max.ms', '800']
    ],
    clock
  )
  for (let at = 0; at < 30; at++)
    await assert.rejects(wire.supports({ host: '127.0.0.1', port }, 'Fetch'), /ECONNREFUSED/)
  assert.equal(pauses.length, 29)
  for (const [at, pause] of pauses.entries()) {
    const base = Math.min(100 * 2 ** at, 800)
    assert.ok(pause >= base * 0.8 && pause <= base * 1.2, `pause ${at}: ${pause}`)
  }
  assert.ok(new Set(pauses).size > 20)
})

/** A number that is kept. */
function kept() {
  const number = { value: 0, add: (amount: number) => void (number.value += amount) }
  return number
}

test('connections are counted while they stand, and every byte that they carry once', async () => {
  const sockets: Socket[] = []
  await using broker = await listen('127.0.0.1', 0, socket => {
    sockets.push(socket)
    answerVersions(socket)
  })
  const meter = { connections: kept(), incomingBytes: kept(), outgoingBytes: kept() }
  const wire = openWire([], systemClock, meter)
  const address = { host: '127.0.0.1', port: broker.port }
  const carried = (of: 'bytesRead' | 'bytesWritten'): number => sockets.reduce((sum, socket) => sum + socket[of], 0)
  await wire.supports(address, 'Fetch')
  assert.equal(meter.connections.value, 1)
  await assert.rejects(wire.request(address, 'Metadata', { topics: [] } as never, { channel: 'fetch' }))
  assert.equal(meter.connections.value, 2, 'a channel has a connection of its own')
  assert.deepEqual(
    [meter.incomingBytes.value, meter.outgoingBytes.value],
    [carried('bytesWritten'), carried('bytesRead')]
  )
  assert.equal(meter.incomingBytes.value, 28)
  const gone = once(sockets[0] ?? new EventEmitter(), 'close')
  sockets[0]?.destroy()
  await gone
  await until(() => meter.connections.value === 1)
  await wire.supports(address, 'Fetch')
  assert.equal(meter.connections.value, 2, 'made anew')
  await wire.close()
  assert.equal(meter.connections.value, 0)
  assert.deepEqual(
    [meter.incomingBytes.value, meter.outgoingBytes.value],
    [carried('bytesWritten'), carried('bytesRead')]
  )
})
