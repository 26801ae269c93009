// The same record as Avro, as JSON with and without its schema and as text makes the same commands, wherever these formats can say the same.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileAvro } from '../src/converters/avro-compile.ts'
import { AvroCursor } from '../src/converters/avro-cursor.ts'
import { parseAvroSchema } from '../src/converters/avro-type.ts'
import { createJsonConverter } from '../src/converters/json-converter.ts'
import { type Contract } from '../src/redis/settings.ts'
import { planOutcome, text, type Typed } from './kit/plan-cases.ts'
import { avroBytes, envelopeText, records, type Sample, statements } from './kit/record-samples.ts'

function asAvro(sample: Sample): Typed {
  const reader = compileAvro(parseAvroSchema([JSON.stringify(sample.avroSchema)]), { enhanced: false })
  return { schema: reader.schema, value: reader.read(new AvroCursor(avroBytes(sample), 0)) }
}

const withSchema = createJsonConverter(new Map([['schemas.enable', 'true']]), false)

function asJsonWithSchema(sample: Sample, contract: Contract): Typed {
  return withSchema.toConnectData('t', Buffer.from(envelopeText(sample, contract)))
}

const contracts = fc.constantFrom<Contract>('old', 'plain')
const cases = (withTypes: boolean): fc.Arbitrary<readonly [Sample, string, Contract]> =>
  records(withTypes).chain(sample => fc.tuple(fc.constant(sample), statements(sample), contracts))

/** Most cases must come to commands, or the property would compare refusals only. */
function assertCommands(outcomes: readonly string[]): void {
  const commands = outcomes.filter(outcome => /^[A-Z]/.test(outcome)).length
  assert.ok(commands > outcomes.length / 3, `${commands} of ${outcomes.length} came to commands`)
}

test('Avro and JSON with its schema make the same commands, or the same refusal', () => {
  const outcomes: string[] = []
  fc.assert(
    fc.property(cases(true), ([sample, kcql, contract]) => {
      const avro = planOutcome(contract, kcql, asAvro(sample))
      assert.equal(planOutcome(contract, kcql, asJsonWithSchema(sample, contract)), avro)
      outcomes.push(avro)
    }),
    { numRuns: 1000 }
  )
  assertCommands(outcomes)
})

test('so do JSON without schema and texts, for what they can say', () => {
  const outcomes: string[] = []
  fc.assert(
    fc.property(cases(false), ([sample, kcql, contract]) => {
      const json = sample.json(contract)
      const avro = withoutTypes(planOutcome(contract, kcql, asAvro(sample)))
      assert.equal(withoutTypes(planOutcome(contract, kcql, asJsonWithSchema(sample, contract))), avro)
      assert.equal(withoutTypes(planOutcome(contract, kcql, json)), avro)
      assert.equal(withoutTypes(planOutcome(contract, kcql, text(json))), avro)
      outcomes.push(avro)
    }),
    { numRuns: 1000 }
  )
  assertCommands(outcomes)
})

/** A refusal may name types, which differ: INT32 and INT64, STRUCT R1 and STRUCT. */
function withoutTypes(outcome: string): string {
  return outcome.startsWith('refused: ') ? 'refused' : outcome
}
