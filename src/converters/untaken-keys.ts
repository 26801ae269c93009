// Settings of Confluent's converters that change what a record becomes and that ours do not take: any value but the default is refused.
import { type ConfigKey } from '../connect/config.ts'
import { ConfigError } from '../connect/errors.ts'

function untaken(name: string, only: boolean, how: string): ConfigKey {
  return {
    name,
    type: 'BOOLEAN',
    defaultValue: only,
    importance: 'LOW',
    documentation: `Only ${String(only)} is taken: ${how}.`,
    validator: {
      validate(key, value) {
        if (value === null || value === only) return
        throw new ConfigError(
          key,
          `Invalid value ${String(!only)} for configuration ${key}: only ${String(only)} is taken here, ${how}. Leave it out, and look at what reads Redis`
        )
      }
    }
  }
}

const sumTypes = untaken('generalized.sum.type.support', false, 'unions and enums go by the names of their own format')
const nullDefaults = untaken('ignore.default.for.nullables', false, 'a null takes the default of its field')
const validNames = untaken('scrub.invalid.names', false, 'names stay as the schema has them')

export const untakenAvroKeys: readonly ConfigKey[] = [sumTypes, nullDefaults, validNames]

export const untakenJsonSchemaKeys: readonly ConfigKey[] = [sumTypes, nullDefaults]

export const untakenProtobufKeys: readonly ConfigKey[] = [
  sumTypes,
  validNames,
  untaken('int.for.enums', false, 'enums come as their names'),
  untaken('optional.for.nullables', false, 'a field that is not set comes as its default'),
  untaken('generate.struct.for.nulls', false, 'a message that is not set comes as null'),
  untaken('generate.index.for.unions', true, 'a oneof comes as an object called NAME_0'),
  untaken('flatten.unions', false, 'a oneof comes as an object')
]
