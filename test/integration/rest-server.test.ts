// The REST server itself: methods and bodies, limits and guards, listeners, TLS, users, headers, loggers; on a real worker process.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ask, type Asked, restOf } from '../kit/rest.ts'
import { oldClass, startWorker, until } from '../kit/worker.ts'

const stores = 'test/vectors/key-stores'

// None of these workers meets a broker: REST needs none for what is asked here.
const alone = { 'bootstrap.servers': '127.0.0.1:1' }

/** Bytes as they are to a port of this host; what came back when the server closed, or `enough` says so. */
function raw(base: string, bytes: string, enough: (text: string) => boolean = () => false): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(Number(new URL(base).port), '127.0.0.1', () => socket.write(bytes))
    let received = ''
    socket.on('data', chunk => {
      received += chunk.toString()
      if (enough(received)) socket.destroy()
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(received))
  })
}

test('methods, bodies and paths are taken as Connect takes them', async () => {
  await using worker = await startWorker([], alone)
  const rest = await restOf(worker)

  const options = await rest.ask('OPTIONS', '/connectors')
  assert.deepEqual(
    [options.status, options.text, options.headers['allow']],
    [200, 'HEAD,POST,GET,OPTIONS', 'HEAD,POST,GET,OPTIONS']
  )
  const head = await rest.ask('HEAD', '/connectors')
  assert.deepEqual([head.status, head.text, head.headers['content-length']], [200, '', '2'])
  assert.equal(
    (await rest.ask('DELETE', '/connectors')).text,
    '{"error_code":405,"message":"HTTP 405 Method Not Allowed"}'
  )
  assert.equal((await rest.get('/nope')).text, '{"error_code":404,"message":"HTTP 404 Not Found"}')
  assert.equal((await rest.get('/connectors/a/b/c/d')).status, 404)
  assert.equal((await rest.get('/connectors')).headers['content-type'], 'application/json')

  const asText: Asked = { body: '{}', headers: { 'content-type': 'text/plain' } }
  assert.equal(
    (await rest.ask('POST', '/connectors', asText)).text,
    '{"error_code":415,"message":"HTTP 415 Unsupported Media Type. Send the body with the header Content-Type: application/json"}'
  )
  const charset: Asked = { body: '{}', headers: { 'content-type': 'application/json; charset=utf-8' } }
  assert.equal((await rest.ask('POST', '/connectors', charset)).status, 400)
  // Clients send such bodies where none is wanted.
  for (const body of ['{}', 'null']) {
    assert.equal((await rest.ask('PUT', '/connectors/nope/pause', { body })).status, 404)
  }
  for (const path of ['/health/', '/connectors/', '/admin/loggers/', '/connector-plugins/']) {
    assert.notEqual((await rest.get(path)).status, 404, path)
  }
})

test('what is too large, too deep, too slow or no HTTP is cut off, and the rest goes on', async () => {
  await using worker = await startWorker([], alone)
  const rest = await restOf(worker)
  const big = await rest.ask('PUT', '/connectors/x/config', { body: JSON.stringify({ a: 'x'.repeat(2 ** 20) }) })
  assert.equal(big.status, 413)
  const deep = await rest.ask('PUT', '/connectors/x/config', {
    body: `{"a":${'['.repeat(400_000)}${']'.repeat(400_000)}}`
  })
  assert.equal(deep.status, 400)
  const poisoned = await rest.ask('PUT', '/connectors/x/config', { body: '{"__proto__":{"a":1}}' })
  assert.match(poisoned.text, /The value of __proto__ is an object/)
  const path = await rest.get(`/connectors/${'x'.repeat(20_000)}`)
  assert.ok(path.status === 414 || path.status === 431, String(path.status))
  assert.match(await raw(rest.base, 'NONSENSE\r\n\r\n'), /^HTTP\/1\.1 400 /)
  assert.match(
    await raw(rest.base, 'GET /%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'),
    /^HTTP\/1\.1 400 /
  )
  const twice = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n'
  assert.match(await raw(rest.base, twice), /^HTTP\/1\.1 400 /)
  for (const traversal of [
    '/../../etc/passwd',
    '/connectors/..%2f..%2fetc/config',
    '/connector-plugins/..%2f..%2fetc/config'
  ]) {
    const answer = await raw(rest.base, `GET ${traversal} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
    assert.match(answer, /^HTTP\/1\.1 404 /, traversal)
  }
  // A request that is begun and never finished keeps nobody waiting, and is ended by the server.
  const slow = raw(rest.base, 'GET /connectors HTTP/1.1\r\nHost: loc')
  assert.equal((await rest.get('/connectors')).status, 200)
  assert.match(await slow, /^HTTP\/1\.1 408 |^$/)
})

test('clients that offer HTTP/2 are answered in HTTP/1.1 and go on', async () => {
  await using worker = await startWorker([], alone)
  const rest = await restOf(worker)
  const offer =
    'GET /connectors HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n\r\n'
  const answers = await raw(rest.base, offer + offer, text => text.split('HTTP/1.1 200').length === 3)
  assert.match(answers, /^HTTP\/1\.1 200 OK/)
})

test('a thousand at once are all answered', async () => {
  await using worker = await startWorker([], alone)
  const rest = await restOf(worker)
  const answers = await Promise.all(Array.from({ length: 1000 }, () => rest.get('/connectors')))
  assert.ok(answers.every(({ status, text }) => status === 200 && text === '[]'))
})

test('an address that asks too often, or holds too many connections, is told to wait', async () => {
  await using worker = await startWorker([], {
    ...alone,
    'rest.requests.per.second.max': 1,
    'rest.connections.max': 3
  })
  const rest = await restOf(worker)
  const answers = [await rest.get('/connectors'), await rest.get('/connectors')]
  while (answers.at(-1)?.status === 200) answers.push(await rest.get('/connectors'))
  const refused = answers.at(-1)
  assert.equal(refused?.status, 429)
  assert.equal(refused.headers['retry-after'], '1')
  assert.equal(
    refused.text,
    '{"error_code":429,"message":"Too many requests from this address (rest.requests.per.second.max)."}'
  )
  // Of ten connections that say nothing at most three stay; the others are closed at once, not for being slow.
  let said = ''
  const sockets = Array.from({ length: 10 }, () => connect(Number(new URL(rest.base).port), '127.0.0.1'))
  for (const socket of sockets) {
    socket.on('data', chunk => (said += chunk.toString()))
    socket.on('error', () => undefined)
  }
  await until(() => sockets.filter(socket => socket.closed).length >= 7)
  assert.equal(said, '')
  for (const socket of sockets) socket.destroy()
})

test('where changes need a login and there is none, REST is there to be read', async () => {
  await using worker = await startWorker([], { ...alone, listeners: 'http://:0', 'rest.changes.authenticated': 'true' })
  await worker.said(/Kafka Connect started/)
  const { base } = await restOf(worker)
  const here = base.replace('://:', '://127.0.0.1:')
  assert.equal((await ask('GET', `${here}/connectors`)).status, 200)
  assert.equal((await ask('POST', `${here}/connectors`, { body: {} })).status, 403)
  assert.equal((await ask('PUT', `${here}/admin/loggers/root`, { body: { level: 'OFF' } })).status, 403)
  await worker.stop()
  worker.neverSaid(/lets everybody/)
})

test('pages of other origins change nothing, and names lead nobody astray', async () => {
  await using worker = await startWorker([], alone)
  const rest = await restOf(worker)
  const from = (origin: string): Asked => ({ headers: { origin } })
  assert.equal((await rest.ask('PUT', '/connectors/x/pause', from('http://evil.example'))).status, 403)
  assert.equal((await rest.ask('DELETE', '/connectors/x', from('null'))).status, 403)
  assert.equal(
    (await rest.ask('PUT', '/admin/loggers/root', { ...from('http://evil.example'), body: { level: 'OFF' } })).status,
    403
  )
  assert.equal((await rest.ask('PUT', '/connectors/x/pause', from(rest.base))).status, 404, 'its own page may')
  const readable = await rest.ask('GET', '/connectors', from('http://evil.example'))
  assert.deepEqual([readable.status, readable.headers['access-control-allow-origin']], [200, undefined])
  const rebound = await rest.ask('GET', '/connectors', { headers: { host: 'evil.example:8083' } })
  assert.equal(rebound.status, 403)
  assert.match(rebound.text, /rest\.allowed\.hosts/)
  for (const host of ['localhost:1', '127.0.0.1', '[::1]:8083', 'app.localhost']) {
    assert.equal((await rest.ask('GET', '/connectors', { headers: { host } })).status, 200, host)
  }
})

test('origins, methods, names and headers are let in and sent as configured', async () => {
  await using worker = await startWorker([], {
    ...alone,
    'access.control.allow.origin': 'http://ui.example,https://*.good.example',
    'access.control.allow.methods': 'GET,POST,PUT',
    'rest.allowed.hosts': 'connect.internal',
    'response.http.headers.config':
      'set X-Frame-Options: DENY, "add Cache-Control: no-cache, no-store", setDate Expires: 1000'
  })
  const rest = await restOf(worker)
  const answer = await rest.ask('GET', '/connectors', {
    headers: { origin: 'http://ui.example', host: 'connect.internal' }
  })
  assert.equal(answer.status, 200)
  assert.equal(answer.headers['access-control-allow-origin'], 'http://ui.example')
  assert.equal(answer.headers['x-frame-options'], 'DENY')
  assert.equal(answer.headers['cache-control'], 'no-cache, no-store')
  assert.match(String(answer.headers['expires']), /GMT$/)
  const preflight = await rest.ask('OPTIONS', '/connectors', {
    headers: { origin: 'https://a.good.example', 'access-control-request-method': 'PUT' }
  })
  assert.equal(preflight.headers['access-control-allow-methods'], 'GET,POST,PUT')
  assert.equal(
    (await rest.ask('PUT', '/connectors/x/pause', { headers: { origin: 'https://a.good.example' } })).status,
    404
  )
  const refused = await rest.ask('PUT', '/connectors/x/pause', { headers: { origin: 'https://good.example.evil' } })
  assert.deepEqual([refused.status, refused.headers['access-control-allow-origin']], [403, undefined])
  assert.equal((await rest.get('/nope')).headers['x-frame-options'], 'DENY', 'on errors too')
})

test('the admin endpoints are on the listeners that are theirs', async () => {
  await using apart = await startWorker([], { ...alone, 'admin.listeners': 'http://127.0.0.1:0' })
  const main = await restOf(apart)
  const admin = await restOf(apart, 'Admin')
  assert.equal((await admin.get('/admin/loggers')).status, 200)
  assert.equal((await admin.get('/connectors')).status, 404)
  assert.equal((await main.get('/admin/loggers')).status, 404)
  await using off = await startWorker([], {
    ...alone,
    'admin.listeners': '',
    listeners: 'http://127.0.0.1:0,http://127.0.0.1:0'
  })
  const rest = await restOf(off)
  assert.equal((await rest.get('/admin/loggers')).status, 404)
  const [, other = ''] = await off.said(/REST server listening at (\S+)\s/, 2)
  assert.notEqual(other, rest.base)
  for (const base of [rest.base, other]) assert.equal((await ask('GET', `${base}/connectors`)).status, 200)
  await off.stop()
  off.saidTimes(/server listening at/, 2)
})

test('levels of loggers change what is logged, here and in the children that are there', async () => {
  await using worker = await startWorker([], alone)
  const rest = await restOf(worker)
  const name = 'org.apache.kafka.connect.runtime.rest.RestServer'
  const known = (await rest.get('/admin/loggers')).json as Readonly<Record<string, object>>
  assert.deepEqual(Object.keys(known), Object.keys(known).toSorted())
  for (const logger of ['root', name, 'org.apache.kafka.connect.cli.ConnectStandalone'])
    assert.deepEqual(known[logger], { level: 'INFO', last_modified: null }, logger)
  assert.deepEqual((await rest.get(`/admin/loggers/${name}`)).json, { level: 'INFO', last_modified: null })
  const changed = await rest.ask('PUT', '/admin/loggers/org.apache.kafka.connect.runtime.rest', {
    body: { level: 'warn' }
  })
  assert.deepEqual(changed.json, ['org.apache.kafka.connect.runtime.rest', name])
  await rest.get('/connectors?unseen')
  assert.equal((await rest.ask('PUT', `/admin/loggers/root?scope=cluster`, { body: { level: 'INFO' } })).status, 204)
  await rest.get('/connectors?seen')
  await worker.said(/\/connectors\?seen/)
  const { root } = (await rest.get('/admin/loggers')).json as { root: { level: string; last_modified: number } }
  assert.ok(root.level === 'INFO' && root.last_modified > 1_600_000_000_000)
  await worker.stop()
  worker.neverSaid('?unseen')
})

test('https with a JKS, PKCS12 or PEM store, and only for those with a certificate where it is asked for', async () => {
  const ca = readFileSync(`${stores}/ca.pem`)
  const own = { cert: readFileSync(`${stores}/app.pem`), key: readFileSync(`${stores}/key.pem`) }
  const settings = { ...alone, listeners: 'https://127.0.0.1:0', 'rest.allowed.hosts': 'localhost' }
  for (const [file, type] of [
    ['key.jks', 'JKS'],
    ['key.p12', 'PKCS12'],
    ['store.pem', 'PEM']
  ] as const) {
    await using worker = await startWorker([], {
      ...settings,
      'listeners.https.ssl.keystore.location': `${stores}/${file}`,
      'listeners.https.ssl.keystore.type': type,
      'listeners.https.ssl.keystore.password': 'store-secret',
      'listeners.https.ssl.key.password': type === 'PKCS12' ? 'store-secret' : 'key-secret'
    })
    const rest = await restOf(worker)
    const tls = { ca, checkServerIdentity: () => undefined }
    assert.equal((await rest.ask('GET', '/connectors', { tls })).text, '[]', file)
    await assert.rejects(rest.ask('GET', '/connectors'), /certificate/i)
    await assert.rejects(ask('GET', rest.base.replace('https:', 'http:')), /hang up|ECONNRESET/)
  }
  await using worker = await startWorker([], {
    ...settings,
    'ssl.keystore.location': `${stores}/store.pem`,
    'ssl.keystore.type': 'PEM',
    'ssl.key.password': 'key-secret',
    'ssl.truststore.location': `${stores}/ca.pem`,
    'ssl.truststore.type': 'PEM',
    'ssl.client.auth': 'required'
  })
  const rest = await restOf(worker)
  const tls = { ca, checkServerIdentity: () => undefined }
  await assert.rejects(rest.ask('GET', '/connectors', { tls }), /alert|certificate|ECONNRESET/i)
  assert.equal((await rest.ask('GET', '/connectors', { tls: { ...tls, ...own } })).status, 200)
})

test('basic authentication lets in whom the file names, and nobody else anywhere', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'kafka-connect-redis-jaas-'))
  try {
    writeFileSync(join(dir, 'users.properties'), 'admin=s3cret: pass\nother=x\n')
    writeFileSync(
      join(dir, 'jaas.conf'),
      `// Users of REST.\nKafkaConnect {\n  org.apache.kafka.connect.rest.basic.auth.extension.PropertyFileLoginModule required\n  file="${dir}/users.properties";\n};\n`
    )
    const extension = 'org.apache.kafka.connect.rest.basic.auth.extension.BasicAuthSecurityRestExtension'
    const env = { KAFKA_OPTS: `-Xmx1g -Djava.security.auth.login.config=${dir}/jaas.conf` }
    await using worker = await startWorker([], { ...alone, 'rest.extension.classes': extension }, { env })
    const rest = await restOf(worker)
    const as = (user: string, password: string): Asked => ({
      headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
    })
    for (const path of ['/connectors', '/health', '/admin/loggers', '/metrics', '/nope', '/']) {
      const refused = await rest.get(path)
      assert.equal(refused.text, '{"error_code":401,"message":"User cannot access the resource."}', path)
    }
    assert.equal((await rest.ask('GET', '/connectors', as('admin', 's3cret: pass'))).status, 200)
    await worker.said(/127\.0\.0\.1 - admin \[[^\]]+\] "GET \/connectors HTTP\/1\.1" 200 2 /)
    const wrong: readonly Asked[] = [
      as('admin', ''),
      as('admin', 'x'),
      as('', ''),
      as('__proto__', ''),
      as('nobody', 's3cret: pass'),
      { headers: { authorization: 'Bearer x' } },
      { headers: { authorization: 'Basic' } },
      { headers: { authorization: 'Basic !!!!' } }
    ]
    for (const asked of wrong)
      assert.equal((await rest.ask('GET', '/connectors', asked)).status, 401, JSON.stringify(asked))
    // Guesses end after a while, of an address that nobody else is hindered by.
    const guesses = await Promise.all(
      Array.from({ length: 40 }, (_, guess) => rest.ask('GET', '/', as('admin', String(guess))))
    )
    const stopped = guesses.find(({ status }) => status === 429)
    assert.ok(stopped !== undefined && Number(stopped.headers['retry-after']) >= 1)
    assert.equal(guesses.filter(({ status }) => status === 200).length, 0)
    assert.equal((await rest.ask('GET', '/connectors', as('admin', 's3cret: pass'))).status, 200, 'who was here before')
    await worker.stop()
    worker.neverSaid(/s3cret/)
  } finally {
    rmSync(dir, { recursive: true })
  }
})

const faults: readonly (readonly [what: string, settings: Record<string, string>, says: RegExp])[] = [
  ['an unreadable listener', { listeners: 'nonsense' }, /listeners: found 'nonsense', expected http:\/\/HOST:PORT/],
  [
    'an address that is not ours',
    { listeners: 'http://192.0.2.1:8083' },
    /listeners: can't listen at http:\/\/192\.0\.2\.1:8083: this machine has no such address .*such as http:\/\/127\.0\.0\.1:8083, or http:\/\/:8083 for all/
  ],
  ['https without a key', { listeners: 'https://127.0.0.1:0' }, /ssl\.keystore\.location is missing/],
  ['an unknown extension', { 'rest.extension.classes': 'com.example.Ext' }, /com\.example\.Ext is not known here/],
  [
    'users without their file',
    { 'rest.extension.classes': 'org.apache.kafka.connect.rest.basic.auth.extension.BasicAuthSecurityRestExtension' },
    /KAFKA_OPTS=-Djava\.security\.auth\.login\.config/
  ],
  [
    'a header that is none',
    { 'response.http.headers.config': 'put X: y' },
    /response\.http\.headers\.config: found 'put X: y'/
  ]
]

for (const [what, settings, says] of faults) {
  test(`${what}: refused at start, with what to write`, async () => {
    await using worker = await startWorker([], { ...alone, ...settings })
    assert.equal(await worker.ended, 2)
    await worker.said(says)
    worker.neverSaid(/^\s+at .*\.(ts|js):\d+/m)
  })
}

test('a port that is taken is told, with a way out', async () => {
  await using first = await startWorker([], alone)
  const { base } = await restOf(first)
  await using second = await startWorker([], { ...alone, listeners: base })
  assert.equal(await second.ended, 2)
  await second.said(/the port is taken/)
})

test('REST is warned of where everybody could reach it', async () => {
  await using open = await startWorker([], { ...alone, listeners: 'http://:0' })
  await open.said(/WARN http:\/\/:\d+ lets everybody who reaches it change connectors/)
  await using closed = await startWorker([], alone)
  await closed.said(/Kafka Connect started/)
  await closed.stop()
  closed.neverSaid(/lets everybody/)
})

test('secrets stay hidden in what validation answers', async () => {
  await using worker = await startWorker([], alone)
  const rest = await restOf(worker)
  const body = {
    'connector.class': oldClass,
    name: 'x',
    topics: 't',
    'connect.redis.host': 'h',
    'connect.redis.port': '1',
    'connect.redis.password': 'canary-1',
    'connect.redis.kcql': 'SELECT * FROM t PK id',
    'consumer.override.sasl.jaas.config': 'canary-2',
    'value.converter': 'io.confluent.connect.avro.AvroConverter',
    'value.converter.schema.registry.url': 'http://x',
    'value.converter.basic.auth.user.info': 'canary-3'
  }
  const { status, text } = await rest.ask('PUT', '/connector-plugins/RedisSinkConnector/config/validate', { body })
  assert.equal(status, 200)
  assert.match(text, /"error_count":0/)
  assert.doesNotMatch(text, /canary/)
  const refused = await rest.ask('POST', '/connectors', {
    body: { name: 'x', config: { 'connect.redis.password': 'canary-4' } }
  })
  assert.doesNotMatch(refused.text, /canary/)
  await worker.stop()
  worker.neverSaid(/canary/)
})
