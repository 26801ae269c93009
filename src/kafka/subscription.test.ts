// A subscription by pattern: what is asked of it, and what becomes of a topic that it cannot decide.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../test/kit/fake-clock.ts'
import { keepingLogger } from '../../test/kit/consumer.ts'
import { toldWaits } from '../../test/kit/told-waits.ts'
import { compileJavaRegex } from '../java/regex.ts'
import { type TopicMetadata } from './cluster.ts'
import { Subscription } from './subscription.ts'

function clusterOf(...names: string[]) {
  const topics = new Map<string, TopicMetadata>(
    names.map((name, index) => [
      name,
      { name, id: String(index), errorCode: 0, internal: name.startsWith('__'), partitions: new Map() }
    ])
  )
  return { topics: () => topics.values(), topic: (name: string) => topics.get(name) }
}

test('a pattern is asked once about each topic, and again about one that went and came back', () => {
  const asked: string[] = []
  const regex = compileJavaRegex('obs\\.(?!raw)(?!avg).*')
  const matches = (topic: string): boolean => (asked.push(topic), regex.matches(topic))
  const subscription = new Subscription({ matches }, true)
  const cluster = clusterOf('obs.temp', 'obs.raw.temp', 'obs.avg', '__consumer_offsets', 'orders')
  assert.deepEqual(subscription.names(cluster), ['obs.temp'])
  assert.deepEqual(subscription.names(cluster), ['obs.temp'])
  assert.deepEqual(asked, ['obs.temp', 'obs.raw.temp', 'obs.avg', 'orders'])
  assert.deepEqual(subscription.names(clusterOf('orders')), [])
  assert.deepEqual(subscription.names(cluster), ['obs.temp'])
  assert.deepEqual(asked.slice(4), ['obs.temp', 'obs.raw.temp', 'obs.avg'])
  assert.equal(subscription.check(cluster), null)
})

test('a topic on which the pattern runs out of steps fails the consumer by name, and takes no other with it', () => {
  const regex = compileJavaRegex('(a+)+(?!b)c|orders')
  const subscription = new Subscription({ matches: topic => regex.matches(topic) }, true)
  const cluster = clusterOf('orders', 'a'.repeat(200))
  assert.deepEqual(subscription.names(cluster), ['orders'])
  assert.match(String(subscription.check(cluster)), /needs more than 50000 steps on the text aaa/)
  assert.deepEqual(subscription.names(clusterOf('orders')), ['orders'])
  assert.equal(subscription.check(clusterOf('orders')), null)
})

test('a pattern that matches no topic is waited for, and told, until one matches', () => {
  const log = keepingLogger()
  const clock = new FakeClock()
  const { waits, shown } = toldWaits('c-0', clock, log)
  const subscription = new Subscription({ matches: topic => topic.startsWith('oders-') }, true, waits)
  subscription.look(clusterOf('orders-eu', '__consumer_offsets'))
  clock.advance(3000)
  assert.match(log.lines[0] ?? '', /^WARN Task c-0 is waiting for a topic that topics\.regex matches since \S+, attempt 1: none of the topics that are there does\. Create one, or correct the pattern$/) // prettier-ignore
  assert.deepEqual(shown.waits.map(wait => wait.for), ['topic']) // prettier-ignore
  subscription.look(clusterOf('orders-eu', 'oders-eu'))
  assert.deepEqual(shown.waits, [])
  assert.match(
    log.lines[1] ?? '',
    /^INFO Task c-0 is no longer waiting for a topic that topics\.regex matches: one matches/
  )
})
