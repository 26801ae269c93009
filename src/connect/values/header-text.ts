// Guesses typed values from text, as SimpleHeaderConverter and InsertHeader do: `5` is an INT8, `[1,2]` an array, `22:13:20.123Z` a Time.
//
// The idea. Text is cut at `, : [ ] { } "` (a backslash shields the next character). A value is read from the first tokens and whatever
// follows is dropped, as Java does; what cannot be read as a container is read again as one token, and what is no number or date is the
// whole text as a STRING.
import { ConnectMap, type ConnectValue, type SchemaAndValue, Schema } from '../data.ts'
import { javaTrim } from '../../java/number-parse.ts'
import { DataError } from '../errors.ts'
import { parseDateText } from './date-text.ts'
import { commonSchema, convertNumber, parseNumber } from './header-number.ts'

const stringSchema = new Schema('STRING')
const booleanSchema = new Schema('BOOLEAN')
const delimiters = new Set([':', ',', '{', '}', '[', ']', '"'])
/** Deeper text is a STRING: Java ends with a stack overflow some thousands of levels further on. */
const depthMax = 1000

/** The value that a text stands for; null is the word `null`'s place inside containers, at the root neither schema nor value. */
export function parseHeaderText(text: string): SchemaAndValue | null {
  if (text === '') return { schema: stringSchema, value: text }
  return new HeaderTextParser(text).parse(false)
}

class HeaderTextParser {
  readonly #text: string
  #at = 0
  /** A token looked at and not consumed. */
  #next: string | null = null
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  parse(embedded: boolean): SchemaAndValue | null {
    const start = this.#mark()
    if (this.#canConsume('null')) return null
    if (embedded && this.#canConsume('"')) return this.#quoted()
    if (this.#canConsume('true')) return { schema: booleanSchema, value: true }
    if (this.#canConsume('false')) return { schema: booleanSchema, value: false }
    try {
      this.#depth++
      if (this.#depth > depthMax) throw new DataError(`Found brackets deeper than ${depthMax} levels`)
      if (this.#canConsume('[')) return this.#array()
      if (this.#canConsume('{')) return this.#map()
    } catch (error) {
      if (!(error instanceof DataError)) throw error
      this.#rewind(start)
    } finally {
      this.#depth--
    }
    return this.#token(embedded)
  }

  #quoted(): SchemaAndValue {
    let content = ''
    while (this.#hasNext()) {
      // Blank tokens are skipped before the closing quote is looked for: `"a,: ["` loses its blank.
      if (this.#canConsume('"')) break
      content += this.#take()
    }
    return parseDateText(content) ?? { schema: stringSchema, value: content }
  }

  #array(): SchemaAndValue {
    const elements: (SchemaAndValue | null)[] = []
    while (this.#hasNext()) {
      if (this.#canConsume(']')) return arrayOf(elements)
      if (this.#canConsume(',')) throw new DataError('Unable to parse an empty array element')
      elements.push(this.parse(true))
      const end = this.#mark()
      if (this.#canConsume(']')) this.#rewind(end)
      else if (!this.#canConsume(',')) throw new DataError("Array elements missing ',' delimiter")
    }
    throw new DataError("Array is missing terminating ']'")
  }

  #map(): SchemaAndValue {
    const keys: SchemaAndValue[] = []
    const values: (SchemaAndValue | null)[] = []
    while (this.#hasNext()) {
      if (this.#canConsume('}')) return mapOf(keys, values)
      if (this.#canConsume(',')) throw new DataError('Unable to parse a map entry with no key or value')
      const key = this.parse(true)
      if (key === null || key.value === null) throw new DataError('Map entry may not have a null key')
      if (!this.#canConsume(':')) throw new DataError("Map entry is missing ':' between key and value")
      keys.push(key)
      values.push(this.parse(true))
      this.#canConsume(',')
    }
    throw new DataError("Map is missing terminating '}'")
  }

  /** One token: a date (which may hold colons), a number, or at the root the whole text. */
  #token(embedded: boolean): SchemaAndValue {
    const taken = this.#take()
    const token = javaTrim(taken)
    if (token === '') return { schema: stringSchema, value: taken }
    if (/^\p{Nd}/u.test(token)) {
      const date = this.#dateWithColons(token) ?? parseDateText(token)
      if (date !== null) return date
    }
    const number = /^[\p{Nd}+-]/u.test(token) ? parseNumber(token) : null
    if (number !== null) return number
    if (embedded) throw new DataError('Failed to parse embedded value')
    return { schema: stringSchema, value: this.#text }
  }

  /** The colons of a time cut it into five tokens; put together again they may be one. */
  #dateWithColons(first: string): SchemaAndValue | null {
    const start = this.#mark()
    let text = first
    for (let count = 0; count < 4; count++) {
      if (!this.#hasNext()) {
        this.#rewind(start)
        return null
      }
      text += this.#take()
    }
    const date = parseDateText(javaTrim(text))
    if (date === null) this.#rewind(start)
    return date
  }

  #hasNext(): boolean {
    return this.#next !== null || this.#at < this.#text.length
  }

  #take(): string {
    const token = this.#next ?? this.#scan()
    this.#next = null
    return token
  }

  #mark(): number {
    return this.#at - (this.#next?.length ?? 0)
  }

  #rewind(position: number): void {
    this.#at = position
    this.#next = null
  }

  /** Takes the next token if it is `expected`; blanks around it, and blank tokens before it, do not count. */
  #canConsume(expected: string): boolean {
    if (this.#next === null) {
      if (this.#at >= this.#text.length) return false
      this.#next = this.#scan()
    }
    while (this.#next.trim() === '' && this.#at < this.#text.length) this.#next = this.#scan()
    if (javaTrim(this.#next) !== expected) return false
    this.#next = null
    return true
  }

  #scan(): string {
    const start = this.#at
    let escaped = false
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text.charAt(this.#at)
      if (!escaped && delimiters.has(character)) {
        if (this.#at === start) this.#at++
        break
      }
      escaped = character === '\\' && !escaped
    }
    return this.#text.slice(start, this.#at)
  }
}

/** The schema that all elements share, or null: numbers widen, anything else must be equal. */
function sharedSchema(elements: readonly (SchemaAndValue | null)[]): Schema | null {
  let shared: Schema | null = null
  for (const element of elements) {
    if (element === null || element.schema === null) continue
    const next: Schema | null = shared === null ? element.schema : commonSchema(shared, element.schema)
    if (next === null) return null
    shared = next
  }
  return shared
}

function arrayOf(elements: readonly (SchemaAndValue | null)[]): SchemaAndValue {
  const valueSchema = sharedSchema(elements)
  return { schema: new Schema('ARRAY', { valueSchema }), value: elements.map(element => aligned(element, valueSchema)) }
}

function mapOf(keys: readonly SchemaAndValue[], values: readonly (SchemaAndValue | null)[]): SchemaAndValue {
  const keySchema = sharedSchema(keys)
  const valueSchema = keySchema === null ? null : sharedSchema(values)
  const map = new ConnectMap({ kind: 'linked' })
  keys.forEach((key, index) => map.set(aligned(key, keySchema), aligned(values[index] ?? null, valueSchema)))
  return { schema: new Schema('MAP', { keySchema, valueSchema }), value: map }
}

/** An element as its container's schema wants it; without one an integer is a bigint, as everywhere without schema. */
function aligned(element: SchemaAndValue | null, schema: Schema | null): ConnectValue {
  if (schema === null) return element === null ? null : withoutSchema(element.value, element.schema)
  // Java's conversion fails on a null here, and the whole text becomes a STRING.
  if (element === null) throw new DataError('A null stands among values that share a schema')
  return convertNumber(element.value, schema)
}

/** A value that loses its schema: integers inside it become bigints, at every level. */
function withoutSchema(value: ConnectValue, schema: Schema | null): ConnectValue {
  if (typeof value === 'number') return schema?.type.startsWith('INT') === true ? BigInt(value) : value
  if (schema?.type === 'ARRAY')
    return (value as readonly ConnectValue[]).map(element => withoutSchema(element, schema.valueSchema))
  if (schema?.type !== 'MAP') return value
  const entries = [...(value as ReadonlyMap<ConnectValue, ConnectValue>)]
  return new ConnectMap(
    { kind: 'linked' },
    entries.map(
      ([key, entry]) => [withoutSchema(key, schema.keySchema), withoutSchema(entry, schema.valueSchema)] as const
    )
  )
}
