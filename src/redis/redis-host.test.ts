// What may stand in connect.redis.host: a name or an address, and where anything else stands, which keys to write.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { caseConfig } from '../../test/kit/plan-cases.ts'
import { ConfigErrors } from '../connect/errors.ts'
import { parseSinkSettings } from './config-read.ts'
import { settingsText } from './banner.ts'

const settingsOf = (host: string) =>
  parseSinkSettings(caseConfig('old', 'SELECT * FROM t PK k', { 'connect.redis.host': host }))

const accepted: readonly (readonly [string, string])[] = [
  ['redis-1', 'redis-1'],
  ['REDIS_1.example.com.', 'REDIS_1.example.com.'],
  [' 10.0.0.7 ', '10.0.0.7'],
  ['127.1', '127.1'],
  // A task of Docker Swarm.
  ['redis.1', 'redis.1'],
  ['stack_redis.1', 'stack_redis.1'],
  ['', 'localhost'],
  ['::1', '::1'],
  ['[::1]', '::1'],
  ['fe80::1%eth0', 'fe80::1%eth0']
]
for (const [text, host] of accepted) {
  test(`'${text}' is ${host}`, () => assert.equal(settingsOf(text).host, host))
}

const url =
  /connect\.redis\.host, connect\.redis\.port, connect\.redis\.password.*connect\.redis\.ssl\.enabled.*database/
const refused: readonly (readonly [string, RegExp])[] = [
  ['rediss://app:sesame@r1:6380/3', url],
  ['redis://:sesame/x@r1', url],
  ['REDIS+sentinel://sesame', url],
  ['app:sesame@r1', url],
  ['sesame@r1:6379', url],
  ['r1:6380', /connect\.redis\.port/],
  ['r1,r2:6379', /one host/],
  ['/var/run/sesame.sock', /Unix sockets/],
  ['${env:sesame-host}', /\$\{env:sesame-host\} was not resolved/],
  ['0x7f.1', /decimal/],
  ['r1 sesame', /no name/],
  ['r1\u202esesame', /no name/],
  ['http:\\\\sesame', /no name/]
]
for (const [text, expected] of refused) {
  test(`${JSON.stringify(text)} is refused, with what to write and without what stands there`, () => {
    assert.throws(
      () => settingsOf(text),
      (error: unknown) => {
        assert.ok(error instanceof ConfigErrors && expected.test(error.message), String(error))
        assert.match(error.message, /connect\.redis\.host: /)
        assert.doesNotMatch(error.message.replace('${env:sesame-host}', ''), /sesame/)
        return true
      }
    )
  })
}

test('no text of any length is thought about for long', () => {
  assert.throws(() => settingsOf(`${'a'.repeat(1_000_000)}:`))
  assert.throws(() => settingsOf(`${'${'.repeat(500_000)}`))
})

test('what is said at start names the host that is asked', () => {
  assert.match(settingsText(settingsOf('[fd00::1]')), /RedisConnectionInfo\(fd00::1,6379/)
})
