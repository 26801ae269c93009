// The literal table of converters: Java class name to what makes it. Nothing else is ever loaded by that name.
import { ConfigDef, type ConfigKey } from '../connect/config.ts'
import { oneOf } from '../connect/config-validators.ts'
import { type Config, type Converter, type Doors, type HeaderConverter } from '../connect/plugin.ts'
import { createAvroConverter } from './avro-converter.ts'
import { createByteArrayConverter } from './byte-array-converter.ts'
import { createJsonConverter } from './json-converter.ts'
import { createJsonSchemaConverter } from './json-schema-converter.ts'
import {
  createBooleanConverter,
  createDoubleConverter,
  createFloatConverter,
  createIntegerConverter,
  createLongConverter,
  createShortConverter
} from './number-converters.ts'
import { createProtobufConverter } from './protobuf-converter.ts'
import { registryHosts } from './registry-settings.ts'
import { createSimpleHeaderConverter } from './simple-header-converter.ts'
import { createStringConverter } from './string-converter.ts'
import { untakenAvroKeys, untakenProtobufKeys } from './untaken-keys.ts'

/** A converter by its class name. */
export interface ConverterPlugin {
  readonly className: string
  readonly configDef: ConfigDef
  create(config: Config, isKey: boolean, doors: Doors): Converter
}

export interface HeaderConverterPlugin {
  readonly className: string
  readonly configDef: ConfigDef
  create(config: Config, doors: Doors): HeaderConverter
}

function definition(keys: readonly ConfigKey[]): ConfigDef {
  const def = new ConfigDef()
  for (const key of keys) def.define(key)
  return def
}

/** The framework gives it. */
const converterType: ConfigKey = {
  name: 'converter.type',
  type: 'STRING',
  validator: oneOf('key', 'value', 'header'),
  importance: 'LOW',
  documentation: 'How this converter will be used: key, value or header.'
}

const encoding: ConfigKey = {
  name: 'converter.encoding',
  type: 'STRING',
  defaultValue: 'UTF-8',
  importance: 'HIGH',
  documentation: 'The name of the character set of the text.',
  width: 'MEDIUM',
  displayName: 'Encoding'
}

const replaceNull: ConfigKey = {
  name: 'replace.null.with.default',
  type: 'BOOLEAN',
  defaultValue: true,
  importance: 'LOW',
  documentation:
    'Whether a null becomes the default of its field, if there is one. Under values.strict it is not, unless this is said.'
}

const strictValues: ConfigKey = {
  name: 'values.strict',
  type: 'BOOLEAN',
  defaultValue: false,
  importance: 'MEDIUM',
  documentation:
    "Whether what is none of its field's type, or beyond its range, is an error (Java wraps it, cuts it or makes it null), as is text behind a JSON value (Java loses it), and a null stays null. " +
    'True for the plain contract where it is not said.'
}

/** Of all formats that have schemas with defaults. */
const valueKeys: readonly ConfigKey[] = [replaceNull, strictValues]

function sumTypes(documentation: string): ConfigKey {
  return {
    name: 'generalized.sum.type.support',
    type: 'BOOLEAN',
    defaultValue: false,
    importance: 'MEDIUM',
    documentation
  }
}

const ignoreDefaults: ConfigKey = {
  name: 'ignore.default.for.nullables',
  type: 'BOOLEAN',
  defaultValue: false,
  importance: 'MEDIUM',
  documentation:
    'Whether a null of an optional field stays null, whatever its default: as replace.null.with.default=false.'
}

/** In the order, the groups and with the names that Java's converter shows; ours come last. */
const jsonKeys: readonly ConfigKey[] = [
  {
    name: 'schemas.enable',
    type: 'BOOLEAN',
    defaultValue: true,
    importance: 'HIGH',
    documentation: 'Whether each record carries its schema in an envelope of "schema" and "payload".',
    ...shown('Schemas', 0, 'Enable Schemas')
  },
  {
    name: 'schemas.cache.size',
    type: 'INT',
    defaultValue: 1000,
    importance: 'HIGH',
    documentation: 'How many schemas are remembered.',
    ...shown('Schemas', 1, 'Schema Cache Size')
  },
  {
    name: 'schema.content',
    type: 'STRING',
    defaultValue: null,
    importance: 'HIGH',
    documentation: 'A schema as JSON; with schemas.enable=true every record is then the bare payload of it.',
    ...shown('Schemas', 2, 'Schema Content')
  },
  {
    name: 'decimal.format',
    type: 'STRING',
    defaultValue: 'BASE64',
    importance: 'LOW',
    documentation: 'How decimals are written: BASE64 or NUMERIC, in any case. Both are read.',
    ...shown('Serialization', 0, 'Decimal Format')
  },
  { ...replaceNull, ...shown('Serialization', 1, 'Replace null with default') },
  strictValues
]

/** How a UI arranges a key. */
function shown(
  group: string,
  order: number,
  displayName: string
): Pick<ConfigKey, 'group' | 'order' | 'width' | 'displayName'> {
  return { group, order, width: 'MEDIUM', displayName }
}

const registryKeys: readonly ConfigKey[] = [
  {
    name: 'schema.registry.url',
    type: 'LIST',
    importance: 'HIGH',
    documentation: 'Addresses of the schema registry, asked in turn until one answers.',
    destinations: registryHosts
  },
  {
    name: 'basic.auth.credentials.source',
    type: 'STRING',
    defaultValue: 'URL',
    importance: 'MEDIUM',
    documentation: 'Where user and password stand: URL, USER_INFO or SASL_INHERIT.'
  },
  {
    name: 'basic.auth.user.info',
    type: 'PASSWORD',
    defaultValue: null,
    importance: 'MEDIUM',
    documentation: 'user:password, where the source is USER_INFO.'
  },
  {
    name: 'bearer.auth.credentials.source',
    type: 'STRING',
    defaultValue: null,
    importance: 'MEDIUM',
    documentation: 'STATIC_TOKEN sends bearer.auth.token with every request.'
  },
  {
    name: 'bearer.auth.token',
    type: 'PASSWORD',
    defaultValue: null,
    importance: 'MEDIUM',
    documentation: 'The token to send.'
  },
  {
    name: 'schemas.cache.config',
    type: 'INT',
    defaultValue: 1000,
    importance: 'LOW',
    documentation: 'How many schemas are remembered.'
  },
  {
    name: 'http.read.timeout.ms',
    type: 'INT',
    defaultValue: 60_000,
    importance: 'LOW',
    documentation: 'How long one request may take.'
  },
  {
    name: 'max.retries',
    type: 'INT',
    defaultValue: 3,
    importance: 'LOW',
    documentation:
      'How often all addresses are asked again before the registry counts as away. Records wait for it, they are not skipped.'
  },
  {
    name: 'retries.wait.ms',
    type: 'INT',
    defaultValue: 1000,
    importance: 'LOW',
    documentation: 'The first pause between such rounds; it doubles.'
  },
  {
    name: 'retries.max.wait.ms',
    type: 'INT',
    defaultValue: 20_000,
    importance: 'LOW',
    documentation: 'The longest pause between such rounds.'
  }
]

/** Keys that only lead to the registry over TLS or under other names; secrets among them must be known as such. */
const registrySecrets = [
  'ssl.truststore.password',
  'ssl.truststore.certificates',
  'ssl.keystore.password',
  'ssl.keystore.key',
  'ssl.keystore.certificate.chain',
  'ssl.key.password',
  'basic.auth.user.info',
  'bearer.auth.token'
]
const registryTexts = [
  ...['ssl.truststore.location', 'ssl.truststore.type', 'ssl.keystore.location', 'ssl.keystore.type'],
  ...['ssl.endpoint.identification.algorithm', 'basic.auth.credentials.source']
]

function prefixed(name: string, type: 'STRING' | 'PASSWORD'): ConfigKey {
  const documentation = "As the Kafka clients' setting of this name, for the schema registry."
  return { name: `schema.registry.${name}`, type, defaultValue: null, importance: 'LOW', documentation }
}

const jaas: ConfigKey = {
  name: 'sasl.jaas.config',
  type: 'PASSWORD',
  defaultValue: null,
  importance: 'LOW',
  documentation: 'User and password, where the source is SASL_INHERIT.',
  internal: true
}

const registryConnectionKeys: readonly ConfigKey[] = [
  ...registryKeys,
  ...registryTexts.map(name => prefixed(name, 'STRING')),
  ...registrySecrets.map(name => prefixed(name, 'PASSWORD')),
  // Confluent's converters define none, and read it where the source is SASL_INHERIT.
  ...['', 'schema.registry.'].map((prefix): ConfigKey => ({ ...jaas, name: `${prefix}sasl.jaas.config` }))
]

const avroKeys: readonly ConfigKey[] = [
  ...registryConnectionKeys,
  ...valueKeys,
  ignoreDefaults,
  {
    name: 'enhanced.avro.schema.support',
    type: 'BOOLEAN',
    defaultValue: false,
    importance: 'MEDIUM',
    documentation: 'Whether the branches of a union go by their full names.'
  }
]

const jsonSchemaKeys: readonly ConfigKey[] = [
  ...registryConnectionKeys,
  ...valueKeys,
  ignoreDefaults,
  {
    name: 'json.fail.invalid.schema',
    type: 'BOOLEAN',
    defaultValue: false,
    importance: 'MEDIUM',
    documentation: 'Whether a record that is not valid by its schema is an error.'
  },
  sumTypes('Whether the fields of a oneOf or anyOf are named connect_union_field_0 instead of io.confluent.connect.json.OneOf.field.0.')
] // prettier-ignore

const protobufKeys: readonly ConfigKey[] = [
  ...registryConnectionKeys,
  {
    name: 'values.strict',
    type: 'BOOLEAN',
    defaultValue: false,
    importance: 'MEDIUM',
    documentation:
      'Whether a uint64 or fixed64 beyond 9223372036854775807 stays itself, where Java wraps it round. True for the plain contract where it is not said.'
  },
  {
    name: 'wrapper.for.nullables',
    type: 'BOOLEAN',
    defaultValue: false,
    importance: 'MEDIUM',
    documentation: 'Whether google.protobuf.StringValue and its like are optional plain values.'
  },
  {
    name: 'wrapper.for.raw.primitives',
    type: 'BOOLEAN',
    defaultValue: true,
    importance: 'MEDIUM',
    documentation: 'Whether a record that is such a wrapper is its plain value.'
  },
  {
    name: 'generate.index.for.unions',
    type: 'BOOLEAN',
    defaultValue: true,
    importance: 'MEDIUM',
    documentation: 'Whether the field of a oneof has its number behind its name: pick_0.'
  },
  {
    name: 'int.for.enums',
    type: 'BOOLEAN',
    defaultValue: false,
    importance: 'MEDIUM',
    documentation: "Whether an enum's value is its number instead of its name."
  },
  {
    name: 'optional.for.nullables',
    type: 'BOOLEAN',
    defaultValue: false,
    importance: 'MEDIUM',
    documentation: 'Whether of numbers, texts, bytes and booleans only fields marked optional are optional for transforms.'
  },
  {
    name: 'optional.for.proto2',
    type: 'BOOLEAN',
    defaultValue: true,
    importance: 'MEDIUM',
    documentation: 'Whether an optional field of proto2 that is not set is null; else it is its default.'
  },
  sumTypes('Accepted: it changes names in schemas alone, none of which reaches Redis.')
] // prettier-ignore

type Make = (config: Config, isKey: boolean, doors: Doors) => Converter & HeaderConverter

/** Converters that serve headers as well. */
const bothKinds: readonly { readonly className: string; readonly configDef: ConfigDef; readonly make: Make }[] = [
  {
    className: 'org.apache.kafka.connect.storage.StringConverter',
    configDef: definition([converterType, encoding]),
    make: createStringConverter
  },
  {
    className: 'org.apache.kafka.connect.converters.ByteArrayConverter',
    configDef: definition([converterType]),
    make: createByteArrayConverter
  },
  {
    className: 'org.apache.kafka.connect.converters.IntegerConverter',
    configDef: definition([converterType]),
    make: createIntegerConverter
  },
  {
    className: 'org.apache.kafka.connect.converters.LongConverter',
    configDef: definition([converterType]),
    make: createLongConverter
  },
  {
    className: 'org.apache.kafka.connect.converters.ShortConverter',
    configDef: definition([converterType]),
    make: createShortConverter
  },
  {
    className: 'org.apache.kafka.connect.converters.FloatConverter',
    configDef: definition([converterType]),
    make: createFloatConverter
  },
  {
    className: 'org.apache.kafka.connect.converters.DoubleConverter',
    configDef: definition([converterType]),
    make: createDoubleConverter
  },
  {
    className: 'org.apache.kafka.connect.converters.BooleanConverter',
    configDef: definition([converterType]),
    make: createBooleanConverter
  },
  {
    className: 'org.apache.kafka.connect.json.JsonConverter',
    configDef: definition([converterType, ...jsonKeys]),
    make: createJsonConverter
  }
]

export const converterPlugins: readonly ConverterPlugin[] = [
  ...bothKinds.map(({ className, configDef, make }): ConverterPlugin => ({
    className,
    configDef,
    create: make
  })),
  {
    className: 'io.confluent.connect.avro.AvroConverter',
    configDef: definition([...avroKeys, ...untakenAvroKeys]),
    create: createAvroConverter
  },
  {
    className: 'io.confluent.connect.json.JsonSchemaConverter',
    configDef: definition(jsonSchemaKeys),
    create: createJsonSchemaConverter
  },
  {
    className: 'io.confluent.connect.protobuf.ProtobufConverter',
    configDef: definition([...protobufKeys, ...untakenProtobufKeys]),
    create: createProtobufConverter
  }
]

export const headerConverterPlugins: readonly HeaderConverterPlugin[] = [
  ...bothKinds.map(({ className, configDef, make }): HeaderConverterPlugin => ({
    className,
    configDef,
    create: (config, doors) => make(config, false, doors)
  })),
  {
    className: 'org.apache.kafka.connect.storage.SimpleHeaderConverter',
    configDef: definition([]),
    create: config => createSimpleHeaderConverter(config, false)
  }
]
