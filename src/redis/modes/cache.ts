// Cache mode: one key per record, holding the selected fields as JSON.
import { type Mode } from '../encode.ts'
import { bindProjection, rowJson } from '../projection.ts'
import { bindKey, project, type Binding } from './binding.ts'

/** `SET key json`, or `SETEX key ttl json`; a plain SET takes an old expiry away, as it did before. */
export function cacheMode(binding: Binding): Mode {
  const { statement, output, printer } = binding
  const projection = bindProjection(statement, output)
  const keyOf = bindKey(binding)
  const { index, ttl } = statement
  return (record, top) => {
    const json = rowJson(project(record, top, statement, projection), printer)
    const key = keyOf(record, top)
    return ttl > 0n
      ? [{ kind: 'SETEX', key, args: [key, ttl.toString(), json], statement: index, expireWhenAdded: 0n }]
      : [{ kind: 'SET', key, args: [key, json], statement: index, expireWhenAdded: 0n }]
  }
}
