// Proves what PUT /connector-plugins/NAME/config/validate answers of the framework's part against a live Connect 4.3.1's answers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigDef } from '../src/connect/config.ts'
import { silentLogger } from '../src/connect/log.ts'
import { type SinkConnector } from '../src/connect/plugin.ts'
import { matchesWhole, pluginTable } from '../src/plugins.ts'
import { pluginRoutes } from '../src/rest/plugin-routes.ts'
import { type ReportEntity } from '../src/rest/entities.ts'
import { errorAnswer } from '../src/rest/errors.ts'
import { type RestAnswer } from '../src/rest/routes.ts'
import { ConfigTransformer } from '../src/runtime/config-transformer.ts'
import { validateConnectorConfig } from '../src/runtime/connector-validation.ts'
import { type Herder } from '../src/runtime/herder.ts'
import { type ConnectorEntry, PluginRegistry } from '../src/runtime/plugin-registry.ts'
import { systemClock } from '../src/util/clock.ts'
import { systemRandom } from '../src/util/random.ts'
import { readVectors } from './kit/vectors.ts'

type Input = { plugin: string; body: unknown; raw?: string }
type Definition = Record<string, unknown> & { name: string }
type Recorded = {
  status: number
  body: {
    error_code?: number
    message: string
    name: string
    error_count: number
    groups: string[]
    configs: {
      definition: number | null
      value: { name: string; value: string | null; errors: string[]; visible: boolean; recommended_values: string[] }
    }[]
  }
}

const version = '4.3.1'

// Kafka's own example of a sink, which the recording worker had.
const fileSinkDef = new ConfigDef().define({
  name: 'file',
  type: 'STRING',
  defaultValue: null,
  importance: 'HIGH',
  documentation: 'Destination filename. If not specified, the standard output will be used'
})
const fileSink: ConnectorEntry = {
  className: 'org.apache.kafka.connect.file.FileStreamSinkConnector',
  version,
  configDef: fileSinkDef,
  simpleNames: ['FileStreamSink', 'FileStreamSinkConnector'],
  create: (): SinkConnector => ({
    className: 'org.apache.kafka.connect.file.FileStreamSinkConnector',
    version,
    configDef: fileSinkDef,
    validate: config => fileSinkDef.validate(config),
    taskConfigs: () => [],
    createTask: () => assert.fail('no task here')
  })
}

const table = pluginTable({ newSinkTask: () => assert.fail('no task here'), environment: {} })
const registry = new PluginRegistry({ ...table, connectors: [fileSink] })
const plugins = { clock: systemClock, random: systemRandom, log: silentLogger }
const worker = new Map([
  ['key.converter', 'org.apache.kafka.connect.storage.StringConverter'],
  ['value.converter', 'org.apache.kafka.connect.json.JsonConverter']
])
const transformer = new ConfigTransformer(new Map())
const doors = { registry, compileRegex: matchesWhole, plugins, worker, transformer }
const herder = { validateConfig: config => validateConnectorConfig(config, doors) } as Pick<
  Herder,
  'validateConfig'
> as Herder

async function ask({ plugin, body, raw }: Input): Promise<RestAnswer> {
  const route = pluginRoutes.find(({ path }) => path.endsWith('/validate'))
  const bytes = Buffer.from(raw ?? JSON.stringify(body))
  const request = { params: { plugin }, query: new URLSearchParams(), body: bytes, origin: '' }
  try {
    return (await route?.handlers.PUT?.(request, herder)) ?? assert.fail('no such route')
  } catch (error) {
    return errorAnswer(error)
  }
}

// Our converters and transforms bear our version, and our documentation is in our words.
function known(text: unknown): unknown {
  return text === version || text === table.converters[0]?.version ? 'VERSION' : text
}

function withoutWords(definition: Definition): unknown {
  const { documentation, order, ...rest } = definition
  assert.ok(typeof documentation === 'string' && (order === undefined || order === definition['order_in_group']))
  return { ...rest, default_value: known(rest['default_value']) }
}

// The JDK's words; what 4.1 took, we take.
const comparable = (errors: readonly string[]): readonly string[] =>
  errors
    .filter(message => !/values must not be|Cannot invoke/.test(message))
    .map(message => message.replace(/Invalid regex: [^]*/, 'Invalid regex'))
    .map(message => message.replaceAll(version, 'VERSION'))

// The order of a hash map is left out.
const isCompared = (name: string): boolean => !/^(?:key|value|header)\.converter\.(?!plugin)/.test(name)

const [first, ...vectors] = readVectors<Input, unknown>('rest-validate')
const definitions = first?.expect as (Definition | null)[]

test('every recorded configuration is answered alike', async t => {
  let compared = 0
  for (const { id, input, expect } of vectors) {
    const recorded = expect as Recorded
    if (recorded.body.configs === undefined || input.plugin === 'FileStreamSource') continue
    // A version that is not there leaves Connect without the connector, and so without the keys of a sink.
    if (recorded.body.configs.every(({ value }) => value.name !== 'topics')) continue
    const { status, body } = await ask(input)
    assert.equal(status, recorded.status, `${id}: ${JSON.stringify(body)}`)
    const report = body as ReportEntity
    const entries = report.configs.filter(({ value }) => isCompared(value.name))
    const expected = recorded.body.configs.filter(({ value }) => isCompared(value.name))
    assert.deepEqual(
      entries.map(({ value }) => value.name),
      expected.map(({ value }) => value.name),
      id
    )
    for (const [index, { definition, value }] of entries.entries()) {
      const there = expected[index] ?? assert.fail()
      const where = `${id} ${value.name}`
      // The recorded list has a place for "none" too.
      const recordedKey = there.definition === null ? null : definitions[there.definition]
      assert.ok(recordedKey !== undefined)
      const shape = recordedKey === null ? null : withoutWords(recordedKey)
      assert.deepEqual(definition === null ? null : withoutWords({ ...definition }), shape, where)
      assert.deepEqual(comparable(value.errors), comparable(there.value.errors), where)
      assert.equal(known(value.value), known(there.value.value), where)
      assert.equal(value.visible, there.value.visible, where)
      assert.equal(value.recommended_values.length > 0, there.value.recommended_values.length > 0, where)
    }
    assert.equal(report.name, recorded.body.name)
    assert.deepEqual(report.groups.slice(0, 4), recorded.body.groups.slice(0, 4), id)
    compared += 1
  }
  t.diagnostic(`${compared} of ${vectors.length}`)
  assert.ok(compared > 30)
})

test('what cannot be validated is refused as there', async () => {
  let compared = 0
  for (const { id, input, expect } of vectors) {
    const recorded = expect as Recorded
    if (
      recorded.body.configs !== undefined ||
      /deserialize|Cannot invoke|max\.poll\.records/.test(recorded.body.message)
    ) {
      continue
    }
    compared += 1
    const { status, body } = await ask(input)
    const { message } = body as { message: string }
    assert.equal(status, recorded.status, `${id}: ${message}`)
    assert.equal(
      message.split(', available connectors')[0],
      recorded.body.message.split(', available connectors')[0],
      id
    )
  }
  assert.ok(compared > 0)
})

test('a client setting is shown with the definition of that client, a secret never', async () => {
  const body = {
    'connector.class': 'FileStreamSink',
    name: 's',
    topics: 'a',
    'consumer.override.partition.assignment.strategy': 'RangeAssignor, StickyAssignor',
    'consumer.override.bootstrap.servers': 'b:1',
    'admin.override.connections.max.idle.ms': ' 5 ',
    'admin.override.retries': 'many',
    'producer.override.sasl.jaas.config': 'secret-1',
    'producer.override.my.token': 'secret-2',
    'producer.override.max.poll.records': '5'
  }
  const { body: answer } = await ask({ plugin: 'FileStreamSink', body })
  const shown = (answer as ReportEntity).configs.flatMap(({ definition, value }) =>
    value.name.includes('.override.')
      ? [[value.name, definition?.type, definition?.default_value, definition?.required, value.value, value.errors]]
      : []
  )
  const assignors = ['Range', 'CooperativeSticky'].map(
    name => `class org.apache.kafka.clients.consumer.${name}Assignor`
  )
  assert.deepEqual(shown, [
    [
      'consumer.override.partition.assignment.strategy',
      'LIST',
      assignors.join(','),
      false,
      'RangeAssignor,StickyAssignor',
      []
    ],
    ['consumer.override.bootstrap.servers', 'LIST', null, true, 'b:1', []],
    ['admin.override.connections.max.idle.ms', 'LONG', '300000', false, '5', []],
    [
      'admin.override.retries',
      'INT',
      '2147483647',
      false,
      null,
      ['Invalid value many for configuration admin.override.retries: Not a number of type INT']
    ],
    ['producer.override.sasl.jaas.config', 'PASSWORD', null, false, '[hidden]', []],
    ['producer.override.my.token', undefined, undefined, undefined, '[hidden]', []],
    // A setting of consumers is none of producers.
    ['producer.override.max.poll.records', undefined, undefined, undefined, '5', []]
  ])
  assert.ok(!JSON.stringify(answer).includes('secret-'))
})

test('a client setting of the wrong type is told on its key, where Connect fails as a whole', async () => {
  const body = {
    'connector.class': 'FileStreamSink',
    name: 's',
    topics: 'a',
    'consumer.override.max.poll.records': 'x'
  }
  const { status, body: answer } = await ask({ plugin: 'FileStreamSink', body })
  assert.equal(status, 200)
  const entry = (answer as ReportEntity).configs.find(
    ({ value }) => value.name === 'consumer.override.max.poll.records'
  )
  assert.deepEqual(entry?.value.errors, [
    'Invalid value x for configuration consumer.override.max.poll.records: Not a number of type INT'
  ])
})

test('a body of another shape is refused as the mistake of a client', async () => {
  const misshapen = vectors.filter(each =>
    /deserialize|Cannot invoke/.test((each.expect as Recorded).body.message ?? '')
  )
  assert.ok(misshapen.length > 0)
  for (const { input } of misshapen) assert.equal((await ask(input)).status, 400)
})
