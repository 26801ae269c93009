// The compiled way comes to the same commands, refusals and dropped records as the general way: random records and statements, odd, corrupt and cut.
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
import { assertSame, BothWays, plansOf, type RawValue } from './kit/both-ways.ts'
import { FakeRegistry, framed } from './kit/fake-registry.ts'
import { oddBytes, oddJson, pick, seeded } from './kit/mutations.ts'
import { avroBytes, envelopeText, records, type Sample, statements } from './kit/record-samples.ts'

const doors = { clock: systemClock, random: systemRandom, log: silentLogger }
const registry = await FakeRegistry.open()
after(() => registry.close())

/** So many records in all per format; the long form is `KCR_SEED=random COMPILED_RUNS=1000000 npm run test:unit -- compiled-way`. */
const recordsMin = Number(process.env.COMPILED_RUNS ?? 12_000)
const recordsPerRun = 40

interface Format {
  readonly name: string
  readonly converter: () => Converter
  readonly withTypes: boolean
  readonly bytes: (sample: Sample, contract: Contract) => Buffer | Promise<Buffer>
  /** Whether bytes are a text whose tokens may be played with. */
  readonly isText: boolean
}

const formats: readonly Format[] = [
  {
    name: 'JSON without schema',
    converter: () => createJsonConverter(new Map([['schemas.enable', 'false']]), false),
    withTypes: false,
    bytes: (sample, contract) => Buffer.from(sample.json(contract)),
    isText: true
  },
  {
    name: 'JSON with schema',
    converter: () => createJsonConverter(new Map([['schemas.enable', 'true']]), false),
    withTypes: true,
    bytes: (sample, contract) => Buffer.from(envelopeText(sample, contract)),
    isText: true
  },
  {
    name: 'text',
    converter: () => createStringConverter(new Map(), false),
    withTypes: false,
    bytes: (sample, contract) => Buffer.from(sample.json(contract)),
    isText: true
  },
  {
    name: 'Avro',
    converter: () => {
      const config = { 'schema.registry.url': registry.url, 'max.retries': '0' }
      return createAvroConverter(new Map(Object.entries(config)), false, doors)
    },
    withTypes: true,
    bytes: sample => framed(registry.add(sample.avroSchema), avroBytes(sample)),
    isText: false
  }
]

/** Statements whose commands may stand in one flight, as the task has it: streams and channels alone. */
function fitting(all: readonly string[]): string {
  const isStream = (kcql: string): boolean => /STOREAS (Stream|PubSub)/.test(kcql)
  return all.filter(kcql => isStream(kcql) === isStream(all[0] ?? '')).join(';')
}

/** Of some statements, those that take a value, so that the property does not compare refusals alone; one of them where none does. */
async function taking(ways: BothWays, contract: Contract, kcqls: readonly string[], bytes: Buffer | undefined): Promise<readonly string[]> {
  const takes: string[] = []
  for (const kcql of kcqls) {
    const plans = plansOf(contract, kcql)
    if (plans === null || bytes === undefined) continue
    if ((await ways.general(plans, [{ bytes }])).commands.length > 0) takes.push(kcql)
  }
  return takes.length === 0 ? kcqls.slice(0, 1) : takes.slice(0, 3)
} // prettier-ignore

/** Good values, again and again in any order, and odd ones made of them. */
function valuesOf(goods: readonly Buffer[], isText: boolean, next: () => number): RawValue[] {
  const first = goods[0] ?? Buffer.alloc(0)
  return Array.from({ length: recordsPerRun }, () => {
    // Mostly the one that the statements were made for.
    const good = next() < 0.8 ? first : pick(next, goods, first)
    const kind = next()
    if (kind < 0.35) return { bytes: good }
    if (kind < 0.37) return { bytes: pick(next, [null, Buffer.alloc(0), Buffer.from('null')], null) }
    if (kind < 0.75 && isText) {
      // An envelope's schema mostly stays whole: the payload is read in many ways.
      const text = good.toString()
      const from = next() < 0.8 ? text.indexOf(',"payload":') + 1 : 0
      let odd = text.slice(from)
      for (let left = 1 + Math.floor(next() * 2); left > 0; left--) odd = oddJson(odd, next)
      return { bytes: Buffer.from(text.slice(0, from) + odd) }
    }
    return { bytes: oddBytes(good, next) }
  })
}

for (const { name, converter, withTypes, bytes, isText } of formats) {
  test(`the compiled way comes to what the general way comes to: ${name}`, async t => {
    const plugin = converter()
    const ways = new BothWays(plugin)
    const met = { commands: 0, refused: 0, dropped: 0, skips: 0 }
    let count = 0
    const cases = fc.boolean().chain(lists => fc.array(records(withTypes, lists), { minLength: 1, maxLength: 3 })).chain(samples => {
      const [first] = samples
      const kcqls = first === undefined ? fc.constant([]) : fc.array(statements(first), { minLength: 3, maxLength: 6 })
      return fc.tuple(fc.constant(samples), kcqls, fc.constantFrom<Contract>('old', 'plain'), fc.integer(), fc.boolean())
    }) // prettier-ignore
    const property = fc.asyncProperty(cases, async ([samples, kcqls, contract, seed, splits]) => {
      const next = seeded(seed)
      const goods: Buffer[] = []
      for (const sample of samples) goods.push(await bytes(sample, contract))
      const kcql = fitting(next() < 0.9 ? await taking(ways, contract, kcqls, goods[0]) : kcqls.slice(0, 2))
      const values = valuesOf(goods, isText, next)
      const cuts = splits ? [Math.floor(next() * recordsPerRun), Math.floor(next() * recordsPerRun)] : []
      const outcome = await assertSame(ways, contract, kcql, values, splits ? () => next() < 0.2 : undefined, cuts)
      if (outcome === null) return
      count += values.length
      for (const [kind, list] of Object.entries(outcome) as [keyof typeof met, readonly string[]][])
        met[kind] += list.length
    })
    try {
      await fc.assert(property, { numRuns: Math.ceil(recordsMin / recordsPerRun) })
    } finally {
      ways.close()
      await plugin.close?.()
    }
    t.diagnostic(`${count} records, ${ways.compiledRecords} taken by the compiled way; ${JSON.stringify(met)}`)
    // Each outcome must have been met often, or the property says little.
    assert.ok(ways.compiledRecords > count / 20, `${ways.compiledRecords} of ${count} went the compiled way`)
    assert.ok(met.commands > count / 10 && met.refused + met.dropped > count / 10, JSON.stringify(met))
  })
}
