// The bytes of a flight, read back as Redis reads them, and what it makes of the answers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FakeRedisData } from '../../../test/kit/fake-redis-data.ts'
import { readRequests } from '../../../test/kit/resp.ts'
import { geoadd, publish, set, setex, xadd, zadd, zaddTtl } from '../../../test/kit/writer-bench.ts'
import { type Command } from '../encode.ts'
import { Coalescer } from './coalescer.ts'
import { bufferBytesKept, expireScript, Flight, flightBytes, runKinds } from './flight.ts'
import { type Reply, ReplyError, ReplyFormatError } from './reply-reader.ts'

function flightOf(commands: readonly Command[], { coalesce = false, merge = true, size = 256 } = {}): Flight {
  const flight = new Flight(Buffer.alloc(size), coalesce ? new Coalescer() : null)
  for (const command of commands) assert.equal(flight.append(command, merge, false), true)
  flight.closeRun()
  return flight
}

function requests(flight: Flight): readonly (readonly string[])[] {
  const bytes = Buffer.concat(flight.wire())
  const { requests, rest } = readRequests(bytes)
  assert.equal(rest.length, 0)
  if (!flight.inTransaction) assert.equal(bytes.length, flight.size)
  return requests
}

function answered(flight: Flight, replies: readonly Reply[]): Flight {
  for (const reply of replies) flight.take(reply)
  return flight
}

for (const count of [1, 2, 3, 4, 5, 49, 50, 499, 500, 5000, 16_383, 16_384]) {
  test(`runs of ${count} parts carry the right head, first in the flight and behind others`, () => {
    const numbers = Array.from({ length: count }, (_, index) => index)
    const sets = numbers.map(n => set(`k${n}`, `v${n}`))
    const expectedSet = count === 1 ? ['SET', 'k0', 'v0'] : ['MSET', ...numbers.flatMap(n => [`k${n}`, `v${n}`])]
    assert.deepEqual(requests(flightOf(sets)), [expectedSet])
    if (count > 5000) return
    const expectedZadd = ['ZADD', 'z', ...numbers.flatMap(n => [String(n), `m${n}`])]
    const expectedGeo = ['GEOADD', 'g', ...numbers.flatMap(n => [String(n % 180), '1', `m${n}`])]
    const zadds = numbers.map(n => zadd('z', n, `m${n}`))
    const geos = numbers.map(n => geoadd('g', n % 180, `m${n}`))
    const all = flightOf([setex('a', '1'), ...sets, ...zadds, ...geos, setex('b', '1')])
    assert.deepEqual(requests(all), [
      ['SETEX', 'a', '60', '1'],
      expectedSet,
      expectedZadd,
      expectedGeo,
      ['SETEX', 'b', '60', '1']
    ])
    assert.deepEqual([all.parts, all.wires], [3 * count + 2, 5])
    assert.deepEqual(requests(flightOf([...geos, ...zadds])), [expectedGeo, expectedZadd])
  })
}

test('a full flight takes no more, however small its commands', () => {
  const flight = new Flight(Buffer.alloc(256), null)
  let taken = 0
  while (flight.append(set('k', 'v'), true, false)) taken++
  assert.equal(taken, 16_384)
  assert.equal(flight.full, true)
})

test('a command larger than any buffer is taken, and fills its flight', () => {
  const flight = new Flight(Buffer.alloc(256), null)
  const value = 'é'.repeat(3_000_000)
  assert.equal(flight.append(set('k', value), true, false), true)
  assert.equal(flight.full, true)
  flight.closeRun()
  assert.deepEqual(requests(flight), [['SET', 'k', value]])
})

test('keys end runs of members, TTLs and other kinds end all; empty and odd words pass', () => {
  const odd = ['', '\r\n', '\0', 'é', '𝄞', 'x'.repeat(9), 'x'.repeat(10), 'x'.repeat(99), 'x'.repeat(100)]
  assert.deepEqual(requests(flightOf(odd.map(word => set(word, word)))), [
    ['MSET', ...odd.flatMap(word => [word, word])]
  ])
  assert.deepEqual(requests(flightOf([set('a', '\ud800')])), [['SET', 'a', '?']])
  assert.deepEqual(
    requests(
      flightOf([zadd('z', 1, 'a'), zadd('y', 2, 'b'), zadd('y', 3, 'c'), zaddTtl('y', 4, 'd'), zadd('y', 5, 'e')])
    ),
    [
      ['ZADD', 'z', '1', 'a'],
      ['ZADD', 'y', '2', 'b', '3', 'c'],
      ['EVAL', expireScript, '1', 'y', '4', 'd', '60'],
      ['ZADD', 'y', '5', 'e']
    ]
  )
  assert.deepEqual(requests(flightOf([zadd('z', 1, 'a'), geoadd('z', 2, 'b')])), [
    ['ZADD', 'z', '1', 'a'],
    ['GEOADD', 'z', '2', '1', 'b']
  ])
  assert.deepEqual(requests(flightOf([set('a', '1'), set('b', '1')], { merge: false })), [
    ['SET', 'a', '1'],
    ['SET', 'b', '1']
  ])
})

test('a run begun and left without a part leaves no bytes', () => {
  const flight = flightOf([setex('a', '1')])
  flight.beginSet()
  flight.closeRun()
  flight.beginMember(runKinds.zadd, Buffer.from('$1\r\nz\r\n'), 7)
  flight.closeRun()
  flight.append(setex('b', '1'), true, false)
  assert.deepEqual(requests(flight), [
    ['SETEX', 'a', '60', '1'],
    ['SETEX', 'b', '60', '1']
  ])
  assert.deepEqual([flight.parts, flight.wires], [2, 2])
})

const keys = fc.constantFrom('', 'a', 'b', 'key', 'k'.repeat(60))
const values = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.constantFrom('x'.repeat(99), 'x'.repeat(3000)))
const commands = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.tuple(keys, values).map(([key, value]) => set(key, value)) },
    { weight: 1, arbitrary: fc.tuple(keys, values).map(([key, value]) => setex(key, value)) },
    { weight: 3, arbitrary: fc.tuple(fc.constantFrom('z', 'y'), fc.nat(9), values).map(([k, s, m]) => zadd(k, s, m)) },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constantFrom('z', 'y'), fc.nat(9), values).map(([k, s, m]) => zaddTtl(k, s, m))
    },
    { weight: 2, arbitrary: fc.tuple(fc.constantFrom('g', 'h'), fc.nat(9), values).map(([k, s, m]) => geoadd(k, s, m)) }
  ),
  { maxLength: 300 }
)

test('merged and coalesced or not, a flight leaves the state of its commands one by one', () => {
  const property = fc.property(commands, fc.boolean(), (list, coalesce) => {
    const flight = flightOf(list, { coalesce, size: 64 })
    const merged = new FakeRedisData()
    for (const words of requests(flight)) merged.execute(words)
    const single = new FakeRedisData()
    for (const command of list) {
      const words = readRequests(Buffer.concat(flightOf([command], { merge: false }).wire())).requests
      for (const each of words) single.execute(each)
    }
    assert.deepEqual(merged.keys, single.keys)
    assert.equal(flight.parts, list.length)
    assert.equal(flight.outcomes().length, list.length)
  })
  fc.assert(property, { numRuns: 300 })
})

test('of a refused merged command nobody is guilty yet; of a refused single one its part is', () => {
  const no = new ReplyError('NOPERM no')
  const flight = flightOf([set('a', '1'), set('b', '1'), setex('c', '1'), setex('d', '1')])
  assert.deepEqual(flight.outcomes(), ['lost', 'lost', 'lost', 'lost'])
  answered(flight, [no, no])
  assert.deepEqual(flight.outcomes(), ['lost', 'lost', no, 'lost'])
  assert.deepEqual([flight.answered, flight.clean], [false, false])
  flight.take('OK')
  assert.deepEqual(flight.outcomes(), ['lost', 'lost', no, 'ok'])
  assert.throws(() => flight.take('OK'), ReplyFormatError)
  flight.distrust()
  assert.deepEqual(flight.outcomes(), ['lost', 'lost', 'lost', 'lost'])
})

test('inside MULTI nothing is executed before EXEC has answered', () => {
  const no = new ReplyError('ERR no')
  const abort = new ReplyError('EXECABORT Transaction discarded because of previous errors.')
  const stream = (): Flight => flightOf([xadd('s', '1'), xadd('s', '2'), publish('c', '3')])
  assert.deepEqual(
    requests(stream()).map(([name]) => name),
    ['MULTI', 'XADD', 'XADD', 'PUBLISH', 'EXEC']
  )
  const queued = ['OK', 'QUEUED', 'QUEUED', 'QUEUED']
  assert.deepEqual(answered(stream(), queued).outcomes(), ['lost', 'lost', 'lost'])
  assert.deepEqual(answered(stream(), [...queued, ['1-1', '1-2', 0]]).outcomes(), ['ok', 'ok', 'ok'])
  assert.equal(answered(stream(), [...queued, ['1-1', '1-2', 0]]).clean, true)
  assert.deepEqual(answered(stream(), [...queued, ['1-1', no, 0]]).outcomes(), ['ok', no, 'ok'])
  assert.deepEqual(answered(stream(), ['OK', 'QUEUED', no, 'QUEUED', abort]).outcomes(), ['lost', no, 'lost'])
  assert.deepEqual(answered(stream(), [...queued, abort]).outcomes(), [abort, abort, abort])
  // A WATCH that failed, or a proxy: nothing was executed.
  assert.deepEqual(answered(stream(), [...queued, null]).outcomes(), ['lost', 'lost', 'lost'])
  const refused = answered(stream(), [no, '1-1', no, 0, no])
  assert.deepEqual(refused.outcomes(), ['ok', no, 'ok'])
  assert.equal(refused.multiRefused, true)
  assert.throws(() => answered(stream(), [...queued, ['1-1']]), ReplyFormatError)
  assert.throws(() => answered(stream(), ['OK', '1-1']), ReplyFormatError)
})

test('a flight with streams keeps their keys to streams, and takes one command where there are no transactions', () => {
  const flight = new Flight(Buffer.alloc(256), null)
  assert.equal(flight.append(xadd('s', '1'), true, false), true)
  assert.equal(flight.append(set('a', '1'), true, false), true)
  assert.equal(flight.append(set('s', '1'), true, false), false)
  assert.equal(flight.append(xadd('a', '1'), true, false), false)
  assert.equal(flight.append(publish('c', '1'), true, false), true)
  const late = flightOf([set('a', '1')])
  assert.equal(late.append(xadd('s', '1'), true, false), false)
  const solo = new Flight(Buffer.alloc(256), null)
  assert.equal(solo.append(xadd('s', '1'), true, true), true)
  assert.equal(solo.append(xadd('s', '2'), true, true), false)
  assert.equal(solo.append(set('b', '2'), true, true), false)
  assert.deepEqual(requests(solo), [['XADD', 's', '*', 'f', '1']])
})

test('a probe asks for a transaction and carries none', () => {
  const probe = Flight.probe()
  assert.deepEqual(requests(probe), [['MULTI'], ['EXEC']])
  assert.equal(answered(probe, ['OK', []]).multiRefused, false)
  const no = new ReplyError("ERR unknown command 'MULTI'")
  assert.equal(answered(Flight.probe(), [no, no]).multiRefused, true)
})

test('a fenced flight is a transaction with the WATCH of the next one behind it; touched, nothing of it was executed', () => {
  const watch = Buffer.from('*2\r\n$5\r\nWATCH\r\n$1\r\nf\r\n')
  const fenced = (): Flight => {
    const flight = flightOf([set('a', '1'), zadd('z', 1, 'm')])
    flight.fence(watch)
    return flight
  }
  assert.deepEqual(requests(fenced()), [
    ['MULTI'],
    ['SET', 'a', '1'],
    ['ZADD', 'z', '1', 'm'],
    ['EXEC'],
    ['WATCH', 'f']
  ])
  const queued: readonly Reply[] = ['OK', 'QUEUED', 'QUEUED']
  const open = answered(fenced(), [...queued, ['OK', 1]])
  // The answers are known, but the next flight has to wait for the WATCH.
  assert.deepEqual([open.answered, open.clean, open.outcomes()], [false, false, ['ok', 'ok']])
  assert.equal(answered(open, ['OK']).clean, true)
  assert.deepEqual(answered(fenced(), [...queued, null, 'OK']).outcomes(), ['lost', 'lost'])
  const refusal = new ReplyError('NOPERM this user has no permissions')
  const unwatched = answered(fenced(), [...queued, ['OK', 1], refusal])
  assert.deepEqual([unwatched.clean, unwatched.watchRefusal], [true, refusal])
  const probe = Flight.probe()
  probe.fence(watch)
  assert.deepEqual(requests(probe), [['MULTI'], ['EXEC'], ['WATCH', 'f']])
  assert.equal(answered(probe, ['OK', [], 'OK']).answered, true)
})

test('hot keys may fill a flight further, since little of it is sent, and within a bound', () => {
  const flight = new Flight(Buffer.alloc(256), new Coalescer())
  let taken = 0
  while (!flight.full && flight.append(set(`k${taken % 3}`, 'x'.repeat(100)), true, false)) taken++
  assert.ok(taken * 100 > 2 * flightBytes && flight.buffer.length <= bufferBytesKept, `${taken} parts`)
  flight.closeRun()
  assert.ok(flight.size < 1000)
})
