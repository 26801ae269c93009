// Filter: drops every record that reaches it; a predicate decides which do.
import { type Transformation } from '../connect/plugin.ts'
import { definition } from './transform-config.ts'

export const filterConfig = definition()

export function createFilter(): Transformation {
  return { apply: () => null }
}
