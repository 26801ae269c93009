// Connector files on the command line: properties and JSON side by side, initial states, secrets from providers, faults of all files at once.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { restOf } from '../kit/rest.ts'
import { startRedis, uniqueName } from '../kit/stack.ts'
import { oldClass, openKafka, openRedis, runWorker, until } from '../kit/worker.ts'

/** A folder with these files, and their paths in order. */
function files(texts: Readonly<Record<string, string>>) {
  const dir = mkdtempSync(join(tmpdir(), 'kafka-connect-redis-files-'))
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(dir, name), text)
  return {
    dir,
    paths: (...names: string[]) => names.map(name => join(dir, name)),
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true })
  }
}

function workerFile(bootstrap: string, more: Readonly<Record<string, string>> = {}): string {
  return Object.entries({
    'bootstrap.servers': bootstrap,
    'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter.schemas.enable': 'false',
    'offset.storage.file.filename': '/nowhere/offsets',
    listeners: 'http://127.0.0.1:0',
    ...more
  })
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
}

test('properties and both forms of JSON run side by side, paused ones stay so, secrets come from where they are', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis({ args: ['--requirepass', 'kept-Secret-1'] })
  await using redis = openRedis(server.port, 'kept-Secret-1')
  const topic = await kafka.createTopic('files')
  const names = [1, 2, 3].map(() => uniqueName('files'))
  const config = (prefix: string) => ({
    'connector.class': oldClass,
    topics: topic,
    'connect.redis.host': '127.0.0.1',
    'connect.redis.port': server.port,
    'connect.redis.kcql': `INSERT INTO ${prefix} SELECT * FROM ${topic} PK id`
  })
  using folder = files({
    'secrets.properties': 'redis=kept-Secret-1\n',
    'worker.properties': '',
    'a.properties': `name=${names[0]}\nconnector.class=${oldClass}\ntopics=${topic}\nconnect.redis.host=127.0.0.1\nconnect.redis.port=\${env:KCR_TEST_PORT}\nconnect.redis.password=\${file:SECRETS:redis}\nconnect.redis.kcql=INSERT INTO a- \\\n  SELECT * FROM ${topic} PK id\nconnect.redis.hots=x\n`,
    'b.json': JSON.stringify({ name: names[1], ...config('b-'), 'connect.redis.password': '${file:SECRETS:redis}' }),
    'c.json': JSON.stringify({
      name: names[2],
      config: { ...config('c-'), 'connect.redis.password': 'kept-Secret-1' },
      initial_state: 'PAUSED'
    })
  })
  const provider = 'org.apache.kafka.common.config.provider'
  writeFileSync(
    join(folder.dir, 'worker.properties'),
    workerFile(kafka.bootstrap, {
      'config.providers': 'file,env',
      'config.providers.file.class': `${provider}.FileConfigProvider`,
      'config.providers.file.param.allowed.paths': folder.dir,
      'config.providers.env.class': `${provider}.EnvVarConfigProvider`,
      'config.providers.env.param.allowlist.pattern': 'KCR_TEST_.*'
    })
  )
  for (const path of folder.paths('a.properties', 'b.json')) {
    writeFileSync(path, readFileSync(path, 'utf8').replace('SECRETS', join(folder.dir, 'secrets.properties')))
  }
  await using worker = runWorker(folder.paths('worker.properties', 'a.properties', 'b.json', 'c.json'), undefined, {
    KCR_TEST_PORT: String(server.port)
  })
  const rest = await restOf(worker)
  await kafka.send(topic, [{ value: '{"id":1}' }])
  await worker.until(async () => (await redis.get('a-1')) !== null && (await redis.get('b-1')) !== null)
  assert.equal(await redis.get('c-1'), null)
  assert.deepEqual((await rest.get('/connectors')).json, names)
  const paused = (await rest.get(`/connectors/${names[2]}/status`)).json as {
    connector: { state: string }
    tasks: object[]
  }
  assert.deepEqual([paused.connector.state, paused.tasks], ['PAUSED', []])
  await rest.ask('PUT', `/connectors/${names[2]}/resume`)
  await until(async () => (await redis.get('c-1')) !== null)

  // What was written is what is shown: references stay references, in validation too.
  const shown = (await rest.get(`/connectors/${names[0]}/config`)).json as Record<string, string>
  assert.equal(shown['connect.redis.port'], '${env:KCR_TEST_PORT}')
  const validated = await rest.ask('PUT', `/connector-plugins/${oldClass}/config/validate`, { body: shown })
  assert.match(validated.text, /"error_count":0/)
  assert.ok(!validated.text.includes(`"${server.port}"`))
  const wrong = { ...shown, 'connect.redis.port': `\${file:${join(folder.dir, 'secrets.properties')}:redis}` }
  const refused = await rest.ask('PUT', `/connector-plugins/${oldClass}/config/validate`, { body: wrong })
  assert.match(refused.text, /Invalid value \$\{file:/)
  assert.doesNotMatch(validated.text + refused.text, /kept-Secret-1/)
  await worker.said(/WARN Connector \S+: connect\.redis\.hots has no effect: did you mean connect\.redis\.host\?/)
  await worker.stop()
  worker.neverSaid(/kept-Secret-1/)
})

test('what is wrong in several files is told at once, each with its file', async () => {
  using folder = files({
    'worker.properties': workerFile('127.0.0.1:1', {
      'config.providers': 'file',
      'config.providers.file.class': 'org.apache.kafka.common.config.provider.FileConfigProvider'
    }),
    'a.properties': `name=x\nconnector.class=${oldClass}\ntopics=t\nconnect.redis.host=h\nconnect.redis.port=abc\nconnect.redis.kcql=SELECT * FROM t PK id\n`,
    'b.json': '{"name":',
    'c.properties': `name=x\nconnector.class=com.example.Nope\ntopics=t\n`,
    'd.properties': 'topics=t\n',
    'e.properties': `name=e\nconnector.class=${oldClass}\nconnect.redis.password=C:\\users\n`,
    'secrets.properties': 'a=1\nb=\\u12\n',
    'f.properties': `name=f\nconnector.class=${oldClass}\ntopics=t\nconnect.redis.host=h\nconnect.redis.port=1\nconnect.redis.password=\${file:SECRETS:b}\nconnect.redis.kcql=SELECT * FROM t PK id\n`
  })
  const [secrets = '', f = ''] = folder.paths('secrets.properties', 'f.properties')
  writeFileSync(f, readFileSync(f, 'utf8').replace('SECRETS', secrets))
  await using worker = runWorker(
    folder.paths(
      ...'worker.properties a.properties b.json c.properties d.properties e.properties f.properties none.properties'.split(
        ' '
      )
    )
  )
  assert.equal(await worker.ended, 3)
  for (const says of [
    /a\.properties: connector x can't run, 1 error/,
    /b\.json: no JSON/,
    /c\.properties: the name x is that of .*a\.properties too/,
    /c\.properties: Failed to find any class .* matches com\.example\.Nope/,
    /d\.properties: no name/,
    /e\.properties: Malformed \\uxxxx encoding\. Line 3 has a \\u that four hexadecimal digits do not follow; for a backslash write \\\\\./,
    /f\.properties: connector f can't run, 1 error/,
    /- connect\.redis\.password: .*secrets\.properties: Malformed \\uxxxx encoding\. Line 2/,
    /none\.properties can't be read/
  ]) {
    await worker.said(says)
  }
  worker.neverSaid(/^ +at /m)
})

test('a worker file with a broken escape is named, with its line, and there is no stack', async () => {
  using folder = files({ 'worker.properties': `${workerFile('127.0.0.1:1')}ssl.keystore.location=C:\\users\n` })
  await using worker = runWorker(folder.paths('worker.properties'))
  assert.equal(await worker.ended, 2)
  await worker.said(/worker\.properties: Malformed \\uxxxx encoding\. Line 7 has/)
  worker.neverSaid(/^ +at /m)
})

test('files saved as UTF-8 are told with file, line and escape; each file once', async () => {
  using folder = files({
    'worker.properties': `${workerFile('127.0.0.1:1')}client.id=stra\u00dfe\n`,
    'a.properties': `# \u00fcber\nname=x\nconnector.class=${oldClass}\ntopics=t\nconnect.redis.host=h\nconnect.redis.port=abc\nconnect.redis.kcql=INSERT INTO stra\u00dfe: SELECT * FROM t PK id\n`
  })
  await using worker = runWorker(folder.paths('worker.properties', 'a.properties'))
  assert.equal(await worker.ended, 3)
  await worker.said(/WARN \S*worker\.properties: line \d+ holds '\u00df' in UTF-8.*Write \\u00df instead/)
  await worker.said(/WARN \S*a\.properties: line 7 holds '\u00df' in UTF-8.*Write \\u00df instead/)
  worker.saidTimes(/in UTF-8/, 2)
})

test("a connector's file in the worker's place is told as that, in one line", async () => {
  using folder = files({
    'worker.properties': workerFile('127.0.0.1:1'),
    'a.properties': `name=x\nconnector.class=${oldClass}\ntopics=t\n`
  })
  await using worker = runWorker(folder.paths('a.properties', 'worker.properties'))
  assert.equal(await worker.ended, 2)
  await worker.said(
    /a\.properties is a connector's file \(it has connector\.class\)\. The worker's comes first: connect-standalone WORKER\.properties /
  )
  worker.neverSaid(/has no effect|Missing required/)
})

test("a key that a worker's file lacks is told with a line to add", async () => {
  using folder = files({ 'worker.properties': workerFile('127.0.0.1:1').replace(/^key\.converter=.*\n/m, '') })
  await using worker = runWorker(folder.paths('worker.properties'))
  assert.equal(await worker.ended, 2)
  await worker.said(/Add a line such as key\.converter=org\.apache\.kafka\.connect\.storage\.StringConverter/)
})

test('a fault that stands on two keys is told once', async () => {
  using folder = files({
    'worker.properties': workerFile('127.0.0.1:1'),
    'a.properties': `name=x\nconnector.class=${oldClass}\ntopics=t\ntopics.regex=t.*\nconnect.redis.host=h\nconnect.redis.port=1\nconnect.redis.kcql=SELECT * FROM t PK id\n`
  })
  await using worker = runWorker(folder.paths('worker.properties', 'a.properties'))
  assert.equal(await worker.ended, 3)
  await worker.said(/can't run, 1 error\(s\)\n- topics and topics\.regex are mutually exclusive/)
  worker.saidTimes(/mutually exclusive/, 1)
})

test('the command says how it is used', async () => {
  await using none = runWorker([])
  assert.equal(await none.ended, 1)
  await none.said(/^Usage: connect-standalone WORKER\.properties/)
  await using help = runWorker(['--help'])
  assert.equal(await help.ended, 0)
})
