// What people bring along from SQL, other sinks or older hopes: each is told with what to write today, at the caret, and read as it always was.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Contract } from './cursor.ts'
import { parseKcql } from './parser.ts'
import { excerptOf } from './problem.ts'

interface Case {
  readonly text: string
  /** Under the old contract; under the plain one leftover words are errors. */
  readonly severity: 'error' | 'warning'
  /** What stands above the caret. */
  readonly at: string
  readonly says: RegExp
}

const delimiter = /write connect\.redis\.pk\.delimiter=- beside/
const filter = /KCQL has no conditions.*transforms\.drop\.type=org\.apache\.kafka\.connect\.transforms\.Filter/

const cases: readonly Case[] = [
  { text: 'SELECT * FROM t PK a, b KEYDELIM -', severity: 'warning', at: 'KEYDELIM -', says: delimiter },
  { text: "SELECT * FROM t KEYDELIM '-'", severity: 'error', at: 't KEYDELIM', says: delimiter },
  { text: 'SELECT * FROM t PK a, b KEYDELIMITER -', severity: 'error', at: '-', says: delimiter },
  { text: 'SELECT * FROM t PK a, b KEYDELIMITER=-', severity: 'error', at: '-', says: delimiter },
  { text: 'SELECT * FROM t WHERE a = 1', severity: 'error', at: 't WHERE a', says: filter },
  { text: 'SELECT * FROM t WHERE a = 1 PK id', severity: 'error', at: 't WHERE a', says: filter },
  { text: 'SELECT * FROM t PK id WHERE a = 1', severity: 'warning', at: 'WHERE a = 1', says: filter },
  { text: 'INSERT INTO _topic SELECT * FROM t PK id', severity: 'warning', at: '_topic', says: /taken as it stands.*INSERT INTO device: SELECT/ },
  { text: 'INSERT INTO {id}:device SELECT * FROM t', severity: 'warning', at: '{id}:device', says: /no field takes their place.*INSERT INTO device: SELECT/ },
  { text: 'INSERT INTO {id}:device SELECT * FROM t PK id', severity: 'warning', at: '{id}:device', says: /no field takes their place/ },
  { text: 'INSERT INTO ${topic}: SELECT * FROM t PK id', severity: 'error', at: '${topic}:', says: /takes no placeholders.*INSERT INTO device: SELECT/ },
  { text: 'INSERT INTO p-#{id} SELECT * FROM t PK id', severity: 'error', at: 'p-#{id}', says: /takes no placeholders/ },
  { text: 'SELECT * FROM *', severity: 'error', at: '*', says: /a statement for each topic of topics=/ },
  { text: 'SELECT * FROM t* PK id', severity: 'warning', at: '* PK id', says: /a statement for each topic of topics=/ },
  { text: 'SELECT * FROM a, b PK id', severity: 'warning', at: ', b PK id', says: /one statement for each, with a semicolon between/ },
  { text: 'SELECT * FROM t AS x PK id', severity: 'warning', at: 'AS x PK id', says: /takes no other name/ },
  { text: 'SELECT * FROM t PK id GROUP BY a', severity: 'warning', at: 'GROUP BY a', says: /Aggregate before Kafka/ },
  { text: 'SELECT * FROM t GROUP BY a', severity: 'error', at: 't GROUP BY a', says: /Aggregate before Kafka/ },
  { text: 'SELECT * FROM t JOIN u ON t.id = u.id', severity: 'error', at: 't JOIN u ON t.id', says: /Join before Kafka/ },
  { text: 'SELECT * FROM t ORDER BY ts', severity: 'error', at: 't ORDER BY ts', says: /STOREAS SortedSet\(score=field\)/ },
  { text: 'SELECT * FROM t EXCEPT a PK id', severity: 'error', at: 't EXCEPT a', says: /IGNORE a, b/ },
  { text: 'SELECT * FROM t PRIMARY KEY id', severity: 'error', at: 't PRIMARY KEY id', says: /FROM topic PK id/ },
  { text: 'SELECT * FROM t PK id EXPIRE 60', severity: 'warning', at: 'EXPIRE 60', says: /TTL=3600/ },
  { text: 'SELECT * FROM t PK id TTL=1d', severity: 'error', at: '1d', says: /Write TTL=86400\./ },
  { text: 'SELECT * FROM t PK id TTL 60', severity: 'error', at: '60', says: /Write TTL=60\./ },
  { text: "SELECT * FROM t PK id TTL='90'", severity: 'error', at: "'90'", says: /Write TTL=90\./ },
  { text: 'SELECT DISTINCT a FROM t', severity: 'error', at: 'a', says: /"DISTINCT" is no word of KCQL/ },
  { text: 'SELECT a + b AS c FROM t', severity: 'error', at: '+', says: /does not calculate/ },
  { text: 'SELECT * INTO x FROM t', severity: 'error', at: 'INTO', says: /Write INSERT INTO x SELECT/ },
  { text: 'DELETE FROM t', severity: 'error', at: 'DELETE', says: /Nothing is deleted.*connect\.redis\.tombstones=ignore/ },
  { text: 'UPDATE t SET a', severity: 'error', at: 'UPDATE', says: /Write UPSERT INTO/ },
  { text: 'SELECT * FROM t PK CONCAT(a, b)', severity: 'error', at: '(', says: /list the fields, PK a, b/ },
  { text: 'SELECT * FROM t PK (a, b)', severity: 'error', at: '(', says: /Write PK a, b without parentheses/ },
  { text: 'SELECT * FROM t PK a+b', severity: 'warning', at: 'a+b', says: /For several write PK a, b/ },
  { text: "SELECT * FROM t PK 'id'", severity: 'error', at: "'id'", says: /without quotes: id\./ },
  { text: 'SELECT _value.x FROM t PK id', severity: 'warning', at: '_value.x', says: /write x for _value\.x/ },
  { text: 'SELECT _header.x FROM t PK id', severity: 'warning', at: '_header.x', says: /Let the producer write it into the value/ },
  { text: 'SELECT _key.x FROM t PK id', severity: 'warning', at: '_key.x', says: /Let the producer write it into the value/ },
  { text: 'SELECT _topic FROM t PK id', severity: 'warning', at: '_topic', says: /InsertField\$Value and transforms\.meta\.topic\.field=topic/ },
  { text: 'SELECT _.offset FROM t PK id', severity: 'warning', at: '_.offset', says: /transforms\.meta\.offset\.field=offset/ }
] // prettier-ignore

const above = (excerpt: string): string => {
  const [line = '', carets = ''] = excerpt.split('\n')
  return line.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1)
}

for (const { text, severity, at, says } of cases) {
  test(`told with what to write: ${text}`, () => {
    for (const contract of ['old', 'plain'] satisfies Contract[]) {
      const { errors, warnings } = parseKcql(text, contract)
      const found = [...errors, ...warnings].find(problem => says.test(problem.message))
      assert.ok(found, [...errors, ...warnings].map(({ message }) => message).join('\n') || 'nothing is said')
      assert.equal(above(excerptOf(found)), at)
      assert.ok(!found.message.includes('\n'))
      if (contract === 'old') assert.equal(errors.length > 0 ? 'error' : 'warning', severity)
      if (errors.length > 0)
        assert.ok(errors.every(({ message }) => !/A name with blanks needs backticks/.test(message)))
    }
  })
}

test('what is no slip is not spoken of: a hash tag before other key fields, fields with such names', () => {
  for (const text of [
    'INSERT INTO {orders}: SELECT * FROM t PK id',
    'INSERT INTO p: SELECT key, value, topic FROM t PK key',
    'SELECT * FROM t-where PK user-id',
    'INSERT INTO topic SELECT * FROM `where` PK id',
    'INSERT INTO `my order` SELECT * FROM t PK id'
  ]) {
    for (const contract of ['old', 'plain'] satisfies Contract[]) {
      const { errors, warnings } = parseKcql(text, contract)
      assert.deepEqual(
        [...errors, ...warnings].map(({ message }) => message),
        [],
        text
      )
    }
  }
})

test('under the plain contract PROPERTIES with anything in it is an error, under the old one it has no effect', () => {
  const text = 'INSERT INTO p SELECT * FROM t PK id PROPERTIES(a=b)'
  assert.deepEqual([parseKcql(text, 'old').errors.length, parseKcql(text, 'old').warnings.length], [0, 1])
  assert.match(parseKcql(text, 'plain').errors[0]?.message ?? '', /the Redis sink knows none\. Leave the clause out/)
  assert.deepEqual(parseKcql('INSERT INTO p SELECT * FROM t PK id PROPERTIES()', 'plain').errors, [])
})
