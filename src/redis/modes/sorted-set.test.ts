// One sorted set per statement, case by case: where the score is looked up, what may be one, and when the expiry is set.
import {
  array,
  bool,
  bytes,
  date,
  decimal,
  f32,
  f64,
  i8,
  i32,
  i64,
  map,
  none,
  planCases,
  str,
  struct,
  text,
  time,
  timestamp
} from '../../../test/kit/plan-cases.ts'

const cpu = '{"host":"a1","load":0.5,"timestamp":1700000000}'

planCases('sorted set: the statements of the manual and of the language sheet', [
  ['old', 'INSERT INTO cpu_stats SELECT * from cpuTopic STOREAS SortedSet(score=timestamp)', cpu, `ZADD cpu_stats 1700000000 '{"load":0.5,"host":"a1","timestamp":1700000000}'`, { topic: 'cpuTopic' }],
  ['plain', 'INSERT INTO cpu_stats SELECT * from cpuTopic STOREAS SortedSet(score=timestamp)', cpu, `ZADD cpu_stats 1700000000 '{"host":"a1","load":0.5,"timestamp":1700000000}'`, { topic: 'cpuTopic' }],
  ['both', 'INSERT INTO cpu_stats SELECT * from cpuTopic STOREAS SortedSet(score=timestamp)', text(cpu), `ZADD cpu_stats 1700000000 '{"host":"a1","load":0.5,"timestamp":1700000000}'`, { topic: 'cpuTopic' }],
  ['both', 'INSERT INTO ticks SELECT * FROM fx.ticks STOREAS SortedSet(score=at) TTL=86400', '{"at":5}', `ZADD ticks 5 '{"at":5}' + EXPIRE ticks 86400`, { topic: 'fx.ticks' }],
  // Without score= it is the field timestamp; STOREAS and its parameters are words of any case.
  ['both', 'INSERT INTO s SELECT * FROM t STOREAS SortedSet', '{"timestamp":5}', `ZADD s 5 '{"timestamp":5}'`],
  ['both', 'INSERT INTO s SELECT * FROM t STOREAS sortedset(SCORE=a)', '{"a":5}', `ZADD s 5 '{"a":5}'`],
  // The target is the key as it stands.
  ['both', 'INSERT INTO ` a ` SELECT * FROM t STOREAS SortedSet(score=a)', '{"a":5}', `ZADD ' a ' 5 '{"a":5}'`]
]) // prettier-ignore

const s = 'INSERT INTO s SELECT * FROM t STOREAS SortedSet(score=a)'
planCases('sorted set: the score stands in the projected record', [
  ['both', 'INSERT INTO s SELECT b, a AS ts FROM t STOREAS SortedSet(score=ts)', '{"a":5,"b":1}', `ZADD s 5 '{"b":1,"ts":5}'`],
  ['both', 'INSERT INTO s SELECT b, a AS ts FROM t STOREAS SortedSet(score=a)', '{"a":5,"b":1}', /refused: .*\[a\] keys are not present in the SinkRecord payload: \[b,ts\]/],
  ['both', 'INSERT INTO s SELECT price FROM t STOREAS SortedSet(score=ts)', '{"price":5,"ts":1}', /refused: .*\[ts\] keys are not present in the SinkRecord payload: \[price\].*select it/],
  ['both', 'INSERT INTO s SELECT * FROM t IGNORE a STOREAS SortedSet(score=a)', '{"a":5,"b":1}', /refused: .*\[a\] keys are not present/],
  ['both', 'INSERT INTO s SELECT o.ts FROM t STOREAS SortedSet(score=ts)', '{"o":{"ts":3}}', `ZADD s 3 '{"ts":3}'`],
  // A path looks into the projected record too.
  ['both', 'INSERT INTO s SELECT o AS p FROM t STOREAS SortedSet(score=`p`.`ts`)', '{"o":{"ts":3}}', `ZADD s 3 '{"p":{"ts":3}}'`],
  ['both', 'INSERT INTO s SELECT o AS p FROM t STOREAS SortedSet(score=`p`.`x`)', '{"o":{"ts":3}}', /refused: .*\[p\.x\] keys are not present/],
  ['both', 'INSERT INTO s SELECT * FROM t STOREAS SortedSet(score=`o.ts`)', '{"o.ts":4,"o":{"ts":3}}', /^ZADD s 4 /],
  ['both', 'INSERT INTO s SELECT * FROM t STOREAS SortedSet(score=o.ts)', '{"o":{"ts":3}}', `ZADD s 3 '{"o":{"ts":3}}'`],
  ['both', 'INSERT INTO s SELECT o AS p FROM t STOREAS SortedSet(score=p.q.`t s`)', '{"o":{"q":{"t s":3}}}', `ZADD s 3 '{"p":{"q":{"t s":3}}}'`],
  ['both', 'INSERT INTO s SELECT * FROM t STOREAS SortedSet(score=l-1.ts)', '{"l-1":{"ts":3}}', `ZADD s 3 '{"l-1":{"ts":3}}'`],
  ['both', 'INSERT INTO s SELECT * FROM t STOREAS SortedSet(score=`a.b`.`ts`)', '{"a.b":{"ts":3}}', `ZADD s 3 '{"a.b":{"ts":3}}'`],
  ['both', 'INSERT INTO s SELECT * FROM t STOREAS SortedSet(score=`a.b`.ts)', '{"a":{"b":{"ts":3}}}', `ZADD s 3 '{"a":{"b":{"ts":3}}}'`],
  // A plain path is that path, whatever else is called so; a name with dashes that a field has is the field, as it was.
  ['both', 'INSERT INTO s SELECT * FROM t STOREAS SortedSet(score=o.ts)', '{"o.ts":4,"o":{"ts":3}}', /^ZADD s 3 /],
  ['both', 'INSERT INTO s SELECT * FROM t STOREAS SortedSet(score=o-1.t-2)', '{"o-1.t-2":4,"o-1":{"t-2":3}}', /^ZADD s 4 /],
  // Selected by its path, it is found under the name it has in the member.
  ['both', 'INSERT INTO s SELECT o.ts AS z, k FROM t STOREAS SortedSet(score=o.ts)', '{"o":{"ts":3},"k":1}', `ZADD s 3 '{"z":3,"k":1}'`],
  ['both', 'INSERT INTO s SELECT o-1.t-2 FROM t STOREAS SortedSet(score=o-1.t-2)', '{"o-1":{"t-2":3}}', `ZADD s 3 '{"t-2":3}'`],
  ['both', 'INSERT INTO s SELECT k FROM t STOREAS SortedSet(score=o.ts)', '{"o":{"ts":3},"k":1}', /refused: .*\[o\.ts\] keys are not present in the SinkRecord payload: \[k\]/],
  ['both', 'INSERT INTO s SELECT * FROM t STOREAS SortedSet(score=o.)', '{}', /config: .*expected a field name after the dot/],
  ['both', 'INSERT INTO s SELECT * FROM t STOREAS SortedSet(score=.ts)', '{}', /config: .*"\.ts" is no path: expected names with one dot/],
  ['both', 'INSERT INTO s SELECT * FROM t STOREAS SortedSet(score=o.limit)', '{}', /config: .*limit is a reserved word: as a name write it in backticks: `limit`/],
  ['both', 'INSERT INTO s SELECT * FROM t STOREAS SortedSet(score=o.0)', '{}', /config: .*A name of digits only needs backticks: `0`/]
]) // prettier-ignore

planCases('sorted set: what is a score', [
  ['both', s, '{"a":5}', `ZADD s 5 '{"a":5}'`],
  ['both', s, '{"a":9007199254740993}', `ZADD s 9007199254740992 '{"a":9007199254740993}'`],
  ['both', s, '{"a":123456789012345678901234567890}', `ZADD s 1.2345678901234568e+29 '{"a":123456789012345678901234567890}'`],
  ['both', s, '{"a":-1.5}', `ZADD s -1.5 '{"a":-1.5}'`],
  ['both', s, '{"a":"12"}', `ZADD s 12 '{"a":"12"}'`],
  ['both', s, '{"a":" 1e3 "}', `ZADD s 1000 '{"a":" 1e3 "}'`],
  ['both', s, '{"a":"1d"}', `ZADD s 1 '{"a":"1d"}'`],
  ['both', s, '{"a":"0x1p3"}', `ZADD s 8 '{"a":"0x1p3"}'`],
  ['both', s, '{"a":"Infinity"}', `ZADD s inf '{"a":"Infinity"}'`],
  ['both', s, '{"a":"-Infinity"}', `ZADD s -inf '{"a":"-Infinity"}'`],
  ['old', s, '{"a":1e400}', `ZADD s inf '{"a":"Infinity"}'`],
  ['plain', s, '{"a":1e400}', `ZADD s inf '{"a":1e400}'`],
  ['both', s, struct({ a: i8(-3) }), `ZADD s -3 '{"a":-3}'`],
  ['both', s, struct({ a: i32(7) }), `ZADD s 7 '{"a":7}'`],
  ['both', s, struct({ a: i64(7n) }), `ZADD s 7 '{"a":7}'`],
  ['both', s, struct({ a: f32(1.1) }), `ZADD s 1.1 '{"a":1.1}'`],
  ['both', s, struct({ a: f64(1.1) }), `ZADD s 1.1 '{"a":1.1}'`],
  ['both', s, struct({ a: decimal(1250n, 2) }), `ZADD s 12.5 '{"a":12.50}'`],
  ['both', s, struct({ a: timestamp(1700000000123) }), /^ZADD s 1700000000123 /],
  ['old', s, struct({ a: date(86400000) }), `ZADD s 86400000 '{"a":"1970-01-2T00:00:00.000Z"}'`],
  ['plain', s, struct({ a: date(86400000) }), `ZADD s 86400000 '{"a":"1970-01-02"}'`],
  ['plain', s, struct({ a: time(3723004) }), `ZADD s 3723004 '{"a":"01:02:03.004"}'`],
  // Bytes count as their base64 text: `MTIz` is none, `1234` in base64 of three octets is a number.
  ['both', s, struct({ a: bytes(0xd7, 0x6d, 0xf8) }), `ZADD s 1234 '{"a":"1234"}'`]
]) // prettier-ignore

planCases('sorted set: what is no score', [
  ['both', 'INSERT INTO s SELECT * FROM t STOREAS SortedSet(score=timestamp)', '{"timestmp":5}', /refused: .*\[timestamp\] keys are not present in the SinkRecord payload: \[timestmp\]\. Did you mean \[timestmp\]\?/],
  ['both', s, '{"b":5}', /refused: .*\[a\] keys are not present in the SinkRecord payload: \[b\]/],
  ['both', s, '{"a":null}', /refused: .*\[a\] field value is null/],
  ['both', s, '{"a":"x"}', /refused: .*score: field \[a\] is text "x", which is no number/],
  ['both', s, '{"a":"2024-01-01T00:00:00Z"}', /refused: .*of a date in a text .*TimestampConverter\$Value makes a Timestamp/],
  ['both', s, '{"a":"NaN"}', /refused: .*score: field \[a\] is text "NaN"/],
  ['both', s, '{"a":"1,5"}', /refused: .*text "1,5"/],
  ['both', s, '{"a":"-inf"}', /refused: .*text "-inf"/],
  ['both', s, '{"a":""}', /refused: .*text ""/],
  ['both', s, '{"a":true}', /refused: .*score: field \[a\] is boolean/],
  ['both', s, '{"a":[1]}', /refused: .*score: field \[a\] is ARRAY/],
  ['both', s, '{"a":{"b":1}}', /refused: .*score: field \[a\] is STRUCT/],
  ['both', s, struct({ a: f64(NaN) }), /refused: .*score: field \[a\] is FLOAT64, which is no number/],
  ['both', s, struct({ a: bool(true) }), /refused: .*score: field \[a\] is BOOLEAN/],
  ['both', s, struct({ a: none('INT64') }), /refused: .*\[a\] field value is null/],
  ['both', s, struct({ a: array(i32(1)) }), /refused: .*score: field \[a\] is ARRAY/],
  ['both', s, struct({ a: map([str('x'), i32(1)]) }), /refused: .*score: field \[a\] is MAP/],
  ['both', s, struct({ a: struct({ b: i32(1) }) }), /refused: .*score: field \[a\] is STRUCT/]
]) // prettier-ignore

planCases('sorted set: expiry', [
  ['both', 'INSERT INTO s SELECT a FROM t STOREAS SortedSet(score=a) TTL=60', '{"a":5}', `ZADD s 5 '{"a":5}' + EXPIRE s 60`],
  // In a plain SELECT the TTL stands last too, but STOREAS before it; behind it, STOREAS is left over.
  ['old', 'SELECT a FROM t PK a TTL=60 STOREAS SortedSet(score=a)', '{"a":5}', `SETEX 5 60 '{"a":5}'`],
  ['plain', 'SELECT a FROM t PK a TTL=60 STOREAS SortedSet(score=a)', '{"a":5}', /config: .*STOREAS is given twice or comes too late/]
]) // prettier-ignore
