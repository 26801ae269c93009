// What every mode is bound with, and the parts they share: the key, the payload, numbers in fields, refusals.
import { Decimal } from '../../connect/data.ts'
import { type SinkRecord } from '../../connect/record.ts'
import { bigDecimalText } from '../../java/big-decimal.ts'
import { floatText } from '../../java/double-text.ts'
import { parseJavaDouble } from '../../java/number-parse.ts'
import { itemAt, PathFault, typeName, type Item, type NamedItem } from '../fields.ts'
import { inScalaOrder } from '../field-order.ts'
import { type Projection } from '../projection.ts'
import { RefusedError } from '../refused-error.ts'
import { type BoundStatement, type FieldPath, type Output } from '../settings.ts'
import { base64, type Printer } from '../text/printer.ts'

export interface Binding {
  readonly statement: BoundStatement
  readonly output: Output
  readonly printer: Printer
  readonly pkDelimiter: string
}

const STATEMENT_SHOWN_MAX = 300

/** The refusal of a record by a statement: where, what, and what to do. */
export function refused(record: SinkRecord, statement: BoundStatement, what: string, remedy: string): RefusedError {
  const { topic, partition, offset } = record.original
  const text = clipped(statement.text.replaceAll(/\s+/g, ' ').trim(), STATEMENT_SHOWN_MAX)
  const message = `Record ${topic}-${partition}@${offset} is refused by statement ${statement.index + 1} (${text}): ${what} ${remedy}`
  return new RefusedError(onOneLine(message), statement.index, true)
}

/** Names and values of records stand in messages: none of them may begin a new line of the log or talk to a terminal. */
export function onOneLine(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}]/gu,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  )
}

export function clipped(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : `${text.slice(0, lengthMax)}...`
}

/** The selected fields; their trouble comes before that of the key, as in the old sink. */
export function project(
  record: SinkRecord,
  top: Item,
  statement: BoundStatement,
  projection: Projection
): readonly NamedItem[] {
  const row = projection(top)
  if (!(row instanceof PathFault)) return row
  throw refused(record, statement, row.what, 'Correct the SELECT list, or drop such records by a transform.')
}

/** The field at `path`, which the statement can't do without. */
export function needed(
  record: SinkRecord,
  top: Item,
  statement: BoundStatement,
  path: FieldPath,
  clause: string
): Item {
  const item = itemAt(top, path)
  if (item instanceof PathFault) {
    throw refused(record, statement, `${clause}: ${item.what}`, `${clause} must name a field that every record has.`)
  }
  if (item.value === null) {
    throw refused(
      record,
      statement,
      `${clause}: field [${path.join('.')}] is null.`,
      `${clause} needs a value in every record: drop the others by a transform, or name another field.`
    )
  }
  return item
}

/** The Redis key of a record: the prefix, then the texts of the PK fields. */
export function bindKey(binding: Binding): (record: SinkRecord, top: Item) => string {
  const { statement, printer, pkDelimiter, output } = binding
  const { target, keys } = statement
  if (keys.length === 0) {
    // The manual's row key; always with bars, whatever the delimiter.
    return record => `${target}${record.topic}|${record.partition}|${record.original.offset}`
  }
  // From five on the old sink kept them in a Scala Map, hashed by their whole paths.
  const ordered = output === 'java' ? inScalaOrder(keys, path => path.join('.')) : keys
  return (record, top) => {
    let key = target
    for (const [index, path] of ordered.entries()) {
      const text = printer.keyText(needed(record, top, statement, path, 'PK'))
      key += index === 0 ? text : pkDelimiter + text
    }
    return wellFormed(key)
  }
}

/** A lone surrogate is sent as `?`: two keys that are one in Redis must be one to whoever keeps their order. */
export function wellFormed(text: string): string {
  return text.isWellFormed() ? text : text.replace(/\p{Surrogate}/gu, '?')
}

/** A field as the number it is or spells, by Java's rules; NaN where it is none. Times count in milliseconds. */
export function numberIn(item: Item): number {
  const { value, schema } = item
  if (typeof value === 'bigint') return Number(value)
  // Java took a float's text, 1.1, and not the double beside it.
  if (typeof value === 'number') return schema?.type === 'FLOAT32' ? Number(floatText(value)) : value
  if (typeof value === 'string') return parseJavaDouble(value) ?? NaN
  if (value instanceof Decimal) return Number(bigDecimalText(value.unscaled, value.scale))
  if (value instanceof Date) return value.getTime()
  return value instanceof Uint8Array ? (parseJavaDouble(base64(value)) ?? NaN) : NaN
}

/** A double as Redis reads it back to the very same one. */
export function numberWord(value: number): string {
  if (Object.is(value, -0)) return '-0'
  if (Number.isFinite(value)) return String(value)
  return value > 0 ? 'inf' : '-inf'
}

/** The score of a record, or its refusal. */
export function scoreOf(record: SinkRecord, statement: BoundStatement, item: Item): string {
  const score = numberIn(item)
  if (!Number.isNaN(score)) return numberWord(score)
  const found = typeof item.value === 'string' ? `text "${clipped(item.value, 80)}"` : typeName(item)
  throw refused(
    record,
    statement,
    `score: field [${statement.score.join('.')}] is ${found}, which is no number.`,
    typeof item.value === 'string'
      ? 'A score is a number or a text that spells one; of a date in a text org.apache.kafka.connect.transforms.TimestampConverter$Value makes a Timestamp, which is one too.'
      : 'A score is a number, a text that spells one, or a date or time.'
  )
}
