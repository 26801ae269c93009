// The one literal table of classes: what a configuration may name, and nothing is ever loaded by any other name.
import { readFileSync } from 'node:fs'
import { ConfigDef } from './connect/config.ts'
import { type SinkTask } from './connect/plugin.ts'
import { converterPlugins, headerConverterPlugins } from './converters/converter-table.ts'
import { parseProperties } from './java/properties.ts'
import { compileJavaRegex } from './java/regex.ts'
import { DirectoryConfigProvider } from './providers/directory-provider.ts'
import { EnvVarConfigProvider } from './providers/env-provider.ts'
import { FileConfigProvider } from './providers/file-provider.ts'
import { classNameFault, oldClassNames, plainClassName, simpleClassNames } from './redis/class-names.ts'
import { RedisSinkConnector } from './redis/connector.ts'
import { foreignKey } from './redis/foreign-keys.ts'
import { olderSpellings } from './redis/older-keys.ts'
import { predicateEntries, transformationEntries } from './transforms/transform-table.ts'
import { type ConfigProviderEntry, type ConnectorEntry, type PluginTable } from './runtime/plugin-registry.ts'

/** The version every plugin answers: that of the package. */
export const packageVersion = readPackage().version

/** What GET / answers as our commit: npm writes it into what it publishes. */
export const packageCommit = readPackage().gitHead ?? `kafka-connect-redis-${packageVersion}`

export interface PluginDoors {
  /** The sink's task, with its door to Redis. Only where tasks run is it ever called. */
  readonly newSinkTask: () => SinkTask
  readonly environment: Readonly<Record<string, string | undefined>>
}

export function pluginTable(doors: PluginDoors): PluginTable {
  const version = packageVersion
  const connectors = [...oldClassNames, plainClassName].map((className): ConnectorEntry => {
    const connector = new RedisSinkConnector(className, version, doors.newSinkTask)
    return {
      className,
      version,
      configDef: connector.configDef,
      // The simple names mean the later of the old classes; the earlier one differs by its name alone.
      simpleNames: className === oldClassNames[0] ? simpleClassNames : [],
      refuseSimpleName: classNameFault,
      formerNames: olderSpellings,
      foreignKey,
      converterDefaults: new Map(className === plainClassName ? [['values.strict', 'true']] : []),
      create: () => connector
    }
  })
  return {
    connectors,
    converters: converterPlugins.map(plugin => ({ ...plugin, version })),
    headerConverters: headerConverterPlugins.map(plugin => ({ ...plugin, version })),
    transformations: transformationEntries.map(plugin => ({ ...plugin, version })),
    predicates: predicateEntries.map(plugin => ({ ...plugin, version })),
    configProviders: configProviders(version, doors.environment)
  }
}

function configProviders(version: string, environment: PluginDoors['environment']): readonly ConfigProviderEntry[] {
  const provider = 'org.apache.kafka.common.config.provider'
  const allowedPaths = new ConfigDef().define({
    name: 'allowed.paths',
    type: 'LIST',
    defaultValue: [],
    importance: 'MEDIUM',
    documentation: 'Folders below which files may be read, as absolute paths. Unset: any.'
  })
  const allowedNames = new ConfigDef().define({
    name: 'allowlist.pattern',
    type: 'STRING',
    defaultValue: '.*',
    importance: 'LOW',
    documentation: 'Java regular expression that the whole name of a variable must match.'
  })
  return [
    {
      className: `${provider}.FileConfigProvider`,
      version,
      configDef: allowedPaths,
      create: (config, { log }) => new FileConfigProvider(config, parseProperties, log)
    },
    {
      className: `${provider}.DirectoryConfigProvider`,
      version,
      configDef: allowedPaths,
      create: (config, { log }) => new DirectoryConfigProvider(config, log)
    },
    {
      className: `${provider}.EnvVarConfigProvider`,
      version,
      configDef: allowedNames,
      create: config => new EnvVarConfigProvider(config, environment, matchesWhole)
    }
  ]
}

/** The regular expressions of configurations, as the runtime takes them. */
export function matchesWhole(pattern: string): (text: string) => boolean {
  const regex = compileJavaRegex(pattern)
  return text => regex.matches(text)
}

function readPackage(): { version: string; gitHead?: string } {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return JSON.parse(text) as { version: string; gitHead?: string }
}
