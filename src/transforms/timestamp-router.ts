// TimestampRouter: puts the timestamp of a record into its topic name.
import { DataError } from '../connect/errors.ts'
import { type Config, type Doors, type Transformation } from '../connect/plugin.ts'
import { changeRecord } from '../connect/record.ts'
import { SimpleDateFormat } from '../java/simple-date-format.ts'
import { DatePatternError } from '../java/simple-date-pattern.ts'
import { IllegalArgumentError } from './jdk-errors.ts'
import { recordText } from './record-text.ts'
import { definition, parseTransformConfig } from './transform-config.ts'

export const timestampRouterConfig = definition(
  {
    name: 'topic.format',
    type: 'STRING',
    defaultValue: '${topic}-${timestamp}',
    importance: 'HIGH',
    documentation: 'The new topic name; ${topic} and ${timestamp} stand for those of the record.'
  },
  {
    name: 'timestamp.format',
    type: 'STRING',
    defaultValue: 'yyyyMMdd',
    importance: 'HIGH',
    documentation: 'How the timestamp is written, as a pattern of java.text.SimpleDateFormat; in UTC.'
  }
)

export function createTimestampRouter(config: Config, doors: Doors): Transformation {
  const parsed = parseTransformConfig(timestampRouterConfig, config)
  const topicFormat = parsed.text('topic.format') ?? ''
  const pattern = parsed.text('timestamp.format') ?? ''
  // Connect finds a wrong pattern only with the first record, so that a connector that meets none goes on.
  let format: SimpleDateFormat | null = null
  return {
    apply(record) {
      const { timestamp } = record
      if (timestamp === null) throw new DataError(`Timestamp missing on record: ${recordText(record)}`)
      format ??= formatOf(pattern, doors.clock.now())
      const topic = topicFormat.split('${topic}').join(record.topic)
      return changeRecord(record, { topic: topic.split('${timestamp}').join(format.format(timestamp)) })
    }
  }
}

function formatOf(pattern: string, nowMs: number): SimpleDateFormat {
  try {
    return new SimpleDateFormat(pattern, nowMs)
  } catch (error) {
    if (error instanceof DatePatternError) throw new IllegalArgumentError(error.message, { cause: error })
    throw error
  }
}
