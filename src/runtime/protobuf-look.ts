// Whether bytes can be a Protobuf message, told from their wire form alone, without any schema.

const fieldsMax = 1000
const indexesMax = 32

/** Bytes that can be walked field by field to their very end. `indexed`: Confluent's message indexes stand before the message. */
export function isProtobuf(bytes: Uint8Array, indexed: boolean): boolean {
  const start = indexed ? behindIndexes(bytes) : 0
  return start >= 0 && start < bytes.length && isMessage(bytes, start)
}

/** The list of message indexes: a count and so many numbers, all zigzag varints; a single 0 stands for the first message. -1: no such list. */
function behindIndexes(bytes: Uint8Array): number {
  let at = varintEnd(bytes, 0)
  if (at !== 1) return -1
  const count = (bytes[0] ?? 0) / 2
  if (!Number.isInteger(count) || count > indexesMax) return -1
  for (let index = 0; index < count && at >= 0; index++) at = varintEnd(bytes, at)
  return at
}

function isMessage(bytes: Uint8Array, start: number): boolean {
  let at = start
  for (let fields = 0; at < bytes.length; fields++) {
    if (fields === fieldsMax) return true
    at = fieldEnd(bytes, at)
    if (at < 0) return false
  }
  return true
}

function fieldEnd(bytes: Uint8Array, start: number): number {
  const at = varintEnd(bytes, start)
  const tag = at < 0 ? 0 : varint(bytes, start, at)
  if (tag < 8) return -1
  let end: number
  switch (tag % 8) {
    case 0:
      end = varintEnd(bytes, at)
      break
    case 1:
      end = at + 8
      break
    case 2: {
      const from = varintEnd(bytes, at)
      end = from < 0 ? -1 : from + varint(bytes, at, from)
      break
    }
    case 5:
      end = at + 4
      break
    default:
      return -1
  }
  return end <= bytes.length ? end : -1
}

/** Where a varint of ten bytes at most ends; -1: nowhere. */
function varintEnd(bytes: Uint8Array, start: number): number {
  for (let at = start; at < bytes.length && at < start + 10; at++) if ((bytes[at] ?? 0) < 0x80) return at + 1
  return -1
}

function varint(bytes: Uint8Array, start: number, end: number): number {
  let value = 0
  for (let at = end - 1; at >= start; at--) value = value * 128 + ((bytes[at] ?? 0) & 0x7f)
  return value
}
