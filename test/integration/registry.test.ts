// AvroConverter against the real registry: registered schemas, references, ids nobody knows.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import avsc from 'avsc'
import { Struct } from '../../src/connect/data.ts'
import { DataError } from '../../src/connect/errors.ts'
import { silentLogger } from '../../src/connect/log.ts'
import { type Converter, type Doors } from '../../src/connect/plugin.ts'
import { createAvroConverter } from '../../src/converters/avro-converter.ts'
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

test('an id that the registry does not know is an error of the record', async () => {
  const avro = createAvroConverter(config, false, doors)
  await assert.rejects(read(avro, 'people', framed(2_000_000_000, Buffer.from([0]))), DataError)
})
