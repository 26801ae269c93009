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
  const converter = createProtobufConverter(new Map([['schema.registry.url', registry.url]]), false, doors)
  const type = protobuf.parse(text, { keepCase: true }).root.lookupType('M')
  const payload = type.encode(type.fromObject(message)).finish()
  const bytes = framed(id, Buffer.concat([Buffer.from([0]), payload]))
  await converter.prepare?.('t', bytes)
  return planOutcome(contract, kcql, converter.toConnectData('t', bytes))
}

const tree = 'message M { string id = 1; repeated M children = 2; M parent = 3; }'
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
  ]
] as const) {
  for (const each of contract === 'both' ? (['old', 'plain'] as const) : [contract]) {
    test(`${each}: ${kcql} of ${body}`, async () => {
      assert.equal(await outcome(each, kcql, body, message), expected)
    })
  }
}
