// Headers by configuration: which rules are read, which are refused, and what origins are let in.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../util/clock.ts'
import { crossOrigin, headerRules } from './response-headers.ts'

function applied(text: string): string[] {
  const lines: string[] = []
  const sink = {
    set: (name: string, value: string) => void lines.push(`${name}=${value}`),
    add: (name: string, value: string) => void lines.push(`${name}+=${value}`)
  }
  for (const rule of headerRules(text, { ...systemClock, now: () => 0 })) rule(sink)
  return lines
}

test('rules are separated by commas, and quotes keep commas together', () => {
  assert.deepEqual(applied(''), [])
  assert.deepEqual(applied('set X-Frame-Options: DENY, "add Cache-Control: no-cache, no-store" ,add A:b'), [
    'X-Frame-Options=DENY',
    'Cache-Control+=no-cache, no-store',
    'A+=b'
  ])
  assert.deepEqual(applied('setDate Expires: 1000, addDate X: 0'), [
    'Expires=Thu, 01 Jan 1970 00:00:01 GMT',
    'X+=Thu, 01 Jan 1970 00:00:00 GMT'
  ])
})

for (const text of ['put X: y', 'set X', 'set : y', 'set X y: z', 'setDate X: soon', 'set X: a\nb']) {
  test(`${JSON.stringify(text)} is no rule`, () => {
    assert.throws(() => headerRules(text, systemClock), { code: 'CONFIG', key: 'response.http.headers.config' })
  })
}

test('origins are compared whole, or by what stands around a star', () => {
  assert.equal(crossOrigin(' , ', ''), null)
  const some = crossOrigin('http://a.example, https://*.b.example', '')
  const cases: readonly (readonly [string, boolean])[] = [
    ['http://a.example', true],
    ['http://A.example', true],
    ['http://a.example.evil', false],
    ['https://x.b.example', true],
    ['https://x.y.b.example', true],
    ['https://b.example', false],
    ['http://x.b.example', false],
    ['null', false]
  ]
  for (const [origin, allowed] of cases) assert.equal(some?.allows(origin), allowed, origin)
  assert.equal(crossOrigin('*', '')?.headers('http://x', false)['access-control-allow-origin'], '*')
})
