// The plugins a worker knows, and how a class name in a configuration finds one. The table itself is src/plugins.ts; nothing is ever loaded by name.
import { type ConfigDef } from '../connect/config.ts'
import {
  type Config,
  type ConfigProvider,
  type Converter,
  type Doors,
  type HeaderConverter,
  type Predicate,
  type SinkConnector,
  type Transformation
} from '../connect/plugin.ts'
import { ConfigError } from '../connect/errors.ts'
import { foreignClass } from './foreign-classes.ts'
import { type PluginInfo, type PluginType } from './herder.ts'
import { nearestName } from '../util/nearest-name.ts'
import { didYouMean } from './nearest-class.ts'

/** What every plugin says of itself. `aliases` are other full names under which the very same plugin stands in old configs. */
export interface PluginEntry {
  readonly className: string
  readonly version: string
  readonly configDef: ConfigDef
  /** Former names of its keys, with those of today: they are read, with a warning. */
  readonly formerNames?: ReadonlyMap<string, string>
}

export interface ConnectorEntry extends PluginEntry {
  /** Short names beyond the rule (class without package, without `Connector`). */
  readonly simpleNames: readonly string[]
  /** Says why a simple name may not mean this class for that config (keys of other sinks stand in it); null: it may. */
  readonly refuseSimpleName?: (config: Config) => string | null
  /** What a key that nobody reads means here, for those who write it for other sinks; `refused`: it is an error of the configuration. */
  readonly foreignKey?: (key: string, config: Config) => { readonly says: string; readonly refused: boolean } | null
  /** Settings that its converters have where the configuration says nothing of them. */
  readonly converterDefaults?: Config
  create(doors: Doors): SinkConnector
}

export interface ConverterEntry extends PluginEntry {
  create(config: Config, isKey: boolean, doors: Doors): Converter
}

export interface HeaderConverterEntry extends PluginEntry {
  create(config: Config, doors: Doors): HeaderConverter
}

export interface TransformationEntry extends PluginEntry {
  /** Throws ConfigError where the config is wrong beyond its definition. */
  create(config: Config, doors: Doors): Transformation
}

export interface PredicateEntry extends PluginEntry {
  create(config: Config, doors: Doors): Predicate
}

export interface ConfigProviderEntry extends PluginEntry {
  create(config: Config, doors: Doors): ConfigProvider
}

export interface PluginTable {
  readonly connectors: readonly ConnectorEntry[]
  readonly converters: readonly ConverterEntry[]
  readonly headerConverters: readonly HeaderConverterEntry[]
  readonly transformations: readonly TransformationEntry[]
  readonly predicates: readonly PredicateEntry[]
  readonly configProviders: readonly ConfigProviderEntry[]
}

type Kind = keyof PluginTable

// Connect's interface names, as its messages say them, and how a class name is shortened per kind.
const kinds: {
  readonly [kind in Kind]: { readonly type: PluginType; readonly interfaceName: string; readonly suffix: string }
} = {
  connectors: { type: 'sink', interfaceName: 'Connector', suffix: 'Connector' },
  transformations: { type: 'transformation', interfaceName: 'Transformation', suffix: 'Transformation' },
  predicates: { type: 'predicate', interfaceName: 'Predicate', suffix: 'Predicate' },
  converters: { type: 'converter', interfaceName: 'Converter', suffix: 'Converter' },
  headerConverters: { type: 'header_converter', interfaceName: 'HeaderConverter', suffix: 'HeaderConverter' },
  configProviders: { type: 'configprovider', interfaceName: 'ConfigProvider', suffix: 'ConfigProvider' }
}

export class PluginRegistry {
  readonly #table: PluginTable

  constructor(table: PluginTable) {
    this.#table = table
  }

  /** All plugins in the order REST lists them; each kind sorted by class name. */
  list(): readonly PluginInfo[] {
    return (Object.keys(kinds) as Kind[]).flatMap(kind =>
      this.#table[kind]
        .map(entry => ({ className: entry.className, type: kinds[kind].type, version: entry.version }))
        .sort((a, b) => (a.className < b.className ? -1 : 1))
    )
  }

  /** The connector meant by `connector.class`, or null. A simple name that other sinks share is refused as ConfigError where the config is theirs. */
  connector(config: Config): ConnectorEntry | null {
    const name = (config.get('connector.class') ?? '').trim()
    const full = this.#table.connectors.find(entry => entry.className === name)
    if (full !== undefined) return full
    const simple = this.#table.connectors.find(entry => entry.simpleNames.includes(name))
    const refusal = simple?.refuseSimpleName?.(config) ?? null
    if (refusal !== null) throw new ConfigError('connector.class', refusal)
    return simple ?? null
  }

  get connectors(): readonly ConnectorEntry[] {
    return this.#table.connectors
  }

  converter(key: string, name: string): ConverterEntry {
    return this.#find('converters', key, name)
  }

  headerConverter(key: string, name: string): HeaderConverterEntry {
    return this.#find('headerConverters', key, name)
  }

  transformation(key: string, name: string): TransformationEntry {
    return this.#find('transformations', key, name)
  }

  predicate(key: string, name: string): PredicateEntry {
    return this.#find('predicates', key, name)
  }

  configProvider(key: string, name: string): ConfigProviderEntry {
    return this.#find('configProviders', key, name)
  }

  /** What may have been meant by a name that is none. */
  #names(kind: Kind): readonly string[] {
    return this.#table[kind].map(({ className }) => className)
  }

  get converterNames(): readonly string[] {
    return this.#table.converters.map(entry => entry.className).sort()
  }

  get headerConverterNames(): readonly string[] {
    return this.#table.headerConverters.map(entry => entry.className).sort()
  }

  get transformationNames(): readonly string[] {
    return this.#table.transformations.map(entry => entry.className).sort()
  }

  get predicateNames(): readonly string[] {
    return this.#table.predicates.map(entry => entry.className).sort()
  }

  /** The plugin of any kind under a full or short name, or null: what `GET /connector-plugins/P/config` answers about. */
  anyKind(name: string): PluginEntry | null {
    for (const kind of Object.keys(kinds) as Kind[]) {
      const entry = this.#lookUp(kind, name)
      if (entry !== null) return entry
    }
    return this.#table.connectors.find(entry => entry.simpleNames.includes(name)) ?? null
  }

  #find<K extends Kind>(kind: K, key: string, name: string): PluginTable[K][number] {
    const entry = this.#lookUp(kind, name)
    if (entry !== null) return entry
    const variants = this.#table[kind].map(other => other.className).filter(other => other.startsWith(`${name}$`))
    if (name.includes('.') && variants.length > 0) {
      throw new ConfigError(
        key,
        `This class is abstract and cannot be created. Did you mean ${variants.sort().join(', ')}?`
      )
    }
    if (this.#knownElsewhere(kind, name)) {
      throw new ConfigError(key, `Class class ${name} does not implement the ${kinds[kind].interfaceName} interface`)
    }
    // Nearly one of ours is misspelt, whoever else's it might be.
    const instead = nearestName(name, this.#names(kind)) === null ? foreignClass(kind, name) : null
    const remedy =
      instead === null ? didYouMean(name, this.#names(kind)) : ` ${instead.charAt(0).toUpperCase()}${instead.slice(1)}.`
    throw new ConfigError(
      key,
      `Invalid value ${name} for configuration ${key}: Class ${name} could not be found.${remedy}`
    )
  }

  /** Full name, simple name, or simple name without its kind's suffix; variants (`Cast$Value`) by full name only, as Connect resolves them. */
  #lookUp<K extends Kind>(kind: K, name: string): PluginTable[K][number] | null {
    const entries: readonly PluginTable[K][number][] = this.#table[kind]
    for (const entry of entries) {
      if (entry.className === name) return entry
      const simple = entry.className.slice(entry.className.lastIndexOf('.') + 1)
      if (simple.includes('$')) continue
      const short = simple.endsWith(kinds[kind].suffix) ? simple.slice(0, -kinds[kind].suffix.length) : simple
      if (name === simple || name === short) return entry
    }
    return null
  }

  // A Java worker would have loaded the class and found it to be something else.
  #knownElsewhere(kind: Kind, name: string): boolean {
    if (name.startsWith('java.lang.')) return true
    return (Object.keys(kinds) as Kind[]).some(
      other => other !== kind && this.#table[other].some(entry => entry.className === name)
    )
  }
}
