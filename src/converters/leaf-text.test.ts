// What the compiled readers write is what the general way makes of the same leaf.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { doubleText } from '../java/double-text.ts'
import { jsonStringText } from '../java/json-text.ts'
import { parseJavaDouble } from '../java/number-parse.ts'
import { decodeBase64 } from './base64.ts'
import { decodeUtf8 } from './java-utf8.ts'
import {
  isBase64,
  numberOfText,
  writeDouble,
  writeNumberWord,
  writeUtf8Json,
  writeUtf8Text,
  writeWhole
} from './leaf-text.ts'

const out = Buffer.alloc(1024)

function written(write: (out: Buffer, at: number) => number): string {
  const end = write(out, 3)
  return out.toString('utf8', 3, end)
}

const doubles = fc.oneof(
  fc.double(),
  fc.tuple(fc.integer({ min: -2_000_000_000, max: 2_000_000_000 }), fc.constantFrom(1, 10, 100, 1000)).map(([value, by]) => value / by),
  // Neighbours of two-decimal numbers print all their digits.
  fc.tuple(fc.integer({ min: 1, max: 1_000_000_000 }), fc.integer({ min: -3, max: 3 })).map(([value, steps]) => (value / 100) * (1 + steps * 2 ** -52)),
  fc.constantFrom(0, -0, 0.01, 0.009, 0.1, 1e7, 9_999_999.99, 9_999_999.994, 1.005, 0.29, 1.15, 4.35, 100, Infinity, -Infinity, NaN)
) // prettier-ignore

test('doubles', () => {
  fc.assert(
    fc.property(doubles, value => {
      assert.equal(
        written((bytes, at) => writeDouble(value, 'java', false, bytes, at)),
        doubleText(value)
      )
      const source = Object.is(value, -0) ? '-0' : String(value)
      assert.equal(
        written((bytes, at) => writeDouble(value, 'source', false, bytes, at)),
        source
      )
      const quoted = Number.isFinite(value) ? source : `"${source}"`
      assert.equal(
        written((bytes, at) => writeDouble(value, 'source', true, bytes, at)),
        quoted
      )
    }),
    { numRuns: 20_000 }
  )
})

test('whole numbers', () => {
  const edges = [0, 1, -1, 9, 10, 99_999_999, 100_000_000, 123_400_000_001, 1e15, 1e16 - 1, 1e16, 2 ** 53, -(2 ** 53)]
  for (const value of edges) {
    assert.equal(
      written((bytes, at) => writeWhole(value, bytes, at)),
      String(value)
    )
  }
  fc.assert(
    fc.property(fc.maxSafeInteger(), value => {
      assert.equal(
        written((bytes, at) => writeWhole(value, bytes, at)),
        String(value)
      )
    })
  )
})

test('UTF-8, well-formed or not', () => {
  const bytes = fc.oneof(
    fc.string({ unit: 'binary' }).map(text => Buffer.from(text)),
    fc.uint8Array({ maxLength: 80 }).map(octets => Buffer.from(octets)),
    fc.string({ minLength: 40, maxLength: 60 }).map(text => Buffer.from(`${text}"\u00e9\u0001`))
  )
  fc.assert(
    fc.property(bytes, text => {
      const decoded = decodeUtf8(text)
      assert.equal(
        written((to, at) => writeUtf8Json(text, 0, text.length, to, at)),
        jsonStringText(decoded)
      )
      assert.equal(
        written((to, at) => writeUtf8Text(text, 0, text.length, to, at)),
        decoded
      )
    }),
    { numRuns: 2000 }
  )
})

test('base64 that is written again as it stands', () => {
  const texts = fc.oneof(
    fc.uint8Array({ maxLength: 7 }).map(octets => Buffer.from(octets).toString('base64')),
    fc.string({ unit: fc.constantFrom('A', 'B', 'Q', '/', '+', '=', '-', ' '), maxLength: 8 })
  )
  fc.assert(
    fc.property(texts, text => {
      let again: string | null = null
      try {
        again = decodeBase64(text).toString('base64')
      } catch {
        // It is none.
      }
      assert.equal(isBase64(Buffer.from(text), 0, text.length), again === text)
    }),
    { numRuns: 5000 }
  )
})

test('numbers that a text spells: the same as Java reads, or left to it', () => {
  const texts = fc.oneof(
    fc.string({ unit: fc.constantFrom('0', '1', '5', '9', '.', '-', 'e', ' '), maxLength: 18 }),
    fc.double({ noNaN: true }).map(String),
    fc.tuple(fc.maxSafeInteger(), fc.nat(9)).map(([value, digits]) => ((value % 1e9) / 100).toFixed(digits))
  )
  let plain = 0
  fc.assert(
    fc.property(texts, text => {
      const found = numberOfText(Buffer.from(text), 0, text.length)
      if (Number.isNaN(found)) return
      plain++
      assert.ok(Object.is(found, parseJavaDouble(text)), text)
    }),
    { numRuns: 5000 }
  )
  assert.ok(plain > 500)
})

test('scores and coordinates: the shortest text that reads back as the number', () => {
  const numbers = fc.oneof(
    fc.double(),
    fc.integer({ min: -2_000_000_000, max: 2_000_000_000 }).map(value => value / 100),
    fc.integer({ min: -2_000_000_000, max: 2_000_000_000 }).map(value => value / 1e6),
    fc.maxSafeInteger(),
    fc.constantFrom(0, -0, 0.01, -0.01, 1e7, 9_999_999.99)
  )
  fc.assert(
    fc.property(numbers, value => {
      fc.pre(Number.isFinite(value))
      const out = Buffer.alloc(40)
      const text = out.toString('latin1', 0, writeNumberWord(value, out, 0))
      assert.equal(text, Object.is(value, -0) ? '-0' : String(value))
    }),
    { numRuns: 5000 }
  )
})
