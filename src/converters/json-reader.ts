// Reads the first JSON value of some bytes into Connect data, or into a tree that still knows how its decimals were written.
import { type ConnectValue, Decimal, type SchemaAndValue, setSourceText } from '../connect/data.ts'
import { SerializationError } from '../connect/errors.ts'
import { ShapedMap } from '../connect/shaped-map.ts'
import { parseBigDecimal } from '../java/big-decimal.ts'
import { plainDecimal } from './json-decimal.ts'
import { type Leftover } from './json-leftover.ts'
import { checkDepth, jsonError, scanNumber, scanString, scanWord, skipSpace } from './json-scan.ts'
import { decodeName, decodeString, toUtf8 } from './json-strings.ts'
import { type ShapeNode, type ShapeTree } from './shape-tree.ts'

/** A decimal as it stood in the text; only trees read with `exact` hold it. */
export class JsonDecimal {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  /** As Java's `new BigDecimal(text)`: the number keeps its own scale. */
  toDecimal(): Decimal {
    const parsed = parseBigDecimal(this.text)
    if (parsed === null) throw new SerializationError(`The number ${this.text} does not fit a decimal`)
    return new Decimal(parsed.unscaled, parsed.scale)
  }
}

export type JsonObject = Map<string, JsonNode>
export type JsonNode = null | boolean | string | bigint | number | JsonDecimal | JsonNode[] | JsonObject

/** Whether decimals become numbers (Connect data without a schema) or stay `JsonDecimal`. */
export type DecimalForm = 'number' | 'exact'

/**
 * The value, or `undefined` where the bytes hold none: empty or blank. `shapes` is given where texts of the same names follow each other, `leftover` where
 * it matters what stands behind the value.
 */
export function readJson(
  bytes: Uint8Array,
  decimals: DecimalForm,
  shapes: ShapeTree | null = null,
  leftover: Leftover | null = null
): JsonNode | undefined {
  const text = toUtf8(bytes)
  const reader = new JsonReader(text.bytes, text.start, text.bytes.length, decimals, shapes)
  if (reader.atEnd()) return undefined
  const value = reader.readRoot()
  if (leftover !== null) reader.finish(leftover)
  return value
}

/** Connect data of JSON without a schema: object to Map, integer to bigint, decimal to number. */
export function readSchemaless(bytes: Uint8Array, shapes: ShapeTree, leftover: Leftover | null = null): SchemaAndValue {
  const text = toUtf8(bytes)
  const reader = new JsonReader(text.bytes, text.start, text.bytes.length, 'number', shapes)
  if (reader.atEnd()) return { schema: null, value: null }
  // Read as numbers, a tree has no JsonDecimal in it.
  const value = reader.readRoot() as ConnectValue
  if (leftover !== null) reader.finish(leftover)
  const source = reader.oddText
  return source === null ? { schema: null, value } : { schema: null, value, source }
}

/** Turns a tree read exactly into Connect data without a schema, as if it had been read so at once. */
export function toSchemaless(node: JsonNode): ConnectValue {
  if (node instanceof JsonDecimal) return decimalToNumber(node.text)
  if (Array.isArray(node)) {
    const array = node.map(toSchemaless)
    node.forEach((element, index) => keepOddText(array, index, element))
    return array
  }
  if (!(node instanceof Map)) return node
  const map = new Map<ConnectValue, ConnectValue>()
  for (const [name, value] of node) {
    map.set(name, toSchemaless(value))
    keepOddText(map, name, value)
  }
  return map
}

function keepOddText(container: object, key: ConnectValue, node: JsonNode): void {
  if (node instanceof JsonDecimal && String(decimalToNumber(node.text)) !== node.text)
    setSourceText(container, key, node.text)
}

/** Longer texts are not decoded as a whole: a string cut from one holds all of it. */
const wholeTextMax = 1024

/** A cursor over the tokens of one JSON text, by recursive descent. */
export class JsonReader {
  readonly bytes: Buffer
  readonly #end: number
  readonly #exact: boolean
  readonly #shapes: ShapeTree | null
  #at: number
  #depth = 0
  /** How the number just read was written, where its number prints differently. */
  #oddText: string | null = null
  /** The bytes as one character each, decoded when first asked for. */
  #latin1: string | null = null

  constructor(bytes: Buffer, start: number, end: number, decimals: DecimalForm, shapes: ShapeTree | null = null) {
    this.bytes = bytes
    this.#shapes = shapes
    this.#at = start
    this.#end = end
    this.#exact = decimals === 'exact'
  }

  /** How a root that is a number was written, where it prints differently. */
  get oddText(): string | null {
    return this.#oddText
  }

  get position(): number {
    return this.#at
  }

  set position(at: number) {
    this.#at = at
  }

  /** Skips blanks; `true` where nothing follows. */
  atEnd(): boolean {
    this.#at = skipSpace(this.bytes, this.#at, this.#end)
    return this.#at >= this.#end
  }

  /** Behind the value: tells of what follows. */
  finish(leftover: Leftover): void {
    if (!this.atEnd()) leftover(this.bytes, this.#at, this.#end)
  }

  /** The byte at the next token, 0 at the end. */
  peek(): number {
    return this.atEnd() ? 0 : (this.bytes[this.#at] as number)
  }

  /** Reads the first value. Text after it is ignored, but a bare number must end at a blank, as Java's parser wants it. */
  readRoot(): JsonNode {
    const first = this.peek()
    const value = this.readValue()
    const follows = this.#at < this.#end ? (this.bytes[this.#at] as number) : 0x20
    const isNumber = first === 0x2d || (first >= 0x30 && first <= 0x39)
    if (isNumber && follows !== 0x20 && follows !== 0x09 && follows !== 0x0a && follows !== 0x0d) {
      throw jsonError(this.bytes, this.#at, this.#end, 'a blank or the end after a number')
    }
    return value
  }

  readValue(): JsonNode {
    const first = this.peek()
    switch (first) {
      case 0x22:
        return this.#readString()
      case 0x7b:
        return this.#readObject()
      case 0x5b:
        return this.#readArray()
      case 0x74:
        this.#at = scanWord(this.bytes, this.#at, this.#end, 'true')
        return true
      case 0x66:
        this.#at = scanWord(this.bytes, this.#at, this.#end, 'false')
        return false
      case 0x6e:
        this.#at = scanWord(this.bytes, this.#at, this.#end, 'null')
        return null
      default:
        if (first !== 0x2d && (first < 0x30 || first > 0x39))
          throw jsonError(this.bytes, this.#at, this.#end, 'a value')
        return this.#readNumber()
    }
  }

  /** Enters an object at its `{`, calls `member` with each name, the reader at its value, and leaves it behind its `}`. */
  readMembers(member: (name: string) => void): void {
    this.#enter()
    if (this.peek() === 0x7d) return this.#leave()
    for (;;) {
      member(this.#readName())
      if (this.#endsObject()) return
    }
  }

  #enter(): void {
    this.#depth++
    checkDepth(this.#at, this.#depth)
    this.#at++
  }

  #leave(): void {
    this.#depth--
    this.#at++
  }

  #readName(): string {
    if (this.peek() !== 0x22) throw jsonError(this.bytes, this.#at, this.#end, 'a name in double quotes')
    const start = this.#at + 1
    const close = scanString(this.bytes, start, this.#end)
    const name = close < 0 ? decodeString(this.bytes, start, ~close) : decodeName(this.bytes, start, close)
    this.#at = (close < 0 ? ~close : close) + 1
    this.#skipColon()
    return name
  }

  #skipColon(): void {
    if (this.peek() !== 0x3a) throw jsonError(this.bytes, this.#at, this.#end, 'a colon after the name')
    this.#at++
  }

  #readString(): string {
    const start = this.#at + 1
    const close = scanString(this.bytes, start, this.#end)
    this.#at = (close < 0 ? ~close : close) + 1
    return close < 0 ? decodeString(this.bytes, start, ~close) : this.#ascii(start, close)
  }

  /** Cutting a text costs a sixth of decoding one, so a text of many strings is decoded once. */
  #ascii(start: number, end: number): string {
    if (this.bytes.length > wholeTextMax) return this.bytes.toString('latin1', start, end)
    this.#latin1 ??= this.bytes.toString('latin1')
    return this.#latin1.substring(start, end)
  }

  #readObject(): JsonObject {
    this.#enter()
    if (this.peek() === 0x7d) {
      this.#leave()
      return new Map()
    }
    return this.#shapes === null ? this.#readMap(new Map(), this.#readName()) : this.#readShaped(this.#shapes)
  }

  /** Goes along the names of objects read before; where they part for good, a Map takes what was read. */
  #readShaped(shapes: ShapeTree): JsonObject {
    // An array of the right size costs less than one that grows.
    const isTop = this.#depth === 1
    const slots = new Array<JsonNode>(isTop ? shapes.topSize : 0)
    let size = 0
    let oddTexts: [name: string, text: string][] | null = null
    for (let node = shapes.root; ;) {
      let next = this.#skipLikelyName(node)
      if (next === null) {
        const name = this.#readName()
        next = node.next(name)
        if (next === null) return this.#readMap(withTexts(new Map(new ShapedMap(node.shape, slots)), oddTexts), name)
      }
      node = next
      slots[size++] = this.readValue()
      if (this.#oddText !== null) {
        oddTexts ??= []
        oddTexts.push([node.name, this.#oddText])
        this.#oddText = null
      }
      if (this.#endsObject()) {
        slots.length = size
        if (isTop) shapes.topSize = size
        return withTexts(new ShapedMap(node.shape, slots), oddTexts)
      }
    }
  }

  /** The node behind the name that most probably follows, if it does: found by its bytes, without decoding it. */
  #skipLikelyName(node: ShapeNode): ShapeNode | null {
    const { likely } = node
    if (likely === null || likely.text === null || this.peek() !== 0x22) return null
    const { text } = likely
    const { bytes } = this
    const start = this.#at + 1
    const end = start + text.length
    if (end > this.#end) return null
    for (let index = 0; index < text.length; index++) if (bytes[start + index] !== text[index]) return null
    this.#at = end
    this.#skipColon()
    return likely
  }

  /** Reads on from the value of `first`. */
  #readMap(object: JsonObject, first: string): JsonObject {
    for (let name = first; ; name = this.#readName()) {
      const value = this.readValue()
      const sizeBefore = object.size
      // Of a name given twice the last value wins, at the first one's place.
      object.set(name, value)
      if (this.#oddText !== null) this.#keepText(object, name)
      else if (object.size === sizeBefore && (typeof value === 'number' || value === 0n))
        setSourceText(object, name, String(value))
      if (this.#endsObject()) return object
    }
  }

  /** Behind a member: leaves the object at its end, goes behind the comma where there is one. */
  #endsObject(): boolean {
    const next = this.peek()
    if (next === 0x7d) {
      this.#leave()
      return true
    }
    if (next !== 0x2c) throw jsonError(this.bytes, this.#at, this.#end, 'a comma or } in the object')
    this.#at++
    return false
  }

  #readArray(): JsonNode[] {
    const array: JsonNode[] = []
    this.#enter()
    if (this.peek() === 0x5d) {
      this.#leave()
      return array
    }
    for (;;) {
      array.push(this.readValue())
      if (this.#oddText !== null) this.#keepText(array, array.length - 1)
      const next = this.peek()
      if (next === 0x5d) break
      if (next !== 0x2c) throw jsonError(this.bytes, this.#at, this.#end, 'a comma or ] in the array')
      this.#at++
    }
    this.#leave()
    return array
  }

  #keepText(container: object, key: ConnectValue): void {
    if (this.#oddText !== null) setSourceText(container, key, this.#oddText)
    this.#oddText = null
  }

  #readNumber(): JsonNode {
    const start = this.#at
    const close = scanNumber(this.bytes, start, this.#end)
    if (close >= 0) {
      this.#at = close
      if (close - start > 15) return BigInt(this.bytes.toString('latin1', start, close))
      const value = smallInteger(this.bytes, start, close)
      if (value === 0 && !this.#exact && this.bytes[start] === 0x2d) this.#oddText = '-0'
      return BigInt(value)
    }
    this.#at = ~close
    if (!this.#exact) {
      const plain = plainDecimal(this.bytes, start, ~close)
      if (!Number.isNaN(plain)) return plain
    }
    const text = this.#ascii(start, ~close)
    if (this.#exact) return new JsonDecimal(text)
    const value = decimalToNumber(text)
    if (String(value) !== text) this.#oddText = text
    return value
  }
}

function withTexts(object: JsonObject, texts: readonly [name: string, text: string][] | null): JsonObject {
  for (const [name, text] of texts ?? []) setSourceText(object, name, text)
  return object
}

function smallInteger(bytes: Buffer, start: number, end: number): number {
  const negative = bytes[start] === 0x2d
  let value = 0
  for (let at = negative ? start + 1 : start; at < end; at++) value = value * 10 + ((bytes[at] as number) - 0x30)
  return negative && value !== 0 ? -value : value
}

/** The double nearest to a decimal's text. Java goes through BigDecimal, which knows no negative zero: `-0.0` is 0. */
export function decimalToNumber(text: string): number {
  const value = Number(text)
  return value === 0 && !/^-[0.]*[1-9]/.test(text) ? 0 : value
}
