// JsonSchemaConverter: records framed with a schema id of the registry, whose payload is JSON of that schema.
import { SerializationError } from '../connect/errors.ts'
import { type Config, type Converter, type Doors } from '../connect/plugin.ts'
import { type Schema } from '../connect/data.ts'
import { booleanSetting, valueRules } from './converter-config.ts'
import { leftoverOf } from './json-leftover.ts'
import { JsonReader } from './json-reader.ts'
import { compileJsonSchema } from './json-schema-compile.ts'
import { jsonSchemaValue } from './json-schema-value.ts'
import { type FindFault, jsonSchemaValidator } from './json-schema-validator.ts'
import { toUtf8 } from './json-strings.ts'
import { RegistryConverter } from './registry-converter.ts'

interface Compiled {
  readonly schema: Schema
  /** What is wrong with a payload, or null; only where `json.fail.invalid.schema` asks for it. */
  readonly fault: FindFault | null
}

export function createJsonSchemaConverter(config: Config, isKey: boolean, doors: Doors): Converter {
  const rules = valueRules(config)
  const validates = booleanSetting(config, 'json.fail.invalid.schema', false)
  const unions = booleanSetting(config, 'generalized.sum.type.support', false) ? 'general' : 'own'
  const leftover = leftoverOf(doors.log, rules.strict, isKey ? 'key' : 'value')
  return new RegistryConverter<Compiled>(config, isKey, doors, {
    type: 'JSON',
    converter: 'JsonSchemaConverter',
    failure: topic => `Converting byte[] to Kafka Connect data failed due to serialization error of topic ${topic}: `,
    compile: async schema => ({
      schema: compileJsonSchema(schema.text, schema.references, rules, unions),
      fault: validates ? await jsonSchemaValidator(schema) : null
    }),
    read: ({ schema, fault }, bytes, start, key) => {
      const text = toUtf8(bytes.subarray(start))
      const reader = new JsonReader(text.bytes, text.start, text.bytes.length, 'exact')
      const isEmpty = reader.atEnd()
      const node = isEmpty ? undefined : reader.readRoot()
      // What follows the value is checked by `leftover` alone: the library would refuse it as no JSON.
      const reason = fault?.(text.bytes.subarray(text.start, reader.position)) ?? null
      if (reason !== null) throw new SerializationError(`JSON is not valid by the schema of ${key}: ${reason}`)
      if (!isEmpty) reader.finish(leftover)
      return { schema, value: jsonSchemaValue(schema, node, rules) }
    }
  })
}
