// Clients of the Connect REST API that nobody here wrote work against us, unchanged.
import { test } from 'node:test'
import { runPython, whyNoPython } from '../kit/python.ts'
import { restOf } from '../kit/rest.ts'
import { startRedis, uniqueName } from '../kit/stack.ts'
import { oldClass, openKafka, startWorker } from '../kit/worker.ts'

const missing = await whyNoPython()

test('two published Python clients drive the whole API', { skip: missing ?? false }, async () => {
  await using kafka = await openKafka()
  await using server = await startRedis()
  await using worker = await startWorker([])
  const { base } = await restOf(worker)
  const topic = await kafka.createTopic('rest-clients')
  const config = {
    'connector.class': oldClass,
    topics: topic,
    'connect.redis.host': '127.0.0.1',
    'connect.redis.port': String(server.port),
    'connect.redis.kcql': `SELECT * FROM ${topic} PK id`
  }
  await runPython('test/kit/connect-clients.py', [base, uniqueName('clients'), JSON.stringify(config)])
})
