// Appends an entry to a stream: one field per selected field, values as text.
import { type Mode } from '../encode.ts'
import { type NamedItem } from '../fields.ts'
import { inHashMapOrder, inScalaOrder } from '../field-order.ts'
import { bindProjection } from '../projection.ts'
import { type Output } from '../settings.ts'
import { project, refused, wellFormed, type Binding } from './binding.ts'

/** `XADD target * field value ...`; a null field is left out, the others stay in the order they would have beside it. */
export function streamMode(binding: Binding): Mode {
  const { statement, output, printer } = binding
  const projection = bindProjection(statement, output)
  const { index } = statement
  const key = wellFormed(statement.target)
  return (record, top) => {
    const args = [key, '*']
    for (const item of inEntryOrder(project(record, top, statement, projection), output)) {
      if (item.value !== null) args.push(item.name, printer.streamText(item))
    }
    if (args.length === 2) {
      const what = 'no field is left for the stream entry: none is selected, or all are null.'
      throw refused(record, statement, what, 'An entry needs at least one field with a value.')
    }
    return [{ kind: 'XADD', key, args, statement: index, expireWhenAdded: 0n }]
  }
}

/** The old sink put the renamed fields into a Java HashMap and turned that into a Scala Map. */
function inEntryOrder(row: readonly NamedItem[], output: Output): readonly NamedItem[] {
  if (output === 'plain') return row
  const nameOf = (item: NamedItem): string => item.name
  return inScalaOrder(inHashMapOrder(row, nameOf), nameOf)
}
