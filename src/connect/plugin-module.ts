// What a user's own module of plugins exports, and what it is given to build them from.
import { type ConfigKey, ConfigDef, type ParsedConfig } from './config.ts'
import { atLeast, between, nonEmptyString, oneOf, oneOfIgnoringCase } from './config-validators.ts'
import { ConnectMap, Decimal, logicalNames, Schema, Struct } from './data.ts'
import { ConfigError, ConnectError, DataError, RetriableError } from './errors.ts'
import {
  type ConfigProvider,
  type Converter,
  type Doors,
  type HeaderConverter,
  type Predicate,
  type Transformation
} from './plugin.ts'
import { changeRecord } from './record.ts'

/**
 * The classes and functions of the contract, handed to the module instead of imported by it: it may lie anywhere on the machine, and a
 * `Struct` or `DataError` must be the worker's own to be known as one.
 */
export const connectApi = {
  changeRecord,
  Schema,
  Struct,
  ConnectMap,
  Decimal,
  logicalNames,
  ConfigDef,
  ConnectError,
  ConfigError,
  DataError,
  RetriableError,
  validators: { atLeast, between, nonEmptyString, oneOf, oneOfIgnoringCase }
} as const

export type ConnectApi = typeof connectApi

/** A plugin under the name that configurations call it by, as `com.example.MaskCard$Value`. */
export interface UserPlugin<Create> {
  readonly className: string
  /** Its settings; what is wrong in a configuration is told before `create` is called. */
  readonly config?: readonly ConfigKey[]
  readonly create: Create
}

export type UserTransformation = UserPlugin<(config: ParsedConfig, doors: Doors) => Transformation>
export type UserPredicate = UserPlugin<(config: ParsedConfig, doors: Doors) => Predicate>
export type UserConverter = UserPlugin<(config: ParsedConfig, isKey: boolean, doors: Doors) => Converter>
export type UserHeaderConverter = UserPlugin<(config: ParsedConfig, doors: Doors) => HeaderConverter>
export type UserConfigProvider = UserPlugin<(config: ParsedConfig, doors: Doors) => ConfigProvider>

export interface UserPlugins {
  readonly transformations?: readonly UserTransformation[]
  readonly predicates?: readonly UserPredicate[]
  readonly converters?: readonly UserConverter[]
  readonly headerConverters?: readonly UserHeaderConverter[]
  readonly configProviders?: readonly UserConfigProvider[]
}

/** The module: `export function plugins(connect) { ... }`. It is called once in every thread. */
export interface PluginModule {
  readonly plugins: (connect: ConnectApi) => UserPlugins
}
