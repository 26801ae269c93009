// The command "npm run soak": half an hour of a changing group under load (or --minutes); fails where a record is skipped or memory grows.
import { parseArgs } from 'node:util'
import { down, up } from '../scripts/stack/stack.ts'
import { soak } from '../test/kit/soak.ts'

const { values: options } = parseArgs({
  options: { minutes: { type: 'string', default: '30' }, rate: { type: 'string', default: '5000' } }
})

/** Growth between the second and the last quarter that still counts as flat. */
const growthMax = 1.1

const name = `soak-${process.pid}`
const log = (line: string): void => console.error(line)
const stack = await up({ name, only: ['kafka'], log })
// The kit asks for a whole stack, of which the consumer needs Kafka alone.
const nowhere = { host: '127.0.0.1', port: 1, url: 'http://127.0.0.1:1' }
process.env['KCR_STACK'] = JSON.stringify({ ...stack, redis: nowhere, registry: nowhere })
try {
  const result = await soak({ minutes: Number(options.minutes), recordsPerSecond: Number(options.rate), log })
  console.log(JSON.stringify(result, null, 2))
  for (const part of ['rss', 'heap', 'external'] as const) {
    const [early, late] = [result.early[part], result.late[part]]
    if (late <= early * growthMax) continue
    console.error(`Memory (${part}) grew from ${early.toFixed(1)} to ${late.toFixed(1)} MB.`)
    process.exitCode = 1
  }
} finally {
  await down(name)
}
