// The order that delivery at least once must keep.
import assert from 'node:assert/strict'

/** What came again began at or before its place, and nothing was left out; entries of `expected` are told apart by their text. */
export function assertInOrder(found: readonly string[], expected: readonly string[], name: string): void {
  const places = new Map(expected.map((entry, place) => [entry, place]))
  let last = -1
  for (const entry of found) {
    const place = places.get(entry) ?? Infinity
    assert.ok(place <= last + 1, `${name}: ${entry.slice(0, 80)} stands behind ${expected[last]?.slice(0, 80)}`)
    last = place
  }
  assert.equal(last, expected.length - 1, `${name} ends early`)
}
