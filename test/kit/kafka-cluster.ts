// A Kafka of three brokers and one controller for a test of its own, each broker in a rack of its own, each to be killed and started again.
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureArtifacts } from '../../scripts/stack/artifacts.ts'
import { isKafkaAnswering } from '../../scripts/stack/kafka.ts'
import { releasePorts, reservePort } from '../../scripts/stack/ports.ts'
import { end, launch, waitUntilAnswering, type Server } from '../../scripts/stack/processes.ts'
import { findJava, runToEnd } from '../../scripts/stack/programs.ts'

const clusterId = 'a2NydGVzdF8wMDAwMDAwMQ'
const controllerId = 100
export const brokerIds = [1, 2, 3]

const log4j = `rootLogger.level=INFO
rootLogger.appenderRefs=out
rootLogger.appenderRef.out.ref=OUT
appender.out.type=Console
appender.out.name=OUT
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=[%d] %p %m (%c)%n
`

function properties(id: number, port: number, controllerPort: number, dir: string): string {
  const common = `node.id=${id}
controller.quorum.voters=${controllerId}@127.0.0.1:${controllerPort}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=${join(dir, 'data')}
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=300
auto.create.topics.enable=false
min.insync.replicas=1
`
  if (id === controllerId) {
    return `${common}process.roles=controller
listeners=CONTROLLER://127.0.0.1:${controllerPort}
`
  }
  return `${common}process.roles=broker
listeners=PLAINTEXT://127.0.0.1:${port}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
broker.rack=rack-${id}
replica.selector.class=org.apache.kafka.common.replica.RackAwareReplicaSelector
offsets.topic.replication.factor=3
offsets.topic.num.partitions=3
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
group.consumer.min.heartbeat.interval.ms=100
group.consumer.heartbeat.interval.ms=500
replica.fetch.wait.max.ms=100
`
}

async function format(
  id: number,
  home: string,
  ports: ReadonlyMap<number, number>,
  java: string,
  classpath: string
): Promise<void> {
  mkdirSync(home)
  const config = join(home, 'server.properties')
  writeFileSync(config, properties(id, ports.get(id) ?? 0, ports.get(controllerId) ?? 0, home))
  const args = ['format', '--cluster-id', clusterId, '--config', config]
  await runToEnd(java, ['-XX:TieredStopAtLevel=1', '-cp', classpath, 'kafka.tools.StorageTool', ...args])
}

/** "await using" takes it down. */
export async function startCluster() {
  const java = findJava()
  const { kafkaClasspath: classpath } = await ensureArtifacts(() => undefined)
  const dir = mkdtempSync(join(tmpdir(), 'kafka-connect-redis-cluster-'))
  const ids = [controllerId, ...brokerIds]
  const ports = new Map<number, number>()
  for (const id of ids) ports.set(id, await reservePort({ pid: process.pid }))
  const portOf = (id: number): number => ports.get(id) ?? 0
  const servers = new Map<number, Server>()
  const logOf = (id: number): string => join(dir, String(id), 'server.log')

  const begin = (id: number): Server => {
    const home = join(dir, String(id))
    const logging = `-Dlog4j2.configurationFile=${join(dir, 'log4j2.properties')}`
    const jvm = ['-Xms128m', '-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData', logging]
    const args = [...jvm, '-cp', classpath, 'kafka.Kafka', join(home, 'server.properties')]
    const server = launch({ program: java, args, cwd: home, logFile: logOf(id) })
    servers.set(id, server)
    return server
  }
  const start = async (id: number): Promise<void> => {
    const server = begin(id)
    if (id !== controllerId) {
      await waitUntilAnswering(`broker ${id}`, server, logOf(id), () => isKafkaAnswering(portOf(id)))
    }
  }
  const stop = async (): Promise<void> => {
    await Promise.all([...servers.values()].map(server => end(server, 'SIGKILL')))
    releasePorts([...ports.values()])
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
  }
  // A test that fails in mid-air must not leave a server behind.
  const atExit = (): void => {
    for (const { pid } of servers.values()) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It is down already.
      }
    }
  }
  process.once('exit', atExit)
  try {
    writeFileSync(join(dir, 'log4j2.properties'), log4j)
    await Promise.all(ids.map(id => format(id, join(dir, String(id)), ports, java, classpath)))
    await Promise.all(ids.map(start))
  } catch (error) {
    await stop()
    throw error
  }
  return {
    bootstrap: brokerIds.map(id => `127.0.0.1:${portOf(id)}`).join(','),
    portOf,
    /** As a crash. */
    kill: async (id: number): Promise<void> => {
      const server = servers.get(id)
      if (server !== undefined) await end(server, 'SIGKILL')
    },
    start,
    [Symbol.asyncDispose]: async (): Promise<void> => {
      process.removeListener('exit', atExit)
      await stop()
    }
  }
}
