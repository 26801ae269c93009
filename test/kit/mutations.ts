// Makes odd values of good ones: JSON with odd tokens, blanks, fields twice or missing, and bytes changed, cut or added. Seeded.

/** Numbers from 0 up to 1, the same for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function pick<T>(next: () => number, items: readonly T[], otherwise: T): T {
  return items[Math.floor(next() * items.length)] ?? otherwise
}

const numbers = [
  ...['0', '-0', '-0.0', '0.0', '1.0', '1.50', '1e5', '1E+5', '1e-7', '1.5e3', '123456789012345678901234567890', '9007199254740993'],
  ...['0.001', '0.0009', '0.00123', '12345678.5', '9999999.5', '1234567.8', '10000000.0', '1e400', '-1e400', '-1e-400', '4.9e-324', '01', '1.', '.5'],
  ...['+1', 'NaN', '1e99999', '-', '2147483647', '2147483648', '-2147483648', '-2147483649', '9223372036854775807', '9223372036854775808'],
  ...['127', '128', '-129', '32768', '65536', '3.4e39', '1.17549435E-38', '16777217', '0.1234567890123456', '100.00', '180', '-85.06', '1700000000000'],
  ...['86400000', '86400001', '19000', '100000001', '8640000000000001', '1'.repeat(310), `0.${'3'.repeat(320)}`, '1.0e0', '123456789012345', '1234567890123456']
] // prettier-ignore
const texts = [
  ...['""', '"\\u0041\\n\\""', '"\\ud800"', '"\\udc00x"', '"\\ud83d\\ude00"', '"é😀\u2028"', '" 12 "', '"12.5"', '"-0"', '"1e3"', '"0x1p3"', '"12d"'],
  ...['"\u0001"', '"\\x"', '"\\/"', '"AAEC"', '"AA=="', '"AB=="', '"AA"', '"A"', '"NaN"', '"Infinity"', '"\\u0000"', '"\u007f"', '"٣"', '"a.b"', '"0012.250"'],
  // Long ones: flights fill up, and escapes make them grow.
  ...[`"${'z'.repeat(5000)}"`, `"${'\\u0001'.repeat(900)}"`, `"${'é'.repeat(2500)}"`],
  ...[`"${'x'.repeat(60)}"`, `"${'ab"'.slice(0, 2).repeat(40)}\\n"`, '"\\u00e9\\ud83d"', '"unended']
] // prettier-ignore
const others = [
  ...['null', 'true', 'false', 'nul', 'truex', 'True', '[]', '[ ]', '[1, 2.50,"x",null,true]', '[[1],{}]', '[1,]', '[1.0e2,-0.0,"\\n\\ud800"]', '{}', '{ }'],
  ...['{"a":1}', '{"a":{"b":[]}}', '{"a":1,"a":2}', '[{"z":1,"y":2,"x":3}]', '', ',', '[-0]', '["é",  "\\"", 1e400]']
] // prettier-ignore

const tokens = /"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|true|false|null|[{}[\],:]/g

/** One odd thing in a JSON text. */
export function oddJson(text: string, next: () => number): string {
  const all = text.match(tokens) ?? []
  const at = Math.floor(next() * all.length)
  const token = all[at] ?? ''
  const kind = next()
  if (kind < 0.2) return all.map(each => (next() < 0.2 ? each + pick(next, [' ', '\n', '\t', '\r\n  '], ' ') : each)).join('')
  if (kind < 0.75) {
    // Values, not names: a value stands behind a colon, a bracket or a comma.
    const values = all.flatMap((each, index) => (/^["\-0-9tfn]/.test(each) && all[index + 1] !== ':' ? [index] : []))
    const place = pick(next, values, at)
    const odd = pick(next, [numbers, texts, others], others)
    return [...all.slice(0, place), pick(next, odd, '0'), ...all.slice(place + 1)].join('')
  }
  if (kind < 0.85) {
    // A field more, somewhere an object begins: a new one, or one that is there already.
    const opens = all.flatMap((each, index) => (each === '{' && all[index + 1] !== '}' ? [index] : []))
    const open = pick(next, opens, -1)
    if (open < 0) return text
    const name = next() < 0.5 ? (all[open + 1] ?? '"q"') : pick(next, ['"q"', '"\\u0069d"', '"é"', '"a.b"', '""'], '"q"')
    return [...all.slice(0, open + 1), name, ':', pick(next, ['1', '"x"', 'null', '2.50'], '1'), ',', ...all.slice(open + 1)].join('')
  }
  if (kind < 0.95) return [...all.slice(0, at), ...all.slice(at + 1)].join('')
  return [...all.slice(0, at), token, token, ...all.slice(at + 1)].join('')
} // prettier-ignore

/** One byte changed, a piece cut off, something added. */
export function oddBytes(bytes: Uint8Array, next: () => number): Buffer {
  const copy = Buffer.from(bytes)
  const at = Math.floor(next() * copy.length)
  const kind = next()
  if (kind < 0.4) {
    if (copy.length > 0) copy[at] = next() < 0.5 ? Math.floor(next() * 256) : (copy[at] ?? 0) ^ (1 << Math.floor(next() * 8))
    return copy
  }
  if (kind < 0.6) return copy.subarray(0, at)
  if (kind < 0.8) return Buffer.concat([copy, Buffer.from(pick(next, [' ', '}', 'x', '\u0000', '1', '{"a":1}', '\n\n'], ' '))])
  if (kind < 0.9) return Buffer.concat([copy.subarray(0, at), Buffer.from([Math.floor(next() * 256)]), copy.subarray(at)])
  return Buffer.concat([copy.subarray(0, at), copy.subarray(at + 1)])
} // prettier-ignore
