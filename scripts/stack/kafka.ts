// A Kafka of one node (KRaft): how it is configured, started and asked whether it answers.
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { launch, type Server } from './processes.ts'
import { runToEnd } from './programs.ts'
import { scramUsers, secureProperties } from './kafka-secure.ts'

export type KafkaPlace = {
  readonly java: string
  readonly classpath: string
  readonly dir: string
  readonly port: number
  readonly controllerPort: number
  /** A further listener that asks for TLS and a login; null: none. */
  readonly securePort: number | null
}

// No performance data file, which would stay in the system's temp folder after a kill. Serial collection and a small heap: broker and tests share two cores, and nothing here lives long.
const jvmOptions = ['-Xms256m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:-UsePerfData']

export async function startKafka(place: KafkaPlace, logFile: string, signal?: AbortSignal): Promise<Server> {
  const { java, classpath, dir } = place
  const config = join(dir, 'server.properties')
  if (!existsSync(config)) {
    await mkdir(dir, { recursive: true })
    await writeFile(join(dir, 'log4j2.properties'), log4j)
    const secured = place.securePort === null ? '' : await secureProperties(place, place.securePort, signal)
    await writeFile(config, properties(place) + secured)
    const format = ['format', '--standalone', '--cluster-id', clusterId, '--config', config]
    if (place.securePort !== null) format.push(...scramUsers)
    await runToEnd(java, ['-XX:TieredStopAtLevel=1', '-cp', classpath, 'kafka.tools.StorageTool', ...format], signal)
  }
  const logging = `-Dlog4j2.configurationFile=${join(dir, 'log4j2.properties')}`
  const args = [...jvmOptions, `-Djava.io.tmpdir=${dir}`, logging, '-cp', classpath, 'kafka.Kafka', config]
  return launch({ program: java, args, cwd: dir, logFile })
}

const clusterId = 'a2Nyc3RhY2tfMDAwMDAwMQ'

function properties({ dir, port, controllerPort, securePort }: KafkaPlace): string {
  const secure = securePort === null ? '' : `SECURE://127.0.0.1:${securePort},`
  return `process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:${controllerPort}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:${port},${secure}CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port},${secure}CONTROLLER://127.0.0.1:${controllerPort}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SECURE:SASL_SSL,CONTROLLER:PLAINTEXT
log.dirs=${join(dir, 'data')}
num.partitions=1
# A misspelt topic must show, not appear.
auto.create.topics.enable=false
# One node keeps one copy.
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# Groups of tests form at once; a test's member may have a short session.
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
group.consumer.min.heartbeat.interval.ms=100
group.consumer.heartbeat.interval.ms=500
group.consumer.min.session.timeout.ms=1000
# A killed broker may register again after this long (9 s otherwise).
broker.session.timeout.ms=4000
broker.heartbeat.interval.ms=500
log.retention.ms=-1
log.cleaner.backoff.ms=1000
`
}

const log4j = `rootLogger.level=INFO
rootLogger.appenderRefs=out
rootLogger.appenderRef.out.ref=OUT
appender.out.type=Console
appender.out.name=OUT
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=[%d] %p %m (%c)%n
`

/**
 * Whether Kafka answers DescribeCluster (API 60, version 0) with at least one broker in it. Written out by hand, so that
 * the stack does not call itself ready by the word of the client library that the tests put to the proof.
 */
export async function isKafkaAnswering(port: number): Promise<boolean> {
  const clientId = Buffer.from('stack')
  const header = Buffer.from([0, 60, 0, 0, 0, 0, 0, 1, 0, clientId.length, ...clientId, 0])
  const body = Buffer.from([0, 0])
  const frame = Buffer.concat([header, body])
  const length = Buffer.alloc(4)
  length.writeInt32BE(frame.length)
  const answer = await exchange(port, Buffer.concat([length, frame]))
  // Size, correlation id, tags, throttle time; then the error code.
  if (answer.length < 16 || answer.readInt16BE(13) !== 0) return false
  let at = 15
  at += Math.max(0, (answer[at] ?? 0) - 1) + 1 // error message, a compact string
  at += Math.max(0, (answer[at] ?? 0) - 1) + 1 // cluster id
  at += 4 // controller id
  return (answer[at] ?? 0) > 1 // brokers: their number plus one
}

function exchange(port: number, request: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request))
    const parts: Buffer[] = []
    socket.setTimeout(5_000, () => socket.destroy(new Error('no answer')))
    socket.on('data', part => {
      parts.push(part)
      const all = Buffer.concat(parts)
      if (all.length < 4 || all.length < 4 + all.readInt32BE(0)) return
      socket.destroy()
      resolve(all)
    })
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('closed')))
  })
}
