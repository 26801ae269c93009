// What a record's value may be, in which order its fields are written, and what is refused: both contracts, case by case.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  array,
  bare,
  bytes,
  caseConfig,
  caseRecord,
  i32,
  i64,
  map,
  none,
  planCases,
  str,
  struct,
  text
} from '../../test/kit/plan-cases.ts'
import { ConnectMap, Schema, Struct } from '../connect/data.ts'
import { ConversionError } from '../connect/errors.ts'
import { parseSinkSettings } from './config-read.ts'
import { compilePlans } from './plan.ts'
import { RefusedError } from './refused-error.ts'

const all = 'SELECT * FROM t PK k'
const seven = '{"id":1,"name":"n","price":2,"big":3,"ok":true,"nul":null,"nested":{"z":1}}'

planCases('order: up to four fields as they come, five and more as a Scala Map', [
  ['old', 'SELECT * FROM t', text(seven), `SET t|0|7 '{"name":"n","big":3,"price":2,"nul":null,"id":1,"nested":{"z":1},"ok":true}'`],
  ['old', 'SELECT id,name,price,big,ok,nul,nested FROM t', seven, `SET t|0|7 '{"name":"n","big":3,"price":2,"nul":null,"id":1,"nested":{"z":1},"ok":true}'`],
  ['plain', 'SELECT * FROM t', seven, `SET t|0|7 '${seven}'`],
  ['old', 'SELECT * FROM t', text('{"name":1,"id":2,"z":3,"b":4,"c":5}'), `SET t|0|7 '{"name":1,"id":2,"b":4,"c":5,"z":3}'`],
  ['old', 'SELECT * FROM t', struct({ name: i32(1), id: i32(2), z: i32(3), b: i32(4), c: i32(5) }), `SET t|0|7 '{"name":1,"id":2,"b":4,"c":5,"z":3}'`],
  // The hash is of the source name, whatever the alias; a nested column's is its whole path.
  ['old', 'SELECT name AS q1, id AS q2, z AS q3, b AS q4, c AS q5 FROM t', '{"name":1,"id":2,"z":3,"b":4,"c":5}', `SET t|0|7 '{"q1":1,"q2":2,"q4":4,"q5":5,"q3":3}'`],
  ['old', 'SELECT d, c, b, a FROM t', '{"a":1,"b":2,"c":3,"d":4}', `SET t|0|7 '{"d":4,"c":3,"b":2,"a":1}'`],
  // With * the fields left after IGNORE count; with columns all written ones, put in order before IGNORE takes some away.
  ['old', 'SELECT * FROM t IGNORE c', text('{"name":1,"id":2,"z":3,"b":4,"c":5}'), `SET t|0|7 '{"name":1,"id":2,"z":3,"b":4}'`],
  ['old', 'SELECT z, c, b, id, name FROM t IGNORE c', text('{"name":1,"id":2,"z":3,"b":4,"c":5}'), `SET t|0|7 '{"name":1,"id":2,"b":4,"z":3}'`],
  ['plain', 'SELECT z, c, b, id, name FROM t IGNORE c', text('{"name":1,"id":2,"z":3,"b":4,"c":5}'), `SET t|0|7 '{"z":3,"b":4,"id":2,"name":1}'`],
  // Nested objects keep their own order; schemaless ones are HashMaps on every level, texts stay as written.
  ['old', 'SELECT * FROM t', text('{"o":{"name":1,"id":2,"z":3,"b":4,"c":5}}'), `SET t|0|7 '{"o":{"name":1,"id":2,"z":3,"b":4,"c":5}}'`],
  ['old', 'SELECT * FROM t', '{"o":{"id":1,"by":2,"date":3}}', `SET t|0|7 '{"o":{"date":3,"by":2,"id":1}}'`],
  ['old', 'SELECT * FROM t', '{"o":[{"id":1,"by":2,"date":3}]}', `SET t|0|7 '{"o":[{"date":3,"by":2,"id":1}]}'`],
  ['plain', 'SELECT * FROM t', '{"o":{"id":1,"by":2,"date":3}}', `SET t|0|7 '{"o":{"id":1,"by":2,"date":3}}'`],
  // A Map that a transform copied has the order of its new table.
  ['old', 'SELECT * FROM t', bare(new Map([['ip', 1n], ['updated', 2n], ['billing', 3n]])), `SET t|0|7 '{"ip":1,"updated":2,"billing":3}'`],
  ['old', 'SELECT * FROM t', bare(new ConnectMap({ kind: 'hash', capacity: 4 }, [['ip', 1n], ['updated', 2n], ['billing', 3n]])), `SET t|0|7 '{"updated":2,"ip":1,"billing":3}'`],
  ['old', 'SELECT * FROM t', bare(new ConnectMap({ kind: 'linked' }, [['z', 1n], ['a', 2n]])), `SET t|0|7 '{"z":1,"a":2}'`]
]) // prettier-ignore

planCases('columns', [
  ['both', 'SELECT *, name AS n FROM t PK k', text('{"k":"k","name":1}'), `SET k '{"k":"k","name":1}'`],
  ['old', 'SELECT o.a, o.a AS b FROM t PK k', '{"k":"k","o":{"a":1}}', `SET k '{"b":1}'`],
  ['plain', 'SELECT o.a, o.a AS b FROM t PK k', '{"k":"k","o":{"a":1}}', `SET k '{"a":1,"b":1}'`],
  ['both', 'SELECT o.p.q AS x, o.p.q.r FROM t PK k', '{"k":"k","o":{"p":{"q":{"r":1}}}}', `SET k '{"x":{"r":1},"r":1}'`],
  ['both', 'SELECT nope FROM t PK k', '{"a":1,"b":2}', /refused: .*Field \[nope\] does not exist\. Available Fields are \[a,b\]\. Correct the SELECT list/],
  ['both', 'SELECT o.x FROM t PK k', '{"k":"k","o":null}', `SET k '{"x":null}'`],
  ['both', 'SELECT o.p.x FROM t PK k', '{"k":"k","o":{"p":null}}', `SET k '{"x":null}'`],
  ['both', 'SELECT o.x FROM t PK k', '{"k":"k","o":{"y":1}}', /refused: .*Field \[x\] does not exist\. Available Fields are \[y\]/],
  ['both', 'SELECT o.x FROM t PK k', '{"k":"k","o":"s"}', /refused: .*Field \[x\] can't be looked up: expecting a structure but found \[string\]/],
  ['both', 'SELECT o.x FROM t PK k', '{"k":"k","o":[1]}', /refused: .*expecting a structure but found \[ARRAY\]/],
  // A MAP with text keys has its entries as fields; others have none.
  ['both', 'SELECT m.x FROM t PK k', struct({ k: str('k'), m: map([str('x'), i32(1)]) }), `SET k '{"x":1}'`],
  ['both', 'SELECT m.y FROM t PK k', struct({ k: str('k'), m: map([str('x'), i32(1)]) }), /refused: .*Field \[y\] does not exist\. Available Fields are \[x\]/],
  ['both', 'SELECT m.y FROM t PK k', struct({ k: str('k'), m: map([i32(3), i32(1)]) }), /refused: .*Field \[y\] can't be looked up: expecting a structure but found \[MAP\]/],
  ['both', 'SELECT s.x FROM t PK k', struct({ k: str('k'), s: none('STRUCT') }), `SET k '{"x":null}'`],
  ['both', 'SELECT s.x FROM t PK s.x', struct({ s: none('STRUCT') }), /refused: .*PK: field \[s\.x\] is null/],
  // Dotted names are taken as they stand; a backquoted one that no field has is a path.
  ['both', 'SELECT * FROM t PK `b.c`', '{"b.c":5}', `SET 5 '{"b.c":5}'`],
  ['both', 'SELECT `b.c` FROM t PK `b.c`', '{"b.c":5,"b":{"c":6}}', `SET 5 '{"b.c":5}'`],
  ['both', 'SELECT `b.c` AS x FROM t PK `b.c`', '{"b":{"c":6}}', `SET 6 '{"x":6}'`],
  ['both', 'SELECT * FROM t IGNORE `b.c` PK k', '{"k":"k","b.c":5}', `SET k '{"k":"k"}'`],
  ['both', 'SELECT b.c FROM t PK k', '{"k":"k","b.c":5}', /refused: .*Field \[b\] does not exist\. Available Fields are \[k,b\.c\]\. .*`b\.c`/],
  // A misspelt field is told with the one that was meant, as it is to be written.
  ['both', 'SELECT adress.city FROM t PK k', '{"k":"k","address":{"city":"x"}}', /refused: .*Field \[adress\] does not exist\. Available Fields are \[k,address\]\. Did you mean \[address\.city\]\? Correct the SELECT list/],
  ['both', 'SELECT address.cityy FROM t PK k', struct({ k: str('k'), address: map([str('city'), i32(1)]) }), /refused: .*Field \[cityy\] .*Did you mean \[address\.city\]\?/],
  ['both', 'SELECT unitprice FROM t PK k', '{"k":"k","unit-price":1}', /refused: .*Did you mean \[`unit-price`\]\?/],
  ['both', 'SELECT `adress.city` FROM t PK k', '{"k":"k","address":{"city":1}}', /refused: (?!.*mean.*mean).*Did you mean \[address\.city\]\?/],
  ['both', 'SELECT k FROM t PK Id', '{"k":"k","id":1}', /refused: .*PK: Field \[Id\] does not exist\. Available Fields are \[k,id\]\. Did you mean \[id\]\? PK must name/],
  ['both', 'SELECT nope FROM t PK k', '{"k":"k","b":2}', /refused: (?!.*Did you mean).*does not exist/],
  ['both', all, '{"k":"k","":1}', /^SET k '\{("k":"k","":1|"":1,"k":"k")\}'$/],
  // Names of our own kind are not looked up in the key or in Kafka.
  ['both', 'SELECT _topic FROM t PK k', '{"k":"k"}', /refused: .*Field \[_topic\] does not exist/],
  ['both', 'SELECT _.topic, _.offset AS o FROM t PK k', '{"k":"k","topic":"mine","offset":1}', `SET k '{"topic":"mine","o":1}'`],
  ['both', 'SELECT _key.x, _header.y, k FROM t PK k', '{"k":"k"}', `SET k '{"k":"k"}'`],
  ['both', 'SELECT k FROM t PK _key.x', '{"k":"k"}', /refused: .*PK: Field \[_key\] does not exist/],
  ['both', 'SELECT _key FROM t PK k', '{"k":"k"}', 'SET k {}'],
  ['both', 'SELECT a FROM t IGNORE a PK k', '{"k":"k","a":1}', 'SET k {}'],
  // IGNORE goes by the last name of a path, and only where the column is not nested.
  ['both', 'SELECT a, o.b FROM t IGNORE b PK k', '{"k":"k","a":1,"o":{"b":2}}', `SET k '{"a":1,"b":2}'`],
  ['old', 'SELECT * FROM t IGNORE o.k, a PK k', text('{"k":"k","a":1,"c":3,"o":{"k":1}}'), `SET k '{"c":3,"o":{"k":1}}'`],
  // Under the plain contract it is the path that is left out.
  ['plain', 'SELECT * FROM t IGNORE o.k, a PK k', text('{"k":"k","a":1,"c":3,"o":{"k":1,"j":2}}'), `SET k '{"k":"k","c":3,"o":{"j":2}}'`],
  ['plain', 'SELECT * FROM t IGNORE o.p.x, o.p.`y.z`, o.q PK k', '{"k":"k","o":{"q":1,"p":{"x":1.50,"y.z":2,"w":1.50},"r":[{"q":1}]}}', `SET k '{"k":"k","o":{"p":{"w":1.50},"r":[{"q":1}]}}'`],
  ['plain', 'SELECT * FROM t IGNORE o.p, o.p.x, n.x, k.x, m.x PK k', '{"k":"k","o":{"p":{"x":1}},"n":null,"m":[{"x":1}]}', `SET k '{"k":"k","o":{},"n":null,"m":[{"x":1}]}'`],
  ['plain', 'SELECT o, o.p AS q, o.x, o.p.x AS y FROM t IGNORE o.x, o.p.x PK k', '{"k":"k","o":{"x":1,"p":{"x":2,"z":3}}}', `SET k '{"o":{"p":{"z":3}},"q":{"z":3}}'`],
  ['plain', 'SELECT * FROM t IGNORE o.x, n.x PK k', struct({ k: str('k'), o: struct({ x: i32(1), y: i32(2) }), n: none('STRING') }), `SET k '{"k":"k","o":{"y":2},"n":null}'`],
  ['plain', 'SELECT * FROM t IGNORE m.x PK k', struct({ k: str('k'), m: map([str('x'), i32(1)], [str('y'), i32(2)]) }), `SET k '{"k":"k","m":{"y":2}}'`],
  ['plain', 'SELECT * FROM t IGNORE o.x PK k', '{"k":"k","o":{"x":1,"name":1.50,"id":2}}', `SET k '{"k":"k","o":{"name":1.5,"id":2}}'`, { config: { 'connect.redis.output': 'java' } }],
  ['plain', 'INSERT INTO s SELECT o FROM t IGNORE o.x STOREAS Stream', '{"o":{"x":1,"y":2}}', `XADD s * o '{"y":2}'`],
  ['plain', 'SELECT k, o.x, o.p.x AS y, o.p.z FROM t IGNORE o.x, o.p PK k', '{"k":"k","o":{"x":1,"p":{"x":2,"z":3}}}', `SET k '{"k":"k"}'`],
  ['plain', 'SELECT k, o.x FROM t IGNORE o PK k', '{"k":"k","o":{"x":1}}', `SET k '{"k":"k"}'`],
  ['plain', 'SELECT * FROM t IGNORE o.* PK k', '{}', /config: .*IGNORE names no field by "o\.\*"\. For the whole field write o\./]
]) // prettier-ignore

const gone = (what: RegExp): RegExp => new RegExp(`^refused: Record t-0@7 is refused by statement 1 .*${what.source}`)
planCases('values: Structs, Maps and texts with a JSON object; nothing else', [
  ['both', all, null, gone(/it is a tombstone \(its value is null\).*connect\.redis\.tombstones=ignore/)],
  ['both', all, null, '', { config: { 'connect.redis.tombstones': 'ignore' } }],
  ['both', all, '[1]', gone(/schemaless array: \[class java\.util\.ArrayList\] is not valid\. Expecting a Map\[String, Any\]/)],
  ['both', all, '5', gone(/\[class java\.lang\.Long\] is not valid/)],
  ['both', all, '5.5', gone(/\[class java\.lang\.Double\] is not valid/)],
  ['both', all, 'true', gone(/\[class java\.lang\.Boolean\] is not valid/)],
  ['both', all, '"s"', gone(/\[class java\.lang\.String\] is not valid/)],
  ['both', all, bare(Buffer.from('{}')), gone(/schemaless bytes: \[class \[B\] is not valid/)],
  ['both', all, bytes(1), gone(/\[BYTES\] schema is not supported for extracting fields/)],
  ['both', all, array(i32(1)), gone(/\[ARRAY\] schema is not supported/)],
  ['both', all, i64(1n), gone(/\[INT64\] schema is not supported/)],
  ['both', all, map([i32(1), i32(2)]), gone(/\[MAP\] schema is not supported/)],
  ['both', all, map([str('k'), str('x')]), `SET x '{"k":"x"}'`],
  ['both', all, text('[1]'), gone(/a text that is no JSON object: found "\[1\]" at line 1, column 1, expected a JSON object/)],
  ['both', all, text(''), gone(/the text is empty, a JSON object was expected/)],
  ['both', all, text('hello'), gone(/found "hello" at line 1, column 1/)],
  ['both', all, text('{"k":1} x'), gone(/found "x" at line 1, column 9, expected nothing after the object/)],
  ['both', all, '{"k":"k"} {"k":"later"}', `SET k '{"k":"k"}'`]
]) // prettier-ignore

planCases('values: what the old sink failed on or garbled', [
  ['both', all, text('{"k":"k","a":[]}'), `SET k '{"k":"k","a":[]}'`],
  ['both', 'SELECT a FROM t PK k', '{"k":"k","a":[],"b":[]}', `SET k '{"a":[]}'`],
  ['both', 'SELECT a FROM t PK k', '{"k":"k","a":[1,"x",null,true]}', `SET k '{"a":[1,"x",null,true]}'`],
  ['both', 'SELECT a FROM t PK k', '{"k":"k","a":[1,2.5]}', `SET k '{"a":[1,2.5]}'`],
  ['both', 'SELECT a FROM t PK k', '{"k":"k","a":[null,1]}', `SET k '{"a":[null,1]}'`],
  ['both', 'SELECT a FROM t PK k', '{"k":"k","a":[{"a":1},{"a":null},{"b":[]}]}', `SET k '{"a":[{"a":1},{"a":null},{"b":[]}]}'`],
  ['both', 'SELECT a FROM t PK k', '{"k":"k","a":{}}', `SET k '{"a":{}}'`],
  ['both', 'SELECT a FROM t PK a', '{"a":99999999999999999999}', `SET 99999999999999999999 '{"a":99999999999999999999}'`],
  ['both', 'SELECT a FROM t PK k', '{"k":"k","a":1,"a":2}', `SET k '{"a":2}'`],
  ['both', 'SELECT * FROM t PK k', text('{"a":1,"k":"k","a":2}'), `SET k '{"a":2,"k":"k"}'`],
  ['both', 'SELECT a FROM t PK k', text('{"k":"k","a":007}'), `SET k '{"a":7}'`],
  ['both', 'SELECT a FROM t PK k', text('{"k":"k","a":007.50}'), /^SET k '\{"a":7\.50?\}'$/],
  ['both', 'SELECT a FROM t PK k', text('{"k":"k","a":-00.5}'), `SET k '{"a":-0.5}'`],
  ['both', 'SELECT a FROM t PK k', text('{"k":"k","a":"x\ty"}'), `SET k '{"a":"x\\\\ty"}'`.replace('\\\\', '\\')],
  ...[`{"a":+1}`, `{"a":1.}`, `{"a":.5}`, `{"a":1,}`, `{,"a":1}`, `{"a" 1}`, `{"a":1 "b":2}`, `{"a":[1 2]}`, `{"a":"\\q"}`, `{"a":NaN}`, `{a:1}`, `{"a":1/*x*/}`, `\ufeff{"a":1}`, `{"a":"x`, `{"a":`, `{"a":tru}`, `{"a":1x}`, `{"a":1e}`].map(
    value => ['both', all, text(value), gone(/a text that is no JSON object: .*(line 1, column \d+|ends inside)/)] as const
  )
]) // prettier-ignore

const deep = (levels: number): string => '{"o":'.repeat(levels) + '1' + '}'.repeat(levels)
const many = Array.from({ length: 10_000 }, (_, index) => `f${index}`)

test('bad input: 200 levels of nesting pass in every form, and 1,001 in a text are refused', () => {
  for (const contract of ['old', 'plain'] as const) {
    const plans = compilePlans(parseSinkSettings(caseConfig(contract, 'SELECT * FROM t')))
    for (const value of [deep(200), text(deep(200))]) {
      assert.equal(plans.run(caseRecord(value)).commands[0]?.args[1], deep(200))
    }
    assert.throws(() => plans.run(caseRecord(text(deep(1001)))), /nested deeper than 1000 levels/)
    const key = compilePlans(parseSinkSettings(caseConfig(contract, 'SELECT * FROM t PK o')))
    assert.match(key.run(caseRecord(deep(200))).commands[0]?.key ?? '', /^(Struct\{|\{"o":)/)
  }
})

test('bad input: 10,000 fields are written, in the order of their form', () => {
  const json = `{${many.map(name => `"${name}":1`).join(',')}}`
  const plain = compilePlans(parseSinkSettings(caseConfig('plain', 'SELECT * FROM t')))
  assert.equal(plain.run(caseRecord(json)).commands[0]?.args[1], json)
  const old = compilePlans(parseSinkSettings(caseConfig('old', 'SELECT * FROM t')))
  for (const value of [json, text(json), struct(Object.fromEntries(many.map(name => [name, i32(1)])))]) {
    const written = JSON.parse(old.run(caseRecord(value)).commands[0]?.args[1] ?? '') as Record<string, number>
    assert.deepEqual(new Set(Object.keys(written)), new Set(many))
  }
  // A message never lists them all.
  const picky = compilePlans(parseSinkSettings(caseConfig('old', 'SELECT nope FROM t')))
  assert.throws(() => picky.run(caseRecord(json)), /Available Fields are \[.*,\.\.\. 9960 more\]/)
})

test('bad input: values of 64 MB, NUL bytes and lone surrogates pass', () => {
  const large = 'x'.repeat(64 * 1024 * 1024)
  const plans = compilePlans(parseSinkSettings(caseConfig('old', 'SELECT a FROM t PK k')))
  for (const value of [`{"k":"k","a":"${large}"}`, text(`{"k":"k","a":"${large}"}`)]) {
    const [command] = plans.run(caseRecord(value)).commands
    assert.equal(command?.args[1]?.length, large.length + 8)
  }
  const [command] = plans.run(caseRecord('{"k":"\\u0000","a":"\\u0000\\udc00\\ud83d"}')).commands
  assert.deepEqual(command?.args, ['\0', '{"a":"\\u0000??"}'])
})

test('bad input: numbers of 400 digits keep every digit, or their spelling', () => {
  const digits = '1234567890'.repeat(40)
  const run = (contract: 'old' | 'plain', value: string): string | undefined =>
    compilePlans(parseSinkSettings(caseConfig(contract, 'SELECT * FROM t'))).run(caseRecord(value)).commands[0]?.args[1]
  for (const contract of ['old', 'plain'] as const) assert.equal(run(contract, `{"a":${digits}}`), `{"a":${digits}}`)
  assert.equal(run('plain', `{"a":0.${digits}}`), `{"a":0.${digits}}`)
  assert.equal(run('old', `{"a":0.${digits}}`), '{"a":0.12345678901234568}')
})

test('a record of a topic without statement is refused, with the statement to write', () => {
  const plans = compilePlans(parseSinkSettings(caseConfig('old', 'SELECT * FROM a PK k; SELECT * FROM b PK k')))
  const error = refusalOf(() => plans.run(caseRecord('{"k":1}', { topic: 'c' })))
  assert.equal(error.statement, -1)
  assert.match(
    error.message,
    /Record c-0@7 is refused: No KCQL statement set for \[c\]\..*\[a,b\]; add one with FROM c/
  )
})

test('a record is one unit: no command of it where one of its statements refuses', () => {
  const kcql = 'INSERT INTO a: SELECT * FROM t PK k; INSERT INTO b: SELECT * FROM t PK nope'
  const plans = compilePlans(parseSinkSettings(caseConfig('old', kcql)))
  const error = refusalOf(() => plans.run(caseRecord('{"k":1}')))
  assert.equal(error.statement, 1)
  assert.equal(error.permanent, true)
  assert.match(error.message, /statement 2 \(INSERT INTO b: SELECT \* FROM t PK nope\)/)
})

planCases('messages stay on one line, whatever stands in a record or a statement', [
  ['both', 'SELECT nope\n  FROM t\r\nPK k', '{"a\\r\\nERROR forged":1}', /^refused: Record t-0@7 is refused by statement 1 \(SELECT nope FROM t PK k\): .*\[a\\u000d\\u000aERROR forged\].*$/],
  ['both', 'INSERT INTO s SELECT a FROM t STOREAS SortedSet(score=a)', '{"a":"x\\u001b[2J\\u2028"}', /^refused: .*text "x\\u001b\[2J\\u2028", which is no number/],
  ['both', 'SELECT k FROM t PK k STOREAS GeoAdd', '{"k":"k","longitude":"\\n","latitude":1}', /^skipped: .*longitude \[\\u000a\].*$/]
]) // prettier-ignore

planCases('columns of all kinds once more', [
  ['both', 'SELECT a FROM t IGNORE * PK k', text('{"k":"k","a":1}'), `SET k '{"k":"k","a":1}'`],
  ['plain', 'SELECT `a`.b FROM t PK k', '{"k":"k","a":{"b":1}}', `SET k '{"b":1}'`],
  ['old', 'SELECT `a`.b FROM t PK k', '{"k":"k","a":{"b":1}}', /config: .*reordered|config: .*read the path/]
]) // prettier-ignore

planCases('several statements', [
  // Each has its own SELECT list and IGNORE, and a record meets only those of its topic, in the order written.
  ['both', 'INSERT INTO a: SELECT x FROM t PK k; INSERT INTO b: SELECT y FROM t PK k; SELECT z FROM u PK k', '{"k":"k","x":1,"y":2}', `SET a:k '{"x":1}'\nSET b:k '{"y":2}'`],
  ['both', 'INSERT INTO s SELECT * FROM t STOREAS Stream; SELECT x FROM t PK k; INSERT INTO z SELECT x FROM t STOREAS SortedSet(score=x)', '{"x":2}', /refused: .*statement 2/],
  ['both', 'INSERT INTO s SELECT x FROM t STOREAS Stream; SELECT x FROM t PK k; INSERT INTO z SELECT x FROM t STOREAS SortedSet(score=x)', '{"x":2,"k":"k"}', `XADD s * x 2\nSET k '{"x":2}'\nZADD z 2 '{"x":2}'`],
  // A geo record that is skipped leaves the other statements alone.
  ['both', 'SELECT k FROM t PK k STOREAS GeoAdd; SELECT k FROM t PK k', '{"k":"k","longitude":"x","latitude":1}', `SET k '{"k":"k"}'\nskipped: GeoAdd record contains invalid longitude [x] and latitude [1] values, Record with key [null] is skipped (t-0@7)`]
]) // prettier-ignore

test('what a converter threw passes through untouched', () => {
  const plans = compilePlans(parseSinkSettings(caseConfig('old', 'SELECT * FROM t')))
  const thrown = new ConversionError('VALUE_CONVERTER', 'x.Converter', new Error('bad bytes'))
  const record = Object.defineProperty({ ...caseRecord('{}') }, 'value', {
    get() {
      throw thrown
    }
  })
  assert.throws(() => plans.run(record), error => error === thrown)
}) // prettier-ignore

for (const contract of ['old', 'plain'] as const) {
  test(`${contract}: a record whose text would be longer than any may be is refused, and not the task's end`, () => {
    const strings = new Schema('ARRAY', { valueSchema: new Schema('STRING') })
    const schema = new Schema('STRUCT', { fields: [['list', strings]] })
    const long = 'x'.repeat(2 ** 24)
    const value = new Struct(schema, [Array.from({ length: 33 }, () => long)])
    const plans = compilePlans(parseSinkSettings(caseConfig(contract, 'SELECT * FROM t')))
    const error = refusalOf(() => plans.run(caseRecord({ schema, value })))
    assert.match(error.message, /^Record t-0@7 is refused by statement 1 \(SELECT \* FROM t\): it becomes too large to be written \(Invalid string length\)\. /)
    assert.equal(error.permanent, true)
  }) // prettier-ignore
}

test('a null field of a Struct is its default', () => {
  const schema = new Schema('STRUCT', {
    fields: [
      ['def', new Schema('STRING', { optional: true, defaultValue: 'dd' })],
      ['k', new Schema('STRING', { optional: true, defaultValue: 'key' })]
    ]
  })
  const plans = compilePlans(parseSinkSettings(caseConfig('old', 'SELECT * FROM t PK k')))
  const [command] = plans.run(caseRecord({ schema, value: new Struct(schema) })).commands
  assert.deepEqual(command?.args, ['key', '{"def":"dd","k":"key"}'])
})

function refusalOf(run: () => unknown): RefusedError {
  try {
    run()
  } catch (error) {
    if (error instanceof RefusedError) return error
    throw error
  }
  return assert.fail('nothing was refused')
}
