// Settings of a connector's Kafka clients: what the worker hands down, what the connector overrides, and what it may not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  connectorAdminConfig,
  consumerConfig,
  consumerGroup,
  consumerKin,
  deadLetterProducerConfig,
  endpointFault,
  loginFault,
  refusedOverrides,
  workerClient
} from './client-config.ts'

const id = { connector: 'orders', task: 1 }
const worker = new Map([
  ['bootstrap.servers', 'b:1'],
  ['security.protocol', 'SSL'],
  ['ssl.truststore.location', '/t'],
  ['listeners', 'http://:1'],
  ['offset.storage.file.filename', '/o'],
  ['rest.advertised.port', '1'],
  ['value.converter.schemas.enable', 'false'],
  ['config.providers', 'file'],
  ['consumer.security.protocol', 'PLAINTEXT'],
  ['producer.security.protocol', 'PLAINTEXT'],
  ['consumer.max.poll.records', '5'],
  ['consumer.fetch.min.bytes', '7'],
  ['producer.acks', '1'],
  ['admin.request.timeout.ms', '9']
])
const connector = new Map([
  ['consumer.override.max.poll.records', '6'],
  ['consumer.override.client.id', 'mine'],
  ['consumer.override.enable.auto.commit', 'true'],
  ['admin.override.client.id', 'admin-mine']
])

test("a consumer takes the worker's consumer. settings, then the connector's; group and commits are ours", () => {
  const settings = consumerConfig(id, worker, connector)
  assert.equal(settings.get('max.poll.records'), '6')
  assert.equal(settings.get('fetch.min.bytes'), '7')
  assert.equal(settings.get('client.id'), 'mine')
  assert.equal(settings.get('group.id'), 'connect-orders')
  assert.equal(settings.get('enable.auto.commit'), 'false')
  // As in Connect: the worker's own security is not the consumers'.
  assert.equal(settings.get('security.protocol'), 'PLAINTEXT')
  assert.equal(settings.get('ssl.truststore.location'), undefined)
  assert.equal(consumerConfig(id, worker, new Map()).get('client.id'), 'connector-consumer-orders-1')
})

test('a group of its own is that of the override', () => {
  assert.equal(consumerGroup('orders', new Map([['consumer.override.group.id', 'g']])), 'g')
})

test('who belongs into a group is known by the client ids of the connector, unless each worker has its own', () => {
  assert.deepEqual(consumerKin('orders', new Map(), new Map()), ['connector-consumer-orders-'])
  assert.deepEqual(consumerKin('orders', worker, connector), ['connector-consumer-orders-', 'mine-'])
  const named = new Map([['consumer.client.id', 'host-1']])
  assert.equal(consumerKin('orders', named, new Map()), undefined)
  assert.deepEqual(consumerKin('orders', named, connector), ['connector-consumer-orders-', 'mine-'])
})

test('dead letters wait for all replicas unless somebody says otherwise', () => {
  const settings = deadLetterProducerConfig(id, worker, connector)
  assert.equal(settings.get('acks'), '1')
  assert.equal(deadLetterProducerConfig(id, new Map(), new Map()).get('acks'), 'all')
})

test("admin clients have the worker's security, and nothing of what is the worker's alone", () => {
  const settings = connectorAdminConfig('x', worker, connector)
  assert.deepEqual(Object.fromEntries(settings), {
    'bootstrap.servers': 'b:1',
    'security.protocol': 'SSL',
    'ssl.truststore.location': '/t',
    'request.timeout.ms': '9',
    'client.id': 'admin-mine'
  })
  assert.deepEqual(
    [...workerClient(worker).keys()],
    ['bootstrap.servers', 'security.protocol', 'ssl.truststore.location']
  )
})

test('the policy says which settings a connector may override', () => {
  const overrides = new Map([
    ['consumer.override.max.poll.records', '1'],
    ['producer.override.sasl.jaas.config', 'x'],
    ['admin.override.sasl.mechanism', 'PLAIN']
  ])
  const refused = (policy: string): (string | null)[] => refusedOverrides(policy, overrides).map(error => error.key)
  assert.deepEqual(refused('All'), [])
  assert.deepEqual(refused('None').length, 3)
  assert.deepEqual(refused('Principal'), ['consumer.override.max.poll.records'])
  assert.deepEqual(
    refused('org.apache.kafka.connect.connector.policy.PrincipalConnectorClientConfigOverridePolicy').length,
    1
  )
  assert.equal(
    refusedOverrides('None', overrides)[0]?.message,
    "The 'None' policy does not allow 'max.poll.records' to be overridden in the connector configuration."
  )
})

test('a connector names no token endpoint that neither the worker nor the list of allowed URLs does', () => {
  const url = 'sasl.oauthbearer.token.endpoint.url'
  const list = 'org.apache.kafka.sasl.oauthbearer.allowed.urls'
  const own = new Map([[`consumer.${url}`, 'https://idp/token']])
  const override = (to: string) => new Map([[`consumer.override.${url}`, to]])
  assert.equal(endpointFault('consumer', own, new Map()), null)
  assert.equal(endpointFault('consumer', own, override('https://idp/token')), null)
  for (const evil of ['http://169.254.169.254/', 'https://idp/token/../admin', 'file:///etc/passwd']) {
    const fault = endpointFault('consumer', own, override(evil))
    assert.equal(fault?.key, `consumer.override.${url}`)
    assert.ok(fault.message.includes(list) && !fault.message.includes(evil))
    assert.throws(() => consumerConfig(id, own, override(evil)), { message: fault.message })
    assert.throws(() => connectorAdminConfig('a', own, new Map([[`admin.override.${url}`, evil]])), /not allowed/)
    assert.throws(() => deadLetterProducerConfig(id, own, new Map([[`producer.override.${url}`, evil]])), /not allowed/)
  }
  const listed = new Map([...own, [list, 'https://idp/token , https://other/token']])
  assert.equal(endpointFault('consumer', listed, override('https://other/token')), null)
  // A list holds for the worker too, as in Java; an empty one allows nothing.
  assert.equal(endpointFault('consumer', new Map([...own, [list, '']]), new Map())?.key, url)
})

test('brokers that a connector names are not sent the login of the worker’s file', () => {
  const jaas = 'sasl.jaas.config'
  const own = new Map([
    ['bootstrap.servers', 'b:1'],
    [jaas, 'x'],
    [`consumer.${jaas}`, 'x']
  ])
  const away = (client: string) => new Map([[`${client}.override.bootstrap.servers`, 'evil:1']])
  assert.equal(loginFault('consumer', own, away('consumer'))?.key, 'consumer.override.bootstrap.servers')
  assert.equal(loginFault('admin', own, away('admin'))?.key, 'admin.override.bootstrap.servers')
  assert.throws(() => consumerConfig(id, own, away('consumer')), /consumer\.override\.sasl\.jaas\.config/)
  // Producers inherit none; whoever names a login of his own, or the same brokers, goes on.
  assert.equal(loginFault('producer', own, away('producer')), null)
  assert.equal(loginFault('consumer', own, new Map([...away('consumer'), [`consumer.override.${jaas}`, 'y']])), null)
  assert.equal(loginFault('consumer', own, new Map([['consumer.override.bootstrap.servers', ' b:1 ']])), null)
})
