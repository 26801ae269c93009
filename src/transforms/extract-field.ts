// ExtractField: makes one field the whole key or value.
import { sourceText } from '../connect/data.ts'
import { type Config, type Transformation } from '../connect/plugin.ts'
import { FieldPath, fieldSyntaxVersion } from './field-path.ts'
import { IllegalArgumentError } from './jdk-errors.ts'
import { type OperatingPart } from './operating-part.ts'
import { requireMapOrNull, requireStructOrNull } from './requirements.ts'
import { definition, parseTransformConfig, replaceNullWithDefault } from './transform-config.ts'

const purpose = 'field extraction'

export const extractFieldConfig = definition(
  { name: 'field', type: 'STRING', importance: 'MEDIUM', documentation: 'The field to take.' },
  fieldSyntaxVersion,
  replaceNullWithDefault
)

export function createExtractField(config: Config, part: OperatingPart): Transformation {
  const parsed = parseTransformConfig(extractFieldConfig, config)
  const name = parsed.text('field') ?? ''
  const isV2 = parsed.text(fieldSyntaxVersion.name)?.toUpperCase() === 'V2'
  const path = new FieldPath(name, isV2 ? 'V2' : 'V1')
  const withDefaults = parsed.boolean('replace.null.with.default')
  return {
    apply(record) {
      const value = part.valueOf(record)
      const schema = part.schemaOf(record)
      if (schema === null) {
        const map = requireMapOrNull(value, purpose)
        const holder = map === null ? null : path.holderIn(map)
        if (holder === null) return part.change(record, null, null)
        return part.narrow(record, holder.get(path.last) ?? null, sourceText(holder, path.last))
      }
      const struct = requireStructOrNull(value, purpose, schema)
      const field = path.fieldIn(schema)
      if (field === null) throw new IllegalArgumentError(`Unknown field: ${name}`)
      return part.change(record, field.schema, struct === null ? null : path.valueInStruct(struct, withDefaults))
    }
  }
}
