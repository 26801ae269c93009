// One reader of properties files: Java's reading, whatever it warns of.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { propertiesIn } from './properties-file.ts'

test('a file that was saved as UTF-8 is told of once, and read as Java reads it', () => {
  const told: string[] = []
  const read = propertiesIn('f', Buffer.from('a=\u00df'), { warn: text => told.push(text) })
  assert.deepEqual([...read], [['a', '\u00c3\u009f']])
  assert.equal(told.length, 1)
})
