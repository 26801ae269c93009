// The subcommand explain: records given as text, both contracts, everything that can stand in a record's way, and wrong usage.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { text as readText } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { explainCommand } from './explain-command.ts'

const dir = mkdtempSync(join(tmpdir(), 'kafka-connect-redis-explain-'))
after(() => rmSync(dir, { recursive: true }))

const json = {
  'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'value.converter.schemas.enable': 'false'
}
const oldClass = 'com.datamountaineer.streamreactor.connect.redis.sink.RedisSinkConnector'

let files = 0
/** A connector's file with these keys over those that every one needs. */
function connector(config: Readonly<Record<string, string>>): string {
  const path = join(dir, `connector-${files++}.properties`)
  const all = {
    name: 'c',
    'connector.class': oldClass,
    topics: 't',
    'connect.redis.host': 'localhost',
    'connect.redis.port': '6379',
    ...json,
    ...config
  }
  const lines = Object.entries(all).map(([key, value]) => `${key}=${value.replaceAll('\\', '\\\\')}`)
  writeFileSync(path, lines.join('\n'))
  return path
}

async function run(argv: readonly string[], input = ''): Promise<{ code: number; stdout: string; stderr: string }> {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const said = Promise.all([readText(stdout), readText(stderr)])
  const code = await explainCommand(argv, { stdin: Readable.from([input]), stdout, stderr })
  stdout.end()
  stderr.end()
  const [out, error] = await said
  return { code, stdout: out, stderr: error }
}

test("a host that only the worker's providers know is not in the way where there is no worker", async () => {
  const file = connector({ ...kcql('SELECT a FROM t PK a'), 'connect.redis.host': '${env:REDIS_HOST}' })
  const { code, stdout } = await run([file, '--record', '{"a":1}'])
  assert.deepEqual([code, /SET 1 /.test(stdout)], [0, true], stdout)
})

/** A worker's file that has the provider of files. */
function workerWithFiles(): string {
  const path = join(dir, `worker-${files++}.properties`)
  const provider = 'org.apache.kafka.common.config.provider.FileConfigProvider'
  writeFileSync(path, `config.providers=file\nconfig.providers.file.class=${provider}\n`)
  return path
}

const kcql = (text: string): Record<string, string> => ({ 'connect.redis.kcql': text })

test('a record shows its statement, its key and its commands', async () => {
  const file = connector(kcql('INSERT INTO FX- SELECT price FROM t PK symbol TTL=60'))
  const { code, stdout, stderr } = await run([file, '--record', '{"symbol":"USD GBP","price":1.50}'])
  assert.equal(
    stdout,
    `t-0@0
  statement 1, cache: INSERT INTO FX- SELECT price FROM t PK symbol TTL=60
    key 'FX-USD GBP'
    SETEX 'FX-USD GBP' 60 '{"price":1.5}'
`
  )
  assert.deepEqual([code, stderr], [0, ''])
})

test('every mode names what its commands go to, and every statement of the topic has its turn', async () => {
  const file = connector({
    topics: 't,u',
    ...kcql(
      'INSERT INTO z SELECT * FROM t STOREAS SortedSet(score=n) TTL=5; SELECT n FROM t PK n STOREAS GeoAdd(longitudeField=n, latitudeField=x); ' +
        'SELECT n FROM t STOREAS PubSub(channel=n); INSERT INTO s SELECT n FROM t STOREAS Stream; SELECT n FROM u PK n'
    )
  })
  const { code, stdout } = await run([file, '--record', '{"n":1,"x":"?"}', '--topic', 't', '--partition', '3', '--offset', '17'])
  assert.equal(
    stdout,
    `t-3@17
  statement 1, sorted set: INSERT INTO z SELECT * FROM t STOREAS SortedSet(score=n) TTL=5
    key z
    ZADD z 1 '{"x":"?","n":1}'
    EXPIRE z 5   (where the member is new)
  statement 2, GeoAdd: SELECT n FROM t PK n STOREAS GeoAdd(longitudeField=n, latitudeField=x)
    skipped: GeoAdd record contains invalid longitude [1] and latitude [?] values, Record with key [null] is skipped (t-3@17)
  statement 3, PubSub: SELECT n FROM t STOREAS PubSub(channel=n)
    channel 1
    PUBLISH 1 '{"n":1}'
  statement 4, Stream: INSERT INTO s SELECT n FROM t STOREAS Stream
    stream s
    XADD s * n 1
`
  )
  assert.equal(code, 0)
}) // prettier-ignore

test('lines of standard input count their offsets up; one refusal makes the exit code 1', async () => {
  const file = connector(kcql('SELECT * FROM t'))
  const { code, stdout } = await run([file], '{"a":1}\n\n{"a":2}\r\n[3]\n{"a":"x\u2028y"}')
  assert.equal(code, 1)
  assert.match(stdout, /^ {4}SET t\|0\|0 '\{"a":1\}'$/m)
  assert.match(stdout, /^ {4}SET t\|0\|1 '\{"a":2\}'$/m)
  assert.match(stdout, /^ {4}SET t\|0\|3 "\{\\"a\\":\\"x\\xe2\\x80\\xa8y\\"\}"$/m)
  assert.match(stdout, /^t-0@2\n {2}refused: Record t-0@2 .*ArrayList.*\n {4}the task would fail \(connect\.redis\.error\.policy=THROW\)$/m)
}) // prettier-ignore

test('--diff shows both contracts: equal lines once, others one below the other', async () => {
  const file = connector(kcql('SELECT e, d, c, b, a FROM t PK k'))
  const record = '{"k":1.50,"a":1,"b":2,"c":3,"d":4,"e":5}'
  const { code, stdout } = await run([file, '--diff', '--record', record])
  assert.equal(code, 0)
  assert.equal(
    stdout,
    `t-0@0
         statement 1, cache: SELECT e, d, c, b, a FROM t PK k
  old      key 1.5
  plain    key 1.50
  old      SET 1.5 '{"e":5,"a":1,"b":2,"c":3,"d":4}'
  plain    SET 1.50 '{"e":5,"d":4,"c":3,"b":2,"a":1}'
`
  )
  const plain = connector({ 'connector.class': 'connect.redis.RedisSinkConnector', ...kcql('SELECT a FROM t PK k') })
  assert.match((await run([plain, '--record', record])).stdout, /SET 1\.50 /)
})

test('--diff shows what each contract makes of bytes that Java loses a part of', async () => {
  const file = connector(kcql('INSERT INTO p: SELECT id FROM t PK id'))
  const { stdout, stderr } = await run([file, '--diff', '--record', '{"id":1}{"id":2}'])
  assert.match(stdout, /SET p:1 '\{"id":1\}'/)
  assert.match(stdout, /plain.*\n?.*a record holds one JSON value/)
  assert.match(stderr, /goes on behind its JSON value/)
})

test('--diff where the other contract refuses the configuration, or does otherwise with the record', async () => {
  const leftover = connector(kcql('SELECT a FROM t PK a WHERE b = 1'))
  const refused = await run([leftover, '--diff', '--record', '{"a":1}'])
  assert.equal(refused.code, 0)
  assert.match(refused.stdout, /^ {2}old +SET 1 '\{"a":1\}'$/m)
  assert.match(refused.stdout, /^ {2}plain +this configuration is refused:$/m)
  assert.match(refused.stderr, /"WHERE b = 1" is ignored/)
})

test('what stands in the way: refusals by policy, tombstones, converters, transforms', async () => {
  const bad = '{"a":null}'
  const cases: readonly (readonly [Record<string, string>, string, RegExp])[] = [
    [{ 'connect.redis.error.policy': 'noop' }, bad, /it would be dropped, logged and counted/],
    [{ 'connect.redis.error.policy': 'RETRY' }, bad, /the task would fail at once/],
    [{ 'errors.deadletterqueue.topic.name': 'dead', 'connect.redis.errors.deadletter': 'true' }, bad, /it would go to the dead letter queue dead, and the task would fail \(errors\.tolerance=none\)/],
    [{ 'errors.deadletterqueue.topic.name': 'dead', 'connect.redis.errors.deadletter': 'true', 'errors.tolerance': 'all' }, bad, /it would go to the dead letter queue dead$/m],
    [{ 'errors.deadletterqueue.topic.name': 'dead' }, bad, /the task would fail \(connect/],
    [{ 'connect.redis.tombstones': 'ignore' }, 'null', /ignored: a tombstone, passed over/],
    [{}, 'null', /refused: .*tombstone.*connect\.redis\.tombstones=ignore/],
    [{}, '{"a":', /unreadable: value converter org\.apache\.kafka\.connect\.json\.JsonConverter: .*\n {4}the task would fail \(errors\.tolerance=none\)/],
    [{ 'errors.tolerance': 'all' }, '{"a":', /it would be skipped \(errors\.tolerance=all\)/],
    [{ 'value.converter.schemas.enable': 'true' }, '{"a":1}', /unreadable: .*schemas\.enable/],
    [{ 'value.converter': 'org.apache.kafka.connect.storage.StringConverter' }, '{"a": 1.0}', /SET 1\.0 '\{"a":1\.0\}'/],
    [{ transforms: 'f', 'transforms.f.type': 'org.apache.kafka.connect.transforms.Filter' }, '{"a":1}', /dropped: a transform drops it/],
    [{ transforms: 'h', 'transforms.h.type': 'org.apache.kafka.connect.transforms.HoistField$Value', 'transforms.h.field': 'a' }, '5', /SET 5 '\{"a":5\}'/],
    [{ transforms: 'h', 'transforms.h.type': 'org.apache.kafka.connect.transforms.HoistField$Value', 'transforms.h.field': 'a' }, '-5', /SET -5 '\{"a":-5\}'/]
  ] // prettier-ignore
  for (const [config, record, expected] of cases) {
    const { stdout, stderr } = await run([
      connector({ ...kcql('SELECT a FROM t PK a'), ...config }),
      '--record',
      record
    ])
    assert.match(stdout, expected, stderr)
  }
})

test('a field that an old file drops as blacklist is not shown, and the former name is told', async () => {
  const type = 'org.apache.kafka.connect.transforms.ReplaceField$Value'
  const drop = { transforms: 'r', 'transforms.r.type': type, 'transforms.r.blacklist': 'password' }
  const { stdout, stderr } = await run([
    connector({ ...kcql('SELECT * FROM t PK a'), ...drop }),
    '--record',
    '{"a":1,"password":"p"}'
  ])
  assert.match(stdout, /SET 1 '\{"a":1\}'/)
  assert.match(
    stderr,
    /^transforms\.r\.blacklist is a former name of transforms\.r\.exclude: it is read, please rename it\.$/m
  )
})

test("what the worker's log would warn of is told: keys, converters' settings, the file's encoding", async () => {
  const file = connector({
    ...kcql('SELECT * FROM t PK a'),
    'connect.redis.pwd': 'sesame-4711',
    'value.converter.schema.enable': 'false',
    'connect.redis.pk.delimiter': '\u00df'
  })
  const { code, stderr } = await run([file, '--record', '{"a":1}'])
  assert.equal(code, 0)
  assert.match(stderr, /^connect\.redis\.pwd has no effect: did you mean connect\.redis\.password\?$/m)
  assert.match(
    stderr,
    /^value\.converter\.schema\.enable has no effect: did you mean value\.converter\.schemas\.enable\?$/m
  )
  assert.match(stderr, /connector-\d+\.properties: line \d+ holds '\u00df' in UTF-8.*Write \\u00df instead$/m)
  assert.doesNotMatch(stderr, /sesame/)
})

test('a provider that can not read its file is told with the key that refers to it', async () => {
  const file = connector({ ...kcql('SELECT * FROM t PK a'), 'connect.redis.pk.delimiter': '${file:/nowhere/x.properties:d}' })
  const { code, stderr } = await run([file, '--worker', workerWithFiles(), '--record', '{"a":1}'])
  assert.equal(code, 1)
  assert.match(
    stderr,
    /connect\.redis\.pk\.delimiter: \$\{file:\/nowhere\/x\.properties:d\} stands for nothing: provider 'file': .*\/nowhere\/x\.properties \(there is no such file\)/
  )
}) // prettier-ignore

test('a converter that reads no JSON text gives way, with a note', async () => {
  const file = connector({ ...kcql('SELECT a FROM t PK a'), 'value.converter': 'io.confluent.connect.avro.AvroConverter' })
  const { code, stdout, stderr } = await run([file, '--record', '{"a":1}'])
  assert.match(stdout, /SET 1 /)
  assert.match(stderr, /^value\.converter=io\.confluent\.connect\.avro\.AvroConverter reads no JSON text: .*--topic and --offset\.$/m)
  assert.equal(code, 0)
}) // prettier-ignore

test('the worker names converters and providers; without it JSON is taken, with schema where it has one', async () => {
  const worker = join(dir, 'worker.properties')
  const secrets = join(dir, 'secrets.properties')
  writeFileSync(secrets, 'delimiter=#\n')
  writeFileSync(
    worker,
    `bootstrap.servers=x:1\nkey.converter=org.apache.kafka.connect.storage.StringConverter\nvalue.converter=${json['value.converter']}\nvalue.converter.schemas.enable=false\n` +
      'config.providers=file\nconfig.providers.file.class=org.apache.kafka.common.config.provider.FileConfigProvider\n'
  )
  const file = join(dir, 'bare.properties')
  const delimiter = '${file:' + secrets + ':delimiter}' // prettier-ignore
  writeFileSync(
    file,
    `name=c\nconnector.class=${oldClass}\ntopics=t\nconnect.redis.host=h\nconnect.redis.port=1\nconnect.redis.kcql=SELECT a FROM t PK a, c\nconnect.redis.pk.delimiter=${delimiter}\n`
  )
  assert.match((await run([file, '--worker', worker, '--record', '{"a":1,"c":2}'])).stdout, /SET 1#2 /)
  const envelope =
    '{"schema":{"type":"struct","fields":[{"field":"a","type":"double"},{"field":"c","type":"int32"}]},"payload":{"a":1,"c":2}}'
  const { stdout, stderr } = await run([file, '--record', envelope])
  assert.match(stdout, /SET '?1\.0\$\{file:.*delimiter\}2/)
  assert.match(stderr, /No value\.converter is configured: JsonConverter with schemas\.enable=true is taken/)
})

test('a configuration that is refused shows all its errors and no secret', async () => {
  const file = connector({
    ...kcql('SELECT a FROM t PK'),
    'connect.redis.port': 'x',
    'connect.redis.password': 'sesame-4711'
  })
  const { code, stdout, stderr } = await run([file, '--record', '{}'])
  assert.deepEqual([code, stdout], [1, ''])
  assert.match(stderr, /2 error\(s\)\n- connect\.redis\.port: .*\n- connect\.redis\.kcql: error at statement 1[^]*\^/)
  assert.doesNotMatch(stderr, /sesame/)
  assert.match((await run([join(dir, 'none.properties'), '--record', '{}'])).stderr, /none\.properties can't be read/)
})

test('several topics need --topic', async () => {
  const file = connector({ topics: 't,u', ...kcql('SELECT a FROM t PK a; SELECT a FROM u PK a') })
  assert.match((await run([file, '--record', '{"a":1}'])).stderr, /^The statements name several topics/)
  const other = await run([file, '--record', '{"a":1}', '--topic', 'v'])
  assert.equal(other.code, 1)
  assert.match(other.stdout, /No KCQL statement set for \[v\]/)
})

for (const argv of [[], ['a', 'b'], ['a', '--nope'], ['a', '--offset', 'x'], ['a', '--partition', '-1'], ['a', '--record']]) {
  test(`wrong usage exits with 2: ${JSON.stringify(argv)}`, async () => {
    const { code, stdout, stderr } = await run(argv)
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, /Usage: kafka-connect-redis explain/)
  })
} // prettier-ignore

test('--help', async () => {
  const { code, stdout } = await run(['--help'])
  assert.equal(code, 0)
  assert.match(stdout, /^Usage: kafka-connect-redis explain/)
})

test('what a config provider gave is shown as its reference: in commands, warnings and errors', async () => {
  const secrets = join(dir, 'secrets.properties')
  writeFileSync(secrets, 'prefix=canary-prefix-\nhost=redis://u:canary@h\n')
  const worker = workerWithFiles()
  const statement = kcql(`INSERT INTO \${file:${secrets}:prefix} SELECT * FROM t PK id WITHTAGS (\${file:${secrets}:prefix})`)
  const argv = ['--worker', worker, '--record', '{"id":1}']
  const shown = await run([connector(statement), ...argv])
  assert.match(shown.stdout, new RegExp(`SET \\$\\{file:${secrets}:prefix\\}1 `))
  assert.equal(shown.stderr.match(/shown as its reference/g)?.length, 1)
  const refused = await run([connector({ ...statement, 'connect.redis.port': `\${file:${secrets}:host}` }), ...argv])
  assert.match(refused.stderr, /Invalid value \$\{file:/)
  assert.doesNotMatch(JSON.stringify([shown, refused]), /canary/)
}) // prettier-ignore

test('commands show the data as it is written, with logins, items and words that look like ours', async () => {
  const secrets = join(dir, 'data.properties')
  writeFileSync(secrets, 'topics=t,canary-item\npassword=ada:open-sesame\n')
  const worker = workerWithFiles()
  const given = { topics: `\${file:${secrets}:topics}`, 'connect.redis.password': `\${file:${secrets}:password}` }
  const file = connector({ ...given, ...kcql('SELECT * FROM t PK id; SELECT * FROM canary-item PK id') })
  const argv = [file, '--worker', worker, '--topic', 't', '--record']
  const value = '{"a":"canary-item","id":"https://me@h/x","b":"open-sesame","c":"ADA:OPEN-SESAME","d":"${a:b}"}'
  const exact = await run([...argv, value])
  assert.ok(exact.stdout.includes(`SET https://me@h/x '${value}'`), exact.stdout)
  assert.ok(exact.stdout.includes("key https://me@h/x"), exact.stdout)
  assert.equal(exact.stderr, '')
  const hidden = await run([...argv, '{"a":"xada:open-sesamex","id":"1"}'])
  assert.ok(hidden.stdout.includes(`SET 1 '{"a":"x\${file:${secrets}:password}x","id":"1"}'`), hidden.stdout)
  assert.match(hidden.stderr, /shown as its reference/)
}) // prettier-ignore
