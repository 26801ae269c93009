// The literal table of transforms and predicates: Java class name to what makes it. Nothing else is ever loaded by that name.
import { type ConfigDef } from '../connect/config.ts'
import { type Config, type Doors, type Predicate, type Transformation } from '../connect/plugin.ts'
import { castConfig, createCast } from './cast.ts'
import { createDropHeaders, dropHeadersConfig } from './drop-headers.ts'
import { createExtractField, extractFieldConfig } from './extract-field.ts'
import { createFilter, filterConfig } from './filter.ts'
import { createFlatten, flattenConfig } from './flatten.ts'
import { createHeaderFrom, headerFromConfig } from './header-from.ts'
import { createHoistField, hoistFieldConfig } from './hoist-field.ts'
import { createInsertField, insertFieldConfig } from './insert-field.ts'
import { createInsertHeader, insertHeaderConfig } from './insert-header.ts'
import { createMaskField, maskFieldConfig } from './mask-field.ts'
import { keyPart, valuePart } from './operating-part.ts'
import {
  createHasHeaderKey,
  createRecordIsTombstone,
  createTopicNameMatches,
  hasHeaderKeyConfig,
  recordIsTombstoneConfig,
  topicNameMatchesConfig
} from './predicates.ts'
import { createRegexRouter, regexRouterConfig } from './regex-router.ts'
import { createReplaceField, replaceFieldConfig, replaceFieldFormerNames } from './replace-field.ts'
import { createSetSchemaMetadata, setSchemaMetadataConfig } from './set-schema-metadata.ts'
import { createTimestampConverter, timestampConverterConfig } from './timestamp-converter.ts'
import { createTimestampRouter, timestampRouterConfig } from './timestamp-router.ts'
import { createValueToKey, valueToKeyConfig } from './value-to-key.ts'

/** A transform by its class name. */
export interface TransformationEntry {
  readonly className: string
  readonly version: string
  readonly configDef: ConfigDef
  readonly formerNames?: ReadonlyMap<string, string>
  create(config: Config, doors: Doors): Transformation
}

export interface PredicateEntry {
  readonly className: string
  readonly version: string
  readonly configDef: ConfigDef
  create(config: Config, doors: Doors): Predicate
}

/** The release of Apache Kafka whose transforms these are, answer for answer. */
const version = '4.3.1'

export const transformationEntries: readonly TransformationEntry[] = [
  {
    className: 'org.apache.kafka.connect.transforms.Cast$Key',
    version,
    configDef: castConfig,
    create: config => createCast(config, keyPart)
  },
  {
    className: 'org.apache.kafka.connect.transforms.Cast$Value',
    version,
    configDef: castConfig,
    create: config => createCast(config, valuePart)
  },
  {
    className: 'org.apache.kafka.connect.transforms.DropHeaders',
    version,
    configDef: dropHeadersConfig,
    create: createDropHeaders
  },
  {
    className: 'org.apache.kafka.connect.transforms.ExtractField$Key',
    version,
    configDef: extractFieldConfig,
    create: config => createExtractField(config, keyPart)
  },
  {
    className: 'org.apache.kafka.connect.transforms.ExtractField$Value',
    version,
    configDef: extractFieldConfig,
    create: config => createExtractField(config, valuePart)
  },
  {
    className: 'org.apache.kafka.connect.transforms.Filter',
    version,
    configDef: filterConfig,
    create: createFilter
  },
  {
    className: 'org.apache.kafka.connect.transforms.Flatten$Key',
    version,
    configDef: flattenConfig,
    create: config => createFlatten(config, keyPart)
  },
  {
    className: 'org.apache.kafka.connect.transforms.Flatten$Value',
    version,
    configDef: flattenConfig,
    create: config => createFlatten(config, valuePart)
  },
  {
    className: 'org.apache.kafka.connect.transforms.HeaderFrom$Key',
    version,
    configDef: headerFromConfig,
    create: config => createHeaderFrom(config, keyPart)
  },
  {
    className: 'org.apache.kafka.connect.transforms.HeaderFrom$Value',
    version,
    configDef: headerFromConfig,
    create: config => createHeaderFrom(config, valuePart)
  },
  {
    className: 'org.apache.kafka.connect.transforms.HoistField$Key',
    version,
    configDef: hoistFieldConfig,
    create: config => createHoistField(config, keyPart)
  },
  {
    className: 'org.apache.kafka.connect.transforms.HoistField$Value',
    version,
    configDef: hoistFieldConfig,
    create: config => createHoistField(config, valuePart)
  },
  {
    className: 'org.apache.kafka.connect.transforms.InsertField$Key',
    version,
    configDef: insertFieldConfig,
    create: config => createInsertField(config, keyPart)
  },
  {
    className: 'org.apache.kafka.connect.transforms.InsertField$Value',
    version,
    configDef: insertFieldConfig,
    create: config => createInsertField(config, valuePart)
  },
  {
    className: 'org.apache.kafka.connect.transforms.InsertHeader',
    version,
    configDef: insertHeaderConfig,
    create: createInsertHeader
  },
  {
    className: 'org.apache.kafka.connect.transforms.MaskField$Key',
    version,
    configDef: maskFieldConfig,
    create: config => createMaskField(config, keyPart)
  },
  {
    className: 'org.apache.kafka.connect.transforms.MaskField$Value',
    version,
    configDef: maskFieldConfig,
    create: config => createMaskField(config, valuePart)
  },
  {
    className: 'org.apache.kafka.connect.transforms.RegexRouter',
    version,
    configDef: regexRouterConfig,
    create: createRegexRouter
  },
  {
    className: 'org.apache.kafka.connect.transforms.ReplaceField$Key',
    version,
    configDef: replaceFieldConfig,
    formerNames: replaceFieldFormerNames,
    create: config => createReplaceField(config, keyPart)
  },
  {
    className: 'org.apache.kafka.connect.transforms.ReplaceField$Value',
    version,
    configDef: replaceFieldConfig,
    formerNames: replaceFieldFormerNames,
    create: config => createReplaceField(config, valuePart)
  },
  {
    className: 'org.apache.kafka.connect.transforms.SetSchemaMetadata$Key',
    version,
    configDef: setSchemaMetadataConfig,
    create: config => createSetSchemaMetadata(config, keyPart)
  },
  {
    className: 'org.apache.kafka.connect.transforms.SetSchemaMetadata$Value',
    version,
    configDef: setSchemaMetadataConfig,
    create: config => createSetSchemaMetadata(config, valuePart)
  },
  {
    className: 'org.apache.kafka.connect.transforms.TimestampConverter$Key',
    version,
    configDef: timestampConverterConfig,
    create: (config, doors) => createTimestampConverter(config, keyPart, doors)
  },
  {
    className: 'org.apache.kafka.connect.transforms.TimestampConverter$Value',
    version,
    configDef: timestampConverterConfig,
    create: (config, doors) => createTimestampConverter(config, valuePart, doors)
  },
  {
    className: 'org.apache.kafka.connect.transforms.TimestampRouter',
    version,
    configDef: timestampRouterConfig,
    create: createTimestampRouter
  },
  {
    className: 'org.apache.kafka.connect.transforms.ValueToKey',
    version,
    configDef: valueToKeyConfig,
    create: createValueToKey
  }
]

export const predicateEntries: readonly PredicateEntry[] = [
  {
    className: 'org.apache.kafka.connect.transforms.predicates.HasHeaderKey',
    version,
    configDef: hasHeaderKeyConfig,
    create: createHasHeaderKey
  },
  {
    className: 'org.apache.kafka.connect.transforms.predicates.RecordIsTombstone',
    version,
    configDef: recordIsTombstoneConfig,
    create: createRecordIsTombstone
  },
  {
    className: 'org.apache.kafka.connect.transforms.predicates.TopicNameMatches',
    version,
    configDef: topicNameMatchesConfig,
    create: createTopicNameMatches
  }
]
