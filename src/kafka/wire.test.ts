// What the door to the brokers says before it gives a password away.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../connect/log.ts'
import { systemClock } from '../util/clock.ts'
import { systemRandom } from '../util/random.ts'
import { readSecurity } from './security.ts'
import { ClientProperties } from './client-properties.ts'
import { KafkaWire } from './wire.ts'

const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="canary";'

async function warningsOf(host: string, settings: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const lines: string[] = []
  const jaas = { 'sasl.jaas.config': plain, 'sasl.mechanism': 'PLAIN' }
  const wire = new KafkaWire({
    clientId: 'c',
    security: readSecurity(new ClientProperties(new Map(Object.entries({ ...jaas, ...settings })))),
    ...{ requestTimeoutMs: 20, connectTimeoutMs: 20, connectTimeoutMsMax: 20 },
    ...{ reconnectBackoffMs: 1, reconnectBackoffMsMax: 1, clock: systemClock, random: systemRandom },
    log: { ...silentLogger, warn: line => void lines.push(line) }
  })
  for (let attempt = 0; attempt < 2; attempt += 1) {
    // Nobody answers there: what is of interest was said before.
    await assert.rejects(wire.request({ host, port: 9 }, 'ApiVersions', {}))
  }
  await wire.close()
  return lines
}

test('a password that goes over the network in clear is warned of, once', async () => {
  const [warning, ...more] = await warningsOf('192.0.2.1', { 'security.protocol': 'SASL_PLAINTEXT' })
  assert.match(warning ?? '', /^192\.0\.2\.1:9: .*SASL_SSL/)
  assert.ok(!warning?.includes('canary'))
  assert.deepEqual(more, [])
  assert.deepEqual(await warningsOf('127.0.0.1', { 'security.protocol': 'SASL_PLAINTEXT' }), [])
  assert.deepEqual(await warningsOf('192.0.2.1', { 'security.protocol': 'SASL_SSL' }), [])
  const scram = { 'sasl.mechanism': 'SCRAM-SHA-256', 'sasl.jaas.config': plain.replace(/plain\.Plain/, 'scram.Scram') }
  assert.deepEqual(await warningsOf('192.0.2.1', { 'security.protocol': 'SASL_PLAINTEXT', ...scram }), [])
})
