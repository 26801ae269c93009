// Words of KAFKA_OPTS as a shell hands them over.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemProperty } from './system-property.ts'

test('a system property is found among other words, quoted or bare, and the last one counts', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['', undefined],
    ['-Da.b=x', 'x'],
    ['-Xmx1g -Da.b=x,y -Dc=z', 'x,y'],
    ['-Da.b="with blanks" -Dz', 'with blanks'],
    ['-Da.b=1 -Da.b=2', '2'],
    ['-Da.b=', ''],
    ['-Daxb=1 x-Da.b=1', undefined]
  ]
  for (const [text, expected] of cases) assert.equal(systemProperty(text, 'a.b'), expected, text)
})
