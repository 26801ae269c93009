// HoistField: makes the whole key or value the only field of a new Struct or Map.
import { ConnectMap, setSourceText, Struct } from '../connect/data.ts'
import { type Config, type Transformation } from '../connect/plugin.ts'
import { type OperatingPart } from './operating-part.ts'
import { perSchema, structSchema } from './schema-copy.ts'
import { fitting } from './struct-copy.ts'
import { definition, parseTransformConfig } from './transform-config.ts'

export const hoistFieldConfig = definition({
  name: 'field',
  type: 'STRING',
  importance: 'MEDIUM',
  documentation: 'Name of the one field.'
})

export function createHoistField(config: Config, part: OperatingPart): Transformation {
  const name = parseTransformConfig(hoistFieldConfig, config).text('field') ?? ''
  const hoisted = perSchema(schema => structSchema([[name, schema]]))
  return {
    apply(record) {
      const schema = part.schemaOf(record)
      const value = part.valueOf(record)
      if (schema === null) {
        const map = new ConnectMap({ kind: 'linked' }, [[name, value]])
        const source = part.sourceOf(record)
        if (source !== undefined) setSourceText(map, name, source)
        return part.change(record, null, map)
      }
      const newSchema = hoisted(schema)
      return part.change(record, newSchema, new Struct(newSchema, [fitting(value, { name, schema })]))
    }
  }
}
