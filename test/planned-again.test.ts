// What is in flight can be planned again to the same commands, whatever the caches have forgotten since: an outage loses nothing.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { silentLogger } from '../src/connect/log.ts'
import { type Converter } from '../src/connect/plugin.ts'
import { createAvroConverter } from '../src/converters/avro-converter.ts'
import { createJsonConverter } from '../src/converters/json-converter.ts'
import { createStringConverter } from '../src/converters/string-converter.ts'
import { type Contract } from '../src/redis/settings.ts'
import { systemClock } from '../src/util/clock.ts'
import { systemRandom } from '../src/util/random.ts'
import { BothWays, plansOf, type RawValue } from './kit/both-ways.ts'
import { FakeRegistry, framed } from './kit/fake-registry.ts'
import { pick, seeded } from './kit/mutations.ts'
import { avroBytes, envelopeText, records, type Sample, statements } from './kit/record-samples.ts'

const doors = { clock: systemClock, random: systemRandom, log: silentLogger }
const registry = await FakeRegistry.open()
after(() => registry.close())

interface Format {
  readonly name: string
  /** One that remembers as little as its settings allow. */
  readonly converter: () => Converter
  readonly withTypes: boolean
  readonly bytes: (sample: Sample, contract: Contract) => Buffer
  /** Of a value with these names at its top. */
  readonly strange: (names: readonly string[]) => Buffer
}

const plainText = (names: readonly string[]): string => JSON.stringify(Object.fromEntries(names.map(name => [name, 1])))

const formats: readonly Format[] = [
  {
    name: 'JSON without schema',
    converter: () => createJsonConverter(new Map([['schemas.enable', 'false']]), false),
    withTypes: false,
    bytes: (sample, contract) => Buffer.from(sample.json(contract)),
    strange: names => Buffer.from(plainText(names))
  },
  {
    name: 'JSON with schema',
    converter: () => createJsonConverter(new Map([['schemas.cache.size', '1']]), false),
    withTypes: true,
    bytes: (sample, contract) => Buffer.from(envelopeText(sample, contract)),
    strange: names => {
      const schema = { type: 'struct', fields: names.map(field => ({ field, type: 'int32' })) }
      return Buffer.from(`{"schema":${JSON.stringify(schema)},"payload":${plainText(names)}}`)
    }
  },
  {
    name: 'text',
    converter: () => createStringConverter(new Map(), false),
    withTypes: false,
    bytes: (sample, contract) => Buffer.from(sample.json(contract)),
    strange: names => Buffer.from(plainText(names))
  },
  {
    name: 'Avro',
    converter: () => {
      const config = { 'schema.registry.url': registry.url, 'max.retries': '0', 'schemas.cache.config': '1' }
      return createAvroConverter(new Map(Object.entries(config)), false, doors)
    },
    withTypes: true,
    bytes: sample => framed(registry.add(sample.avroSchema), avroBytes(sample)),
    strange: names => {
      const fields = names.map(name => ({ name, type: 'boolean' }))
      return framed(registry.add({ type: 'record', name: 'S', fields }), Buffer.alloc(names.length))
    }
  }
]

/** Values whose names never come again: more than the trees of shapes hold, but that would be slow for each run. */
function strangers(format: Format, seed: number, count: number): RawValue[] {
  return Array.from({ length: count }, (_, value) => {
    const names = Array.from({ length: 60 }, (__, name) => `s${seed}_${value}_${name}`)
    return { bytes: format.strange(names) }
  })
}

/** The plans of the first statement that takes any of these values, and the values that it takes. */
async function taken(ways: BothWays, contract: Contract, kcqls: readonly string[], values: readonly Buffer[]) {
  for (const kcql of kcqls) {
    const plans = plansOf(contract, kcql)
    if (plans === null) continue
    const goods: Buffer[] = []
    for (const bytes of values) {
      const { commands, skips } = await ways.general(plans, [{ bytes }])
      if (commands.length > 0 && skips.length === 0) goods.push(bytes)
    }
    if (goods.length > 0) return [plans, goods] as const
  }
  return [null, []] as const
}

for (const format of formats) {
  test(`what is in flight is planned again as it was, whatever was forgotten: ${format.name}`, async t => {
    const plugin = format.converter()
    const ways = new BothWays(plugin)
    let runs = 0
    let planned = 0
    const cases = fc.array(records(format.withTypes, false), { minLength: 2, maxLength: 3 }).chain(samples => {
      const [first] = samples
      const kcqls = first === undefined ? fc.constant([]) : fc.array(statements(first), { minLength: 6, maxLength: 8 })
      return fc.tuple(fc.constant(samples), kcqls, fc.constantFrom<Contract>('old', 'plain'), fc.nat())
    })
    const property = fc.asyncProperty(cases, async ([samples, kcqls, contract, seed]) => {
      const next = seeded(seed)
      const all = samples.map(sample => format.bytes(sample, contract))
      const [plans, goods] = await taken(ways, contract, kcqls, all)
      const [first] = goods
      if (plans === null || first === undefined) return
      // Runs of each value: the compiled way takes a schema's second record.
      const values = Array.from({ length: 8 }, () => pick(next, goods, first))
        // Between them what may be refused: it is no part of what was sent.
        .flatMap(bytes => [bytes, bytes, pick(next, all, first), bytes])
        .map(bytes => ({ bytes }))
      const expected = await ways.general(plans, values)
      const disturb = async (): Promise<void> => {
        // The trees of shapes are full after the first of these, and stay so.
        await ways.general(plans, strangers(format, seed, runs++ % 20 === 0 ? 30 : 2))
      }
      const found = await ways.compiled(plans, contract, values, () => next() < 0.2, [10], disturb)
      assert.deepEqual(found.commands, expected.commands)
      assert.deepEqual(found.again, expected.commands)
      planned += found.again.length
    })
    try {
      await fc.assert(property, { numRuns: 60 })
    } finally {
      ways.close()
      await plugin.close?.()
    }
    t.diagnostic(`${planned} commands planned again, ${ways.compiledRecords} records taken by the compiled way`)
    assert.ok(planned > 300 && ways.compiledRecords > 100)
  })
}
