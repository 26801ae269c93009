// One reader with a memory reads any sequence of texts as readers without one do, and its memory is bounded.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sourceText } from '../connect/data.ts'
import { ShapedMap } from '../connect/shaped-map.ts'
import { JsonDecimal, readJson } from './json-reader.ts'
import { ShapeTree } from './shape-tree.ts'

/** Entries, with what is remembered of decimals beside them. */
function plain(node: unknown): unknown {
  if (node instanceof JsonDecimal) return ['decimal', node.text]
  if (Array.isArray(node)) return node.map((element, index) => [plain(element), sourceText(node, index)])
  if (!(node instanceof Map)) return node
  return [...(node as Map<string, unknown>)].map(([name, value]) => [name, plain(value), sourceText(node, name)])
}

function outcome(read: () => unknown): unknown {
  try {
    return plain(read())
  } catch (error) {
    return String(error)
  }
}

const name = fc.constantFrom('a', 'b', 'c', '__proto__', '\\u0061', 'ä', 'a"'.replace('"', '\\"'), '', 'a b')
const number = fc.constantFrom('1', '-7', '1.50', '2.5', '1e3', '-0.0', '0.1', '123456789012345678901', '00.5')
const { value } = fc.letrec<{ value: string; object: string; array: string; leaf: string }>(tie => ({
  leaf: fc.oneof(number, fc.constantFrom('"x"', '"ü\\n"', '"a longer text of some words"', 'null', 'true')),
  object: fc
    .array(fc.tuple(name, tie('value'), fc.constantFrom('', ' ')), { maxLength: 4 })
    .map(
      members =>
        `{${members.map(([key, text, blank]) => `${blank}"${key}"${blank}:${blank}${text}${blank}`).join(',')}}`
    ),
  array: fc.array(tie('value'), { maxLength: 3 }).map(texts => `[${texts.join(', ')}]`),
  value: fc.oneof({ maxDepth: 3 }, tie('leaf'), tie('object'), tie('object'), tie('array'))
}))

test('reads any sequence of texts as without a memory, errors too', () => {
  const text = fc.tuple(value, fc.nat(20)).map(([whole, cut]) => (cut < 3 ? whole.slice(0, -cut) : whole))
  fc.assert(
    fc.property(
      fc.array(text, { maxLength: 12 }),
      fc.constantFrom('exact' as const, 'number' as const),
      (texts, form) => {
        const shapes = new ShapeTree()
        for (const each of texts) {
          const bytes = Buffer.from(each)
          assert.deepEqual(
            outcome(() => readJson(bytes, form, shapes)),
            outcome(() => readJson(bytes, form))
          )
        }
      }
    ),
    { numRuns: 1000 }
  )
})

const object = (names: readonly string[]): Buffer =>
  Buffer.from(JSON.stringify(Object.fromEntries(names.map(each => [each, 1]))))

test('records of the same names share their shape', () => {
  const shapes = new ShapeTree()
  const read = (names: readonly string[]): unknown => readJson(object(names), 'number', shapes)
  const first = read(['a', 'b'])
  read(['a', 'c'])
  const third = read(['a', 'b'])
  assert.ok(first instanceof ShapedMap && third instanceof ShapedMap)
  assert.equal(first.shape, third.shape)
})

test('objects of many names and of long ones are Maps', () => {
  const shapes = new ShapeTree()
  const names = Array.from({ length: 65 }, (_, index) => `n${index}`)
  assert.ok(readJson(object(names.slice(0, 64)), 'number', shapes) instanceof ShapedMap)
  const large = readJson(object(names), 'number', shapes)
  assert.ok(large instanceof Map && !(large instanceof ShapedMap))
  assert.deepEqual([...large.keys()], names)
  assert.ok(readJson(object(['x'.repeat(128)]), 'number', shapes) instanceof ShapedMap)
  assert.ok(!(readJson(object(['x'.repeat(129)]), 'number', shapes) instanceof ShapedMap))
})

test('names that never repeat fill no memory, and what comes later is learned in time', () => {
  const shapes = new ShapeTree()
  const isShaped = (name: string): boolean => readJson(object([name]), 'number', shapes) instanceof ShapedMap
  let last = 0
  for (let index = 0; index < 10_000; index++) if (isShaped(`x${index}`)) last = index
  assert.equal(last, 999)
  assert.equal(isShaped('x0'), true)
  let misses = 0
  while (!isShaped('later')) misses++
  assert.ok(misses > 90_000 && misses < 110_000, String(misses))
})
