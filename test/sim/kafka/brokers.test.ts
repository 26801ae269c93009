// Brokers that crash, freeze and come back; leaders that move.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cluster, numbered } from './reader-kit.ts'

const briefly = { 'session.timeout.ms': '10000', 'heartbeat.interval.ms': '500' }

function writing(cluster: Cluster, partitions: number): void {
  cluster.kafka.createTopic('t', partitions)
  for (let round = 0; round < 20; round++) {
    cluster.scheduler.after(round * 500, () => {
      for (let partition = 0; partition < partitions; partition++)
        cluster.kafka.append('t', partition, numbered(round * 2, 2))
    })
  }
}

test('a broker dies: others lead, and everything is read', async () => {
  const cluster = new Cluster(3)
  const { kafka } = cluster
  writing(cluster, 3)
  const member = cluster.member('a', ['t'], briefly)
  await cluster.until(() => member.read.length > 10)
  for (let index = 0; index < 3; index++) {
    kafka.crash(index)
    await cluster.until(() => false, 20_000)
    kafka.append('t', index, numbered(40, 2))
    await cluster.until(() => kafka.committed('g', 't', index) === 42)
    assert.equal(kafka.committed('g', 't', index), 42)
    kafka.restart(index)
  }
  assert.equal(new Set(member.offsets).size, 3 * 42)
})

test('the only broker dies and comes back', async () => {
  const cluster = new Cluster(1)
  const { kafka } = cluster
  writing(cluster, 2)
  const member = cluster.member('a', ['t'], briefly)
  await cluster.until(() => member.read.length > 10)
  kafka.crash(0)
  await cluster.until(() => false, 15_000)
  kafka.restart(0)
  await cluster.whole('t', 2, 40)
  assert.equal(new Set(member.offsets).size, 80)
})

test('a frozen broker is deposed, and once it thaws it refers to the others', async () => {
  const cluster = new Cluster(3, { noticeMs: 2000 })
  const { kafka } = cluster
  writing(cluster, 3)
  const member = cluster.member('a', ['t'], { ...briefly, 'request.timeout.ms': '3000' })
  await cluster.until(() => member.read.length > 10)
  for (let index = 0; index < 3; index++) {
    kafka.process(index).freeze()
    await cluster.until(() => false, 8000)
    kafka.process(index).thaw()
    await cluster.until(() => false, 3000)
  }
  await cluster.whole('t', 3, 40)
  assert.equal(new Set(member.offsets).size, 120)
})

test('leaders that move are followed without a crash', async () => {
  const cluster = new Cluster(3)
  const { kafka } = cluster
  writing(cluster, 3)
  const member = cluster.member('a', ['t'], briefly)
  for (let move = 0; move < 30; move++) {
    kafka.moveLeader(move, (move % 10) / 10)
    await cluster.until(() => false, 200)
  }
  await cluster.whole('t', 3, 40)
  assert.equal(new Set(member.offsets).size, 120)
  assert.deepEqual(member.failures, [])
})
