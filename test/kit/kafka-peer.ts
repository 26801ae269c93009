// Runs KafkaPeer.java, Java's own clients for side-by-side tests, and makes our consumer print what it prints.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { ensureArtifacts } from '../../scripts/stack/artifacts.ts'
import { findJava } from '../../scripts/stack/programs.ts'
import { type RecordCursor } from '../../src/kafka/records/record-cursor.ts'
import { endInput, follow, run, writeInput } from './child.ts'
import { openAdmin, openConsumer, type Properties } from './consumer.ts'
import { withStack } from './stack.ts'

const source = `${import.meta.dirname}/KafkaPeer.java`

async function javaArgs(bootstrap: string, args: readonly string[]): Promise<string[]> {
  const { kafkaClasspath } = await ensureArtifacts(() => undefined)
  const options = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-XX:-UsePerfData', '-Xmx256m']
  return [...options, '-cp', kafkaClasspath, source, bootstrap, ...args]
}

/** Runs the commands in one Java process; what each "dump" among them printed. */
export async function peer(commands: readonly (readonly string[])[]): Promise<string[][]> {
  const { bootstrap } = (await withStack()).kafka
  const words = commands.flatMap((command, at) => (at === 0 ? command : ['/', ...command]))
  const { code, stdout, stderr } = await run(findJava(), await javaArgs(bootstrap, words))
  if (code !== 0) throw new Error(`KafkaPeer.java ended with exit code ${code}:\n${stderr}`)
  const lines = stdout.split('\n')
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
  const child = spawn(findJava(), await javaArgs(bootstrap, ['member', topic, group, property, value]))
  const log = follow('Java consumer', child)
  return {
    said: log.said,
    /** "partition offset" of each record it read so far: more may come. */
    read: () => log.found(/^read (\d+ \d+)$/gm).map(([, record]) => record ?? ''),
    async leave(): Promise<void> {
      endInput(child, '\n')
      await log.ended
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await log.ended
    }
  }
}

/** A Java process that joins and leaves groups as it is told, and may be killed or stopped; each line it prints goes to `said`. */
export async function javaHost(said: (line: string) => void) {
  const { bootstrap } = (await withStack()).kafka
  const child = spawn(findJava(), await javaArgs(bootstrap, ['host']))
  child.stderr.pipe(process.stderr)
  createInterface({ input: child.stdout }).on('line', said)
  const ended = new Promise<void>(resolve => child.on('close', () => resolve()))
  return {
    tell: (line: string) => writeInput(child, `${line}\n`),
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
