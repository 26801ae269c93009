// A sorted set per key, case by case: the score comes from the whole record and is written into the member under its own name.
import { f64, i32, i64, none, planCases, str, struct, text, timestamp } from '../../../test/kit/plan-cases.ts'

const sensor = '{"sensorID":"S7","temperature":21.5,"humidity":40,"timestamp":1700000000}'
const perKey = 'STOREAS SortedSet(score=ts)'

planCases('sorted sets: the statements of the manual and of the language sheet', [
  ['both', 'INSERT INTO sensor- SELECT temperature, humidity FROM sensorsTopic PK sensorID STOREAS SortedSet(score=timestamp)', sensor, `ZADD sensor-S7 1700000000 '{"temperature":21.5,"humidity":40,"timestamp":1700000000}'`, { topic: 'sensorsTopic' }],
  ['both', 'INSERT INTO FX- SELECT price from yahoo-fx PK symbol STOREAS SortedSet(score=timestamp)', '{"symbol":"USDGBP","price":0.7943,"timestamp":5}', `ZADD FX-USDGBP 5 '{"price":0.7943,"timestamp":5}'`, { topic: 'yahoo-fx' }],
  ['both', 'INSERT INTO ticks: SELECT bid FROM fx.ticks PK pair STOREAS sortedset(score=at)', '{"pair":"EURUSD","bid":1.5,"at":9}', `ZADD ticks:EURUSD 9 '{"bid":1.5,"at":9}'`, { topic: 'fx.ticks' }],
  ['both', 'SELECT a FROM t PK a, b STOREAS SortedSet(score=ts)', '{"a":"x","b":"y","ts":1}', `ZADD x.y 1 '{"a":"x","ts":1}'`],
  ['both', 'INSERT INTO ` p ` SELECT a FROM t PK a STOREAS SortedSet(score=ts) TTL=5', '{"a":"x","ts":1}', `ZADD px 1 '{"a":"x","ts":1}' + EXPIRE px 5`]
]) // prettier-ignore

planCases('sorted sets: the score in the member', [
  ['both', `SELECT a, ts AS t FROM t PK a ${perKey}`, '{"a":"x","ts":1}', `ZADD x 1 '{"a":"x","ts":1}'`],
  ['both', `SELECT ts AS t, a FROM t PK a ${perKey}`, '{"a":"x","ts":1}', `ZADD x 1 '{"ts":1,"a":"x"}'`],
  ['both', `SELECT ts, a FROM t PK a ${perKey}`, '{"a":"x","ts":1}', `ZADD x 1 '{"ts":1,"a":"x"}'`],
  ['both', `SELECT * FROM t PK a ${perKey}`, text('{"a":"x","ts":1}'), `ZADD x 1 '{"a":"x","ts":1}'`],
  // IGNORE had no effect in this mode.
  ['old', `SELECT * FROM t IGNORE a PK a ${perKey}`, text('{"a":"x","ts":1}'), `ZADD x 1 '{"a":"x","ts":1}'`],
  ['old', `SELECT a, b FROM t IGNORE b PK a ${perKey}`, '{"a":"x","b":2,"ts":1}', `ZADD x 1 '{"a":"x","b":2,"ts":1}'`],
  ['plain', `SELECT * FROM t IGNORE a PK a ${perKey}`, text('{"a":"x","ts":1,"b":2}'), `ZADD x 1 '{"ts":1,"b":2}'`],
  ['plain', `SELECT a, b FROM t IGNORE b PK a ${perKey}`, '{"a":"x","b":2,"ts":1}', `ZADD x 1 '{"a":"x","ts":1}'`],
  ['plain', `SELECT a, o FROM t IGNORE o.p PK a ${perKey}`, '{"a":"x","o":{"p":"secret","q":1},"ts":1}', `ZADD x 1 '{"a":"x","o":{"q":1},"ts":1}'`],
  // The score counts though it is left out.
  ['plain', `SELECT * FROM t IGNORE ts PK a ${perKey}`, '{"a":"x","ts":1}', `ZADD x 1 '{"a":"x"}'`],
  ['plain', `SELECT a, ts FROM t IGNORE ts PK a ${perKey}`, '{"a":"x","ts":1}', `ZADD x 1 '{"a":"x"}'`],
  ['plain', 'SELECT a FROM t IGNORE o.ts PK a STOREAS SortedSet(score=o.ts)', '{"a":"x","o":{"ts":1}}', `ZADD x 1 '{"a":"x"}'`],
  // Four selected fields and the score are five: Scala's order, of the names ts, id, name, price and big.
  ['old', `SELECT id, name, price, big FROM t PK id ${perKey}`, '{"id":1,"name":"n","price":2,"big":3,"ts":4}', `ZADD 1 4 '{"name":"n","big":3,"price":2,"ts":4,"id":1}'`],
  ['plain', `SELECT id, name, price, big FROM t PK id ${perKey}`, '{"id":1,"name":"n","price":2,"big":3,"ts":4}', `ZADD 1 4 '{"id":1,"name":"n","price":2,"big":3,"ts":4}'`],
  // A path, appended under its last name; selected before, it loses its alias.
  ['both', 'SELECT a FROM t PK a STOREAS SortedSet(score=`o`.`ts`)', '{"a":"x","o":{"ts":3}}', `ZADD x 3 '{"a":"x","ts":3}'`],
  ['both', 'SELECT a, o.ts AS z FROM t PK a STOREAS SortedSet(score=`o`.`ts`)', '{"a":"x","o":{"ts":3}}', `ZADD x 3 '{"a":"x","ts":3}'`],
  ['both', 'SELECT a FROM t PK a STOREAS SortedSet(score=`o.ts`)', '{"a":"x","o.ts":4,"o":{"ts":3}}', `ZADD x 4 '{"a":"x","o.ts":4}'`],
  ['both', 'SELECT a FROM t PK a STOREAS SortedSet(score=o.ts)', '{"a":"x","o":{"ts":3}}', `ZADD x 3 '{"a":"x","ts":3}'`],
  ['both', 'SELECT a, o.ts AS z FROM t PK a STOREAS SortedSet(score=o.ts)', '{"a":"x","o":{"ts":3}}', `ZADD x 3 '{"a":"x","ts":3}'`],
  ['both', 'SELECT a FROM t PK a STOREAS SortedSet(score=`a.b`.`lon`)', '{"a":"x","a.b":{"lon":3}}', `ZADD x 3 '{"a":"x","lon":3}'`],
  ['both', 'SELECT a FROM t PK a STOREAS SortedSet(score=o.`t.s`)', '{"a":"x","o":{"t.s":3}}', `ZADD x 3 '{"a":"x","t.s":3}'`],
  ['old', 'SELECT a, b, c, d FROM t PK a STOREAS SortedSet(score=o.ts)', '{"a":1,"b":2,"c":3,"d":4,"o":{"ts":5}}', `ZADD 1 5 '{"ts":5,"a":1,"b":2,"c":3,"d":4}'`],
  // A nested PK works as in cache mode.
  ['both', `SELECT a FROM t PK o.k ${perKey}`, '{"a":1,"o":{"k":"deep"},"ts":2}', `ZADD deep 2 '{"a":1,"ts":2}'`]
]) // prettier-ignore

planCases('sorted sets: any number is a score, nothing else', [
  ['both', `SELECT a FROM t PK a ${perKey}`, struct({ a: str('x'), ts: i32(5) }), `ZADD x 5 '{"a":"x","ts":5}'`],
  ['both', `SELECT a FROM t PK a ${perKey}`, struct({ a: str('x'), ts: i64(5n) }), `ZADD x 5 '{"a":"x","ts":5}'`],
  ['both', `SELECT a FROM t PK a ${perKey}`, struct({ a: str('x'), ts: f64(1.5) }), `ZADD x 1.5 '{"a":"x","ts":1.5}'`],
  ['both', `SELECT a FROM t PK a ${perKey}`, '{"a":"x","ts":"7"}', `ZADD x 7 '{"a":"x","ts":"7"}'`],
  ['old', `SELECT a FROM t PK a ${perKey}`, struct({ a: str('x'), ts: timestamp(5) }), `ZADD x 5 '{"a":"x","ts":5}'`],
  ['both', `SELECT a FROM t PK a ${perKey}`, struct({ a: str('x'), ts: none('INT64') }), /refused: .*score: field \[ts\] is null/],
  ['both', `SELECT a FROM t PK a ${perKey}`, '{"a":"x","ts":true}', /refused: .*score: field \[ts\] is boolean/],
  ['both', `SELECT a FROM t PK a ${perKey}`, '{"a":"x"}', /refused: .*Field \[ts\] does not exist\. Available Fields are \[a\]/],
  ['both', `SELECT * FROM t PK a ${perKey}`, '{"a":"x"}', /refused: .*score: Field \[ts\] does not exist/],
  ['both', `SELECT a FROM t PK nope ${perKey}`, '{"a":"x","ts":1}', /refused: .*PK: Field \[nope\] does not exist/]
]) // prettier-ignore
