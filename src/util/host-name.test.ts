// One spelling for each host: what leads to the same place compares equal, what readers take differently is none.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalHost } from './host-name.ts'

const cases: readonly (readonly [string, string | null])[] = [
  ['redis-1', 'redis-1'],
  ['REDIS_1.Example.COM', 'redis_1.example.com'],
  ['redis-1.', 'redis-1.'],
  ['bücher.example', 'xn--bcher-kva.example'],
  ['ｒedis-1', 'redis-1'],
  ['a。b', 'a.b'],
  // IPv4, and what resolvers make of fewer parts.
  ['10.0.0.7', '10.0.0.7'],
  ['127.1', '127.0.0.1'],
  ['2130706433', '127.0.0.1'],
  ['0177.0.0.1', null],
  ['0x7f.1', null],
  ['127.0.0.1.', null],
  ['1.2.3.4.5', null],
  ['10.0.0.256', null],
  // IPv6.
  ['::1', '::1'],
  ['[::1]', '::1'],
  ['0:0:0:0:0:0:0:1', '::1'],
  ['FE80::1%eth0', 'fe80::1%eth0'],
  ['::ffff:10.0.0.7', '10.0.0.7'],
  ['[::FFFF:0a00:0007]', '10.0.0.7'],
  ['::1%', null],
  ['[::1', null],
  ['redis-1:6379', null],
  // What only looks like a host.
  ['', null],
  ['evil\\@redis-1', null],
  ['u@redis-1', null],
  ['redis-1/x', null],
  ['redis-1#', null],
  ['redis%2e1', null],
  ['redis 1', null],
  ['redis\t1', null],
  ['redis-1\u202e', null],
  ['redis\u00ad1', null],
  ['a,b', null],
  ['${vault:p}', null],
  ['http://redis-1', null]
]

for (const [text, expected] of cases) {
  test(`${JSON.stringify(text)} is ${expected ?? 'no host'}`, () => assert.equal(canonicalHost(text), expected))
}

test('a text of any length is read in one go', () => {
  assert.equal(canonicalHost(`${'a.'.repeat(500_000)}@`), null)
  assert.equal(canonicalHost(`${':'.repeat(1_000_000)}x`), null)
})
