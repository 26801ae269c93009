// The sink's configuration: defaults of both contracts, validation as the old sink's answers listed it, and all errors at once, each on its key.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { caseConfig } from '../../test/kit/plan-cases.ts'
import { type ConfigValue } from '../connect/config.ts'
import { ConfigErrors } from '../connect/errors.ts'
import { oldClassNames, plainClassName, simpleClassNames } from './class-names.ts'
import { keys, sinkConfigDef } from './config.ts'
import { parseSinkSettings, validateSinkConfig } from './config-read.ts'
import { RedisSinkConnector } from './connector.ts'
import { type Contract, type SinkSettings } from './settings.ts'

const kcql = 'SELECT * FROM t PK k'
const secret = 'sesame-4711'

const settings = (config: Readonly<Record<string, string>> = {}, contract: Contract = 'old'): SinkSettings =>
  parseSinkSettings(caseConfig(contract, config[keys.kcql] ?? kcql, config))

/** The errors of a configuration by key; `null` takes a key away. */
function errorsOf(config: Readonly<Record<string, string | null>>, contract: Contract = 'old'): Record<string, readonly string[]> {
  const given = caseConfig(contract, config[keys.kcql] ?? kcql)
  for (const [key, value] of Object.entries(config)) {
    if (value === null) given.delete(key)
    else given.set(key, value)
  }
  const values = validateSinkConfig(given).filter(value => value.errorMessages.length > 0)
  return Object.fromEntries(values.map(value => [value.name, value.errorMessages]))
} // prettier-ignore

test('defaults of the old contract', () => {
  const { statements, ...rest } = settings()
  assert.equal(statements.length, 1)
  assert.deepEqual(rest, {
    name: 'case',
    contract: 'old',
    output: 'java',
    host: 'localhost',
    port: 6379,
    password: null,
    tls: null,
    pkDelimiter: '.',
    policy: { kind: 'THROW', maxRetries: 10, retryIntervalMs: 60000 },
    outageMs: 60000,
    deadLetter: false,
    idleLetters: null,
    coalesce: true,
    progress: false,
    tombstones: 'refuse',
    warnings: [],
    notes: ['Starting [1] KCQLs with Redis Cache mode']
  })
})

test('defaults of the plain contract, where they differ', () => {
  const { output, outageMs, deadLetter, policy } = settings({}, 'plain')
  assert.deepEqual([output, outageMs, deadLetter, policy.kind], ['plain', null, true, 'THROW'])
})

test('the class name chooses the contract; a simple name beside the keys of another sink is refused, naming the full one', () => {
  for (const className of [...oldClassNames, ...simpleClassNames]) {
    assert.equal(settings({ 'connector.class': className }).contract, 'old')
  }
  assert.equal(settings({ 'connector.class': plainClassName }).contract, 'plain')
  for (const key of ['redis.uri', 'redis.hosts', 'redis.host']) {
    const errors = errorsOf({ 'connector.class': 'RedisSink', [key]: 'x' })
    assert.match(errors['connector.class']?.join() ?? '', /simple name RedisSink is not clear beside the key redis\.[a-z]+.*io\.lenses/)
    assert.deepEqual(errorsOf({ [key]: 'x' }), {})
  }
  assert.match(errorsOf({ 'connector.class': 'com.example.Sink' })['connector.class']?.join() ?? '', /Unknown connector class/)
}) // prettier-ignore

test('validation lists the keys of the old sink first, in its order and groups', () => {
  const listed = sinkConfigDef('old')
    .keys()
    .slice(0, 10)
    .map(({ name, type, importance, group = null, order = -1, width = 'NONE' }) => [
      name,
      type,
      importance,
      group,
      order,
      width
    ])
  assert.deepEqual(listed, [
    ['connect.redis.host', 'STRING', 'HIGH', 'Connection', 2, 'MEDIUM'],
    ['connect.redis.port', 'INT', 'HIGH', 'Connection', 3, 'MEDIUM'],
    ['connect.redis.password', 'PASSWORD', 'LOW', 'Connection', 4, 'MEDIUM'],
    ['connect.redis.ssl.enabled', 'BOOLEAN', 'LOW', 'Connection', 5, 'MEDIUM'],
    ['connect.redis.kcql', 'STRING', 'HIGH', 'Connection', 1, 'MEDIUM'],
    ['connect.redis.error.policy', 'STRING', 'HIGH', 'Connection', 5, 'MEDIUM'],
    ['connect.redis.retry.interval', 'INT', 'MEDIUM', 'Connection', 6, 'MEDIUM'],
    ['connect.redis.max.retries', 'INT', 'MEDIUM', 'Connection', 7, 'MEDIUM'],
    ['connect.progress.enabled', 'BOOLEAN', 'MEDIUM', 'Metrics', 1, 'MEDIUM'],
    ['connect.redis.pk.delimiter', 'STRING', 'LOW', null, -1, 'NONE']
  ])
})

const refused: readonly (readonly [config: Record<string, string | null>, key: string, message: RegExp])[] = [
  [{ [keys.host]: null }, keys.host, /^Missing required configuration "connect\.redis\.host" which has no default value\.$/],
  [{ [keys.port]: null }, keys.port, /^Missing required configuration/],
  [{ [keys.kcql]: null }, keys.kcql, /^Missing required configuration/],
  [{ [keys.kcql]: '' }, keys.kcql, /^Missing \[connect\.redis\.kcql\]: it needs at least one statement/],
  [{ [keys.port]: 'abc' }, keys.port, /^Invalid value abc for configuration connect\.redis\.port: Not a number of type INT$/],
  [{ [keys.port]: '0' }, keys.port, /Value must be at least 1$/],
  [{ [keys.port]: '65536' }, keys.port, /Value must be no more than 65535$/],
  [{ [keys.errorPolicy]: 'FOO' }, keys.errorPolicy, /^Invalid value FOO for configuration connect\.redis\.error\.policy: .*NOOP, THROW, RETRY$/],
  [{ [keys.maxRetries]: '-2' }, keys.maxRetries, /at least -1$/],
  [{ [keys.retryInterval]: '-1' }, keys.retryInterval, /at least 0$/],
  [{ [keys.sslEnabled]: 'yes' }, keys.sslEnabled, /either true or false$/],
  [{ [keys.output]: 'xml' }, keys.output, /JAVA, PLAIN$/],
  [{ [keys.tombstones]: 'delete it' }, keys.tombstones, /REFUSE, IGNORE/],
  [{ 'ssl.truststore.type': 'ZIP' }, 'ssl.truststore.type', /JKS, PKCS12, PEM$/]
] // prettier-ignore

for (const [config, key, message] of refused) {
  test(`refused on ${key}: ${JSON.stringify(config)}`, () => {
    const errors = errorsOf(config)
    assert.deepEqual(Object.keys(errors), [key])
    assert.equal(errors[key]?.length, 1, errors[key]?.join('\n'))
    assert.match(errors[key][0] ?? '', message)
  })
}

test('all errors come at once, each on its key, KCQL errors with caret; none of them shows a secret', () => {
  const errors = errorsOf({
    [keys.host]: null,
    [keys.port]: 'x',
    [keys.errorPolicy]: 'sometimes',
    [keys.kcql]: 'SELECT a FROM t PK; SELECT b c FROM t',
    [keys.password]: secret,
    'connect.redis.connection.password': `${secret}-other`,
    'redis.uri': 'redis://x',
    'connector.class': 'RedisSink'
  })
  assert.deepEqual(
    Object.keys(errors).sort(),
    ['connector.class', keys.errorPolicy, keys.host, keys.kcql, keys.password, keys.port].sort()
  )
  assert.equal(errors[keys.kcql]?.length, 2)
  for (const message of errors[keys.kcql] ?? []) assert.match(message, /^error at statement \d, line 1, column \d+: [^]*\n +\^+/)
  assert.doesNotMatch(JSON.stringify(errors), new RegExp(secret))
  assert.match(errors[keys.password]?.join() ?? '', /both set, to different passwords: keep one of them/)
}) // prettier-ignore

test('parseSinkSettings throws them all, each line with its key', () => {
  const config = caseConfig('old', 'SELECT a FROM t PK', { [keys.port]: 'x' })
  assert.throws(
    () => parseSinkSettings(config),
    (error: ConfigErrors) => {
      assert.equal(error.errors.length, 2)
      assert.match(error.message, /^Connector case can't run: 2 error\(s\)\n- connect\.redis\.port: .*\n- connect\.redis\.kcql: /)
      return error instanceof ConfigErrors
    }
  )
}) // prettier-ignore

test('older spellings give their values to the keys of today, with a warning', () => {
  const older: Readonly<Record<string, string>> = {
    'connect.redis.connection.host': 'redis.example',
    'connect.redis.connection.port': '7000',
    'connect.redis.connection.password': secret,
    'connect.redis.sink.kcql': kcql,
    'connect.hbase.retry.interval': '5',
    'connect.hbase.max.retires': '6'
  }
  const first2016: Readonly<Record<string, string>> = {
    'connect.redis.sink.connection.host': 'redis.example',
    'connect.redis.sink.connection.port': '7000',
    'connect.redis.sink.connection.password': secret,
    'connect.redis.export.route.query': kcql,
    'connect.redis.retry.interval': '5',
    'connect.redis.max.retires': '6'
  }
  assert.deepEqual(readOlder(first2016).length, 5)
  assert.equal(readOlder(older).length, 6)
})

/** The warnings of a configuration that says everything in older spellings. */
function readOlder(older: Readonly<Record<string, string>>): readonly string[] {
  const given = caseConfig('old', kcql, older)
  for (const key of [keys.host, keys.port, keys.kcql]) given.delete(key)
  const read = parseSinkSettings(given)
  assert.deepEqual([read.host, read.port, read.password?.reveal()], ['redis.example', 7000, secret])
  assert.deepEqual([read.policy.retryIntervalMs, read.policy.maxRetries, read.statements.length], [5, 6, 1])
  assert.deepEqual(
    read.warnings.map(warning => warning.split(' ')[0]).sort(),
    Object.keys(older)
      .filter(key => key !== keys.retryInterval)
      .sort()
  )
  for (const warning of read.warnings) assert.match(warning, /is an older spelling of connect\.redis\.[a-z.]+: it is read, please rename it\./) // prettier-ignore
  assert.doesNotMatch(JSON.stringify(read.warnings), new RegExp(secret))
  return read.warnings
}

const before2016: readonly (readonly [what: string, older: Readonly<Record<string, string>>, says: RegExp])[] = [
  [
    'fields and keys',
    {
      'connect.redis.sink.key.mode': 'FIELDS',
      'connect.redis.sink.keys': 'firstName,lastName',
      'connect.redis.sink.fields': 'firstName, last-name,select,salary=income'
    },
    /^connect\.redis\.sink\.key\.mode is of 2016: KCQL took its place\. Write connect\.redis\.kcql=SELECT firstName, last-name, `select`, salary AS income FROM t PK firstName, lastName$/
  ],
  ['fields alone', { 'connect.redis.sink.fields': '*' }, /Write connect\.redis\.kcql=SELECT \* FROM t$/],
  ['keys alone', { 'connect.redis.sink.keys': 'a' }, /Write connect\.redis\.kcql=SELECT \* FROM t PK a$/],
  [
    "the record's key",
    { 'connect.redis.sink.key.mode': 'SINK_RECORD' },
    /SINK_RECORD made the record's own key the key in Redis, which no statement can: name fields of the value after PK, like connect\.redis\.kcql=SELECT \* FROM t PK id$/
  ],
  [
    'names without end',
    { 'connect.redis.sink.keys': 'a,'.repeat(20_000) },
    /Write connect\.redis\.kcql=SELECT \* FROM topic PK id$/
  ]
]

for (const [what, older, says] of before2016) {
  test(`a configuration of 2016 without KCQL (${what}) is refused with the statement to write`, () => {
    const given = caseConfig('old', kcql, older)
    given.delete(keys.kcql)
    const faults = validateSinkConfig(given).filter(value => value.name in older)
    assert.deepEqual(faults.map(fault => fault.errorMessages.length), [1]) // prettier-ignore
    assert.match(faults[0]?.errorMessages[0] ?? '', says)
  })
  test(`beside KCQL ${what} of 2016 is no error`, () => {
    assert.equal(parseSinkSettings(caseConfig('old', kcql, older)).statements.length, 1)
  })
}

test('an older spelling beside the key of today: the same is fine, an empty password gives way, others are ignored with a warning', () => {
  const password = 'connect.redis.connection.password'
  assert.equal(settings({ [keys.password]: secret, [password]: secret }).password?.reveal(), secret)
  assert.equal(settings({ [keys.password]: '', [password]: secret }).password?.reveal(), secret)
  assert.equal(settings({ [keys.password]: secret, [password]: '' }).password?.reveal(), secret)
  const { host, warnings } = settings({ [keys.host]: 'a', 'connect.redis.connection.host': 'b' })
  assert.equal(host, 'a')
  assert.match(warnings.join(), /connect\.redis\.connection\.host is ignored because connect\.redis\.host is set too/)
})

test('an empty host is localhost with a warning, an empty password none, a policy of any case is taken', () => {
  const read = settings({ [keys.host]: '', [keys.password]: '', [keys.errorPolicy]: 'retry', [keys.outage]: '-1' })
  assert.deepEqual([read.host, read.password, read.policy.kind, read.outageMs], ['localhost', null, 'RETRY', null])
  assert.match(read.warnings.join(), /connect\.redis\.host is empty: localhost is meant/)
})

test('ssl.*: stores, PEM and the name in the certificate, which only the plain contract compares by default', () => {
  assert.equal(settings({ 'ssl.truststore.location': '/a' }).tls, null)
  const on = { [keys.sslEnabled]: 'true' }
  const bare = settings(on)
  assert.deepEqual(bare.tls, {
    truststore: null,
    trustedPem: null,
    keystore: null,
    keyPassword: null,
    keyPem: null,
    chainPem: null,
    verifyHost: false,
    protocols: ['TLSv1.2', 'TLSv1.3'],
    cipherSuites: []
  })
  assert.match(bare.warnings.join(), /is not compared with connect\.redis\.host, as in the old sink: ssl\.endpoint\.identification\.algorithm=https does so/)
  assert.equal(settings(on, 'plain').tls?.verifyHost, true)
  assert.equal(settings({ ...on, 'ssl.endpoint.identification.algorithm': 'HTTPS' }).tls?.verifyHost, true)
  const full = settings({
    ...on,
    'ssl.truststore.location': '/t.p12',
    'ssl.truststore.type': 'pkcs12',
    'ssl.truststore.password': secret,
    'ssl.keystore.location': '/k.jks',
    'ssl.keystore.password': secret
  })
  assert.deepEqual([full.tls?.truststore?.type, full.tls?.truststore?.location], ['PKCS12', '/t.p12'])
  assert.deepEqual([full.tls?.keystore?.type, full.tls?.keystore?.password?.reveal()], ['JKS', secret])
  assert.doesNotMatch(JSON.stringify(full.tls), new RegExp(secret))
}) // prettier-ignore

test('topics against statements, in the old sentences and both directions', () => {
  const listed = errorsOf({ topics: 't,u,u', [keys.kcql]: kcql })[keys.kcql] ?? []
  assert.match(listed.join(), /^Mandatory `topics` configuration contains topics not set in connect\.redis\.kcql: Set\(u\), kcql contains Set\(t\)\. Add a statement with FROM u/)
  const named = errorsOf({ topics: 't', [keys.kcql]: `${kcql};SELECT * FROM u PK k` })[keys.kcql] ?? []
  assert.match(named.join(), /connect\.redis\.kcql configuration contains topics not set in mandatory `topic` configuration: Set\(u\), kcql contains Set\(t, u\)\. Add u to topics \(t\)[^]*\n +\^$/)
  // Statements that did not parse name no topic: nothing is said of it.
  assert.equal(errorsOf({ topics: 't,u', [keys.kcql]: `${kcql};SELECT FROM u` })[keys.kcql]?.length, 1)
}) // prettier-ignore

test('topics as older Connects took them: blanks, an empty entry, a topic twice', () => {
  assert.deepEqual(errorsOf({ topics: ' t ,, t' }), {})
})

test('topics.regex: every statement must match, by the whole name', () => {
  const regex = (pattern: string, text = kcql): string =>
    (errorsOf({ topics: null, 'topics.regex': pattern, [keys.kcql]: text })[keys.kcql] ?? []).join('\n')
  assert.equal(regex('t'), '')
  assert.equal(regex('[s-u]'), '')
  assert.match(regex('x.*'), /The topic t can never arrive: it does not match topics\.regex \(x\.\*\)[^]*\^/)
  assert.match(regex('t', 'SELECT * FROM tt PK k'), /The topic tt can never arrive/)
  assert.equal(regex('orders-\\d+', 'SELECT * FROM orders-7 PK k'), '')
  // What is no pattern is told on its own key, by the framework.
  assert.equal(regex('('), '')
})

test('the connector: its tasks get whole copies, always as many as asked for, and a config without class is its own', () => {
  const connector = new RedisSinkConnector(plainClassName, '1.2.3', () => assert.fail())
  const config = new Map([...caseConfig('plain', kcql)].filter(([key]) => key !== 'connector.class'))
  const copies = connector.taskConfigs(config, 3)
  assert.equal(copies.length, 3)
  for (const copy of copies) assert.equal(copy.get('connector.class'), plainClassName)
  const output = connector.validate(config).find(value => value.name === keys.output)
  assert.equal(output?.value, 'plain')
  assert.throws(() => new RedisSinkConnector('x.Y', '1', () => assert.fail()), /Unknown connector class 'x\.Y'/)
})

test('validate shows values and hides secrets', () => {
  const values = validateSinkConfig(caseConfig('old', kcql, { [keys.password]: secret }))
  const password = values.find((value): value is ConfigValue => value.name === keys.password)
  assert.equal(String(password?.value), '[hidden]')
  assert.doesNotMatch(JSON.stringify(values), new RegExp(secret))
})
