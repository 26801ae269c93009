// A consumer that waits in its poll polls: max.poll.interval.ms is about whoever does not come back to it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settle } from '../../test/kit/fake-clock.ts'
import { openScripted } from '../../test/kit/scripted-group.ts'

for (const protocol of ['classic', 'consumer']) {
  test(`a poll that waits longer than max.poll.interval.ms leaves no group (${protocol})`, async () => {
    await using opened = openScripted({ 'max.poll.interval.ms': '10000', 'group.protocol': protocol })
    const { consumer, clock, log, events } = opened
    await opened.until(() => events.includes('assigned'))
    await opened.stopPolling()
    const polled = consumer.poll(60_000)
    for (let waited = 0; waited < 50_000; waited += 500) {
      clock.advance(500)
      await settle()
    }
    assert.deepEqual(
      log.lines.filter(line => line.includes('max.poll.interval.ms')),
      []
    )
    assert.ok(!events.includes('lost'))
    clock.advance(20_000)
    assert.deepEqual(await polled, [])
  })

  test(`whoever does not poll at all leaves in time (${protocol})`, async () => {
    await using opened = openScripted({ 'max.poll.interval.ms': '10000', 'group.protocol': protocol })
    const { clock, log, events, consumer } = opened
    await opened.until(() => events.includes('assigned'))
    await opened.stopPolling()
    await consumer.poll(0)
    for (let waited = 0; waited < 20_000; waited += 500) {
      clock.advance(500)
      await settle()
    }
    assert.ok(log.lines.some(line => line.includes('max.poll.interval.ms')))
  })
}
