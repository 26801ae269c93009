// Classes of others, which are Java's and not here: what does their work in this worker.

export type ForeignKind =
  'connectors' | 'transformations' | 'predicates' | 'converters' | 'headerConverters' | 'configProviders'

const apache = 'org.apache.kafka.connect'
const ownModule = 'write it as a module of your own and name its folder in plugin.path (examples/plugins shows one)'
const nestedPaths =
  'KCQL reads below fields, no transform is needed: write SELECT after.id AS id, after.name AS name FROM topic PK after.id in connect.redis.kcql; a delete, whose after is null, is left to connect.redis.error.policy'
const nullValues = `write connect.redis.tombstones=ignore to pass over null values, or ${apache}.transforms.Filter with the predicate RecordIsTombstone to drop them`
const nestedField =
  'KCQL reads below fields, no transform is needed: write SELECT outer.inner AS inner in connect.redis.kcql'

const byApache = (name: string): string => `write ${apache}.transforms.${name}, which does the like`

/** By the class without its package and without `$Key` or `$Value`. */
const transformations: ReadonlyMap<string, string> = new Map([
  ['ExtractNewRecordState', nestedPaths],
  ['UnwrapFromEnvelope', nestedPaths],
  ['ExtractNewDocumentState', nestedPaths],
  ['EventRouter', 'KCQL reads below fields: write SELECT payload.id AS id in connect.redis.kcql, a statement for each topic'],
  ['ExtractChangedRecordState', nestedPaths],
  ['ByLogicalTableRouter', byApache('RegexRouter')],
  ['TopicRegexRouter', byApache('RegexRouter')],
  ['PatternRename', byApache('ReplaceField$Value')],
  ['MessageTimestampRouter', byApache('TimestampRouter')],
  ['TombstoneHandler', nullValues],
  ['TombstonesFilter', nullValues],
  ['ExtractNestedField', nestedField],
  ['Drop', `write ${apache}.transforms.ReplaceField$Value to drop fields; a record's key is not written unless a statement names it`],
  ['InsertWallclock', byApache('InsertField$Value')],
  ['TimestampNow', byApache('InsertField$Value')],
  ['TimestampNowField', byApache('InsertField$Value')],
  ['TimestampField', byApache('InsertField$Value')],
  ['ToJSON', 'values are written as JSON as they are, no transform is needed'],
  ['Filter', `write ${apache}.transforms.Filter, which drops records by a predicate; for a condition on fields ${ownModule}`]
]) // prettier-ignore

const converters: ReadonlyMap<string, string> = new Map([
  ['BinaryDataConverter', `write ${apache}.converters.ByteArrayConverter`],
  ['ByteBufferConverter', `write ${apache}.converters.ByteArrayConverter`],
  ['CloudEventsConverter', `write ${apache}.json.JsonConverter, and SELECT data.id AS id in connect.redis.kcql`]
])

const apicurio =
  "Apicurio answers as Confluent's registry does: write io.confluent.connect.avro.AvroConverter (or ...protobuf.ProtobufConverter, ...json.JsonSchemaConverter) " +
  'with schema.registry.url=http://HOST:PORT/apis/ccompat/v7'

const secretFiles =
  'have the secrets written to files and write org.apache.kafka.common.config.provider.DirectoryConfigProvider or FileConfigProvider'

const providers: readonly (readonly [RegExp, string])[] = [
  [/^Env/i, 'write org.apache.kafka.common.config.provider.EnvVarConfigProvider'],
  [/Kubernetes|Secret|Vault|Aws|Azure|Gcp|ConfigProvider$/i, secretFiles]
]

const connectors: ReadonlyMap<string, string> = new Map([
  ['com.redis.kafka.connect.RedisSinkConnector', 'redis.host is connect.redis.host here, redis.type stands in connect.redis.kcql'],
  ['com.github.jcustenborder.kafka.connect.redis.RedisSinkConnector', 'redis.hosts is connect.redis.host and connect.redis.port here, and the key stands behind PK in connect.redis.kcql']
]) // prettier-ignore

/** Who publishes classes for Connect; `org.apache.kafka` itself is not among them: there a name is only misspelt. */
const vendors =
  /^(?:io\.debezium|io\.aiven|com\.github|io\.confluent|io\.lenses|com\.datamountaineer|com\.landoop|com\.redis|com\.mongodb|com\.amazonaws|com\.snowflake|com\.google|com\.azure|com\.microsoft|com\.clickhouse|io\.strimzi|io\.apicurio|com\.blueapron|org\.apache\.camel|org\.radarbase|cricket\.jmoore)\./

/** One sentence, or null where the class is of nobody known. */
export function foreignClass(kind: ForeignKind, className: string): string | null {
  if (!vendors.test(className)) return null
  const simple = className.slice(className.lastIndexOf('.') + 1).replace(/\$(?:Key|Value)$/, '')
  switch (kind) {
    case 'connectors': {
      const instead = connectors.get(className)
      return instead === undefined ? null : `the sink here is connect.redis.RedisSinkConnector: ${instead}`
    }
    case 'transformations':
      return transformations.get(simple) ?? `it is Java's, and not here: ${ownModule}`
    case 'converters':
    case 'headerConverters':
      if (className.startsWith('io.apicurio.')) return apicurio
      return converters.get(simple) ?? `it is Java's, and not here: ${ownModule}`
    case 'configProviders':
      return providers.find(([pattern]) => pattern.test(simple))?.[1] ?? null
    case 'predicates':
      return `it is Java's, and not here: ${ownModule}`
  }
}
