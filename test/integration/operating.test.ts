// What docs/operating.md tells an operator to type, typed.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { run } from '../kit/child.ts'
import { restOf } from '../kit/rest.ts'
import { startRedis, uniqueName } from '../kit/stack.ts'
import { openKafka, openRedis, startWorker } from '../kit/worker.ts'

const page = readFileSync('docs/operating.md', 'utf8')

/** The commands of the first block of shell under a heading, for another connector and topic. */
function commandsUnder(heading: string, connector: string, topic: string): readonly string[] {
  const block = new RegExp(`## ${heading}\n.*?\`\`\`sh\n(.*?)\`\`\``, 's').exec(page)?.[1] ?? assert.fail(heading)
  return block.trim().replaceAll('redis-sink', connector).replaceAll('"orders"', `"${topic}"`).split('\n')
}

async function typeAll(commands: readonly string[], endpoint: string): Promise<void> {
  for (const command of commands) {
    const { code, stdout, stderr } = await run('sh', ['-c', command], { env: { KAFKA_CONNECT_REST: endpoint } })
    assert.equal(code, 0, `${command}\n${stdout}${stderr}`)
  }
}

test('the page passes one record that can never be written, and writes a topic anew', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis()
  await using redis = openRedis(server.port)
  const topic = await kafka.createTopic('operating')
  const name = uniqueName('operating')
  const good = (id: number): { value: string } => ({ value: `{"id":"k${id}","n":${id}}` })
  await kafka.send(topic, [...[0, 1, 2, 3, 4, 5, 6].map(good), { value: '{"n":7}' }, good(8)])
  await using worker = await startWorker([
    {
      name,
      topics: topic,
      'connect.redis.port': server.port,
      'connect.redis.kcql': `SELECT n FROM ${topic} PK id`
    }
  ])
  const { base, get } = await restOf(worker)
  const stateOf = async (): Promise<{ state: string; trace?: string } | undefined> => {
    const { tasks } = (await get(`/connectors/${name}/status`)).json as { tasks: { state: string; trace?: string }[] }
    return tasks[0]
  }
  await worker.until(async () => (await stateOf())?.state === 'FAILED')
  assert.ok((await stateOf())?.trace?.includes(`${topic}-0@7`))
  assert.equal(await redis.get('k8'), null)

  await typeAll(commandsUnder('To pass one record that can never be written', name, topic), base)
  await worker.until(async () => (await redis.get('k8')) === '{"n":8}')
  await worker.until(async () => (await kafka.committed(`connect-${name}`, topic)).get(0) === 9)

  await redis.flushall()
  await typeAll(commandsUnder('To write a topic anew', name, topic), base)
  // It meets that record again, behind all that came before it.
  await worker.until(async () => (await stateOf())?.state === 'FAILED')
  assert.deepEqual([await redis.get('k0'), await redis.get('k6')], ['{"n":0}', '{"n":6}'])
})
