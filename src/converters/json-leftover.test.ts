// Text behind a record's JSON value: refused under the plain contract, passed over and told once under the old one, whichever way a record goes.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { FakeRegistry, framed } from '../../test/kit/fake-registry.ts'
import { type ConnectValue } from '../connect/data.ts'
import { DataError } from '../connect/errors.ts'
import { type Logger, silentLogger } from '../connect/log.ts'
import { type Converter, type Doors } from '../connect/plugin.ts'
import { systemClock } from '../util/clock.ts'
import { systemRandom } from '../util/random.ts'
import { converterPlugins } from './converter-table.ts'
import { createJsonConverter } from './json-converter.ts'

const registry = await FakeRegistry.open()
after(() => registry.close())
const jsonId = registry.add({ type: 'object', properties: { id: { type: 'integer' } } }, 'JSON')

function logged(): { doors: Doors; lines: string[] } {
  const lines: string[] = []
  const log: Logger = { ...silentLogger, warn: line => lines.push(line) }
  return { doors: { clock: systemClock, random: systemRandom, log }, lines }
}

const int = '{"type":"struct","fields":[{"type":"int64","field":"id"}]}'
const kinds: readonly {
  readonly what: string
  readonly className: string
  readonly config: Readonly<Record<string, string>>
  readonly wrap: (payload: string) => Uint8Array
}[] = [
  {
    what: 'without schemas',
    className: 'org.apache.kafka.connect.json.JsonConverter',
    config: { 'schemas.enable': 'false' },
    wrap: text => Buffer.from(text)
  },
  {
    what: 'with schemas',
    className: 'org.apache.kafka.connect.json.JsonConverter',
    config: {},
    wrap: text => Buffer.from(text.replaceAll(/\{"id":\d\}/g, `{"schema":${int},"payload":$&}`))
  },
  {
    what: 'with schema.content',
    className: 'org.apache.kafka.connect.json.JsonConverter',
    config: { 'schema.content': int },
    wrap: text => Buffer.from(text)
  },
  {
    what: 'JSON Schema',
    className: 'io.confluent.connect.json.JsonSchemaConverter',
    config: { 'schema.registry.url': registry.url },
    wrap: text => framed(jsonId, Buffer.from(text))
  },
  {
    what: 'JSON Schema, each record checked',
    className: 'io.confluent.connect.json.JsonSchemaConverter',
    config: { 'schema.registry.url': registry.url, 'json.fail.invalid.schema': 'true' },
    wrap: text => framed(jsonId, Buffer.from(text))
  }
]

async function read(converter: Converter, bytes: Uint8Array): Promise<ConnectValue> {
  await converter.prepare?.('t', bytes)
  return converter.toConnectData('t', bytes).value
}

for (const { what, className, config, wrap } of kinds) {
  const plugin = converterPlugins.find(each => each.className === className)
  const create = (strict: boolean, doors: Doors): Converter => {
    assert.ok(plugin)
    return plugin.create(new Map(Object.entries({ ...config, 'values.strict': String(strict) })), false, doors)
  }

  test(`${what}: values.strict, and so the plain contract, refuses what follows a value, and takes blanks`, async () => {
    const { doors, lines } = logged()
    const converter = create(true, doors)
    for (const good of ['{"id":1}', ' {"id":1} \r\n\t']) await read(converter, wrap(good))
    for (const bad of ['{"id":1}{"id":2}', '{"id":1} {"id":2}', '{"id":1}\n{"id":2}\n', '{"id":1},', '{"id":1}x', '{"id":1}\u0000']) {
      await assert.rejects(read(converter, wrap(bad)), (error: unknown) => {
        assert.ok(error instanceof DataError && error.cause instanceof Error, bad)
        assert.match(error.cause.message, /at byte \d+: found .*, expected the end: a record holds one JSON value/)
        assert.doesNotMatch(error.cause.message, /"id"/, 'no data in a message')
        return true
      })
    }
    assert.deepEqual(lines, [])
  }) // prettier-ignore

  test(`${what}: the old contract reads the first value, and says once that the rest is lost`, async () => {
    const { doors, lines } = logged()
    const converter = create(false, doors)
    const alone = await read(converter, wrap('{"id":1}'))
    assert.deepEqual(lines, [])
    for (const more of ['{"id":1}{"id":2}', '{"id":1}x', '{"id":1} {"id":2}'])
      assert.deepEqual(await read(converter, wrap(more)), alone)
    assert.equal(lines.length, 1)
    assert.match(lines[0] ?? '', /The value of a record goes on behind its JSON value, at byte \d+/)
  })
}

test('json.fail.invalid.schema checks the first value, whatever follows it, and text with a mark or of two bytes a character', async () => {
  const config = { 'schema.registry.url': registry.url, 'json.fail.invalid.schema': 'true' }
  const plugin = converterPlugins.find(each => each.className === 'io.confluent.connect.json.JsonSchemaConverter')
  const converter = plugin?.create(new Map(Object.entries(config)), false, logged().doors)
  assert.ok(converter)
  for (const bytes of [Buffer.from('\ufeff{"id":1}'), Buffer.from('{"id":1}', 'utf16le')])
    assert.ok((await read(converter, framed(jsonId, bytes))) !== null)
  for (const bad of ['{"id":"x"}', '{"id":"x"} {"id":1}', '{"id":"x"} y']) {
    await assert.rejects(read(converter, framed(jsonId, Buffer.from(bad))), (error: unknown) => {
      assert.ok(error instanceof DataError && error.cause instanceof Error)
      assert.match(error.cause.message, /is not valid by the schema of .*\/id must be integer/)
      return true
    })
  }
  await assert.rejects(read(converter, framed(jsonId, Buffer.alloc(0))), DataError)
})

for (const { what, config, wrap } of kinds.filter(each => each.className.endsWith('JsonConverter'))) {
  test(`${what}: a compiled reader leaves a record with more than one value to the general way`, () => {
    const converter = createJsonConverter(new Map(Object.entries(config)), false)
    const reader = converter.compile?.('t', 'source')
    const place = { hasHeaders: false, headers: () => [] }
    const readable = (text: string): boolean => {
      const bytes = wrap(text)
      // What follows in the buffer is the next record's.
      const buffer = Buffer.concat([bytes, Buffer.from('{"id":3}')])
      return reader?.read(buffer, 0, bytes.length, place) !== null
    }
    converter.toConnectData('t', wrap('{"id":1}'))
    for (const good of ['{"id":1}', '{"id":1} ', '{"id":2}\n']) assert.equal(readable(good), true, good)
    for (const bad of ['{"id":1}{"id":2}', '{"id":1} {"id":2}', '{"id":1}x']) assert.equal(readable(bad), false, bad)
  })
}
