// The peer: what a careful person writes by hand with kafkajs and ioredis (a pipeline a batch, commits a batch), doing the job of one cache statement.
import { Redis } from 'ioredis'
import kafkajs from 'kafkajs'

const [bootstrap, topic, group, redisPort, columnsText, key] = process.argv.slice(2)
const columns = columnsText.split(',').map(column => column.split(':'))
const redis = new Redis({ host: '127.0.0.1', port: Number(redisPort) })
const kafka = new kafkajs.Kafka({ brokers: [bootstrap], logLevel: kafkajs.logLevel.ERROR })
const consumer = kafka.consumer({ groupId: group, maxBytesPerPartition: 4 * 1024 * 1024, maxBytes: 16 * 1024 * 1024 })

await consumer.connect()
await consumer.subscribe({ topic, fromBeginning: true })
await consumer.run({
  eachBatchAutoResolve: true,
  partitionsConsumedConcurrently: 4,
  eachBatch: async ({ batch }) => {
    for (let from = 0; from < batch.messages.length; from += 1000) {
      const pipeline = redis.pipeline()
      for (const message of batch.messages.slice(from, from + 1000)) {
        const value = JSON.parse(message.value.toString())
        const out = {}
        for (const [name, alias] of columns) out[alias] = value[name]
        pipeline.set(String(value[key]), JSON.stringify(out))
      }
      const answers = await pipeline.exec()
      for (const [error] of answers) if (error !== null) throw error
    }
  }
})
