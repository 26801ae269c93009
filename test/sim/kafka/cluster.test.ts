// The production clients find in the simulated cluster what they would find in a real one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Profile } from './api/versions.ts'
import { Cluster, numbered } from './reader-kit.ts'

const profiles: readonly Profile[] = ['4.1', '4.0', '2.8', '2.4']

for (const profile of profiles) {
  test(`a member reads, joins and commits at brokers of ${profile}`, async () => {
    const cluster = new Cluster(3, { profile })
    const { kafka } = cluster
    kafka.createTopic('t', 3)
    for (const partition of [0, 1, 2]) {
      kafka.append('t', partition, numbered(0, 5))
      kafka.append('t', partition, numbered(5, 5), { codec: 'gzip' })
    }
    const member = cluster.member('a', ['t'])
    await cluster.whole('t', 3, 10)
    assert.deepEqual(member.failures, [])
    assert.equal(member.read.length, 30)
    for (const { offset, value } of member.read) assert.equal(value, `v${offset}`)
    await cluster.settled(member.close())
    assert.match(kafka.history.removals.at(-1)?.why ?? '', /it left/)
  })

  test(`topics, letters and operators at brokers of ${profile}`, async () => {
    const cluster = new Cluster(3, { profile })
    const { kafka } = cluster
    const admin = cluster.admin()
    assert.equal(await cluster.settled(admin.ensureTopic({ name: 't', partitions: 2, replicationFactor: 3 })), true)
    assert.equal(await cluster.settled(admin.ensureTopic({ name: 't', partitions: 2, replicationFactor: 3 })), false)
    await assert.rejects(cluster.settled(admin.ensureTopic({ name: 'u', partitions: 2, replicationFactor: 4 })), /INVALID_REPLICATION_FACTOR/) // prettier-ignore
    const producer = cluster.producer({ 'compression.type': 'gzip' })
    const letter = { topic: 't', partition: 1, key: Buffer.from('k'), value: Buffer.from('v'), headers: [{ key: 'h', value: Buffer.from('x') }], timestamp: 5 } // prettier-ignore
    await cluster.settled(Promise.all([producer.send(letter), producer.send({ ...letter, value: null, headers: [] })]))
    const stored = kafka.log('t', 1).map(({ offset, key, value, headers, timestamp }) => ({ offset, key: key?.toString(), value: value?.toString(), headers: headers.map(String), timestamp })) // prettier-ignore
    assert.deepEqual(stored, [
      { offset: 0, key: 'k', value: 'v', headers: ['h,x'], timestamp: 5 },
      { offset: 1, key: 'k', value: undefined, headers: [], timestamp: 5 }
    ])
    assert.deepEqual(kafka.history.produced.map(({ offset, headers }) => [offset, String(headers[0])]), [[0, 'h,x'], [1, 'undefined']]) // prettier-ignore
    const offset = { topic: 't', partition: 1, offset: 2 }
    await cluster.settled(admin.alterGroupOffsets('g', [offset]))
    assert.equal((await cluster.settled(admin.groupOffsets('g'))).get('t-1')?.offset, 2)
    const config = await cluster.settled(admin.topicConfig('t'))
    assert.equal(config.get('cleanup.policy'), 'delete')
    const member = cluster.member('a', ['t'])
    await cluster.until(() => member.events.length > 0)
    assert.deepEqual(member.events, ['assigned t-0 t-1'])
    await assert.rejects(cluster.settled(admin.alterGroupOffsets('g', [offset])), /g.*(?:members|active)/)
  })
}
