// The properties of a world's worker and connectors, as a user would write them.
import { type ConnectorPlan, type WorldPlan } from './plan.ts'

export const redisAddress = 'redis:6379'
export const letterTopic = (connector: string): string => `${connector}-letters`

export function workerProperties({ commitIntervalMs }: WorldPlan, brokers: readonly string[]): Map<string, string> {
  return new Map([
    ['bootstrap.servers', brokers.join(',')],
    ['key.converter', 'org.apache.kafka.connect.storage.StringConverter'],
    ['value.converter', 'org.apache.kafka.connect.json.JsonConverter'],
    ['value.converter.schemas.enable', 'false'],
    ['offset.storage.file.filename', '/tmp/connect.offsets'],
    ['offset.flush.interval.ms', String(commitIntervalMs)]
  ])
}

export function connectorProperties(plan: ConnectorPlan): Map<string, string> {
  const { name, topics, plain, format, policy, tolerant, deadLetters, transform, tasks, overrides } = plan
  return new Map(
    Object.entries({
      name,
      'connector.class': plain
        ? 'connect.redis.RedisSinkConnector'
        : 'com.datamountaineer.streamreactor.connect.redis.sink.RedisSinkConnector',
      'tasks.max': String(tasks),
      topics: topics.join(','),
      'connect.redis.host': 'redis',
      'connect.redis.port': '6379',
      'connect.redis.kcql': topics.map(topic => statementOf(plan, topic)).join(';'),
      'connect.redis.error.policy': policy,
      'connect.redis.max.retries': '3',
      'connect.redis.retry.interval': '1000',
      'errors.tolerance': tolerant ? 'all' : 'none',
      'errors.log.enable': 'true',
      ...(format === 'text' ? { 'value.converter': 'org.apache.kafka.connect.storage.StringConverter' } : {}),
      ...(deadLetters
        ? {
            'errors.deadletterqueue.topic.name': letterTopic(name),
            'errors.deadletterqueue.topic.replication.factor': '1',
            'errors.deadletterqueue.context.headers.enable': 'true'
          }
        : {}),
      ...(transform
        ? {
            transforms: 'more',
            'transforms.more.type': 'org.apache.kafka.connect.transforms.InsertField$Value',
            'transforms.more.static.field': 'from',
            'transforms.more.static.value': 'world'
          }
        : {}),
      'consumer.override.auto.offset.reset': 'earliest',
      ...overrides
    })
  )
}

function statementOf({ name, mode, ttl }: ConnectorPlan, topic: string): string {
  const expiry = ttl ? ' TTL=86400' : ''
  switch (mode) {
    case 'cache':
      return `INSERT INTO ${name}: SELECT * FROM ${topic} PK k${expiry}`
    case 'sortedSet':
      return `INSERT INTO ${name}-all SELECT n, s FROM ${topic} STOREAS SortedSet(score=s)${expiry}`
    case 'sortedSets':
      return `INSERT INTO ${name}: SELECT k FROM ${topic} PK g STOREAS SortedSet(score=s)${expiry}`
    case 'geo':
      return `INSERT INTO ${name}: SELECT k FROM ${topic} PK g STOREAS GeoAdd(longitudeField=lon, latitudeField=lat)`
    case 'stream':
      return `INSERT INTO ${name}-log SELECT n FROM ${topic} STOREAS Stream`
    case 'pubSub':
      return `SELECT n FROM ${topic} STOREAS PubSub(channel=ch)`
  }
}
