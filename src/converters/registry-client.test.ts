// AvroConverter and the registry client against a small server on loopback: what it answers well, badly, late and never.
import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo } from 'node:net'
import { afterEach, test } from 'node:test'
import avsc from 'avsc'
import { DataError, RegistryAccessError, RegistryAwayError } from '../connect/errors.ts'
import { silentLogger } from '../connect/log.ts'
import { type Converter, type Doors } from '../connect/plugin.ts'
import { Struct } from '../connect/data.ts'
import { systemClock, type Timer } from '../util/clock.ts'
import { systemRandom } from '../util/random.ts'
import { createAvroConverter } from './avro-converter.ts'
import { createJsonSchemaConverter } from './json-schema-converter.ts'
import { createProtobufConverter } from './protobuf-converter.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function serve(handler: Handler): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    handler(request, response)
  })
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

const doors: Doors = { clock: systemClock, random: systemRandom, log: silentLogger }
const person =
  '{"type":"record","name":"Person","fields":[{"name":"name","type":"string"},{"name":"age","type":"long"}]}'
const payload = avsc.Type.forSchema(JSON.parse(person) as avsc.Schema).toBuffer({ name: 'Ann', age: 42 })

function framed(id: number): Buffer {
  const frame = Buffer.alloc(5)
  frame.writeInt32BE(id, 1)
  return Buffer.concat([frame, payload])
}

function converter(url: string, config: Record<string, string> = {}, clock = systemClock): Converter {
  return createAvroConverter(
    new Map(Object.entries({ 'schema.registry.url': url, 'max.retries': '0', 'retries.wait.ms': '1', ...config })),
    false,
    { ...doors, clock }
  )
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' }).end(JSON.stringify(body))
}

const good: Handler = (_request, response) => answer(response, 200, { schema: person })

async function read(avro: Converter, bytes: Buffer): Promise<Struct> {
  await avro.prepare?.('people', bytes)
  const { value } = avro.toConnectData('people', bytes)
  assert.ok(value instanceof Struct)
  return value
}

test('reads records of one schema, which is fetched once', async () => {
  const { url, asked } = await serve(good)
  const avro = converter(url)
  const first = avro.prepare?.('people', framed(7))
  assert.equal(avro.prepare?.('people', framed(7)), first, 'one request while it is under way')
  await first
  assert.equal(avro.prepare?.('people', framed(7)), null)
  const one = await read(avro, framed(7))
  const two = await read(avro, framed(7))
  assert.deepEqual([one.get('name'), one.get('age')], ['Ann', 42n])
  assert.equal(one.schema, two.schema)
  assert.deepEqual(asked, ['GET /schemas/ids/7?fetchMaxId=false&subject=people-value'])
})

test('finds the GUID in a header, with a bare payload', async () => {
  const { url, asked } = await serve(good)
  const avro = converter(url)
  const value = Buffer.from('01897917622336418696742 99b90a802e2'.replace(' ', ''), 'hex')
  const headers = () => [{ key: '__value_schema_id', value }]
  await avro.prepare?.('people', payload, headers)
  assert.ok(avro.toConnectData('people', payload, headers).value instanceof Struct)
  assert.deepEqual(asked, ['GET /schemas/guids/89791762-2336-4186-9674-299b90a802e2'])
})

test('resolves references, each once, and refuses circles', async () => {
  const home = '{"type":"record","name":"Home","fields":[{"name":"p","type":"Person"}]}'
  const reference = { name: 'Person', subject: 'person', version: 3 }
  const { url, asked } = await serve((request, response) => {
    if (request.url?.startsWith('/schemas/ids/1') === true)
      answer(response, 200, { schema: home, references: [reference, reference] })
    else if (request.url?.startsWith('/schemas/ids/2') === true)
      answer(response, 200, { schema: home, references: [{ ...reference, version: 4 }] })
    else if (request.url?.endsWith('/4') === true)
      answer(response, 200, { schema: person, references: [{ ...reference, version: 4 }] })
    else answer(response, 200, { schema: person })
  })
  const avro = converter(url)
  assert.ok((await read(avro, framed(1))).get('p') instanceof Struct)
  assert.deepEqual(asked.slice(1), ['GET /subjects/person/versions/3'])
  await assert.rejects(read(avro, framed(2)), /Failed to deserialize data for topic people to Avro: /)
})

test('an id the registry does not know is an error of the record, naming id and subject, and is not asked for again at once', async () => {
  const { url, asked } = await serve((_request, response) =>
    answer(response, 404, { error_code: 40403, message: 'Schema not found' })
  )
  const avro = converter(url)
  await assert.rejects(read(avro, framed(9)), (error: unknown) => {
    assert.ok(error instanceof DataError && error.cause instanceof DataError)
    assert.equal(error.message, 'Failed to deserialize data for topic people to Avro: ')
    assert.match(
      error.cause.message,
      /id 9 \(subject people-value\): 404, Schema not found\. Is this the registry of another environment \(schema\.registry\.url\), or was the schema deleted there\?/
    )
    return true
  })
  await assert.rejects(read(avro, framed(9)), DataError)
  assert.equal(asked.length, 1)
})

const failures: readonly [string, Handler, RegExp][] = [
  ['a server that fails', (_request, response) => answer(response, 503, { message: 'overloaded' }), /answered 503/],
  ['a server that never answers', () => undefined, /no answer within 50 ms/],
  [
    'a server that hangs in mid-answer',
    (_request, response) => void response.writeHead(200).write('{"schema":'),
    /no answer within 50 ms/
  ],
  ['a server that hangs up', request => void request.socket.destroy(), /socket hang up|ECONNRESET/],
  ['an answer that is no JSON', (_request, response) => void response.end('<html>'), /none of its API/],
  ['an answer of another shape', (_request, response) => answer(response, 200, { schema: 5 }), /none of its API/],
  [
    'an answer without end',
    (_request, response) => void response.end(Buffer.alloc(9 * 1024 * 1024, 32)),
    /larger than 8388608 bytes/
  ]
]

for (const [name, handler, message] of failures) {
  test(`${name} is worth another try, and is tried again`, async () => {
    let fails = true
    const { url } = await serve((request, response) => (fails ? handler : good)(request, response))
    // Only of a server that says nothing the time limit is awaited: a slow machine must not fail this test.
    const isSilent = /no answer/.test(message.source)
    const setTimer = (delayMs: number, callback: () => void): Timer =>
      systemClock.setTimer(fails && isSilent ? delayMs : 60_000, callback)
    const clock = { ...systemClock, setTimer }
    const avro = converter(url.replace('://', '://user:pa55@'), { 'http.read.timeout.ms': '50' }, clock)
    await assert.rejects(read(avro, framed(7)), (error: unknown) => {
      assert.ok(error instanceof RegistryAwayError)
      assert.match(error.message, message)
      assert.doesNotMatch(error.message, /pa55/)
      return true
    })
    fails = false
    assert.equal((await read(avro, framed(7))).get('name'), 'Ann')
  })
}

const text = (status: number, body: string): Handler => {
  return (_request, response) => void response.writeHead(status, { 'content-type': 'text/html' }).end(body)
}
const json = (status: number, code: number): Handler => {
  return (_request, response) => answer(response, status, { error_code: code, message: 'said so' })
}
/** As the table of docs/errors.md has it: what an answer to the question for a schema means. */
const meanings: readonly [meaning: { readonly name: string }, answers: readonly [string, Handler][]][] = [
  [
    RegistryAwayError,
    [
      ...[500, 502, 503, 504].map((status): [string, Handler] => [String(status), text(status, 'bad gateway')]),
      ['500 of the API', json(500, 50001)],
      ['408', text(408, '')],
      ['429 of the API', json(429, 42901)],
      ['200 that is no JSON', text(200, '<html>welcome</html>')],
      ['200 of another shape', (_request, response) => answer(response, 200, { status: 'ok' })],
      ['404 of a proxy', text(404, '404 page not found')],
      ['404 of another API', json(404, 404)],
      ['400 of a TLS port', text(400, 'The plain HTTP request was sent to HTTPS port')]
    ]
  ],
  [
    RegistryAccessError,
    [
      ['401', text(401, '')],
      ['401 of the API', json(401, 40101)],
      ['403 of the API', json(403, 40301)],
      ['407', text(407, '')],
      ['301', (_request, response) => void response.writeHead(301, { location: '/login' }).end()],
      ['307', (_request, response) => void response.writeHead(307, { location: 'https://elsewhere/' }).end()]
    ]
  ],
  [
    DataError,
    [
      ['404, no such schema', json(404, 40403)],
      ['404, no such subject', json(404, 40401)],
      ['404, no such version', json(404, 40402)],
      ['422 of the API', json(422, 42201)]
    ]
  ]
]

for (const [meaning, answers] of meanings) {
  for (const [name, handler] of answers) {
    test(`${name} is a ${meaning.name}, of a schema and of what it refers to`, async () => {
      const { url } = await serve(handler)
      await assert.rejects(read(converter(url), framed(1)), { name: meaning.name })
      const references = [{ name: 'Person', subject: 'person', version: 3 }]
      const halfway = await serve((request, response) => {
        if (request.url?.startsWith('/subjects/') === true) handler(request, response)
        else answer(response, 200, { schema: '{"type":"array","items":"Person"}', references })
      })
      await assert.rejects(read(converter(halfway.url), framed(1)), { name: meaning.name })
    })
  }
}

test('a registry without GUIDs refuses the record that names its schema by one, and no other', async () => {
  const { url } = await serve(json(404, 404))
  const avro = converter(url)
  const garbage = Buffer.alloc(20, 1)
  await avro.prepare?.('people', garbage)
  assert.throws(
    () => avro.toConnectData('people', garbage),
    (error: unknown) => error instanceof DataError && /knows no schemas by GUID/.test(String(error.cause))
  )
})

test('what is held is found after the cache has lost it, and let go with its last holder', async () => {
  const { url, asked } = await serve(good)
  const avro = converter(url, { 'schemas.cache.config': '1' })
  const reader = avro.compile?.('people', 'java') ?? assert.fail('no reader')
  const place = { hasHeaders: false, headers: () => [] }
  const needs = (bytes: Buffer) => {
    assert.ok(reader.read(bytes, 0, bytes.length, place))
    return reader.needs ?? assert.fail('nothing is needed')
  }
  await read(avro, framed(1))
  const one = needs(framed(1))
  one.hold()
  one.hold()
  await read(avro, framed(2))
  needs(framed(2)).hold()
  await read(avro, framed(3))
  const count = asked.length
  for (const id of [1, 2, 3]) assert.ok((await read(avro, framed(id))).get('age') === 42n)
  one.release()
  assert.ok(await read(avro, framed(1)))
  assert.equal(asked.length, count, 'nothing is fetched again')
  one.release()
  await read(avro, framed(3))
  await read(avro, framed(1))
  assert.equal(asked.length, count + 1)
})

test('asks the next address where one is down, and stays with it', async () => {
  const { url, asked } = await serve(good)
  const avro = converter(`http://127.0.0.1:1,${url}`)
  await read(avro, framed(1))
  await read(avro, framed(2))
  assert.equal(asked.length, 2)
})

test('asks again after a pause, as often as max.retries says', async () => {
  let left = 2
  const { url, asked } = await serve((request, response) =>
    left-- > 0 ? answer(response, 500, {}) : good(request, response)
  )
  await read(converter(url, { 'max.retries': '2' }), framed(1))
  assert.equal(asked.length, 3)
})

test('sends credentials as the settings say, and follows no redirection', async () => {
  const seen: (string | undefined)[] = []
  const { url } = await serve((request, response) => {
    seen.push(request.headers.authorization)
    good(request, response)
  })
  await read(converter(url.replace('://', '://u:p%40@')), framed(1))
  await read(
    converter(url, { 'basic.auth.credentials.source': 'USER_INFO', 'basic.auth.user.info': 'u:p@' }),
    framed(1)
  )
  await read(converter(url, { 'bearer.auth.credentials.source': 'STATIC_TOKEN', 'bearer.auth.token': 't' }), framed(1))
  const basic = `Basic ${Buffer.from('u:p@').toString('base64')}`
  assert.deepEqual(seen, [basic, basic, 'Bearer t'])
  const away = await serve((_request, response) => void response.writeHead(302, { location: url }).end())
  await assert.rejects(read(converter(away.url), framed(1)), RegistryAccessError)
  assert.equal(seen.length, 3)
})

test('bytes without a frame are an error of the record, and nobody is asked', async () => {
  const { url, asked } = await serve(good)
  const avro = converter(url)
  for (const bytes of [Buffer.from('{"a":1}'), Buffer.alloc(0), Buffer.from([0, 0, 0, 0])]) {
    assert.equal(avro.prepare?.('people', bytes), null)
    assert.throws(
      () => avro.toConnectData('people', bytes),
      (error: unknown) =>
        error instanceof DataError && error.cause instanceof Error && error.cause.message === 'Unknown magic byte!'
    )
  }
  assert.deepEqual(asked, [])
  assert.deepEqual(avro.toConnectData('people', null), { schema: null, value: null })
})

test('holds no more schemas than its cache may', async () => {
  const { url, asked } = await serve(good)
  const avro = converter(url, { 'schemas.cache.config': '10' })
  for (let id = 0; id < 100; id++) await read(avro, framed(id))
  await read(avro, framed(99))
  assert.equal(asked.length, 100)
  await read(avro, framed(0))
  assert.equal(asked.length, 101, 'the first had gone')
})

for (const [key, config] of [
  ['schema.registry.url', {}],
  ['schema.registry.url', { 'schema.registry.url': 'file:///etc/passwd' }],
  ['schema.registry.url', { 'schema.registry.url': 'not a url' }],
  ['basic.auth.user.info', { 'schema.registry.url': 'http://x', 'basic.auth.credentials.source': 'USER_INFO' }],
  ['bearer.auth.token', { 'schema.registry.url': 'http://x', 'bearer.auth.credentials.source': 'STATIC_TOKEN' }],
  [
    'schema.registry.ssl.truststore.location',
    { 'schema.registry.url': 'https://x', 'schema.registry.ssl.truststore.location': '/x.jks' }
  ]
] as const) {
  test(`names ${key} where ${JSON.stringify(config)} leads nowhere`, () => {
    assert.throws(() => createAvroConverter(new Map(Object.entries(config)), false, doors), { key })
  })
}

test('reads Protobuf and JSON Schema, and refuses a schema of another type', async () => {
  const proto = 'syntax = "proto3"; message A {} message B { string name = 1; }'
  const json = '{"type":"object","properties":{"name":{"type":"string"}}}'
  const { url } = await serve((request, response) => {
    const isProto = request.url?.startsWith('/schemas/ids/1') === true
    answer(response, 200, isProto ? { schemaType: 'PROTOBUF', schema: proto } : { schemaType: 'JSON', schema: json })
  })
  const config = new Map([
    ['schema.registry.url', url],
    ['json.fail.invalid.schema', 'true']
  ])
  const frame = (id: number, rest: Buffer): Buffer => Buffer.concat([Buffer.from([0, 0, 0, 0, id]), rest])
  const protobuf = createProtobufConverter(config, false, doors)
  assert.equal((await read(protobuf, frame(1, Buffer.from('02020a03416e6e', 'hex')))).get('name'), 'Ann')
  const jsonSchema = createJsonSchemaConverter(config, false, doors)
  assert.equal((await read(jsonSchema, frame(2, Buffer.from('{"name":"Ann"}')))).get('name'), 'Ann')
  await assert.rejects(read(jsonSchema, frame(2, Buffer.from('{"name":5}'))), (error: unknown) => {
    assert.ok(error instanceof DataError && error.cause instanceof Error)
    assert.match(error.cause.message, /not valid by the schema of id 2: \/name must be string/)
    return true
  })
  await assert.rejects(
    read(jsonSchema, frame(1, Buffer.from('{}'))),
    (error: unknown) => error instanceof DataError && /type PROTOBUF/.test(String(error.cause))
  )
})

test('large schemas push each other out by their size, long before there are too many', async () => {
  const text = JSON.stringify({ type: 'string', doc: 'x'.repeat(7_500_000) })
  const { url, asked } = await serve((_request, response) => answer(response, 200, { schema: text }))
  const avro = converter(url)
  const ask = async (id: number): Promise<number> => {
    const bytes = framed(id)
    await avro.prepare?.('t', bytes)
    return asked.length
  }
  for (const [id, requests] of [
    ...[1, 2, 3, 4].map(each => [each, each] as const),
    ...([[1, 4], [5, 5], [5, 5], [1, 6]] as const) // prettier-ignore
  ])
    assert.equal(await ask(id), requests, `schema ${id}`)
})
