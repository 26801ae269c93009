// The example of a user's own plugins, loaded as a worker loads it and used as its configuration says.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { explainCommand } from '../src/cli/explain-command.ts'
import { type ConnectValue, Schema, Struct } from '../src/connect/data.ts'
import { silentLogger } from '../src/connect/log.ts'
import { type Doors } from '../src/connect/plugin.ts'
import { type SinkRecord } from '../src/connect/record.ts'
import { parseProperties } from '../src/java/properties.ts'
import { pluginTable } from '../src/plugins.ts'
import { findPluginFiles } from '../src/runtime/plugin-files.ts'
import { withUserPlugins } from '../src/runtime/plugin-path.ts'
import { PluginRegistry } from '../src/runtime/plugin-registry.ts'
import { withPrefix } from '../src/runtime/worker-config.ts'
import { systemClock } from '../src/util/clock.ts'
import { systemRandom } from '../src/util/random.ts'

const here = fileURLToPath(new URL('../examples/plugins/', import.meta.url))
const doors: Doors = { clock: systemClock, random: systemRandom, log: silentLogger }

function recordOf(schema: Schema | null, value: ConnectValue): SinkRecord {
  const place = { topic: 'payments', partition: 0, timestamp: 0, timestampType: 'CreateTime' } as const
  const original = { ...place, offset: 0, rawKey: null, rawValue: null, rawHeaders: [] }
  return { ...place, keySchema: null, key: null, valueSchema: schema, value, headers: [], original }
}

async function registryWithExample(): Promise<PluginRegistry> {
  const table = pluginTable({ newSinkTask: () => assert.fail('no task here'), environment: {} })
  return new PluginRegistry(await withUserPlugins(table, findPluginFiles(here, silentLogger)))
}

const config = parseProperties(readFileSync(`${here}mask-card.properties`, 'latin1'))

test('masks card numbers in Maps and Structs, and nothing else', async () => {
  const registry = await registryWithExample()
  const entry = registry.transformation('transforms.mask.type', config.get('transforms.mask.type') ?? '')
  assert.equal(entry.version, '1.2.0')
  const mask = entry.create(withPrefix(config, 'transforms.mask.'), doors)
  const map = mask.apply(recordOf(null, new Map([...Object.entries({ id: 1n, card: '4111111111111111' })])))
  assert.deepEqual(map?.value, new Map<string, ConnectValue>([...Object.entries({ id: 1n, card: '************1111' })]))
  const string = new Schema('STRING')
  const schema = new Schema('STRUCT', { fields: [...Object.entries({ id: string, card: string })] })
  const struct = mask.apply(recordOf(schema, new Struct(schema, ['a', '4222222222222']))) ?? assert.fail()
  assert.ok(struct.value instanceof Struct)
  assert.deepEqual([struct.value.get('id'), struct.value.get('card')], ['a', '*********2222'])
  const tombstone = recordOf(null, null)
  assert.equal(mask.apply(tombstone), tombstone)
  assert.throws(() => mask.apply(recordOf(null, 'text')), { name: 'DataError' })
})

test('asks for a field', async () => {
  const registry = await registryWithExample()
  const entry = registry.predicate('predicates.withCard.type', config.get('predicates.withCard.type') ?? '')
  const predicate = entry.create(withPrefix(config, 'predicates.withCard.'), doors)
  assert.equal(predicate.test(recordOf(null, new Map([['card', null]]))), true)
  assert.equal(predicate.test(recordOf(null, new Map([['id', 1n]]))), false)
  assert.equal(predicate.test(recordOf(null, null)), false)
})

test('its settings are checked', async () => {
  const registry = await registryWithExample()
  const entry = registry.transformation('type', 'com.example.MaskCard$Value')
  assert.throws(() => entry.create(new Map([['digits', '9']]), doors), /fields.*\n.*digits/s)
})

test('explain shows what a record becomes with them', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'kafka-connect-redis-explain-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const worker = join(folder, 'worker.properties')
  writeFileSync(worker, `plugin.path=${here}\nkey.converter=org.apache.kafka.connect.storage.StringConverter\n`)
  const stdout = new PassThrough()
  const answer = text(stdout)
  const record = '{"id":7,"card":"4111111111111111"}'
  const code = await explainCommand([`${here}mask-card.properties`, '--worker', worker, '--record', record], {
    stdin: Readable.from([]),
    stdout,
    stderr: new PassThrough().resume()
  })
  stdout.end()
  assert.match(await answer, /SET pay:7 '\{.*"card":"\*{12}1111".*\}'/)
  assert.equal(code, 0)
})
