// DropHeaders: takes headers off a record by their names.
import { type Config, type Transformation } from '../connect/plugin.ts'
import { changeRecord } from '../connect/record.ts'
import { definition, parseTransformConfig, someNames } from './transform-config.ts'

export const dropHeadersConfig = definition({
  name: 'headers',
  type: 'LIST',
  validator: someNames,
  importance: 'HIGH',
  documentation: 'Names of the headers to take off.'
})

export function createDropHeaders(config: Config): Transformation {
  const names = new Set(parseTransformConfig(dropHeadersConfig, config).list('headers'))
  return {
    apply: record => changeRecord(record, { headers: record.headers.filter(({ key }) => !names.has(key)) })
  }
}
