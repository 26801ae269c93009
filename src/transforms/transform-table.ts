// The literal table of transforms and predicates: Java class name to what makes it. Nothing else is ever loaded by that name.
import { type ConfigDef } from '../connect/config.ts'
import { type Config, type Doors, type Predicate, type Transformation } from '../connect/plugin.ts'
import { createDropHeaders, dropHeadersConfig } from './drop-headers.ts'
import { createFilter, filterConfig } from './filter.ts'
import {
  createHasHeaderKey,
  createRecordIsTombstone,
  createTopicNameMatches,
  hasHeaderKeyConfig,
  recordIsTombstoneConfig,
  topicNameMatchesConfig
} from './predicates.ts'
import { createRegexRouter, regexRouterConfig } from './regex-router.ts'

/** A transform by its class name. */
export interface TransformationEntry {
  readonly className: string
  readonly version: string
  readonly configDef: ConfigDef
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
    className: 'org.apache.kafka.connect.transforms.DropHeaders',
    version,
    configDef: dropHeadersConfig,
    create: createDropHeaders
  },
  { className: 'org.apache.kafka.connect.transforms.Filter', version, configDef: filterConfig, create: createFilter },
  {
    className: 'org.apache.kafka.connect.transforms.RegexRouter',
    version,
    configDef: regexRouterConfig,
    create: createRegexRouter
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
