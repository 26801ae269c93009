// A task whose Redis is away for longer than max.poll.interval.ms keeps its place in the group, under both protocols.
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'node:test'
import { startRedis, uniqueName } from '../kit/stack.ts'
import { openKafka, openRedis, startWorker } from '../kit/worker.ts'

const pollIntervalMs = 3000

for (const protocol of ['classic', 'consumer']) {
  test(`an outage longer than max.poll.interval.ms costs no rebalance (${protocol})`, async () => {
    await using kafka = await openKafka()
    await using server = await startRedis()
    await using redis = openRedis(server.port)
    const topic = await kafka.createTopic('long-outage')
    const quick = protocol === 'classic' ? { 'consumer.override.heartbeat.interval.ms': 200 } : {}
    await using worker = await startWorker([
      {
        name: uniqueName('long-outage'),
        topics: topic,
        'connect.redis.port': server.port,
        'connect.redis.kcql': `SELECT id FROM ${topic} PK id`,
        'consumer.override.group.protocol': protocol,
        'consumer.override.max.poll.interval.ms': pollIntervalMs,
        ...quick
      }
    ])
    await kafka.send(topic, [{ value: '{"id":1}' }])
    await worker.until(async () => (await redis.get('1')) === '{"id":1}')
    await server.kill()
    await kafka.send(topic, [{ value: '{"id":2}' }])
    await worker.said(new RegExp(`127.0.0.1:${server.port}`))
    // The outage itself: twice what a member may keep silent for.
    await sleep(2 * pollIntervalMs)
    await server.start()
    await worker.until(async () => (await redis.get('2').catch(() => null)) === '{"id":2}')
    await worker.stop()
    worker.neverSaid(/max\.poll\.interval\.ms \(|membership is lost|joining anew/)
    worker.saidTimes(/: assigned \[/, 1)
  })
}
