// Reads a text value (StringConverter) that holds one JSON object, as leniently as the old sink did where that was harmless.
import { ConnectMap, setSourceText, sourceText, type ConnectValue } from '../../connect/data.ts'

/** Why a text is no JSON object: what was found, and where. */
export class TextFault {
  readonly what: string

  constructor(what: string) {
    this.what = what
  }
}

// A value nested deeper would end our stack; Jackson, which reads the other JSON values, stops at the same depth.
const DEPTH_MAX = 1000
// Turning digits into a number costs more than their length: no real record has so many.
const DIGITS_MAX = 100_000

/**
 * The object in `text`: integers as bigint of any size, decimals as number (their spelling kept beside them), keys in the order written.
 * Leading zeros and raw control characters pass, as json4s let them; a key written twice keeps its first place and its last value.
 */
export function readObject(text: string): ConnectMap | TextFault {
  const reader = new Reader(text)
  try {
    return reader.document()
  } catch (error) {
    if (error instanceof Unreadable) return new TextFault(error.message)
    throw error
  }
}

class Unreadable extends Error {}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t'
}

class Reader {
  readonly #text: string
  #at = 0
  readonly #number = /-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?/y

  constructor(text: string) {
    this.#text = text
  }

  document(): ConnectMap {
    this.#blanks()
    if (this.#at === this.#text.length) throw new Unreadable('the text is empty, a JSON object was expected')
    if (this.#text[this.#at] !== '{') throw this.#unexpected('a JSON object')
    const value = this.#object(1)
    this.#blanks()
    if (this.#at < this.#text.length) throw this.#unexpected('nothing after the object')
    return value
  }

  #object(depth: number): ConnectMap {
    if (depth > DEPTH_MAX) throw new Unreadable(`it is nested deeper than ${DEPTH_MAX} levels`)
    // A linked layout: text keeps the order it was written in, where a schemaless Map has that of a HashMap.
    const object = new ConnectMap({ kind: 'linked' })
    this.#at++
    this.#blanks()
    if (this.#take('}')) return object
    for (;;) {
      this.#blanks()
      if (this.#text[this.#at] !== '"') throw this.#unexpected('a field name in double quotes')
      const name = this.#string()
      this.#blanks()
      if (!this.#take(':')) throw this.#unexpected('":"')
      object.set(name, this.#value(object, name, depth))
      this.#blanks()
      if (this.#take('}')) return object
      if (!this.#take(',')) throw this.#unexpected('"," or "}"')
    }
  }

  #array(depth: number): ConnectValue {
    if (depth > DEPTH_MAX) throw new Unreadable(`it is nested deeper than ${DEPTH_MAX} levels`)
    const array: ConnectValue[] = []
    this.#at++
    this.#blanks()
    if (this.#take(']')) return array
    for (;;) {
      array.push(this.#value(array, array.length, depth))
      this.#blanks()
      if (this.#take(']')) return array
      if (!this.#take(',')) throw this.#unexpected('"," or "]"')
    }
  }

  #value(container: object, key: ConnectValue, depth: number): ConnectValue {
    this.#blanks()
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object(depth + 1)
      case '[':
        return this.#array(depth + 1)
      case '"':
        return this.#string()
      case 't':
        return this.#word('true', true)
      case 'f':
        return this.#word('false', false)
      case 'n':
        return this.#word('null', null)
      default:
        return this.#readNumber(container, key)
    }
  }

  #word(word: string, value: boolean | null): boolean | null {
    if (!this.#text.startsWith(word, this.#at)) throw this.#unexpected('a value')
    this.#at += word.length
    return value
  }

  #readNumber(container: object, key: ConnectValue): ConnectValue {
    this.#number.lastIndex = this.#at
    const match = this.#number.exec(this.#text)
    if (match === null) throw this.#unexpected('a value')
    const text = match[0]
    if (text.length > DIGITS_MAX) throw new Unreadable(`a number of more than ${DIGITS_MAX} digits at ${this.#place()}`)
    this.#at += text.length
    // `1.`, `1x`: what follows the digits must end the number.
    if (/[.\w+-]/.test(this.#text[this.#at] ?? '')) throw this.#unexpected('the end of the number')
    if (match[1] === undefined && match[2] === undefined) {
      const whole = BigInt(text)
      if (whole === 0n && (text.startsWith('-') || sourceText(container, key) !== undefined))
        setSourceText(container, key, text.startsWith('-') ? '-0' : '0')
      return whole
    }
    const value = Number(text)
    // Printed again it must be JSON, which knows no leading zeros.
    const spelling = text.replace(/^(-?)0+(?=[0-9])/, '$1')
    // A key written twice may have left the other spelling behind.
    if (String(value) !== spelling || sourceText(container, key) !== undefined) setSourceText(container, key, spelling)
    return value
  }

  #string(): string {
    const start = ++this.#at
    let read = ''
    let from = start
    for (;;) {
      const unit = this.#text.charCodeAt(this.#at)
      if (unit !== unit)
        throw new Unreadable(`the text ends inside the string that begins at ${this.#place(start - 1)}`)
      if (unit === 0x22) break
      if (unit !== 0x5c) {
        this.#at++
        continue
      }
      read += this.#text.slice(from, this.#at) + this.#escape()
      from = this.#at
    }
    read += this.#text.slice(from, this.#at++)
    return read
  }

  #escape(): string {
    const letter = this.#text[this.#at + 1] ?? ''
    const plain = ESCAPES[letter]
    if (plain !== undefined) {
      this.#at += 2
      return plain
    }
    const hex = this.#text.slice(this.#at + 2, this.#at + 6)
    if (letter !== 'u' || !/^[0-9a-fA-F]{4}$/.test(hex))
      throw new Unreadable(`unknown escape "\\${letter}" at ${this.#place()}`)
    this.#at += 6
    return String.fromCharCode(parseInt(hex, 16))
  }

  #blanks(): void {
    for (;;) {
      const unit = this.#text.charCodeAt(this.#at)
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return
      this.#at++
    }
  }

  #take(mark: string): boolean {
    if (this.#text[this.#at] !== mark) return false
    this.#at++
    return true
  }

  #unexpected(expected: string): Unreadable {
    const rest = this.#text.slice(this.#at, this.#at + 20)
    const found = rest === '' ? 'the end of the text' : JSON.stringify(rest)
    return new Unreadable(`found ${found} at ${this.#place()}, expected ${expected}`)
  }

  #place(at = this.#at): string {
    const before = this.#text.slice(0, at)
    const line = before.split('\n').length
    return `line ${line}, column ${at - before.lastIndexOf('\n')}`
  }
}
