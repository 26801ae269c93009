// Offsets asked for over REST while the brokers give no answer: whoever asks is answered soon, and told which brokers and why.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matchesWhole, pluginTable } from '../src/plugins.ts'
import { errorAnswer } from '../src/rest/errors.ts'
import { configTransformer } from '../src/runtime/config-providers.ts'
import { ConnectorOffsets, type GroupAdmin } from '../src/runtime/connector-offsets.ts'
import { PluginRegistry } from '../src/runtime/plugin-registry.ts'
import { SecretMask } from '../src/runtime/secret-mask.ts'
import { silentLogger } from '../src/connect/log.ts'
import { FakeClock, middleRandom, settle } from './kit/fake-clock.ts'
import { soundConnector } from './kit/sound-connector.ts'

const newSinkTask = (): never => assert.fail('no task is made here')
const registry = new PluginRegistry(pluginTable({ newSinkTask, environment: {} }))

function setUp(trouble: string | null) {
  const clock = new FakeClock()
  const worker = new Map([['bootstrap.servers', 'k-1:9092,k-2:9092']])
  const plugins = { clock, random: middleRandom, log: silentLogger }
  const transformer = configTransformer(worker, registry, plugins, new SecretMask())
  const closed: string[] = []
  const pending = (): Promise<never> => new Promise(() => undefined)
  const admin: GroupAdmin = {
    trouble,
    clusterId: pending,
    topics: pending,
    groupOffsets: pending,
    alterGroupOffsets: pending,
    deleteGroupOffsets: pending,
    deleteGroup: pending,
    close: async () => void closed.push('closed')
  }
  const offsets = new ConnectorOffsets({
    clock,
    doors: { registry, compileRegex: matchesWhole, worker, transformer },
    newAdmin: async () => admin
  })
  return { clock, offsets, closed }
}

const place = { topic: 't', partition: 0 }
const questions: readonly (readonly [
  string,
  (offsets: ConnectorOffsets) => Promise<unknown>,
  RegExp,
  limitMs: number
])[] = [
  ['GET offsets', offsets => offsets.read('x', soundConnector({})), /for the offsets of group connect-/, 10_000],
  [
    'PATCH offsets',
    offsets => offsets.alter('x', soundConnector({}), [{ ...place, offset: 1 }]),
    /of group connect-/,
    80_000
  ],
  ['DELETE offsets', offsets => offsets.reset('x', soundConnector({})), /for the offsets of group connect-/, 80_000],
  ['GET /', offsets => offsets.clusterId(), /for the id of their cluster/, 10_000]
]

for (const [what, ask, about, limitMs] of questions) {
  test(`${what} with the brokers down is answered within ${limitMs / 1000} s, and names them`, async () => {
    const { clock, offsets, closed } = setUp('k-2:9092: connect ECONNREFUSED')
    let answer: unknown = null
    const asked = ask(offsets).then(
      () => assert.fail('it was answered'),
      (error: unknown) => (answer = error)
    )
    await settle()
    clock.advance(limitMs - 1)
    await settle()
    assert.equal(answer, null)
    clock.advance(1)
    await asked
    const { status, body } = errorAnswer(answer)
    assert.equal(status, 500)
    assert.match(body.message, /^Request timed out\. The worker is currently asking the brokers at k-1:9092,k-2:9092 /)
    assert.match(body.message, about)
    assert.match(
      body.message,
      /, which began at 2023-11-14T22:13:20\.000Z: k-2:9092: connect ECONNREFUSED\. See that they run/
    )
    assert.deepEqual(closed, ['closed'])
    assert.equal(clock.pending, 0)
  })
}

test('brokers that answer are not told to be late, and what was asked of them leaves no timer', async () => {
  const { clock, offsets } = setUp(null)
  const asked = assert.rejects(offsets.read('x', soundConnector({})), /: no answer yet\. See/)
  await settle()
  clock.advance(10_000)
  await asked
  assert.equal(clock.pending, 0)
})
