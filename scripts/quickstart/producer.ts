// Puts records on a topic as the manual's console producers do: JSON lines, as they are or as Avro through the registry.
import { Admin, Producer } from '@platformatic/kafka'
import avsc from 'avsc'
import { StackError } from '../stack/programs.ts'

export async function createTopics(bootstrap: string, topics: readonly string[]): Promise<void> {
  const admin = new Admin({ clientId: 'quickstart', bootstrapBrokers: [bootstrap] })
  try {
    await admin.createTopics({ topics: [...topics], partitions: 1, replicas: 1 })
  } finally {
    await admin.close()
  }
}

export async function topicExists(bootstrap: string, topic: string): Promise<boolean> {
  const admin = new Admin({ clientId: 'quickstart', bootstrapBrokers: [bootstrap], retries: 1 })
  try {
    return (await admin.listTopics()).includes(topic)
  } catch (error) {
    throw new StackError(`Kafka at ${bootstrap} does not answer: ${(error as Error).message}`)
  } finally {
    await admin.close()
  }
}

/** Sends records one by one and tells the offset of each; "await using" closes it. */
export function openProducer(bootstrap: string) {
  const options = { clientId: 'quickstart', bootstrapBrokers: [bootstrap], retries: 3 }
  const producer = new Producer<Buffer, Buffer, Buffer, Buffer>(options)
  return {
    send: async (topic: string, value: Buffer, key?: string): Promise<bigint> => {
      const message = key === undefined ? { topic, value } : { topic, value, key: Buffer.from(key) }
      try {
        const { offsets } = await producer.send({ messages: [message], acks: -1 })
        return offsets?.[0]?.offset ?? -1n
      } catch (error) {
        throw new StackError(`Kafka at ${bootstrap} took no record for ${topic}: ${(error as Error).message}`)
      }
    },
    [Symbol.asyncDispose]: () => producer.close()
  }
}

/** Turns lines of JSON into Avro of one schema, each with the registry's five bytes in front. */
export class AvroEncoder {
  readonly id: number
  readonly schema: string
  readonly #type: avsc.Type

  private constructor(id: number, schema: string) {
    this.id = id
    this.schema = schema
    this.#type = avsc.Type.forSchema(JSON.parse(schema) as avsc.Schema)
  }

  /** Registers the schema for the topic's values, which is nothing new where it is known already. */
  static async register(registry: string, topic: string, schema: string): Promise<AvroEncoder> {
    const { id } = await ask<{ id: number }>(`${registry}/subjects/${encodeURIComponent(topic)}-value/versions`, {
      schema
    })
    return new AvroEncoder(id, schema)
  }

  /** The newest schema the registry has for the topic's values; undefined where it has none. */
  static async latest(registry: string, topic: string): Promise<AvroEncoder | undefined> {
    const url = `${registry}/subjects/${encodeURIComponent(topic)}-value/versions/latest`
    const found = await ask<{ id: number; schema: string } | undefined>(url)
    return found && new AvroEncoder(found.id, found.schema)
  }

  /** A union's value is written as Avro's JSON has it: {"string": "x"}, or null. */
  encode(line: string): Buffer {
    const value: unknown = this.#type.fromString(line)
    const body = this.#type.toBuffer(value)
    const header = Buffer.alloc(5)
    header.writeInt32BE(this.id, 1)
    return Buffer.concat([header, body])
  }
}

async function ask<Answer>(url: string, body?: unknown): Promise<Answer> {
  const headers = { 'content-type': 'application/vnd.schemaregistry.v1+json' }
  const answer = await fetch(url, body === undefined ? {} : { method: 'POST', headers, body: JSON.stringify(body) })
  if (body === undefined && answer.status === 404) return undefined as Answer
  const text = await answer.text()
  if (!answer.ok) throw new StackError(`The schema registry answers ${answer.status} to ${url}: ${text}`)
  return JSON.parse(text) as Answer
}
