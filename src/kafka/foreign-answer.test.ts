// A server that is no Kafka broker is known by its first words, with a login and without.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { test } from 'node:test'
import { silentLogger } from '../connect/log.ts'
import { systemClock } from '../util/clock.ts'
import { systemRandom } from '../util/random.ts'
import { readClientConfig } from './client-config.ts'
import { ClientProperties } from './client-properties.ts'
import { BrokerUnreachableError } from './errors.ts'
import { foreignAnswer } from './foreign-answer.ts'
import { KafkaWire } from './wire.ts'

const login = {
  'security.protocol': 'SASL_PLAINTEXT',
  'sasl.mechanism': 'PLAIN',
  'sasl.jaas.config': 'org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="p";'
}

for (const [name, more] of [
  ['no login', {}],
  ['a login', login]
] as const) {
  for (const [who, answer] of [
    ['an HTTP server', 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'],
    ['Redis', "-ERR unknown command '\u0000'\r\n"],
    ['another server', '220 mail.example ESMTP\r\n']
  ] as const) {
    test(`${who} in the place of a broker is told at once, with ${name}`, async () => {
      const server = createServer((socket: Socket) => {
        socket.on('error', () => undefined)
        socket.once('data', () => void socket.write(answer))
      }).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      const properties = new Map(Object.entries({ 'bootstrap.servers': `127.0.0.1:${port}`, ...more }))
      const config = readClientConfig(new ClientProperties(properties), 'test')
      const wire = new KafkaWire({ ...config, clock: systemClock, random: systemRandom, log: silentLogger })
      try {
        const asked = wire.request({ host: '127.0.0.1', port }, 'FindCoordinator', { key: 'g', keyType: 0, coordinatorKeys: ['g'] }) // prettier-ignore
        await assert.rejects(asked, (error: Error) => {
          assert.ok(error instanceof BrokerUnreachableError)
          assert.ok(error.message.includes(`as no Kafka broker does: "${answer.slice(0, 12)}`), error.message)
          assert.ok(error.message.includes(`(${who} listens there: look at bootstrap.servers)`), error.message)
          return true
        })
      } finally {
        await wire.close()
        server.close()
      }
    })
  }
}

test('only letters from the first on are text, and no more of it is shown than a line', () => {
  for (const bytes of [[0, 0, 0, 10, 65, 66], [65, 66, 67, 10], [0x15, 3, 3, 0], []]) {
    assert.equal(foreignAnswer(Uint8Array.from(bytes)), null)
  }
  assert.match(foreignAnswer(Buffer.from(`+${'x'.repeat(500)}`)) ?? '', /: "\+x{59}"$/)
})
