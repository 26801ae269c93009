// Records whose schema holds itself, or doubles: both ways come to the same commands, and what has too many parts is its records' fault.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import avsc from 'avsc'
import { silentLogger } from '../src/connect/log.ts'
import { createAvroConverter } from '../src/converters/avro-converter.ts'
import { systemClock } from '../src/util/clock.ts'
import { systemRandom } from '../src/util/random.ts'
import { assertSame, BothWays, type RawValue } from './kit/both-ways.ts'
import { FakeRegistry, framed } from './kit/fake-registry.ts'

const registry = await FakeRegistry.open()
after(() => registry.close())
const doors = { clock: systemClock, random: systemRandom, log: silentLogger }
const config = () => new Map(Object.entries({ 'schema.registry.url': registry.url, 'max.retries': '0' }))

const row = {
  type: 'record',
  name: 'Row',
  fields: [
    { name: 'id', type: 'string' },
    {
      name: 'list',
      type: ['null', { type: 'record', name: 'List', fields: [{ name: 'n', type: 'int' }, { name: 'next', type: ['null', 'List'] }] }]
    },
    { name: 'children', type: { type: 'array', items: 'Row' } },
    { name: 'score', type: 'int' }
  ]
} // prettier-ignore
const rowId = registry.add(row)
const rowType = avsc.Type.forSchema(row as avsc.Schema, { wrapUnions: true })

function rowOf(id: string, length: number, children: readonly unknown[] = []): object {
  let list: unknown = null
  for (let n = 0; n < length; n++) list = { List: { n, next: list } }
  return { id, list, children, score: 5 }
}

const values: RawValue[] = [
  rowOf('none', 0),
  rowOf('one', 1),
  rowOf('three', 3, [rowOf('child', 2, [rowOf('grandchild', 0)])]),
  rowOf('deep', 300),
  rowOf('last', 1)
].map(each => ({ bytes: framed(rowId, rowType.toBuffer(each)) }))

for (const contract of ['old', 'plain'] as const) {
  for (const [kcql, compiled] of [
    ['INSERT INTO p: SELECT id, score FROM t PK id', 4],
    ['INSERT INTO p: SELECT list.n AS n FROM t PK id', 3],
    ['INSERT INTO p: SELECT * FROM t PK id', 0],
    ['INSERT INTO z SELECT id FROM t STOREAS SortedSet(score=`list`.`next`.`n`)', 0]
  ] as const) {
    test(`${contract}: ${kcql}`, async () => {
      const converter = createAvroConverter(config(), false, doors)
      const ways = new BothWays(converter)
      try {
        // Fetches the schema: the compiled way knows it from then on.
        await assertSame(ways, contract, kcql, values)
        const before = ways.compiledRecords
        const outcome = await assertSame(ways, contract, kcql, values)
        assert.ok(outcome !== null && outcome.dropped.length === 0)
        assert.ok(ways.compiledRecords - before >= compiled, `${ways.compiledRecords - before} went the compiled way`)
      } finally {
        ways.close()
        await converter.close?.()
      }
    })
  }
}

test('what a list holds is written, level by level', async () => {
  const converter = createAvroConverter(config(), false, doors)
  const ways = new BothWays(converter)
  try {
    const outcome = await assertSame(ways, 'plain', 'INSERT INTO p: SELECT list FROM t PK id', values.slice(0, 3))
    assert.deepEqual(
      outcome?.commands.map(command => command.split('\u0000').at(-1)),
      ['{"list":null}', '{"list":{"n":0,"next":null}}', '{"list":{"n":2,"next":{"n":1,"next":{"n":0,"next":null}}}}']
    )
  } finally {
    ways.close()
    await converter.close?.()
  }
})

test('a schema of too many parts is told with its id, its subject and the limit, and drops only its own records', async () => {
  const symbols = Array.from({ length: 100_001 }, (_, n) => `S${n}`)
  const id = registry.add({ type: 'enum', name: 'E', symbols })
  const converter = createAvroConverter(config(), false, doors)
  const ways = new BothWays(converter)
  try {
    const good = values[1] ?? { bytes: null }
    const outcome = await assertSame(ways, 'plain', 'INSERT INTO p: SELECT id FROM t PK id', [
      good,
      { bytes: framed(id, Buffer.from([2])) },
      good
    ])
    assert.equal(outcome?.commands.length, 2)
    assert.equal(outcome.dropped.length, 1)
  } finally {
    ways.close()
    await converter.close?.()
  }
  const failing = createAvroConverter(config(), false, doors)
  const bytes = framed(id, Buffer.from([2]))
  await failing.prepare?.('t', bytes)
  assert.throws(
    () => failing.toConnectData('t', bytes),
    (error: unknown) =>
      error instanceof Error &&
      error.cause instanceof Error &&
      error.cause.message.startsWith(`The schema of id ${id} (subject t-value) cannot be used: `) &&
      error.cause.message.includes('more than 100000 parts')
  )
})
