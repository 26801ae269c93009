// Answers that are cut off or damaged, at every byte: each ends its connection with a clear error and rejects what waits; nothing is thrown where nobody can catch it.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { test } from 'node:test'
import { escapedFrom } from '../../test/kit/escaped.ts'
import { silentLogger } from '../connect/log.ts'
import { systemClock } from '../util/clock.ts'
import { systemRandom } from '../util/random.ts'
import { readClientConfig } from './client-config.ts'
import { ClientProperties } from './client-properties.ts'
import { BrokerUnreachableError } from './errors.ts'
import { apis, type ApiName, type RequestOf } from './protocol/apis.ts'
import { encode, type Api, type Fields, type FieldType } from './protocol/codec.ts'
import { KafkaWire } from './wire.ts'

/** Some value of that type, lists with two items. */
function sampleOf(type: FieldType | Fields): unknown {
  if (Array.isArray(type)) return messageOf(type as Fields)
  if (typeof type === 'object') {
    const compound = type as Exclude<FieldType, string>
    if ('struct0' in compound) return messageOf(compound.struct0)
    const item = 'list' in compound ? compound.list : compound.list0
    return [sampleOf(item), sampleOf(item)]
  }
  if (type === 'bool') return true
  if (type === 'id64') return 7n
  if (type === 'uuid') return 'ab'.repeat(16)
  if (type === 'string' || type === 'string?') return 'name'
  if (type === 'bytes' || type === 'bytes?') return Buffer.from('some bytes')
  return 1
}

function messageOf(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(fields.map(([name, type]) => [name, sampleOf(type)]))
}

/** A broker that speaks one version of one API, and answers each request with `answer`; then it closes. */
async function openBroker(key: number, version: number, answer: () => Buffer) {
  const server = createServer((socket: Socket) => {
    socket.on('error', () => undefined)
    let rest = Buffer.alloc(0)
    socket.on('data', chunk => {
      rest = Buffer.concat([rest, chunk])
      while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
        const request = rest.subarray(4, 4 + rest.readInt32BE(0))
        rest = rest.subarray(4 + request.length)
        const correlation = Buffer.from(request.subarray(4, 8))
        if (request.readInt16BE(0) === apis.ApiVersions.key) {
          const ranges = { errorCode: 0, apiKeys: [{ apiKey: key, minVersion: version, maxVersion: version }] }
          socket.write(framed(correlation, encode(apis.ApiVersions.response, ranges, 0, false)))
        } else socket.end(framed(correlation, answer()))
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise<void>(resolve => void server.close(() => resolve()))
  }
}

function framed(correlation: Buffer, body: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(correlation.length + body.length)
  return Buffer.concat([length, correlation, body])
}

function openWire(more: readonly (readonly [string, string])[] = []) {
  const properties = new Map([['bootstrap.servers', 'h:1'], ['reconnect.backoff.ms', '0'], ['reconnect.backoff.max.ms', '0'], ...more]) // prettier-ignore
  const config = readClientConfig(new ClientProperties(properties), 'test')
  const wire = new KafkaWire({ ...config, clock: systemClock, random: systemRandom, log: silentLogger })
  return Object.assign(wire, { [Symbol.asyncDispose]: () => wire.close() })
}

/** Every prefix of it, and it with each of its bytes changed. */
function* damages(whole: Buffer): Generator<Buffer> {
  for (let at = 0; at < whole.length; at++) {
    yield whole.subarray(0, at)
    for (const flip of [0xff, 0x01]) {
      const changed = Buffer.from(whole)
      changed[at] = (changed[at] ?? 0) ^ flip
      yield changed
    }
  }
}

const names = (Object.keys(apis) as ApiName[]).filter(name => name !== 'ApiVersions')
for (const name of names) {
  const api: Api = apis[name]
  const version = api.max
  const isFlexible = version >= api.flexible
  test(`a damaged answer to ${name} is an error of that request, wherever the damage is`, async () => {
    const body = encode(api.response, messageOf(api.response), version, isFlexible)
    // The header of a flexible answer has tagged fields, too.
    const whole = isFlexible ? Buffer.concat([Buffer.from([0]), body]) : body
    let answer = whole
    await using broker = await openBroker(api.key, version, () => answer)
    await using wire = openWire()
    const args = messageOf(api.request) as RequestOf<ApiName>
    const address = { host: '127.0.0.1', port: broker.port }
    let refused = 0
    const escaped = await escapedFrom(async () => {
      for (const damaged of damages(whole)) {
        answer = damaged
        await wire.request(address, name, args).catch((error: unknown) => {
          assert.ok(error instanceof BrokerUnreachableError, String(error))
          refused++
        })
      }
    })
    assert.deepEqual(escaped, [])
    // No prefix is an answer.
    assert.ok(refused >= whole.length - 1, `${refused} of ${whole.length}`)
  })
}

test('what can not be asked is our mistake: thrown as it is, and no trouble of the broker', async () => {
  const api = apis.Heartbeat
  await using broker = await openBroker(api.key, api.max, () => assert.fail('nothing was to be asked'))
  await using wire = openWire()
  const args = { ...messageOf(api.request), groupId: 7 } as unknown as RequestOf<'Heartbeat'>
  const refusal = await wire
    .request({ host: '127.0.0.1', port: broker.port }, 'Heartbeat', args)
    .catch((e: unknown) => e)
  assert.ok(refusal instanceof TypeError || refusal instanceof RangeError, String(refusal))
})

test('damage in one answer rejects all that wait on its connection, and says so', async () => {
  const api = apis.Heartbeat
  await using broker = await openBroker(api.key, api.max, () => Buffer.from([0x80]))
  await using wire = openWire()
  const address = { host: '127.0.0.1', port: broker.port }
  const args = messageOf(api.request) as RequestOf<'Heartbeat'>
  const ends = await Promise.allSettled([1, 2, 3].map(() => wire.request(address, 'Heartbeat', args)))
  for (const end of ends) assert.match(String((end as PromiseRejectedResult).reason), /an answer that can't be read/)
})

test('a login that is answered with damage fails, and nothing else', async () => {
  let answer: Buffer = Buffer.alloc(0)
  const server = createServer(socket => {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.end(answer))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const jaas = 'org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="p";'
  await using wire = openWire([
    ['security.protocol', 'SASL_PLAINTEXT'],
    ['sasl.mechanism', 'PLAIN'],
    ['sasl.jaas.config', jaas],
    ['socket.connection.setup.timeout.ms', '200']
  ])
  const whole = Buffer.from([0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 5])
  const escaped = await escapedFrom(async () => {
    // The first is shorter than the id that every answer begins with.
    for (const damaged of [Buffer.from([0, 0, 0, 1, 0]), ...[...damages(whole)].slice(0, 40)]) {
      answer = damaged
      await assert.rejects(wire.supports({ host: '127.0.0.1', port }, 'Fetch'))
    }
  })
  assert.deepEqual(escaped, [])
  await new Promise<void>(resolve => void server.close(() => resolve()))
})
