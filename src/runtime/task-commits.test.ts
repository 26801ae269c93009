// Commits and what crosses them: answers that come late, partitions that went and came again, rewinds.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../test/kit/fake-clock.ts'
import { at, openTask, type WorldOptions } from '../../test/kit/task-world.ts'
import { until } from '../../test/kit/worker.ts'

async function running(options: WorldOptions = {}) {
  const clock = new FakeClock()
  const world = openTask({ clock, commitIntervalMs: 1000, commitTimeoutMs: 500, ...options })
  await world.consumer.assign({ 0: 0 })
  const { consumer, sink } = world
  /** Records are put, up to the offset given. */
  const put = async (from: number, to: number): Promise<void> => {
    consumer.give(
      0,
      from,
      Array.from({ length: to - from }, () => 'x')
    )
    await until(() => sink.taken.includes(`0@${to - 1}`))
  }
  /** Time passes until something is so. */
  const passing = (probe: () => boolean): Promise<boolean> =>
    until(() => {
      if (probe()) return true
      clock.advance(100)
      return false
    })
  return { ...world, clock, put, passing }
}

test('a commit that times out and answers later costs no task its life, and what it committed counts', async () => {
  await using world = await running()
  const { consumer, put, passing, lines, states, metrics, task, ended } = world
  consumer.holdCommits = true
  await put(0, 5)
  await passing(() => lines.some(line => /Commit of offsets timed out/.test(line)))
  assert.deepEqual(consumer.commits, ['t-0=5'])
  await put(5, 8)
  consumer.holdCommits = false
  consumer.open[0]?.resolve()
  await passing(() => consumer.commits.length === 2)
  assert.deepEqual(consumer.commits, ['t-0=5', 't-0=8'])
  assert.equal(metrics.commitFailures.value, 1, 'counted once, when its time was over')
  await until(() => metrics.commitCompletions.value === 1)
  task.stop()
  await ended
  assert.deepEqual(states, ['RUNNING', 'STOPPED'])
})

for (const hours of [-1, 1]) {
  test(`a wall clock that is set by ${hours} hour(s) moves no commit`, async () => {
    await using world = await running()
    const { consumer, put, clock, task, ended } = world
    await put(0, 5)
    clock.setByMs = hours * 3_600_000
    assert.deepEqual(consumer.commits, [])
    clock.advance(1000)
    await until(() => consumer.commits.length === 1)
    await put(5, 8)
    clock.advance(1000)
    await until(() => consumer.commits.length === 2)
    task.stop()
    await ended
  })
}

test('while a commit is under way none follows it: a group takes them in the order they arrive', async () => {
  await using world = await running()
  const { consumer, put, passing, clock, task, ended, lines } = world
  consumer.holdCommits = true
  await put(0, 5)
  await passing(() => lines.some(line => /Commit of offsets timed out/.test(line)))
  await put(5, 8)
  clock.advance(5000)
  await put(8, 9)
  assert.deepEqual(consumer.commits, ['t-0=5'])
  assert.equal(lines.filter(line => /Commit of offsets timed out/.test(line)).length, 1)
  // The last commit of a task that stops waits for the one under way.
  task.stop()
  consumer.holdCommits = false
  consumer.open[0]?.reject(new Error('no coordinator'))
  await ended
  assert.deepEqual(consumer.commits, ['t-0=5', 't-0=9'])
})

test('a late answer says nothing of a partition that went and came again', async () => {
  await using world = await running()
  const { consumer, sink, put, passing, lines, task, ended } = world
  consumer.holdCommits = true
  await put(0, 5)
  await passing(() => lines.some(line => /Commit of offsets timed out/.test(line)))
  await consumer.lose(0)
  // Somebody has set the group's offset back meanwhile.
  await consumer.assign({ 0: 2 })
  consumer.holdCommits = false
  consumer.open[0]?.resolve()
  consumer.give(0, 2, ['x', 'x', 'x'])
  await until(() => sink.taken.filter(each => each === '0@4').length === 2)
  task.stop()
  await ended
  assert.deepEqual(consumer.commits, ['t-0=5', 't-0=5'])
})

test('what was committed last is not forgotten for an older answer: a failed preCommit rewinds to it', async () => {
  await using world = await running()
  const { consumer, sink, put, passing, lines, task, ended } = world
  await put(0, 5)
  await passing(() => consumer.commits.length === 1)
  await put(5, 9)
  sink.onPreCommit = () => {
    throw new Error('not now')
  }
  await passing(() => lines.some(line => /rewinding to last committed offsets/.test(line)))
  assert.deepEqual(consumer.seeks, ['t-0=5'])
  sink.onPreCommit = offsets => offsets
  task.stop()
  await ended
  assert.deepEqual(consumer.commits, ['t-0=5'])
})

test('a commit that is refused is told and tried again, and harms nobody', async () => {
  await using world = await running()
  const { consumer, put, passing, states, lines, task, ended } = world
  consumer.holdCommits = true
  await put(0, 5)
  await passing(() => consumer.open.length === 1)
  consumer.open.shift()?.reject(new Error('COORDINATOR_NOT_AVAILABLE'))
  consumer.holdCommits = false
  await passing(() => consumer.commits.length === 2)
  assert.deepEqual(consumer.commits, ['t-0=5', 't-0=5'])
  assert.match(lines.join('\n'), /Commit of offsets threw an unexpected exception for sequence number 1: \{t-0=5\}/)
  task.stop()
  await ended
  assert.deepEqual(states, ['RUNNING', 'STOPPED'])
})

test('a rewind the sink asks for leaves nothing behind of the batch that waits to be delivered again', async () => {
  await using world = await running()
  const { consumer, sink, put, task, ended } = world
  await put(0, 5)
  const { RetriableError } = await import('../connect/errors.ts')
  let refused = 0
  sink.onPut = records => {
    if (records.length === 0) return
    refused++
    if (refused > 1) return
    sink.context?.seek(at(0), 2)
    throw new RetriableError('once more')
  }
  consumer.give(0, 5, ['x', 'x'])
  await until(() => consumer.seeks.length === 1)
  consumer.give(0, 2, ['x'])
  await until(() => sink.taken.includes('0@2') && sink.taken.filter(each => each === '0@2').length === 2)
  task.stop()
  await ended
  assert.deepEqual(sink.taken, ['0@0', '0@1', '0@2', '0@3', '0@4', '0@2'])
  assert.equal(consumer.commits.at(-1), 't-0=3')
})

test('what a short burst put is shown as not committed a second later, long before the commit', async () => {
  await using world = await running({ commitIntervalMs: 60_000 })
  const { put, passing, metrics, clock } = world
  await put(0, 5)
  const from = clock.monotonic()
  await passing(() => metrics.recordsActive.value === 5 || clock.monotonic() - from > 5000)
  assert.equal(metrics.recordsActive.value, 5)
})
