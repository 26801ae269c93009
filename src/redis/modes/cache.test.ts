// Cache mode, case by case: keys, prefixes, expiry, and what of a record forms them.
import {
  array,
  bare,
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

const person = '{"firstName":"John","lastName":"Smith","age":30,"salary":4830.5}'

planCases('cache: the statements of the manual and of the language sheet', [
  ['both', 'SELECT firstName, lastName, age, salary AS income FROM t PK firstName, lastName', person, `SET John.Smith '{"firstName":"John","lastName":"Smith","age":30,"income":4830.5}'`],
  ['old', 'SELECT firstName, salary AS income FROM t PK firstName', struct({ firstName: str('John'), salary: f64(4830) }), `SET John '{"firstName":"John","income":4830.0}'`],
  ['plain', 'SELECT firstName, salary AS income FROM t PK firstName', struct({ firstName: str('John'), salary: f64(4830) }), `SET John '{"firstName":"John","income":4830}'`],
  ['both', 'SELECT price from yahoo-fx PK symbol', '{"symbol":"EURGBP","price":0.8597}', `SET EURGBP '{"price":0.8597}'`, { topic: 'yahoo-fx' }],
  ['both', 'INSERT INTO rate: SELECT bid, ask FROM fx.ticks PK pair', '{"pair":"EURUSD","bid":1.5,"ask":2}', `SET rate:EURUSD '{"bid":1.5,"ask":2}'`, { topic: 'fx.ticks' }],
  ['both', 'SELECT bid AS b FROM fx.ticks PK venue, pair TTL = 30', '{"pair":"EURUSD","bid":1.5,"venue":"LSE"}', `SETEX LSE.EURUSD 30 '{"b":1.5}'`, { topic: 'fx.ticks' }],
  ['both', 'SELECT * FROM people IGNORE ssn PK name.last', '{"ssn":1,"name":{"last":"Smith"}}', `SET Smith '{"name":{"last":"Smith"}}'`, { topic: 'people' }],
  ['both', 'INSERT INTO `my cache:` SELECT `order`, `limit` FROM `2024` PK `pk`', '{"order":1,"limit":2,"pk":"x"}', `SET 'my cache:x' '{"order":1,"limit":2}'`, { topic: '2024' }],
  ['both', 'UPSERT INTO a: SELECT x FROM t PK x', '{"x":"1"}', `SET a:1 '{"x":"1"}'`],
  ['old', 'SELECT max(bid) AS top FROM t PK s', '{"bid":1,"s":"k"}', /config: .*lost the function "max"/s]
]) // prettier-ignore

planCases('cache: keys', [
  // PK values are looked up in the value, by source path, selected or not; the alias does not count.
  ['both', 'SELECT a AS b FROM t PK b', '{"a":1}', /refused: .*t-0@7.*statement 1.*PK: Field \[b\] does not exist\. Available Fields are \[a\]/],
  ['both', 'SELECT a FROM t PK nested.z', '{"a":1,"nested":{"z":"deep"}}', `SET deep '{"a":1}'`],
  ['both', 'SELECT a FROM t PK a, b', '{"a":"1","b":"2"}', `SET 1|2 '{"a":"1"}'`, { config: { 'connect.redis.pk.delimiter': '|' } }],
  ['both', 'SELECT a FROM t PK a, b', '{"a":"1","b":"2"}', `SET 12 '{"a":"1"}'`, { config: { 'connect.redis.pk.delimiter': '' } }],
  // A key written twice counted once.
  ['old', 'SELECT a FROM t PK a, b, a', '{"a":"1","b":"2"}', `SET 1.2 '{"a":"1"}'`],
  ['plain', 'SELECT a FROM t PK a, b, a', '{"a":"1","b":"2"}', `SET 1.2.1 '{"a":"1"}'`],
  ['both', 'SELECT a FROM t PK a.b, a_b', '{"a":{"b":1},"a_b":2}', `SET 1.2 '{"a":{"b":1}}'`],
  // The prefix is trimmed as Java trims; KEYDELIMITER has no say.
  ['both', 'INSERT INTO ` p ` SELECT a FROM t PK a', '{"a":"1"}', `SET p1 '{"a":"1"}'`],
  ['old', "SELECT a FROM t PK a, b KEYDELIMITER='-'", '{"a":"1","b":"2"}', `SET 1.2 '{"a":"1"}'`],
  ['both', "INSERT INTO '' SELECT a FROM t PK a", '{"a":"1"}', `SET 1 '{"a":"1"}'`],
  // Five and more come in the order of a Scala Map of their names, under the old contract only.
  ['old', 'SELECT id FROM t PK id,name,price,big,ok', '{"id":1,"name":"n","price":2,"big":3,"ok":true}', `SET n.3.2.1.true '{"id":1}'`],
  ['plain', 'SELECT id FROM t PK id,name,price,big,ok', '{"id":1,"name":"n","price":2,"big":3,"ok":true}', `SET 1.n.2.3.true '{"id":1}'`],
  ['old', 'SELECT a FROM t PK e,d,c,b,a', '{"a":1,"b":2,"c":3,"d":4,"e":5}', `SET 5.1.2.3.4 '{"a":1}'`],
  ['old', 'SELECT a FROM t PK d,c,b,a', '{"a":1,"b":2,"c":3,"d":4}', `SET 4.3.2.1 '{"a":1}'`],
  // Without PK the manual's row key, whatever the delimiter.
  ['both', 'INSERT INTO A- SELECT a FROM orders', '{"a":1}', `SET A-orders|0|17 '{"a":1}'`, { topic: 'orders', offset: 17 }],
  ['both', 'SELECT a FROM t', '{"a":1}', `SET t|3|9 '{"a":1}'`, { partition: 3, offset: 9, config: { 'connect.redis.pk.delimiter': '-' } }],
  ['both', 'INSERT INTO TABLE1 SELECT * FROM redis-topic', '{"a":1}', `SET TABLE1redis-topic|0|7 '{"a":1}'`, { topic: 'redis-topic' }],
  // Legal, if strange.
  ['both', 'SELECT b FROM t PK a', '{"a":"","b":1}', `SET "" '{"b":1}'`],
  ['both', 'SELECT b FROM t PK a', '{"a":"x\\r\\ny","b":1}', `SET "x\\r\\ny" '{"b":1}'`],
  ['both', 'SELECT b FROM t PK a', '{"a":"\\u0000","b":1}', `SET "\\x00" '{"b":1}'`],
  ['both', 'SELECT b FROM t PK a', '{"a":"\\ud800x","b":1}', `SET ?x '{"b":1}'`],
  ['both', 'SELECT b FROM t PK a', '{"a":"é😀","b":1}', `SET é😀 '{"b":1}'`],
  // Missing or null: no key.
  ['both', 'SELECT b FROM t PK a', '{"a":null,"b":1}', /refused: .*PK: field \[a\] is null.*drop the others by a transform/],
  ['both', 'SELECT b FROM t PK nope, a.b', '{"a":{"b":1},"b":1}', /refused: .*PK: Field \[nope\] does not exist\. Available Fields are \[a,b\]/],
  ['both', 'SELECT b FROM t PK a.x', '{"a":null,"b":1}', /refused: .*PK: field \[a\.x\] is null/],
  ['both', 'SELECT b FROM t PK a.x', '{"a":"s","b":1}', /refused: .*PK: Field \[x\] can't be looked up: expecting a structure but found \[string\]/],
  // The projection is made first: its error speaks.
  ['both', 'SELECT gone FROM t PK nope', '{"a":1}', /refused: (?!.*PK:).*Field \[gone\] does not exist/]
]) // prettier-ignore

// Dates print in the zone of the process, as Java's did: the same one wherever this file runs.
process.env['TZ'] = 'UTC'
const pk = 'SELECT x FROM t PK k'
const x = i32(1)
planCases('cache: key texts, under the old contract', [
  ['old', pk, struct({ k: i32(-5), x }), `SET -5 '{"x":1}'`],
  ['old', pk, struct({ k: i64(9007199254740993n), x }), `SET 9007199254740993 '{"x":1}'`],
  ['old', pk, struct({ k: f64(4830), x }), `SET 4830.0 '{"x":1}'`],
  ['old', pk, struct({ k: f64(1e10), x }), `SET 1.0E10 '{"x":1}'`],
  ['old', pk, struct({ k: f64(NaN), x }), `SET NaN '{"x":1}'`],
  ['old', pk, struct({ k: f64(-0), x }), `SET -0.0 '{"x":1}'`],
  ['old', pk, struct({ k: f32(1.1), x }), `SET 1.1 '{"x":1}'`],
  ['old', pk, struct({ k: bool(true), x }), `SET true '{"x":1}'`],
  ['old', pk, struct({ k: bytes(1, 2, 0xff), x }), `SET AQL/ '{"x":1}'`],
  ['old', pk, struct({ k: decimal(78297n, 2), x }), `SET 782.97 '{"x":1}'`],
  ['old', pk, struct({ k: decimal(1n, -3), x }), `SET 1E+3 '{"x":1}'`],
  ['old', pk, struct({ k: array(i32(1), i32(2)), x }), `SET '[1, 2]' '{"x":1}'`],
  ['old', pk, struct({ k: array(str('a'), none('STRING')), x }), `SET '[a, null]' '{"x":1}'`],
  ['old', pk, struct({ k: map([str('x'), i32(1)]), x }), `SET {x=1} '{"x":1}'`],
  ['old', pk, struct({ k: struct({ z: i32(1), n: none('STRING'), a: f64(2), m: str('x') }), x }), `SET Struct{z=1,a=2.0,m=x} '{"x":1}'`],
  // Schemaless data had become a Struct by then: objects print as one, in HashMap order.
  ['old', pk, '{"k":{"id":1,"by":2,"date":null},"x":1}', `SET Struct{by=2,id=1} '{"x":1}'`],
  ['old', pk, '{"k":[1,"a",null,{"b":1}],"x":1}', `SET '[1, a, null, Struct{b=1}]' '{"x":1}'`],
  ['old', pk, '{"k":1.50,"x":1}', `SET 1.5 '{"x":1}'`],
  ['old', pk, '{"k":-0.0,"x":1}', `SET 0.0 '{"x":1}'`],
  ['old', pk, '{"k":123456789012345678901234567890,"x":1}', `SET 123456789012345678901234567890 '{"x":1}'`],
  ['old', pk, text('{"k":{"z":1,"a":2},"x":1}'), `SET Struct{z=1,a=2} '{"x":1}'`],
  ['old', pk, struct({ k: date(0), x }), `SET 'Thu Jan 01 00:00:00 UTC 1970' '{"x":1}'`],
  ['old', pk, struct({ k: timestamp(1700000000123), x }), `SET 'Tue Nov 14 22:13:20 UTC 2023' '{"x":1}'`],
  // A date without schema had gone through JSON as its milliseconds.
  ['old', pk, bare(new Map<string, Date | bigint>([['k', new Date(1700000000123)], ['x', 1n]])), `SET 1700000000123 '{"x":1}'`]
]) // prettier-ignore

planCases('cache: key texts, under the plain contract', [
  ['plain', pk, '{"k":1.50,"x":1}', `SET 1.50 '{"x":1}'`],
  ['plain', pk, '{"k":1e10,"x":1}', `SET 1e10 '{"x":1}'`],
  ['plain', pk, '{"k":{"id":1,"by":[2,null]},"x":1}', `SET '{"id":1,"by":[2,null]}' '{"x":1}'`],
  ['plain', pk, struct({ k: f64(4830), x }), `SET 4830 '{"x":1}'`],
  ['plain', pk, struct({ k: f32(1.1), x }), `SET 1.1 '{"x":1}'`],
  ['plain', pk, struct({ k: date(1641600000000), x }), `SET 2022-01-08 '{"x":1}'`],
  ['plain', pk, struct({ k: timestamp(1700000000123), x }), `SET 2023-11-14T22:13:20.123Z '{"x":1}'`],
  ['plain', pk, struct({ k: bytes(1, 2, 0xff), x }), `SET AQL/ '{"x":1}'`],
  ['plain', pk, struct({ k: decimal(1n, -3), x }), `SET 1000 '{"x":1}'`],
  ['plain', pk, struct({ k: map([str('x'), i32(1)]), x }), `SET '{"x":1}' '{"x":1}'`]
]) // prettier-ignore

planCases('cache: expiry', [
  ['both', 'SELECT a FROM t PK a TTL=1', '{"a":"1"}', `SETEX 1 1 '{"a":"1"}'`],
  ['both', 'SELECT a FROM t PK a TTL=9223372036854775807', '{"a":"1"}', `SETEX 1 9223372036854775807 '{"a":"1"}'`],
  ['both', 'INSERT INTO k SELECT a FROM t PK a TTL=60', '{"a":"1"}', `SETEX k1 60 '{"a":"1"}'`],
  ['both', 'SELECT a FROM t PK a TTL=0', '{"a":"1"}', /config: .*0 is not a valid number for a TTL\.[^]*\^/]
]) // prettier-ignore
