// One run of our consumer for the benchmark, in a process of its own: reads a topic to the end and says how long it took and what it cost.
import { getHeapStatistics } from 'node:v8'
import { silentLogger } from '../src/connect/log.ts'
import { Consumer } from '../src/kafka/consumer.ts'
import { systemClock } from '../src/util/clock.ts'
import { systemRandom } from '../src/util/random.ts'

const [bootstrap = '', topic = '', partitions = '1', records = '0'] = process.argv.slice(2)
const wanted = Number(records)
const consumer = new Consumer({
  properties: new Map([
    ['bootstrap.servers', bootstrap],
    ['auto.offset.reset', 'earliest']
  ]),
  clock: systemClock,
  random: systemRandom,
  log: silentLogger
})
consumer.assign(Array.from({ length: Number(partitions) }, (_, partition) => ({ topic, partition })))

const startedAt = performance.now()
let firstAt = 0
let cpuAtFirst = process.cpuUsage()
let count = 0
let bytes = 0
while (count < wanted) {
  const cursors = await consumer.poll(1000)
  if (firstAt === 0 && cursors.length > 0) {
    firstAt = performance.now()
    cpuAtFirst = process.cpuUsage()
  }
  for (const cursor of cursors) {
    while (cursor.next()) {
      count++
      bytes += cursor.valueEnd - cursor.valueStart
    }
  }
}
const endedAt = performance.now()
const { user, system } = process.cpuUsage(cpuAtFirst)
await consumer.close()
process.stdout.write(
  JSON.stringify({
    count,
    bytes,
    seconds: (endedAt - firstAt) / 1000,
    firstMs: firstAt - startedAt,
    cpuSeconds: (user + system) / 1e6,
    userSeconds: user / 1e6,
    peakMb: process.resourceUsage().maxRSS / 1024,
    heapMb: getHeapStatistics().used_heap_size / 2 ** 20
  })
)
