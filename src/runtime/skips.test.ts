// What a task passes over, as /health shows it: at once, then as often as a second, and no more than is new.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../test/kit/fake-clock.ts'
import { skipText, type TaskSkip, TaskSkips } from './skips.ts'

function setUp() {
  const clock = new FakeClock()
  const posts: (readonly TaskSkip[])[] = []
  const mask = (text: string): string => text.replace('sesame', '[hidden]')
  const skips = new TaskSkips({ clock, mask, onChange: all => void posts.push(all) })
  const counts = new Map<string, number>()
  const skip = (why: string, first = 't-0@0'): void => {
    counts.set(why, (counts.get(why) ?? 0) + 1)
    skips.changed(why, () => {
      const count = counts.get(why) ?? 0
      return { count, since: 0, first, last: `t-0@${count - 1}` }
    })
  }
  const told = (): readonly string[] => (posts.at(-1) ?? []).map(skipText)
  return { clock, posts, skips, skip, told }
}

test('the first is shown at once, what follows a second later and together', () => {
  const { clock, posts, skip, told } = setUp()
  skip('errors.tolerance=all')
  assert.deepEqual(told(), ['skipped 1 record since 1970-01-01T00:00:00.000Z (t-0@0): errors.tolerance=all'])
  for (let index = 0; index < 999; index++) skip('errors.tolerance=all')
  skip('refused')
  assert.equal(posts.length, 1)
  clock.advance(1000)
  assert.deepEqual(told(), [
    'skipped 1000 records since 1970-01-01T00:00:00.000Z (first t-0@0, last t-0@999): errors.tolerance=all',
    'skipped 1 record since 1970-01-01T00:00:00.000Z (t-0@0): refused'
  ])
  clock.advance(1000)
  assert.deepEqual([posts.length, clock.pending], [2, 0], 'where nothing is new nothing is told, and no timer is left')
  skip('refused')
  assert.equal(posts.length, 3)
})

test('a name that is a secret is hidden, and a task that has ended tells no more', () => {
  const { clock, posts, skips, skip } = setUp()
  skip('refused', 'sesame-0@0')
  assert.equal(posts[0]?.[0]?.first, '[hidden]-0@0')
  skip('refused')
  skips.close()
  skip('refused')
  clock.advance(5000)
  assert.deepEqual([posts.length, clock.pending], [1, 0])
})
