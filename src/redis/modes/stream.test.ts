// Stream, case by case: the order of an entry's fields, and the texts of their values.
import {
  array,
  bool,
  bytes,
  date,
  decimal,
  f32,
  f64,
  i32,
  i64,
  map,
  none,
  planCases,
  str,
  struct,
  text,
  timestamp
} from '../../../test/kit/plan-cases.ts'

const s = 'INSERT INTO s SELECT * FROM t STOREAS Stream'

planCases('stream: fields and their order', [
  ['both', 'INSERT INTO audit SELECT who, what.verb AS verb FROM audit-log STOREAS Stream', '{"who":"me","what":{"verb":"ran"}}', /^XADD audit \* (who me verb ran|verb ran who me)$/, { topic: 'audit-log' }],
  // Java's HashMap of the names up to four, then Scala's Map.
  ['old', s, struct({ id: i32(1), dec: i32(2), by: i32(3), date: i32(4) }), 'XADD s * date 4 dec 2 by 3 id 1'],
  ['old', s, struct({ ts: i32(1), price: i32(2), symbol: str('a') }), 'XADD s * symbol a price 2 ts 1'],
  ['plain', s, struct({ id: i32(1), dec: i32(2), by: i32(3), date: i32(4) }), 'XADD s * id 1 dec 2 by 3 date 4'],
  ['plain', s, text('{"ts":1,"price":2,"symbol":"a"}'), 'XADD s * ts 1 price 2 symbol a'],
  // From five on Scala's order, of the names after alias.
  ['old', 'INSERT INTO s SELECT i AS id, n AS name, z, b, c FROM t STOREAS Stream', '{"i":1,"n":2,"z":3,"b":4,"c":5}', 'XADD s * name 2 id 1 b 4 c 5 z 3'],
  // The target as it stands; PK and TTL have no effect.
  ['both', 'INSERT INTO ` a ` SELECT x FROM t PK nope STOREAS Stream TTL=5', '{"x":1}', `XADD ' a ' * x 1`],
  ['both', 'INSERT INTO s SELECT * FROM t IGNORE y STOREAS Stream', '{"x":1,"y":2}', 'XADD s * x 1']
]) // prettier-ignore

planCases('stream: values as text', [
  ['both', s, '{"a":"x y"}', `XADD s * a 'x y'`],
  ['both', s, '{"a":""}', `XADD s * a ""`],
  ['both', s, '{"a":true}', 'XADD s * a true'],
  ['both', s, '{"a":123456789012345678901234567890}', 'XADD s * a 123456789012345678901234567890'],
  ['old', s, '{"a":2.50}', 'XADD s * a 2.5'],
  ['plain', s, '{"a":2.50}', 'XADD s * a 2.50'],
  ['old', s, struct({ a: f64(NaN) }), 'XADD s * a NaN'],
  ['old', s, struct({ a: f64(-Infinity) }), 'XADD s * a -Infinity'],
  ['old', s, struct({ a: f32(1.1) }), 'XADD s * a 1.1'],
  ['old', s, struct({ a: i64(-9223372036854775808n) }), 'XADD s * a -9223372036854775808'],
  ['both', s, struct({ a: bytes(1, 2, 0xff) }), 'XADD s * a AQL/'],
  ['old', s, struct({ a: array(bytes(1, 2, 0xff)) }), 'XADD s * a [AQL/]'],
  ['old', s, struct({ a: decimal(120000n, 2) }), 'XADD s * a 1200.00'],
  ['old', s, struct({ a: date(1641600000000) }), 'XADD s * a 2022-01-8T00:00:00.000Z'],
  ['old', s, struct({ a: timestamp(1700000000123) }), 'XADD s * a 1700000000123'],
  ['plain', s, struct({ a: timestamp(1700000000123) }), 'XADD s * a 2023-11-14T22:13:20.123Z'],
  ['old', s, struct({ a: struct({ z: i32(1), a: f64(2), m: str('x'), n: none('STRING') }) }), `XADD s * a '{z=1, a=2.0, m=x, n=null}'`],
  ['old', s, text('{"a":{"city":"Athens","zip":[1,2]}}'), `XADD s * a '{city=Athens, zip=[1, 2]}'`],
  ['old', s, '{"a":{"city":"Athens","zip":[1,2]}}', `XADD s * a '{zip=[1, 2], city=Athens}'`],
  ['plain', s, '{"a":{"city":"Athens","zip":[1,2]}}', `XADD s * a '{"city":"Athens","zip":[1,2]}'`],
  ['old', s, struct({ a: map([str('x'), i32(1)]) }), 'XADD s * a {x=1}'],
  ['old', s, struct({ a: map([i32(3), i32(4)]) }), `XADD s * a '[[3, 4]]'`],
  ['old', s, struct({ a: array(i32(1), none('INT32')) }), `XADD s * a '[1, null]'`]
]) // prettier-ignore

planCases('stream: nulls', [
  // Left out; the others keep the order they would have beside it.
  ['old', s, struct({ id: i32(1), dec: none('INT32'), by: i32(3), date: i32(4) }), 'XADD s * date 4 by 3 id 1'],
  ['old', s, '{"id":1,"name":2,"z":null,"b":4,"c":5}', 'XADD s * name 2 id 1 b 4 c 5'],
  ['both', s, '{"a":null}', /refused: .*no field is left for the stream entry/],
  ['both', s, '{}', /refused: .*no field is left for the stream entry/],
  ['both', s, struct({ a: none('STRING'), b: bool(true) }), 'XADD s * b true'],
  ['both', 'INSERT INTO s SELECT _key.x FROM t STOREAS Stream', '{"a":1}', /refused: .*no field is left/]
]) // prettier-ignore
