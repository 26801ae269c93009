// Known bytes are found where just they stand, whatever bytes they are and wherever they begin.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { KnownBytes } from './known-bytes.ts'

/** Words that compare otherwise than their bytes do: NaNs, both zeros; and plain text. */
const words = fc.constantFrom(
  '7ff8000000000000',
  'fff8000000000001',
  '0000000000000000',
  '8000000000000000',
  '2274797065223a22'
)
const bytes = fc.oneof(
  fc.array(words, { maxLength: 5 }).map(each => Buffer.from(each.join(''), 'hex')),
  fc.uint8Array({ maxLength: 40 }).map(each => Buffer.from(each)),
  fc.string({ maxLength: 40 }).map(each => Buffer.from(each))
) // prettier-ignore

function stands(known: Buffer, target: Buffer, at: number): boolean {
  return new KnownBytes(known).stand(target, new DataView(target.buffer, target.byteOffset, target.length), at)
}

test('they stand where their bytes do', () => {
  fc.assert(
    fc.property(bytes, bytes, bytes, (before, known, after) => {
      assert.ok(stands(known, Buffer.concat([before, known, after]), before.length))
    })
  )
})

test('a byte that differs, anywhere, is seen', () => {
  fc.assert(
    fc.property(bytes, bytes, fc.nat(), fc.integer({ min: 1, max: 255 }), (before, known, place, change) => {
      if (known.length === 0) return
      const target = Buffer.concat([before, known])
      const at = before.length + (place % known.length)
      target[at] = (target[at] ?? 0) ^ change
      assert.ok(!stands(known, target, before.length))
    })
  )
})

test('they do not stand where the target ends before them', () => {
  fc.assert(
    fc.property(bytes, known => {
      if (known.length > 0) assert.ok(!stands(known, known.subarray(0, -1), 0))
    })
  )
})
