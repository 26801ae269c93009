// InsertHeader: adds a header with a fixed value to every record.
import { nonNull } from '../connect/config-validators.ts'
import { type Config, type Transformation } from '../connect/plugin.ts'
import { changeRecord, type Header } from '../connect/record.ts'
import { parseHeaderText } from '../connect/values/header-text.ts'
import { definition, parseTransformConfig } from './transform-config.ts'

export const insertHeaderConfig = definition(
  {
    name: 'header',
    type: 'STRING',
    validator: nonNull,
    importance: 'HIGH',
    documentation: 'Name of the header.'
  },
  {
    name: 'value.literal',
    type: 'STRING',
    validator: nonNull,
    importance: 'HIGH',
    documentation: 'Its value. The type is guessed as SimpleHeaderConverter guesses it.'
  }
)

export function createInsertHeader(config: Config): Transformation {
  const parsed = parseTransformConfig(insertHeaderConfig, config)
  const literal = parseHeaderText(parsed.text('value.literal') ?? '')
  const header: Header = {
    key: parsed.text('header') ?? '',
    schema: literal?.schema ?? null,
    value: literal?.value ?? null
  }
  return { apply: record => changeRecord(record, { headers: [...record.headers, header] }) }
}
