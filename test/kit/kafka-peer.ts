// Runs KafkaPeer.java, Java's own clients for side-by-side tests, and makes our consumer print what it prints.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { ensureArtifacts } from '../../scripts/stack/artifacts.ts'
import { findJava } from '../../scripts/stack/programs.ts'
import { type RecordCursor } from '../../src/kafka/records/record-cursor.ts'
import { openAdmin, openConsumer, type Properties } from './consumer.ts'
import { withStack } from './stack.ts'
import { until } from './worker.ts'

const source = `${import.meta.dirname}/KafkaPeer.java`

async function start(bootstrap: string, args: readonly string[]) {
  const { kafkaClasspath } = await ensureArtifacts(() => undefined)
  const options = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-XX:-UsePerfData', '-Xmx256m']
  return spawn(findJava(), [...options, '-cp', kafkaClasspath, source, bootstrap, ...args])
}

/** Runs the commands in one Java process; what each "dump" among them printed. */
export async function peer(commands: readonly (readonly string[])[]): Promise<string[][]> {
  const { bootstrap } = (await withStack()).kafka
  const child = await start(
    bootstrap,
    commands.flatMap((command, at) => (at === 0 ? command : ['/', ...command]))
  )
  const out: Buffer[] = []
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const status = await new Promise<number | null>(resolve => child.on('close', resolve))
  if (status !== 0) throw new Error(`KafkaPeer.java ended with exit code ${status}:\n${said}`)
  const lines = Buffer.concat(out).toString().split('\n')
  const dumps: string[][] = [[]]
  for (const line of lines) {
    if (line === 'end') dumps.push([])
    else if (line !== '') dumps.at(-1)?.push(line)
  }
  return dumps.slice(0, -1)
}

/** A Java consumer in a group. "await using" makes it leave. */
export async function peerMember(topic: string, group: string, property: string, value: string) {
  const { bootstrap } = (await withStack()).kafka
  const child = await start(bootstrap, ['member', topic, group, property, value])
  let log = ''
  child.stdout.on('data', (chunk: Buffer) => (log += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()))
  const ended = new Promise<number | null>(resolve => child.on('close', resolve))
  return {
    log: () => log,
    /** "partition offset" of each record it read. */
    read: () => [...log.matchAll(/^read (\d+ \d+)$/gm)].map(([, record]) => record ?? ''),
    said: (pattern: RegExp) => until(() => pattern.test(log) || child.exitCode !== null),
    async leave(): Promise<void> {
      child.stdin.end('\n')
      await ended
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    }
  }
}

/** A Java process that joins and leaves groups as it is told, and may be killed or stopped; each line it prints goes to `said`. */
export async function javaHost(said: (line: string) => void) {
  const { bootstrap } = (await withStack()).kafka
  const child = await start(bootstrap, ['host'])
  child.stderr.pipe(process.stderr)
  // What is sent to a process that was killed is no matter.
  child.stdin.on('error', () => undefined)
  createInterface({ input: child.stdout }).on('line', said)
  const ended = new Promise<void>(resolve => child.on('close', () => resolve()))
  return {
    tell: (line: string) => void child.stdin.write(`${line}\n`),
    alive: () => child.exitCode === null && child.signalCode === null,
    signal: (signal: NodeJS.Signals) => void child.kill(signal),
    /** As a crash; what it had printed is still read. */
    async kill(): Promise<void> {
      child.kill('SIGKILL')
      await ended
    }
  }
}

/** What our consumer sees of a topic of two partitions, up to its end under that isolation, in the peer's form. */
export async function dump(topic: string, isolation: string, properties: Properties = {}): Promise<string[]> {
  await using admin = await openAdmin()
  const count = (await admin.topics([topic])).get(topic)?.partitions ?? 0
  const partitions = Array.from({ length: count }, (_, partition) => ({ topic, partition }))
  await using reader = await openConsumer({ 'isolation.level': isolation, ...properties })
  const { consumer } = reader
  consumer.assign(partitions)
  const lines: string[] = []
  const isAtEnd = async (): Promise<boolean> => {
    for (const partition of partitions)
      if ((await consumer.position(partition)) < consumer.endOffset(partition)) return false
    return partitions.every(partition => consumer.endOffset(partition) >= 0)
  }
  while (!(await isAtEnd())) {
    for (const cursor of await consumer.poll(200)) while (cursor.next()) lines.push(lineOf(cursor))
  }
  return lines
}

function lineOf(cursor: RecordCursor): string {
  const { partition, offset, timestamp, timestampType, bytes, keyStart, keyEnd, valueStart, valueEnd } = cursor
  const headers = cursor.headers().map(({ key, value }) => ` ${Buffer.from(key).toString('hex')}=${hexOf(value)}`)
  const key = hexOf(keyStart < 0 ? null : bytes.subarray(keyStart, keyEnd))
  const value = hexOf(valueStart < 0 ? null : bytes.subarray(valueStart, valueEnd))
  return `${partition} ${offset} ${timestamp} ${timestampType} ${key} ${value}${headers.join('')}`
}

function hexOf(bytes: Uint8Array | null): string {
  return bytes === null ? 'null' : Buffer.from(bytes).toString('hex')
}
