// The registry over TLS: trusted by a PEM file or text, refused without, client certificates presented where the server asks for them.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Server } from 'node:https'
import { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type TLSSocket } from 'node:tls'
import { RetriableError } from '../connect/errors.ts'
import { silentLogger } from '../connect/log.ts'
import { certificate, key } from '../../test/kit/self-signed.ts'
import { systemClock } from '../util/clock.ts'
import { systemRandom } from '../util/random.ts'
import { createAvroConverter } from './avro-converter.ts'

const dir = mkdtempSync(join(tmpdir(), 'registry-tls-'))
let server: Server
let clients: string[] = []

before(async () => {
  writeFileSync(join(dir, 'trust.pem'), certificate)
  writeFileSync(join(dir, 'client.pem'), `${certificate}\n${key}`)
  server = createServer(
    { cert: certificate, key, ca: certificate, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      const { subject } = (request.socket as TLSSocket).getPeerCertificate()
      clients.push(String((subject as { CN?: string } | undefined)?.CN ?? 'nobody'))
      response.end('{"schema":"\\"string\\""}')
    }
  )
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
})

after(() => {
  server.closeAllConnections()
  server.close()
  rmSync(dir, { recursive: true })
})

async function read(config: Record<string, string>): Promise<unknown> {
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const settings = new Map(Object.entries({ 'schema.registry.url': url, 'max.retries': '0', ...config }))
  const avro = createAvroConverter(settings, false, { clock: systemClock, random: systemRandom, log: silentLogger })
  const bytes = Buffer.from('00000000070461626364', 'hex')
  await avro.prepare?.('t', bytes)
  return avro.toConnectData('t', bytes).value
}

test('a certificate that nobody vouches for is refused, saying so', async () => {
  await assert.rejects(
    read({}),
    (error: unknown) =>
      error instanceof RetriableError &&
      /self-signed certificate \(the registry's certificate is not trusted: set schema\.registry\.ssl\.truststore\.location/.test(
        error.message
      ) &&
      !/Node\.js|--use-/.test(error.message)
  )
})

test('is trusted by a PEM file, and by PEM text', async () => {
  clients = []
  assert.equal(
    await read({
      'schema.registry.ssl.truststore.type': 'PEM',
      'schema.registry.ssl.truststore.location': join(dir, 'trust.pem')
    }),
    'ab'
  )
  assert.equal(await read({ 'schema.registry.ssl.truststore.certificates': certificate }), 'ab')
  assert.deepEqual(clients, ['nobody', 'nobody'])
})

test('presents a client certificate, from one file or as text', async () => {
  clients = []
  const trust = { 'schema.registry.ssl.truststore.certificates': certificate }
  await read({
    ...trust,
    'schema.registry.ssl.keystore.type': 'PEM',
    'schema.registry.ssl.keystore.location': join(dir, 'client.pem')
  })
  await read({
    ...trust,
    'schema.registry.ssl.keystore.certificate.chain': certificate,
    'schema.registry.ssl.keystore.key': key
  })
  assert.deepEqual(clients, ['registry.test', 'registry.test'])
})

test('http to a port of https, and https to one of http, are each asked about', async () => {
  const { port } = server.address() as AddressInfo
  await assert.rejects(read({ 'schema.registry.url': `http://127.0.0.1:${port}` }), /schema\.registry\.url begins with http: does the registry speak https on this port\?/)
  const plain = createHttpServer((_, response) => response.end('{}'))
  await new Promise<void>(resolve => plain.listen(0, '127.0.0.1', resolve))
  try {
    const url = `https://127.0.0.1:${(plain.address() as AddressInfo).port}`
    await assert.rejects(read({ 'schema.registry.url': url }), /schema\.registry\.url begins with https: does the registry speak TLS on this port\?/)
  } finally {
    plain.closeAllConnections()
    plain.close()
  }
}) // prettier-ignore

test('an address with a path that leads to no API names the path', async () => {
  const plain = createHttpServer((_, response) => response.writeHead(404).end('no such page'))
  await new Promise<void>(resolve => plain.listen(0, '127.0.0.1', resolve))
  try {
    const url = `http://127.0.0.1:${(plain.address() as AddressInfo).port}/subjects`
    await assert.rejects(read({ 'schema.registry.url': url }), /Its path \/subjects\/ stands before every request/)
  } finally {
    plain.closeAllConnections()
    plain.close()
  }
})
