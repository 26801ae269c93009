// Whether what is assigned is still ours, in both protocols: after a freeze, a suspended machine, a coordinator that is away, and a loss in the middle of anything.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settle } from '../../../test/kit/fake-clock.ts'
import { openScripted, unknownMember } from '../../../test/kit/scripted-group.ts'
import { BrokerUnreachableError } from '../errors.ts'

type Opened = ReturnType<typeof openScripted>

/** Watches a promise: pending until it says otherwise. */
function watch(promise: Promise<void>): { readonly done: boolean } {
  const watched = { done: false }
  void promise.then(() => (watched.done = true))
  return watched
}

const protocols = [
  { name: 'classic', beat: 'Heartbeat', properties: {} },
  { name: 'KIP-848', beat: 'ConsumerGroupHeartbeat', properties: { 'group.protocol': 'consumer' } }
] as const

for (const { name, beat, properties } of protocols) {
  const openAssigned = async (more: Readonly<Record<string, string>> = {}): Promise<Opened> => {
    const opened = openScripted({ ...properties, ...more })
    await opened.until(() => opened.events.length > 0 && opened.consumer.ownership.sure)
    return opened
  }
  /** No timer of the process runs meanwhile, no answer is read. */
  const freeze = ({ clock }: Opened): void => clock.advance(60_000)

  test(`while heartbeats are answered it is sure (${name})`, async () => {
    await using opened = await openAssigned()
    for (let step = 0; step < 1200; step++) {
      opened.clock.advance(1000)
      await settle()
      assert.ok(opened.consumer.ownership.sure)
    }
  })

  test(`after a freeze it asks once for all who wait, and goes on where it is still a member (${name})`, async () => {
    await using opened = await openAssigned()
    const { consumer, wire } = opened
    freeze(opened)
    assert.equal(consumer.ownership.sure, false)
    const before = wire.count(beat)
    await Promise.all([consumer.ownership.confirm(), consumer.ownership.confirm(), consumer.ownership.confirm()])
    assert.ok(consumer.ownership.sure)
    assert.equal(wire.count(beat), before + 1)
    assert.deepEqual(opened.events, ['assigned'])
  })

  test(`after a freeze that cost the membership nothing is sure until all is given up (${name})`, async () => {
    await using opened = await openAssigned()
    const { consumer, wire, events, listener } = opened
    const dropped = Promise.withResolvers<void>()
    listener.onLost = () => dropped.promise
    wire.heartbeatCode = unknownMember
    freeze(opened)
    const confirmed = watch(consumer.ownership.confirm())
    await opened.until(() => events.includes('lost'))
    opened.clock.advance(100)
    await settle()
    assert.deepEqual(
      [consumer.ownership.sure, confirmed.done],
      [false, false],
      'the listener still holds what was lost'
    )
    wire.heartbeatCode = 0
    dropped.resolve()
    await opened.until(() => confirmed.done)
    assert.ok(consumer.ownership.sure)
    await opened.until(() => events.length === 3)
    assert.deepEqual(events, ['assigned', 'lost', 'assigned'])
  })

  test(`an answer that was given before the freeze says nothing after it (${name})`, async () => {
    await using opened = await openAssigned()
    const { consumer, wire } = opened
    const late = Promise.withResolvers<void>()
    const before = wire.count(beat)
    wire.before = async api => {
      if (api === beat) await late.promise
    }
    await opened.until(() => wire.count(beat) > before)
    freeze(opened)
    wire.before = () => undefined
    late.resolve()
    await settle()
    assert.equal(consumer.ownership.sure, false)
    await consumer.ownership.confirm()
    assert.ok(consumer.ownership.sure)
  })

  test(`a suspended machine and a clock that is set cost one question (${name})`, async () => {
    await using opened = await openAssigned()
    const { consumer, clock, wire } = opened
    // The monotonic clock stands still while a machine is suspended.
    for (const jumpMs of [60_000, -60_000]) {
      clock.wallAheadMs += jumpMs
      assert.equal(consumer.ownership.sure, false, `by ${jumpMs}`)
      const before = wire.count(beat)
      await consumer.ownership.confirm()
      assert.equal(wire.count(beat), before + 1)
      assert.ok(consumer.ownership.sure)
    }
  })

  test(`while the coordinator is away the question waits, and is asked again with growing pauses (${name})`, async () => {
    await using opened = await openAssigned()
    const { consumer, wire, clock } = opened
    wire.answers[beat] = () => {
      throw new BrokerUnreachableError('away')
    }
    freeze(opened)
    const confirmed = watch(consumer.ownership.confirm())
    const before = wire.count(beat)
    const from = clock.monotonic()
    await opened.until(() => clock.monotonic() - from >= 10_000)
    assert.equal(confirmed.done, false)
    const asked = wire.count(beat) - before
    assert.ok(asked >= 5 && asked <= 25, `asked ${asked} times in 10 s`)
    delete wire.answers[beat]
    await opened.until(() => confirmed.done)
    assert.ok(consumer.ownership.sure)
    assert.deepEqual(opened.events, ['assigned'])
  })

  test(`closing ends the waiting (${name})`, async () => {
    const opened = await openAssigned()
    const { consumer, wire } = opened
    wire.answers[beat] = () => new Promise<never>(() => undefined)
    freeze(opened)
    const confirming = consumer.ownership.confirm()
    await settle()
    const closing = opened[Symbol.asyncDispose]()
    await confirming
    assert.equal(consumer.ownership.sure, false)
    await opened.until(() => watch(closing).done || wire.count('LeaveGroup') > 0 || name === 'KIP-848')
    opened.clock.advance(6000)
    await closing
  })

  test(`a loss while partitions are given up is told at once, to whoever waits to be sure (${name})`, async () => {
    await using opened = await openAssigned()
    const { consumer, wire, listener, events } = opened
    let written = 0
    let isLost = false
    // As a sink does: what is left is sent once it is sure, unless it was lost.
    listener.onRevoked = async () => {
      await consumer.ownership.confirm()
      if (!isLost) written++
    }
    listener.onLost = () => {
      isLost = true
      return Promise.resolve()
    }
    await opened.stopPolling()
    freeze(opened)
    wire.heartbeatCode = unknownMember
    const released = watch(consumer.release())
    await opened.until(() => released.done)
    assert.deepEqual(events.filter(event => event === 'lost').length, 1)
    assert.equal(written, 0)
    assert.deepEqual(consumer.assignment(), [])
  })
}

test('whoever is waited for in a rebalance owns what it has, but not for longer than the group waits', async () => {
  await using opened = openScripted({
    'partition.assignment.strategy': 'org.apache.kafka.clients.consumer.CooperativeStickyAssignor',
    'max.poll.interval.ms': '30000'
  })
  const { consumer, wire, events, clock } = opened
  wire.answers.JoinGroup = args => ({ ...wire.join(args), protocolName: 'cooperative-sticky' })
  await opened.until(() => events.length > 0 && consumer.ownership.sure)
  await opened.stopPolling()
  consumer.keepPolling()
  wire.heartbeatCode = 27
  const from = clock.monotonic()
  await opened.until(() => consumer.rebalancePending)
  assert.ok(consumer.ownership.sure)
  await opened.until(() => !consumer.ownership.sure)
  const sureMs = clock.monotonic() - from
  assert.ok(sureMs > 10_000 && sureMs < 30_000, `sure for ${sureMs} ms`)
})

test('while a join is under way a member is asked after on another way, and what a heartbeat of before says does not join anew', async () => {
  await using opened = openScripted({
    'partition.assignment.strategy': 'org.apache.kafka.clients.consumer.CooperativeStickyAssignor'
  })
  const { consumer, wire, events } = opened
  wire.answers.JoinGroup = args => ({ ...wire.join(args), protocolName: 'cooperative-sticky' })
  await opened.until(() => events.length > 0 && consumer.ownership.sure)
  const joined = Promise.withResolvers<void>()
  wire.answers.JoinGroup = async args => {
    await joined.promise
    return { ...wire.join(args), protocolName: 'cooperative-sticky' }
  }
  const joins = wire.count('JoinGroup')
  wire.heartbeatCode = 27
  await opened.until(() => wire.count('JoinGroup') > joins)
  opened.clock.advance(60_000)
  assert.equal(consumer.ownership.sure, false)
  await consumer.ownership.confirm()
  assert.ok(consumer.ownership.sure)
  wire.heartbeatCode = 0
  joined.resolve()
  await opened.until(() => !consumer.rebalancePending)
  await settle()
  assert.equal(wire.count('JoinGroup'), joins + 1)
})

test('a consumer without a group is always sure', async () => {
  await using opened = openScripted({ 'group.id': '' })
  assert.ok(opened.consumer.ownership.sure)
  opened.clock.advance(10 ** 9)
  await opened.consumer.ownership.confirm()
  assert.ok(opened.consumer.ownership.sure)
})

test('a join that another program in the group makes impossible says whom to stop and what to write', async () => {
  await using opened = openScripted()
  const { wire, consumer } = opened
  await opened.stopPolling()
  wire.answers.JoinGroup = args => ({ ...wire.join(args), errorCode: 23 })
  await assert.rejects(async () => {
    for (;;) await consumer.poll(0)
  }, /joining: the broker answered INCONSISTENT_GROUP_PROTOCOL \(23\): another program is in this group.*Stop it or give it a group of its own/)
})
