// PubSub, case by case: the field that names the channel, and what can't be one.
import { array, bool, bytes, f64, i32, map, none, planCases, str, struct, text } from '../../../test/kit/plan-cases.ts'

const p = 'SELECT headline FROM t STOREAS PubSub(channel=section)'

planCases('pubsub: commands', [
  ['both', 'SELECT headline FROM news STOREAS PubSub(channel=section)', '{"headline":"h","section":"sport"}', `PUBLISH sport '{"headline":"h"}'`, { topic: 'news' }],
  ['both', p, struct({ headline: str('h'), section: str('sport') }), `PUBLISH sport '{"headline":"h"}'`],
  ['both', p, text('{"headline":"h","section":"sport"}'), `PUBLISH sport '{"headline":"h"}'`],
  ['both', 'SELECT * FROM t STOREAS PubSub', '{"channel":"c"}', `PUBLISH c '{"channel":"c"}'`],
  ['both', p, '{"headline":"h","section":5}', `PUBLISH 5 '{"headline":"h"}'`],
  ['both', p, '{"headline":"h","section":true}', `PUBLISH true '{"headline":"h"}'`],
  ['old', p, struct({ headline: str('h'), section: f64(5) }), `PUBLISH 5.0 '{"headline":"h"}'`],
  ['plain', p, struct({ headline: str('h'), section: f64(5) }), `PUBLISH 5 '{"headline":"h"}'`],
  ['both', p, struct({ headline: str('h'), section: bytes(1, 2, 0xff) }), `PUBLISH AQL/ '{"headline":"h"}'`],
  ['both', p, struct({ headline: str('h'), section: bool(false) }), `PUBLISH false '{"headline":"h"}'`],
  // The empty channel is published as before, and so is the field's own text, blanks and all.
  ['both', p, '{"headline":"h","section":""}', `PUBLISH "" '{"headline":"h"}'`],
  ['both', p, '{"headline":"h","section":" a "}', `PUBLISH ' a ' '{"headline":"h"}'`],
  ['both', 'SELECT headline FROM t STOREAS PubSub(channel=`o`.`c`)', '{"headline":"h","o":{"c":"deep"}}', `PUBLISH deep '{"headline":"h"}'`],
  ['both', 'SELECT headline FROM t STOREAS PubSub(channel=o.c)', '{"headline":"h","o":{"c":"deep"}}', `PUBLISH deep '{"headline":"h"}'`],
  ['both', 'SELECT headline FROM t STOREAS PubSub(channel=`o.c`.d)', '{"headline":"h","o.c":{"d":"deep"}}', `PUBLISH deep '{"headline":"h"}'`],
  // Target and TTL have no effect; the channel is found by the value's name, not by an alias.
  ['both', 'INSERT INTO x SELECT headline AS section FROM t STOREAS PubSub(channel=section) TTL=5', '{"headline":"h","section":"s"}', `PUBLISH s '{"section":"h"}'`]
]) // prettier-ignore

planCases('pubsub: records refused', [
  ['both', p, '{"headline":"h"}', /refused: .*channel: Field \[section\] does not exist\. Available Fields are \[headline\]/],
  ['both', p, '{"headline":"h","section":null}', /refused: .*channel: field \[section\] is null/],
  ['both', p, '{"headline":"h","section":[1]}', /refused: .*channel: field \[section\] is ARRAY\. A channel is named by a text/],
  ['both', p, '{"headline":"h","section":{}}', /refused: .*channel: field \[section\] is STRUCT/],
  ['both', p, struct({ headline: str('h'), section: none('STRING') }), /refused: .*channel: field \[section\] is null/],
  ['both', p, struct({ headline: str('h'), section: array(i32(1)) }), /refused: .*is ARRAY/],
  ['both', p, struct({ headline: str('h'), section: map([str('a'), i32(1)]) }), /refused: .*is MAP/],
  ['both', p, struct({ headline: str('h'), section: struct({ a: i32(1) }) }), /refused: .*is STRUCT/],
  ['both', p, struct({ section: str('s') }), /refused: .*Field \[headline\] does not exist/]
]) // prettier-ignore
