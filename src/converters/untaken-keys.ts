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

const validNames = untaken('scrub.invalid.names', false, 'names stay as the schema has them')

export const untakenAvroKeys: readonly ConfigKey[] = [
  validNames,
  untaken(
    'generalized.sum.type.support',
    false,
    'the branches of a union go by the names of their types, as in SELECT u.string AS text'
  )
]

export const untakenProtobufKeys: readonly ConfigKey[] = [
  validNames,
  untaken('generate.struct.for.nulls', false, 'a message that is not set comes as null'),
  untaken(
    'flatten.unions',
    false,
    'the members of a oneof stand in a field of its own, as in SELECT pick_0.left AS left'
  )
]
