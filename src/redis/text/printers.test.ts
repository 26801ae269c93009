// How values come out in JSON: to the byte as the old sink printed them, and as a person expects them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  array,
  bare,
  bool,
  bytes,
  caseRecord,
  date,
  decimal,
  f32,
  f64,
  i8,
  i16,
  i32,
  i64,
  map,
  none,
  str,
  struct,
  text,
  time,
  timestamp,
  type Typed
} from '../../../test/kit/plan-cases.ts'
import { Decimal, logicalNames, Schema, sourceText, Struct, type ConnectValue } from '../../connect/data.ts'
import { type Item } from '../fields.ts'
import { javaPrinter } from './java-printer.ts'
import { plainPrinter } from './plain-printer.ts'

/** A value; JSON text stands for what JsonConverter makes of it inside an object. */
type Row = readonly [value: Typed | string, java: string, plain?: string]

const rows: readonly Row[] = [
  // Numbers.
  [i8(-128), '-128'],
  [i16(32767), '32767'],
  [i32(-2147483648), '-2147483648'],
  [i64(9223372036854775807n), '9223372036854775807'],
  ['9007199254740993', '9007199254740993'],
  ['123456789012345678901234567890', '123456789012345678901234567890'],
  [f64(1), '1.0', '1'],
  [f64(100), '100.0', '100'],
  [f64(0.1), '0.1'],
  [f64(0.001), '0.001'],
  [f64(0.0001), '1.0E-4', '0.0001'],
  [f64(1e-7), '1.0E-7', '1e-7'],
  [f64(9999999), '9999999.0', '9999999'],
  [f64(1e7), '1.0E7', '10000000'],
  [f64(1e10), '1.0E10', '10000000000'],
  [f64(123456789.123), '1.23456789123E8', '123456789.123'],
  [f64(12345678901234567000), '1.2345678901234567E19', '12345678901234567000'],
  [f64(1e21), '1.0E21', '1e+21'],
  // As JDK 19 and later print them, not with 17's digit too many.
  [f64(8.41e21), '8.41E21', '8.41e+21'],
  [f64(2e23), '2.0E23', '2e+23'],
  [f64(5e-324), '4.9E-324', '5e-324'],
  [f64(1.7976931348623157e308), '1.7976931348623157E308', '1.7976931348623157e+308'],
  [f64(-0), '-0.0', '-0'],
  [f64(NaN), '"NaN"'],
  [f64(Infinity), '"Infinity"'],
  [f64(-Infinity), '"-Infinity"'],
  [f32(1.1), '1.1'],
  [f32(16777216), '1.6777216E7', '16777216'],
  [f32(3.4028235e38), '3.4028235E38', '3.4028235e+38'],
  [f32(1.2345679e17), '1.2345679E17', '123456790000000000'],
  [f32(NaN), '"NaN"'],
  // Decimals of JSON lose their spelling under the old contract only.
  ['1.000', '1.0', '1.000'],
  ['1.50', '1.5', '1.50'],
  ['1E5', '100000.0', '1E5'],
  ['1e10', '1.0E10', '1e10'],
  ['4830.0', '4830.0'],
  ['4830', '4830'],
  ['-0.0', '0.0', '-0.0'],
  ['-0', '0', '-0'],
  ['1e400', '"Infinity"', '1e400'],
  ['-1e400', '"-Infinity"', '-1e400'],
  ['4.9E-324', '4.9E-324'],
  ['0.1234567890123456789012345', '0.12345678901234568', '0.1234567890123456789012345'],
  // Booleans, null.
  [bool(true), 'true'],
  [none('INT32'), 'null'],
  ['null', 'null'],
  // Text.
  [str('a"\\\n\r\t\b\f\u0001\u001f'), '"a\\"\\\\\\n\\r\\t\\b\\f\\u0001\\u001F"'],
  [str('/<&>\u007f\u2028é😀'), '"/<&>\u007f\u2028é😀"'],
  [str('\ud800x\udc00'), '"?x?"'],
  ['"\\ud83d\\ude00"', '"😀"'],
  [str(''), '""'],
  // Bytes and logical types.
  [bytes(1, 2, 0xff), '"AQL/"'],
  [bytes(), '""'],
  [decimal(120000n, 2), '1200.00'],
  [decimal(200n, 2), '2.00'],
  [decimal(-1n, 7), '-1E-7', '-0.0000001'],
  [decimal(1n, -3), '1E+3', '1000'],
  [date(0), '"1970-01-1T00:00:00.000Z"', '"1970-01-01"'],
  [date(1641600000000), '"2022-01-8T00:00:00.000Z"', '"2022-01-08"'],
  [date(1700006400000), '"2023-11-15T00:00:00.000Z"', '"2023-11-15"'],
  [timestamp(1700000000123), '1700000000123', '"2023-11-14T22:13:20.123Z"'],
  // Without a schema, as transforms may leave them, they had gone through JSON before.
  [bare(new Date(1700000000123)), '1700000000123', '"2023-11-14T22:13:20.123Z"'],
  [bare(new Decimal(1250n, 2)), '12.5', '12.50'],
  [bare(new Decimal(12n, 0)), '12'],
  [bare(Buffer.from([1, 2, 0xff])), '"AQL/"'],
  // Containers.
  [array(i32(1), none('INT32')), '[1,null]'],
  ['[1,"a",2.50,[],{}]', '[1,"a",2.5,[],{}]', '[1,"a",2.50,[],{}]'],
  [map([str('x'), i32(1)], [str('a'), i32(2)]), '{"a":2,"x":1}', '{"x":1,"a":2}'],
  [map([i32(3), i32(4)]), '[[3,4]]', '{"3":4}'],
  [map([bool(true), str('y')]), '[[true,"y"]]', '{"true":"y"}'],
  [struct({ z: i32(1), a: struct({ y: f64(2), b: none('STRING') }) }), '{"z":1,"a":{"y":2.0,"b":null}}', '{"z":1,"a":{"y":2,"b":null}}'],
  [array(struct({ d: date(0) })), '[{"d":"1970-01-1T00:00:00.000Z"}]', '[{"d":"1970-01-01"}]'],
  [map([str('k"'), bytes(1, 2, 0xff)]), '{"k\\"":"AQL/"}'],
  // Five entries and more of a MAP: Java's order, then Scala's; whole-number keys hash as themselves.
  [map([str('name'), i32(1)], [str('id'), i32(2)], [str('z'), i32(3)], [str('b'), i32(4)], [str('c'), i32(5)]), '{"name":1,"id":2,"b":4,"c":5,"z":3}', '{"name":1,"id":2,"z":3,"b":4,"c":5}'],
  ['{"name":1,"id":2,"z":3,"b":4,"c":5}', '{"b":4,"c":5,"name":1,"z":3,"id":2}', '{"name":1,"id":2,"z":3,"b":4,"c":5}'],
  [text('plain text'), '"plain text"']
] // prettier-ignore

for (const [value, java, plain = java] of rows) {
  const item = typeof value === 'string' ? itemOf(value) : { ...value, source: undefined }
  test(`JSON of ${typeof value === 'string' ? value : `${value.schema?.type ?? 'schemaless'} ${java}`}`, () => {
    assert.equal(javaPrinter.json(item), java)
    assert.equal(plainPrinter.json(item), plain)
  })
}

test('a Time stands in the time zone of the process under the old contract, in UTC under the plain one', () => {
  const item = { ...time(3723004), source: undefined }
  assert.match(javaPrinter.json(item), /^"\d\d:\d\d:\d3\.004[+-]\d{4}"$/)
  assert.equal(plainPrinter.json(item), '"01:02:03.004"')
})

test('a null of a schema with a default is the default, in JSON and not in a Struct as a key', () => {
  const inner = new Schema('STRUCT', {
    fields: [['def', new Schema('STRING', { optional: true, defaultValue: 'dd' })]]
  })
  const item = { schema: inner, value: new Struct(inner), source: undefined }
  assert.equal(javaPrinter.json(item), '{"def":"dd"}')
  assert.equal(javaPrinter.keyText(item), 'Struct{}')
  assert.equal(javaPrinter.streamText(item), '{def=dd}')
  assert.equal(plainPrinter.json(item), '{"def":"dd"}')
})

test('a date out of reach and a decimal of a million zeros do no harm', () => {
  const broken = {
    schema: new Schema('INT64', { name: logicalNames.timestamp }),
    value: new Date(NaN),
    source: undefined
  }
  assert.equal(plainPrinter.json(broken), '"Invalid Date"')
  const huge = { ...decimal(1n, -1_000_000), source: undefined }
  assert.equal(plainPrinter.json(huge), '1E+1000000')
  assert.equal(javaPrinter.json(huge), '1E+1000000')
})

function itemOf(json: string): Item {
  const map = caseRecord(`{"v":${json}}`).value as ReadonlyMap<string, ConnectValue>
  return { schema: null, value: map.get('v') ?? null, source: sourceText(map, 'v') }
}
