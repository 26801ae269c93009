// Lent memory: it is written again when its last holder has let go, never earlier, and never where somebody keeps it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FrameBuffers } from './frame-buffers.ts'

const length = 1_100_000

test('memory comes again once every holder has let go', () => {
  const buffers = new FrameBuffers()
  const first = buffers.take(length)
  assert.equal(first.length, length)
  const lease = buffers.lease(first.subarray(100))
  lease.hold()
  lease.release()
  assert.notEqual(buffers.take(length).buffer, first.buffer, 'one holder is left')
  lease.release()
  const again = buffers.take(length + 1000)
  assert.equal(again.buffer, first.buffer)
  assert.equal(again.length, length + 1000)
  assert.notEqual(buffers.take(length).buffer, first.buffer, 'it is lent to one at a time')
})

test('memory that somebody keeps never comes again', () => {
  const buffers = new FrameBuffers()
  const first = buffers.take(length)
  const lease = buffers.lease(first)
  lease.keep()
  lease.release()
  lease.release()
  assert.notEqual(buffers.take(length).buffer, first.buffer)
})

test('a second lease of the same memory, or a release too many, gives nothing twice', () => {
  const buffers = new FrameBuffers()
  const first = buffers.take(length)
  const leases = [buffers.lease(first), buffers.lease(first)]
  for (const lease of leases) lease.release()
  assert.equal(buffers.take(length).buffer, first.buffer)
  const late = buffers.lease(first)
  leases[0]?.release()
  for (const lease of leases) lease.release()
  assert.notEqual(buffers.take(length).buffer, first.buffer)
  late.release()
  assert.equal(buffers.take(length).buffer, first.buffer)
})

test('memory of others is not taken in', () => {
  const buffers = new FrameBuffers()
  const foreign = Buffer.allocUnsafeSlow(2 * length)
  buffers.lease(foreign).release()
  assert.notEqual(buffers.take(length).buffer, foreign.buffer)
})

test('a small answer gets memory of just its size, and none of a much larger one', () => {
  const buffers = new FrameBuffers()
  const large = buffers.take(8 * length)
  buffers.lease(large).release()
  assert.equal(buffers.take(1000).buffer.byteLength, 1000)
  assert.notEqual(buffers.take(length).buffer, large.buffer, 'a trickle does not hold a flood’s memory')
  assert.equal(buffers.take(7 * length).buffer, large.buffer)
})

test('what is free is bounded', () => {
  const buffers = new FrameBuffers()
  const taken = Array.from({ length: 100 }, () => buffers.take(length))
  for (const bytes of taken) buffers.lease(bytes).release()
  const memories = new Set(taken.map(({ buffer }) => buffer))
  const again = taken.filter(() => memories.has(buffers.take(length).buffer))
  assert.ok(again.length > 5 && again.length * length <= 24 * 1024 * 1024, `${again.length} came again`)
})

test('scribbled memory is overwritten as soon as it comes back, however small', () => {
  const buffers = new FrameBuffers(true)
  const bytes = buffers.take(1000).fill('x')
  const lease = buffers.lease(bytes)
  lease.hold()
  lease.release()
  assert.equal(
    bytes.every(byte => byte === 0x78),
    true
  )
  lease.release()
  assert.equal(bytes.includes('x'), false)
})
