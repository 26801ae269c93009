// The compiled readers alone: finds the fields of values in memory and prints four of them, without flights, Kafka or Redis; for profiles.
import { parseArgs } from 'node:util'
import avsc from 'avsc'
import { type CompiledReader } from '../src/connect/compiled.ts'
import { compileAvro } from '../src/converters/avro-compile.ts'
import { AvroFieldReader } from '../src/converters/avro-field-reader.ts'
import { parseAvroSchema } from '../src/converters/avro-type.ts'
import { createJsonConverter } from '../src/converters/json-converter.ts'
import { FetchedSchema } from '../src/converters/registry-schemas.ts'
import { createStringConverter } from '../src/converters/string-converter.ts'
import { type Case } from './cases.ts'
import { avroSchema, jsonText, sampleRecord } from './load.ts'

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { records: { type: 'string', default: '4000000' } }
})
const distinct = 20_000
const place = { hasHeaders: false, headers: () => [] }
const printed = ['id', 'firstName', 'city', 'salary']

interface Subject {
  readonly reader: CompiledReader | null
  readonly bytes: (index: number) => Buffer
}

function json(format: string, schemas: boolean): Subject {
  const item = { format, filler: 0 } as Case
  const converter = createJsonConverter(new Map([['schemas.enable', String(schemas)]]), false)
  // The general way meets a schema first.
  converter.toConnectData('t', Buffer.from(jsonText(item, 0)))
  return { reader: converter.compile?.('t', 'java') ?? null, bytes: index => Buffer.from(jsonText(item, index)) }
}

const subjects: Readonly<Record<string, () => Subject>> = {
  json: () => json('json', false),
  'json-schema': () => json('json-schema', true),
  text: () => ({ ...json('json', false), reader: createStringConverter(new Map(), false).compile?.('t', 'java') ?? null }),
  avro: () => {
    const compiled = compileAvro(parseAvroSchema([JSON.stringify(avroSchema)]), { enhanced: false })
    const schema = new FetchedSchema(1, compiled, 0, new Map())
    const type = avsc.Type.forSchema(avroSchema as avsc.Schema)
    const frame = Buffer.from([0, 0, 0, 0, 1])
    return {
      reader: new AvroFieldReader('java', { find: () => schema, frame: () => null }),
      bytes: index => Buffer.concat([frame, type.toBuffer(sampleRecord(index, 0))])
    }
  }
} // prettier-ignore

function run(name: string, { reader, bytes: bytesOf }: Subject): void {
  const texts = Array.from({ length: distinct }, (_, index) => bytesOf(index * 50))
  const bytes = Buffer.concat(texts)
  const ends: number[] = []
  for (const text of texts) ends.push((ends.at(-1) ?? 0) + text.length)
  const out = Buffer.alloc(64 * 1024)
  const records = Number(options.records)
  if (reader === null) throw new Error(`${name} has no reader`)
  let slots: readonly number[] = []
  let written = 0
  const pass = (): void => {
    let start = 0
    for (const end of ends) {
      const shape = reader.read(bytes, start, end, place)
      if (shape === null) throw new Error(`${name}: a value was left to the general way`)
      if (slots.length === 0) slots = shape.fields.filter(field => printed.includes(field.name)).map(field => field.slot)
      let at = 0
      reader.room()
      for (const slot of slots) at = reader.writeJson(slot, out, at)
      written += reader.writeText(slots[0] ?? 0, out, at)
      start = end
    }
  }
  for (let warm = 0; warm < 10; warm++) pass()
  written = 0
  const before = process.cpuUsage()
  for (let done = 0; done < records; done += distinct) pass()
  const { user, system } = process.cpuUsage(before)
  console.log(`${name}: ${((user + system) / records).toFixed(3)} CPU s per million records, ${(written / records).toFixed(0)} bytes each`)
} // prettier-ignore

for (const [name, make] of Object.entries(subjects)) {
  if (positionals.length === 0 || positionals.includes(name)) run(name, make())
}
