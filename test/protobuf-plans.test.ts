// Protobuf records under both contracts, from their bytes to the commands.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import protobuf from 'protobufjs'
import { silentLogger } from '../src/connect/log.ts'
import { createProtobufConverter } from '../src/converters/protobuf-converter.ts'
import { systemClock } from '../src/util/clock.ts'
import { systemRandom } from '../src/util/random.ts'
import { FakeRegistry, framed } from './kit/fake-registry.ts'
import { planOutcome } from './kit/plan-cases.ts'

const registry = await FakeRegistry.open()
after(() => registry.close())

const doors = { clock: systemClock, random: systemRandom, log: silentLogger }

/** What comes of a message of type M. */
async function outcome(contract: 'old' | 'plain', kcql: string, body: string, message: object): Promise<string> {
  const text = `syntax = "proto3"; ${body}`
  const id = registry.add(text, 'PROTOBUF')
  const config = { 'schema.registry.url': registry.url, 'values.strict': String(contract === 'plain') }
  const converter = createProtobufConverter(new Map(Object.entries(config)), false, doors)
  const type = protobuf.parse(text, { keepCase: true }).root.lookupType('M')
  const payload = type.encode(type.fromObject(message)).finish()
  const bytes = framed(id, Buffer.concat([Buffer.from([0]), payload]))
  await converter.prepare?.('t', bytes)
  return planOutcome(contract, kcql, converter.toConnectData('t', bytes))
}

const tree = 'message M { string id = 1; repeated M children = 2; M parent = 3; }'
const oneof =
  'message M { optional string a = 1; optional int32 b = 2; oneof pick { string left = 3; int64 right = 4; } string c = 5; }'
const unsigned =
  'message M { uint64 id = 1; fixed64 f = 2; uint32 n = 3; repeated uint64 r = 4; map<uint64, uint64> m = 5; }'
const largest = { id: '18446744073709551615', f: '9223372036854775808', n: 4294967295, r: ['9223372036854775807'] }
const node = { id: 'a', children: [{ id: 'b' }] }

for (const [contract, kcql, body, message, expected] of [
  ['both', 'INSERT INTO p: SELECT id FROM t PK id', tree, node, `SET p:a '{"id":"a"}'`],
  [
    'both',
    'INSERT INTO p: SELECT children FROM t PK id',
    tree,
    node,
    `SET p:a '{"children":[{"id":"b","children":[],"parent":null}]}'`
  ],
  [
    'both',
    'INSERT INTO p: SELECT * FROM t PK id',
    tree,
    node,
    `SET p:a '{"id":"a","children":[{"id":"b","children":[],"parent":null}],"parent":null}'`
  ],
  [
    'both',
    'INSERT INTO p: SELECT a, b, c, pick_0.left AS left FROM t PK c',
    oneof,
    { c: 'x', left: 'l', b: 0 },
    `SET p:x '{"a":null,"b":0,"c":"x","left":"l"}'`
  ],
  ['both', 'INSERT INTO p: SELECT * FROM t PK a', oneof, { c: 'x' }, /^refused: .*a/],
  ['both', 'INSERT INTO p: SELECT * FROM t PK b', oneof, { c: 'x' }, /^refused: .*b/],
  [
    'old',
    'INSERT INTO p: SELECT * FROM t PK id',
    unsigned,
    largest,
    `SET p:-1 '{"n":4294967295,"f":-9223372036854775808,"m":[],"id":-1,"r":[9223372036854775807]}'`
  ],
  [
    'plain',
    'INSERT INTO p: SELECT * FROM t PK id',
    unsigned,
    largest,
    `SET p:18446744073709551615 '{"id":18446744073709551615,"f":9223372036854775808,"n":4294967295,"r":[9223372036854775807],"m":{}}'`
  ],
  [
    'plain',
    'INSERT INTO z SELECT id FROM t STOREAS SortedSet(score=id)',
    unsigned,
    largest,
    `ZADD z 18446744073709552000 '{"id":18446744073709551615}'`
  ]
] as const) {
  for (const each of contract === 'both' ? (['old', 'plain'] as const) : [contract]) {
    test(`${each}: ${kcql} of ${body}`, async () => {
      const found = await outcome(each, kcql, body, message)
      if (typeof expected === 'string') assert.equal(found, expected)
      else assert.match(found, expected)
    })
  }
}
