// Files that are years old hold keys under their former names: what they say is done, or refused with the name of today, never passed over.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../src/connect/log.ts'
import { type SinkRecord } from '../src/connect/record.ts'
import { matchesWhole, pluginTable } from '../src/plugins.ts'
import { ConfigTransformer } from '../src/runtime/config-transformer.ts'
import { validateConnectorConfig } from '../src/runtime/connector-validation.ts'
import { PluginRegistry } from '../src/runtime/plugin-registry.ts'
import { transformationChain } from '../src/runtime/task-builder.ts'
import { unknownKeyWarnings } from '../src/runtime/unknown-keys.ts'
import { SecretMask } from '../src/runtime/secret-mask.ts'
import { readWorkerStart } from '../src/runtime/worker-start.ts'
import { systemClock } from '../src/util/clock.ts'
import { systemRandom } from '../src/util/random.ts'

const registry = new PluginRegistry(pluginTable({ newSinkTask: () => assert.fail('no task here'), environment: {} }))
const plugins = { clock: systemClock, random: systemRandom, log: silentLogger }

function connector(settings: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(
    Object.entries({
      'connector.class': 'RedisSink',
      name: 'x',
      topics: 't',
      'connect.redis.host': 'h',
      'connect.redis.port': '1',
      ...('connect.redis.kcql' in settings ? {} : { 'connect.redis.kcql': 'SELECT * FROM t PK id' }),
      ...settings
    })
  )
}

function replaceField(settings: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const type = 'org.apache.kafka.connect.transforms.ReplaceField$Value'
  return connector({ transforms: 'r', 'transforms.r.type': type, ...settings })
}

const doors = (secret = '') => ({
  registry,
  compileRegex: matchesWhole,
  plugins,
  worker: new Map(),
  transformer: new ConfigTransformer(new Map([['file', { get: () => Promise.resolve(new Map([['names', secret]])) }]]))
})

function written(config: ReadonlyMap<string, string>): readonly string[] {
  const value = new Map([
    ['id', 'i'],
    ['name', 'n'],
    ['password', 'p']
  ])
  const original = { topic: 't', partition: 0, offset: 0, timestamp: 0, timestampType: 'NoTimestampType', rawKey: null, rawValue: null, rawHeaders: [] } as const // prettier-ignore
  const given: SinkRecord = { topic: 't', partition: 0, timestamp: 0, timestampType: 'NoTimestampType', keySchema: null, key: null, valueSchema: null, value, headers: [], original } // prettier-ignore
  const record = transformationChain(config, registry, plugins).apply(given)
  return [...(record?.value as ReadonlyMap<string, string>).keys()].sort()
}

test('a field that an old file drops as blacklist is not written', () => {
  const config = replaceField({ 'transforms.r.blacklist': 'password' })
  assert.deepEqual(written(config), ['id', 'name'])
  assert.deepEqual(unknownKeyWarnings(config, doors()), [
    'transforms.r.blacklist is a former name of transforms.r.exclude: it is read, please rename it.'
  ])
})

test('only the fields that an old file keeps as whitelist are written', () => {
  const config = replaceField({ 'transforms.r.whitelist': 'id' })
  assert.deepEqual(written(config), ['id'])
  assert.match(unknownKeyWarnings(config, doors()).join(), /whitelist is a former name of transforms\.r\.include/)
})

test('a former name beside the one of today is passed over, as Kafka did, and told', () => {
  const config = replaceField({ 'transforms.r.blacklist': 'password', 'transforms.r.exclude': 'name' })
  assert.deepEqual(written(config), ['id', 'password'])
  assert.deepEqual(unknownKeyWarnings(config, doors()), [
    'transforms.r.blacklist has no effect: transforms.r.exclude, its name of today, is set too'
  ])
})

test('former names count for their own transform alone', () => {
  const type = 'org.apache.kafka.connect.transforms.HoistField$Value'
  const config = connector({ transforms: 'h', 'transforms.h.type': type, 'transforms.h.blacklist': 'a' })
  assert.deepEqual(unknownKeyWarnings(config, doors()), [
    'transforms.h.blacklist has no effect: no setting of that name is known'
  ])
})

test('validation reads a former name, and shows what a provider gave as little as under the name of today', async () => {
  const given = replaceField({
    'transforms.r.blacklist': '${file:/f:names}',
    'connect.redis.sink.kcql': '${file:/f:names}'
  })
  const config = new Map([...given].filter(([key]) => key !== 'connect.redis.kcql'))
  const { entries } = await validateConnectorConfig(config, doors('SECRET-FIELD'))
  const shown = entries.find(({ value }) => value.name === 'transforms.r.exclude')
  assert.equal(String(shown?.value.value), '${file:/f:names}')
  assert.doesNotMatch(JSON.stringify(entries), /SECRET-FIELD/)
})

const restCases: readonly (readonly [given: Readonly<Record<string, string>>, listeners: string, says: readonly string[]])[] = [
  [{}, 'http://:8083', []],
  [
    { 'rest.host.name': '127.0.0.1' },
    'http://127.0.0.1:8083',
    ['rest.host.name is a former way to say listeners=http://127.0.0.1:8083: it is read, please write that.']
  ],
  [
    { 'rest.port': '9083' },
    'http://:9083',
    ['rest.port is a former way to say listeners=http://:9083: it is read, please write that.']
  ],
  [
    { 'rest.host.name': ' ::1 ', 'rest.port': '9083' },
    'http://[::1]:9083',
    ['rest.host.name and rest.port are a former way to say listeners=http://[::1]:9083: they are read, please write that.']
  ],
  [{ 'rest.host.name': '', 'rest.port': ' ' }, 'http://:8083', []],
  [
    { 'rest.host.name': '[::1]', 'rest.port': '' },
    'http://[::1]:8083',
    ['rest.host.name is a former way to say listeners=http://[::1]:8083: it is read, please write that.']
  ],
  [
    { 'rest.port': '9083', listeners: 'http://h:1' },
    'http://h:1',
    ['rest.port has no effect: listeners is set too']
  ],
  [
    { 'internal.key.converter': 'x', 'internal.value.converter.schemas.enable': 'false' },
    'http://:8083',
    [
      'internal.key.converter has no effect: Connect has not read it since 3.0, leave it out',
      'internal.value.converter.schemas.enable has no effect: Connect has not read it since 3.0, leave it out'
    ]
  ]
] // prettier-ignore

for (const [given, listeners, says] of restCases) {
  test(`a worker's file with ${Object.keys(given).join(' and ') || 'neither'} listens at ${listeners}`, async () => {
    const told: string[] = []
    const log = { ...silentLogger, warn: (message: string) => void told.push(message) }
    const converter = 'org.apache.kafka.connect.storage.StringConverter'
    const properties = new Map(
      Object.entries({
        'key.converter': converter,
        'value.converter': converter,
        'offset.storage.file.filename': 'offsets',
        ...given
      })
    )
    const start = await readWorkerStart('standalone', 'w.properties', properties, {
      registry,
      plugins,
      log,
      mask: new SecretMask()
    })
    assert.deepEqual(start.config.list('listeners'), [listeners])
    assert.deepEqual(told, says.map(text => `w.properties: ${text}`)) // prettier-ignore
  })
}

test("of a worker's keys without effect the first fifty are told", async () => {
  const told: string[] = []
  const log = { ...silentLogger, warn: (message: string) => void told.push(message) }
  const properties = new Map(Array.from({ length: 20_000 }, (_, index) => [`retry.backoff.mx${index}`, '']))
  await assert.rejects(
    readWorkerStart('standalone', 'w.properties', properties, { registry, plugins, log, mask: new SecretMask() })
  )
  assert.deepEqual([told.length, told.at(-1)], [51, 'w.properties: 19950 more keys have no effect'])
})

test('a former port that is none is a fault of the file', async () => {
  for (const port of ['x', '70000']) {
    const properties = new Map([['rest.port', port]])
    await assert.rejects(
      readWorkerStart('standalone', 'w.properties', properties, {
        registry,
        plugins,
        log: silentLogger,
        mask: new SecretMask()
      }),
      new RegExp(`rest\\.port: found '${port}'`)
    )
  }
})
