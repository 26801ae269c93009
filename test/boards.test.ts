// Boards that people have: Strimzi's and Confluent's of Kafka Connect find what they ask for, under the spelling that is theirs.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asked, boards, missing } from './kit/boards.ts'
import { familiesOf, toldText } from './kit/told-metrics.ts'

for (const { board, spelling } of boards) {
  for (const told of [spelling, 'both'] as const) {
    test(`the board of ${board} finds its numbers under ${told}`, async () => {
      assert.ok(asked.filter(line => line.board === board).length > 20)
      assert.deepEqual(missing(board, familiesOf(await toldText(told))), [])
    })
  }

  test(`what the board of ${board} asks for in vain is said`, async () => {
    const families = familiesOf(await toldText('both'))
    for (const { name, left_out: why } of asked.filter(line => line.board === board)) {
      if (why !== undefined) assert.ok(!families.has(name), `${name} is told: it is no more ${why}`)
    }
  })
}

test('each number says what it is, and of which kind', async () => {
  for (const spelling of ['short', 'full'] as const) {
    const text = await toldText(spelling)
    for (const family of familiesOf(text).keys()) {
      assert.match(text, new RegExp(`^# HELP ${family} \\S.*\\n# TYPE ${family} (?:counter|gauge)$`, 'm'))
    }
  }
})
