// The command "npm run quickstart": the manual's quickstart on real servers, from an Avro record to the key in Redis.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { readConfig, writeConfig } from './quickstart/config-files.ts'
import { RedisMonitor } from './quickstart/monitor.ts'
import { AvroEncoder, createTopics, openProducer } from './quickstart/producer.ts'
import { reservePort } from './stack/ports.ts'
import { end, isAlive, launch, type Server } from './stack/processes.ts'
import { StackError, findProgram, runToEnd } from './stack/programs.ts'
import { adopt, down, up, type Endpoints } from './stack/stack.ts'
import { readState } from './stack/state.ts'

const home = join(import.meta.dirname, '..')
const record = '{"firstName": "John", "lastName": "Smith", "age":30, "salary": 4830}'
const schema =
  '{"type":"record","name":"User","fields":[{"name":"firstName","type":"string"},{"name":"lastName","type":"string"},' +
  '{"name":"age","type":"int"},{"name":"salary","type":"double"}]}'
const key = 'John.Smith'
const expected = '{"firstName":"John","lastName":"Smith","age":30,"income":4830.0}'

type Stack = Required<Endpoints>
type Worker = { readonly server: Server; readonly logFile: string }

let step = 0
function tell(title: string, ...lines: string[]): void {
  console.log(`\n${++step}. ${title}${lines.map(line => `\n     ${line}`).join('')}`)
}

async function startStack(name: string, signal: AbortSignal): Promise<Stack> {
  const running = readState(name)
  if (running !== undefined && isAlive(running.owner)) {
    throw new StackError(`A quickstart runs already. End it with Ctrl-C, or with: npm run stack -- down --name ${name}`)
  }
  await down(name)
  const { kafka, redis, registry, ...rest } = await up({ name, log: line => console.error(line), signal })
  if (!kafka || !redis || !registry) throw new StackError('The stack lacks a server.')
  const stack = { ...rest, kafka, redis, registry }
  tell(
    'The stack runs',
    `Kafka            ${kafka.bootstrap}`,
    `Redis            ${redis.host}:${redis.port}`,
    `Schema registry  ${registry.url}`
  )
  return stack
}

/** Starts the worker as a user does, with the two connectors of the example. */
async function startWorker({ name, dir, kafka, redis, registry }: Stack): Promise<Worker> {
  const folder = join(dir, 'quickstart')
  const restPort = await reservePort({ pid: process.pid })
  const worker = writeConfig(folder, 'worker.properties', {
    'bootstrap.servers': kafka.bootstrap,
    'value.converter.schema.registry.url': registry.url,
    'offset.storage.file.filename': join(folder, 'connect.offsets'),
    // A worker that runs here already has 8083.
    listeners: `http://127.0.0.1:${restPort}`
  })
  const address = { 'connect.redis.host': redis.host, 'connect.redis.port': redis.port }
  const connectors = ['redis-sink.properties', 'redis-sink-json.properties'].map(file =>
    writeConfig(folder, file, address)
  )
  const logFile = join(folder, 'worker.log')
  const args = [worker, ...connectors]
  const server = launch({ program: join(home, 'bin/connect-standalone'), args, cwd: folder, logFile })
  adopt(name, server)
  tell(
    'The worker starts, as you would start it',
    `cd ${folder}`,
    'bin/connect-standalone worker.properties redis-sink.properties redis-sink-json.properties > worker.log',
    '',
    `connector.class=${readConfig('redis-sink.properties', 'connector.class')}`,
    `connect.redis.kcql=${readConfig('redis-sink.properties', 'connect.redis.kcql')}`,
    '',
    `curl http://127.0.0.1:${restPort}/connectors`
  )
  return { server, logFile }
}

/** Resolves never; rejects when the worker has ended, with the end of its log. */
async function watch({ server, logFile }: Worker, signal: AbortSignal): Promise<never> {
  while (isAlive(server)) await sleep(200, undefined, { signal })
  const log = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-30).join('\n')
  throw new StackError(`The worker has ended. The end of its log (${logFile}):\n${log}`)
}

async function produceAndRead({ kafka, redis, registry }: Stack): Promise<void> {
  const monitor = await RedisMonitor.open(redis.port)
  try {
    const encoder = await AvroEncoder.register(registry.url, 'redis-topic', schema)
    await using producer = openProducer(kafka.bootstrap)
    const offset = await producer.send('redis-topic', encoder.encode(record))
    tell(`A record goes to redis-topic (offset ${offset}, Avro, schema id ${encoder.id} in the registry)`, record)
    const command = await monitor.next(line => line.includes(`"${key}"`))
    tell('Redis receives (seen by its own MONITOR)', command)
  } finally {
    monitor.close()
  }
  const redisCli = findProgram(
    'redis-cli',
    'the Redis tools (Debian and Ubuntu: sudo apt-get install redis-tools; macOS: brew install redis)'
  )
  const value = (await runToEnd(redisCli, ['-p', String(redis.port), '--raw', 'get', key])).trimEnd()
  tell(`redis-cli -p ${redis.port} get ${key}`, value)
  if (value !== expected)
    throw new StackError(`Redis holds another value than the manual shows, which is\n     ${expected}`)
  console.log('\nThat is what the manual shows, to the byte.')
}

function tellWhatToTry({ redis }: Stack, { logFile }: Worker): void {
  const jane = '{"firstName": "Jane", "lastName": "Doe", "age": 41, "salary": 5120.5}'
  console.log(`
Everything stays up for you. In another terminal, in this folder:

  another record, as Avro by the schema in the registry:
     echo '${jane}' | npm run -s produce -- --topic redis-topic
     redis-cli -p ${redis.port} get Jane.Doe

  one of bare JSON, on the topic of the second connector:
     echo '${jane}' | npm run -s produce -- --topic redis-json-topic --json
     redis-cli -p ${redis.port} get json-Jane.Doe

  an outage: Redis dies, a record comes, Redis is back:
     npm run -s stack -- kill redis --name quickstart
     echo '${jane}' | npm run -s produce -- --topic redis-topic
     npm run -s stack -- start redis --name quickstart

  what the worker says:
     tail -f ${logFile}

Ctrl-C ends worker and stack and removes their files.`)
}

/** Aborts at the first Ctrl-C or SIGTERM; the second finds us clearing up already. */
function interruptible(): AbortSignal {
  const abort = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => abort.abort(new StackError(`\nEnded by ${signal}.`)))
  }
  return abort.signal
}

async function run(isOnce: boolean, interrupted: AbortSignal): Promise<void> {
  const startedAt = performance.now()
  // A run that ends by itself may stand beside another one.
  const name = isOnce ? `quickstart-${process.pid}` : 'quickstart'
  const stack = await startStack(name, interrupted)
  let worker: Worker | undefined
  const finished = new AbortController()
  try {
    await createTopics(stack.kafka.bootstrap, ['redis-topic', 'redis-json-topic'])
    worker = await startWorker(stack)
    const stop = AbortSignal.any([interrupted, finished.signal])
    const ended = watch(worker, stop)
    const late = sleep(120_000, undefined, { signal: stop }).then(() => {
      throw new StackError(`The record did not reach Redis in 120 s. The worker's log: ${worker?.logFile}`)
    })
    for (const each of [ended, late]) each.catch(() => undefined)
    await Promise.race([produceAndRead(stack), ended, late])
    console.log(`(${((performance.now() - startedAt) / 1000).toFixed(1)} s in all)`)
    if (isOnce) return
    tellWhatToTry(stack, worker)
    await ended.catch((error: unknown) => {
      if (!interrupted.aborted) throw error
    })
  } finally {
    finished.abort()
    // In order, as an operator would: it commits its offsets and leaves its group.
    if (worker !== undefined) await end(worker.server, 'SIGTERM')
    await down(name)
  }
}

const interrupted = interruptible()
try {
  const { values } = parseArgs({ options: { once: { type: 'boolean', default: false } } })
  await run(values.once, interrupted)
} catch (error) {
  const isOurs = error instanceof StackError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true
  console.error(interrupted.aborted ? '\nEnded.' : isOurs ? (error as Error).message : error)
  process.exitCode = interrupted.aborted ? 130 : 1
}
