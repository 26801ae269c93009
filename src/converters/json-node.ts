// What Java's JSON tree answers when a value is asked for as another type: it coerces silently, and so do we.
import { Decimal } from '../connect/data.ts'
import { longToFloat, wrapLong } from '../java/number-narrow.ts'
import { parseJavaFloat } from '../java/number-parse.ts'
import { decimalToNumber, JsonDecimal, type JsonNode, type JsonObject } from './json-reader.ts'

/** Jackson's names of node types, which stand in messages. */
export function nodeType(node: JsonNode | undefined): string {
  if (node === undefined) return 'MISSING'
  if (node === null) return 'NULL'
  if (typeof node === 'boolean') return 'BOOLEAN'
  if (typeof node === 'string') return 'STRING'
  if (isArray(node)) return 'ARRAY'
  return isObject(node) ? 'OBJECT' : 'NUMBER'
}

export function isObject(node: JsonNode | undefined): node is JsonObject {
  return node instanceof Map
}

export function isArray(node: JsonNode | undefined): node is JsonNode[] {
  return Array.isArray(node)
}

/** The low 32 bits of a number's whole part; 0 for anything else. */
export function intOf(node: JsonNode): number {
  return Number(BigInt.asIntN(32, wholeOf(node)))
}

/** The low 64 bits of a number's whole part; 0 for anything else. */
export function longOf(node: JsonNode): bigint {
  return wrapLong(wholeOf(node))
}

function wholeOf(node: JsonNode): bigint {
  if (typeof node === 'bigint') return node
  if (!(node instanceof JsonDecimal)) return 0n
  const { unscaled, scale } = node.toDecimal()
  // 10^64 and more is a multiple of 2^64; a scale above the digits leaves nothing whole. Both keep the power small.
  if (scale <= -64 || scale > 1000) return 0n
  return scale <= 0 ? unscaled * 10n ** BigInt(-scale) : unscaled / 10n ** BigInt(scale)
}

export function doubleOf(node: JsonNode): number {
  if (typeof node === 'bigint') return Number(node)
  return node instanceof JsonDecimal ? decimalToNumber(node.text) : 0
}

export function floatOf(node: JsonNode): number {
  if (typeof node === 'bigint') return node === wrapLong(node) ? longToFloat(node) : floatOfText(node.toString())
  return node instanceof JsonDecimal ? floatOfText(node.text) : 0
}

/** The float32 nearest to a JSON number's text. */
export function floatOfText(text: string): number {
  const float = parseJavaFloat(text) ?? 0
  // Java's way leads through BigDecimal, which knows no negative zero.
  return float === 0 && decimalToNumber(text) === 0 ? decimalToNumber(text) : float
}

export function decimalOf(node: JsonNode): Decimal | null {
  if (typeof node === 'bigint') return new Decimal(node, 0)
  return node instanceof JsonDecimal ? node.toDecimal() : null
}
