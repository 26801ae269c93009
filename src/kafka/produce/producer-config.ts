// A producer's Java-style properties, read once: every key has its effect or one warning that it has none.
import { int32Max, readClientConfig, uselessSettings, type ClientConfig } from '../client-config.ts'
import { ClientProperties } from '../client-properties.ts'
import { type WrittenCodec } from '../records/batch-writer.ts'

export interface ProducerConfig extends ClientConfig {
  /** -1: all in-sync replicas; 1: the leader alone. */
  readonly acks: -1 | 1
  readonly codec: WrittenCodec
  readonly batchBytesMax: number
  readonly requestBytesMax: number
  readonly deliveryTimeoutMs: number
  /** How long a topic that is not there is waited for. */
  readonly blockMsMax: number
  /** One sentence per setting that has no effect. */
  readonly warnings: readonly string[]
}

const alone = 'one request per partition is under way at a time, and what waits meanwhile goes out together'
const pointless = new Map<string, string | null>([
  ['key.serializer', null],
  ['value.serializer', null],
  ['linger.ms', alone],
  ['max.in.flight.requests.per.connection', null],
  ['buffer.memory', 'what is not acknowledged is bounded by the worker'],
  ['retries', 'a record is tried until delivery.timeout.ms is over'],
  [
    'partitioner.class',
    'records with a key go where Java’s built-in partitioner puts them, the others stick to one partition per batch'
  ],
  ['partitioner.ignore.keys', 'records with a key go where Java’s built-in partitioner puts them'],
  ['partitioner.adaptive.partitioning.enable', 'partitions are chosen at random'],
  ['partitioner.availability.timeout.ms', 'partitions without a leader are avoided at once'],
  ['transactional.id', 'records are sent without transactions'],
  ['transaction.timeout.ms', 'records are sent without transactions'],
  ['transaction.two.phase.commit.enable', 'records are sent without transactions'],
  ['compression.gzip.level', 'the default level is used'],
  ['compression.lz4.level', 'the default level is used'],
  ['compression.zstd.level', 'the default level is used'],
  ['metadata.max.idle.ms', 'there are few topics, and they are all kept']
])

export function readProducerConfig(values: ReadonlyMap<string, string>): ProducerConfig {
  const properties = new ClientProperties(values)
  const warnings: string[] = []
  const acks = properties.oneOf('acks', 'all', ['all', '-1', '0', '1'] as const)
  if (acks === '0') warnings.push('acks=0 is taken as 1: a record that nobody acknowledges would be lost unseen')
  const idempotent = properties.bool('enable.idempotence', false)
  if (idempotent) warnings.push('enable.idempotence has no effect: a record may stand in the topic twice after a retry')
  const compression = properties.oneOf('compression.type', 'none', ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)
  const codec = compression === 'snappy' || compression === 'lz4' ? 'zstd' : compression
  if (codec !== compression)
    warnings.push(`compression.type=${compression} is taken as zstd, which every consumer reads too`)
  const config = {
    ...readClientConfig(properties, 'kafka-connect-redis-producer'),
    acks: acks === 'all' || acks === '-1' ? (-1 as const) : (1 as const),
    codec,
    batchBytesMax: properties.int('batch.size', 16_384, 0, int32Max),
    requestBytesMax: properties.int('max.request.size', 1_048_576, 0, int32Max),
    deliveryTimeoutMs: properties.int('delivery.timeout.ms', 120_000, 0, int32Max),
    blockMsMax: blockMs(properties)
  }
  return { ...config, warnings: [...warnings, ...uselessSettings('producer', properties, pointless)] }
}

/** Connect's own default is 2^63-1, which is no exact number here. */
function blockMs(properties: ClientProperties): number {
  const text = properties.text('max.block.ms')
  return text === '9223372036854775807' ? Infinity : properties.int('max.block.ms', 60_000)
}
