// The converters of a registry against the real one: all three schema types, and ids nobody knows.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import avsc from 'avsc'
import { Struct } from '../../src/connect/data.ts'
import { DataError } from '../../src/connect/errors.ts'
import { silentLogger } from '../../src/connect/log.ts'
import { type Converter, type Doors } from '../../src/connect/plugin.ts'
import { createAvroConverter } from '../../src/converters/avro-converter.ts'
import { createJsonSchemaConverter } from '../../src/converters/json-schema-converter.ts'
import { createProtobufConverter } from '../../src/converters/protobuf-converter.ts'
import { RegistryClient } from '../../src/converters/registry-client.ts'
import { registrySettings } from '../../src/converters/registry-settings.ts'
import { systemClock } from '../../src/util/clock.ts'
import { systemRandom } from '../../src/util/random.ts'
import { uniqueName, withStack } from '../kit/stack.ts'

const doors: Doors = { clock: systemClock, random: systemRandom, log: silentLogger }
const { registry } = await withStack()
const config = new Map([['schema.registry.url', registry.url]])

async function read(avro: Converter, topic: string, bytes: Buffer): Promise<Struct> {
  await avro.prepare?.(topic, bytes)
  const { value } = avro.toConnectData(topic, bytes)
  assert.ok(value instanceof Struct)
  return value
}

function framed(id: number, payload: Buffer): Buffer {
  const frame = Buffer.alloc(5)
  frame.writeInt32BE(id, 1)
  return Buffer.concat([frame, payload])
}

test('reads by a schema registered in the registry', async () => {
  const topic = uniqueName('people')
  const schema = {
    type: 'record',
    name: 'P',
    fields: [
      { name: 'name', type: 'string' },
      { name: 'n', type: 'long' }
    ]
  } as const
  const client = new RegistryClient(registrySettings(config, false), doors)
  const id = await client.register(`${topic}-value`, 'AVRO', JSON.stringify(schema))
  assert.equal(await client.register(`${topic}-value`, 'AVRO', JSON.stringify(schema)), id)
  const bytes = avsc.Type.forSchema(schema as unknown as avsc.Schema).toBuffer({ name: 'Ann', n: 3 })
  const struct = await read(createAvroConverter(config, false, doors), topic, framed(id, bytes))
  assert.deepEqual([struct.get('name'), struct.get('n')], ['Ann', 3n])
})

test('reads Protobuf with an import that the registry holds as a reference', async () => {
  const topic = uniqueName('orders')
  const client = new RegistryClient(registrySettings(config, false), doors)
  const item = 'syntax = "proto3"; package shop; message Item { string sku = 1; }'
  await client.register(`${topic}-item`, 'PROTOBUF', item)
  const order = 'syntax = "proto3"; package shop; import "item.proto"; message Order { Item item = 1; uint64 n = 2; }'
  const id = await client.register(`${topic}-value`, 'PROTOBUF', order, [
    { name: 'item.proto', subject: `${topic}-item`, version: 1 }
  ])
  const struct = await read(
    createProtobufConverter(config, false, doors),
    topic,
    framed(id, Buffer.from('000a030a01411005', 'hex'))
  )
  const inner = struct.get('item')
  assert.ok(inner instanceof Struct)
  assert.deepEqual([inner.get('sku'), struct.get('n')], ['A', 5n])
})

test('reads JSON Schema', async () => {
  const topic = uniqueName('events')
  const client = new RegistryClient(registrySettings(config, false), doors)
  const id = await client.register(`${topic}-value`, 'JSON', '{"type":"object","properties":{"a":{"type":"integer"}}}')
  const struct = await read(
    createJsonSchemaConverter(config, false, doors),
    topic,
    framed(id, Buffer.from('{"a":12345678901234567}'))
  )
  assert.equal(struct.get('a'), 12345678901234567n)
})

test('an id that the registry does not know is an error of the record', async () => {
  const avro = createAvroConverter(config, false, doors)
  await assert.rejects(read(avro, 'people', framed(2_000_000_000, Buffer.from([0]))), DataError)
})
