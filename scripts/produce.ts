// The command "npm run produce": reads JSON lines from standard input and puts each on a topic, as Avro or as it is.
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { AvroEncoder, createTopics, openProducer, topicExists } from './quickstart/producer.ts'
import { StackError } from './stack/programs.ts'
import { status } from './stack/stack.ts'

const usage = `npm run produce -- --topic TOPIC [--json | --value-schema SCHEMA] [--key KEY] [--create]
                  [--name STACK | --bootstrap HOST:PORT --registry URL] < lines
Each line of standard input is one record in JSON. It is sent as Avro: by SCHEMA, else by the newest schema that the
registry has for the topic. With --json, or where the registry has none, the line is sent as it stands. A topic that does not exist is refused, or made with one partition by --create.`

type Target = { readonly bootstrap: string; readonly registry: string | undefined }

/** The named stack, else the quickstart's, else the default one. */
function findTarget(options: { name?: string; bootstrap?: string; registry?: string }): Target {
  const names = options.name === undefined ? ['quickstart', 'default'] : [options.name]
  const stack = names.map(status).find(each => each !== undefined)
  const bootstrap = options.bootstrap ?? stack?.kafka?.bootstrap
  if (bootstrap === undefined) {
    throw new StackError(
      'No Kafka to send to: start "npm run quickstart" in another terminal, or name it with --bootstrap.'
    )
  }
  // Somebody else's Kafka has nothing to do with our registry.
  return {
    bootstrap,
    registry: options.registry ?? (options.bootstrap === undefined ? stack?.registry?.url : undefined)
  }
}

/** A mistyped name must not become a topic, as it does where brokers create what they are asked for. */
async function requireTopic({ bootstrap }: Target, topic: string, create: boolean): Promise<void> {
  if (await topicExists(bootstrap, topic)) return
  if (!create) {
    throw new StackError(
      `Kafka at ${bootstrap} has no topic ${topic}. If the name is right, make it with the same command and --create.`
    )
  }
  await createTopics(bootstrap, [topic])
  console.error(`${topic} is made, with one partition.`)
}

async function findEncoder({ registry }: Target, topic: string, schema?: string): Promise<AvroEncoder | undefined> {
  if (registry !== undefined) {
    return schema === undefined ? AvroEncoder.latest(registry, topic) : AvroEncoder.register(registry, topic, schema)
  }
  if (schema !== undefined) throw new StackError('A schema needs a registry: name it with --registry URL.')
  return undefined
}

async function run(): Promise<void> {
  const { values: options } = parseArgs({
    options: {
      topic: { type: 'string' },
      'value-schema': { type: 'string' },
      json: { type: 'boolean', default: false },
      key: { type: 'string' },
      create: { type: 'boolean', default: false },
      name: { type: 'string' },
      bootstrap: { type: 'string' },
      registry: { type: 'string' }
    }
  })
  const { topic, json, key } = options
  if (topic === undefined) throw new StackError(usage)
  const target = findTarget(options)
  await requireTopic(target, topic, options.create)
  const encoder = json ? undefined : await findEncoder(target, topic, options['value-schema'])
  if (process.stdin.isTTY)
    console.error(`Each line you type goes to ${topic} as ${encoder ? 'Avro' : 'JSON'}; Ctrl-D ends.`)
  await using producer = openProducer(target.bootstrap)
  let number = 0
  for await (const line of createInterface({ input: process.stdin })) {
    number++
    if (line.trim() === '') continue
    const value = encode(line, number, encoder)
    const offset = await producer.send(topic, value, key)
    console.error(`${topic}@${offset}  ${encoder ? `Avro, schema id ${encoder.id}` : 'JSON'}, ${value.length} bytes`)
  }
}

function encode(line: string, number: number, encoder: AvroEncoder | undefined): Buffer {
  try {
    if (encoder !== undefined) return encoder.encode(line)
    JSON.parse(line)
    return Buffer.from(line)
  } catch (error) {
    const form = encoder === undefined ? 'JSON' : `a record of the schema ${encoder.schema}`
    throw new StackError(`Line ${number} is not ${form}: ${(error as Error).message}\n  ${line}`)
  }
}

try {
  await run()
} catch (error) {
  const isOurs = error instanceof StackError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true
  console.error(isOurs ? (error as Error).message : error)
  process.exitCode = 1
}
