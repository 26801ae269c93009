// Publishes the selected fields as JSON on the channel that a field of the record names.
import { Struct } from '../../connect/data.ts'
import { type Mode } from '../encode.ts'
import { typeName } from '../fields.ts'
import { bindProjection, rowJson } from '../projection.ts'
import { needed, project, refused, wellFormed, type Binding } from './binding.ts'

/** `PUBLISH channel json`; the channel field need not be selected, and an empty text is a channel too. */
export function pubSubMode(binding: Binding): Mode {
  const { statement, output, printer } = binding
  const projection = bindProjection(statement, output)
  const { index, channel } = statement
  return (record, top) => {
    const json = rowJson(project(record, top, statement, projection), printer)
    const item = needed(record, top, statement, channel, 'channel')
    const { value } = item
    if (value instanceof Struct || value instanceof Map || Array.isArray(value)) {
      const what = `channel: field [${channel.join('.')}] is ${typeName(item)}.`
      throw refused(record, statement, what, 'A channel is named by a text, a number, a boolean, a date or bytes.')
    }
    const key = wellFormed(printer.keyText(item))
    return [{ kind: 'PUBLISH', key, args: [key, json], statement: index, expireWhenAdded: 0n }]
  }
}
