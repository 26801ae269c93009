// A subscription by pattern: what is asked of it, and what becomes of a topic that it cannot decide.
import assert from 'node:assert/strict'
import { test } from 'node:test'
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
