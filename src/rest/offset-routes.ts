// Offsets of a connector: read, altered, reset; the shapes of a sink's partitions and offsets, checked in Connect's words.
import { type OffsetChange } from '../runtime/herder.ts'
import { offsetsEntity } from './entities.ts'
import { HttpError } from './http-error.ts'
import { isObject, type Json, parseJson, textOf } from './request-body.ts'
import { ok, param, type Route } from './routes.ts'

export const offsetRoutes: readonly Route[] = [
  {
    path: '/connectors/:name/offsets',
    handlers: {
      GET: async (request, herder) => ok(offsetsEntity(await herder.offsets(param(request, 'name')))),
      PATCH: async (request, herder) => {
        const changes = offsetChanges(parseJson(request.body), param(request, 'name'))
        return ok({ message: await herder.alterOffsets(param(request, 'name'), changes) })
      },
      DELETE: async (request, herder) => ok({ message: await herder.resetOffsets(param(request, 'name')) })
    }
  }
]

function offsetChanges(body: Json, connector: string): readonly OffsetChange[] {
  const list = isObject(body) ? body['offsets'] : undefined
  if (!Array.isArray(list) || list.length === 0) {
    throw new HttpError(400, 'Partitions / offsets need to be provided for an alter offsets request')
  }
  const changes = (list as readonly Json[]).map(offsetChange)
  if (changes.some(({ offset }) => offset !== null && offset < 0)) {
    throw new HttpError(500, `Failed to modify offsets for sink connector ${connector}`)
  }
  return changes
}

function offsetChange(entry: Json): OffsetChange {
  const partition = isObject(entry) ? (entry['partition'] ?? null) : null
  if (partition === null)
    throw new HttpError(400, 'The partition for a sink connector offset cannot be null or missing')
  if (!isObject(partition) || !('kafka_topic' in partition) || !('kafka_partition' in partition)) {
    throw new HttpError(
      400,
      "The partition for a sink connector offset must contain the keys 'kafka_topic' and 'kafka_partition'"
    )
  }
  const topic = textOf(partition['kafka_topic'])
  if (topic === null) throw new HttpError(400, 'Kafka topic names must be valid strings and may not be null')
  if (partition['kafka_partition'] === null) {
    throw new HttpError(400, 'Kafka partitions must be valid numbers and may not be null')
  }
  const number = wholeNumber(
    partition['kafka_partition'],
    found =>
      `Failed to parse the following Kafka partition value in the provided offsets: '${found}'. Partition values for sink connectors need to be integers.`
  )
  return { topic, partition: number, offset: offsetOf(isObject(entry) ? (entry['offset'] ?? null) : null) }
}

function offsetOf(offset: Json): number | null {
  if (offset === null) return null
  const value = isObject(offset) ? (offset['kafka_offset'] ?? null) : null
  if (value === null) {
    throw new HttpError(400, "The offset for a sink connector should either be null or contain the key 'kafka_offset'")
  }
  return wholeNumber(
    value,
    found =>
      `Failed to parse the following Kafka offset value in the provided offsets: '${found}'. Offset values for sink connectors need to be integers.`
  )
}

/** Numbers may come as texts. */
function wholeNumber(value: Json | undefined, message: (found: string) => string): number {
  const text = textOf(value) ?? JSON.stringify(value)
  const number = Number(text)
  if (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(number)) return number
  throw new HttpError(400, message(text))
}
