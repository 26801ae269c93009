// The parser against the tables of the language: what is an error, what is surprising, what the examples read as.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Field, type Statement } from './ast.ts'
import { parseKcql } from './parser.ts'
import { type ProblemCode } from './problem.ts'

const fieldText = (field: Field): string =>
  field.path.join('.') + (field.alias === field.name ? '' : ` AS ${field.alias}`)

/** A statement as one line, parts that are not there left out. */
const reading = (statement: Statement): string => {
  const { storedAs, ttl, limit, batch } = statement
  const parameters = [...(storedAs?.parameters ?? [])].map(([name, value]) => `${name}=${value.join('|')}`)
  const columns = statement.columns.map(column => (column.kind === 'star' ? '*' : fieldText(column)))
  return [
    statement.writeMode === null ? '' : `${statement.writeMode} [${statement.target.text}]`,
    `[${columns.join(', ')}] from [${statement.source.text}]`,
    statement.ignored.length === 0 ? '' : `ignore ${statement.ignored.map(fieldText).join(', ')}`,
    statement.primaryKeys.length === 0 ? '' : `pk ${statement.primaryKeys.map(fieldText).join(', ')}`,
    storedAs === null ? '' : `as ${storedAs.type}(${parameters.join(', ')})`,
    ttl === null ? '' : `ttl ${String(ttl.value)}`,
    limit === null ? '' : `limit ${String(limit.value)}`,
    batch === null ? '' : `batch ${String(batch.value)}`,
    ...statement.idleClauses.map(clause => clause.keyword.toLowerCase())
  ]
    .filter(part => part !== '')
    .join(' ')
}

const codesOf = (problems: readonly { readonly code: ProblemCode }[]): readonly ProblemCode[] =>
  problems.map(problem => problem.code)

// [text, column of the first error, what its message must hold]
const errors: readonly (readonly [string, number, RegExp])[] = [
  ['', 1, /^Missing \[connect\.redis\.kcql\]/],
  ['SELEC * FROM t', 1, /^Invalid syntax\. Found "SELEC", expected INSERT, UPSERT or SELECT/],
  ['SELECT bid ask FROM fx', 12, /Found "ask", expected "," or AS or FROM\. Put a comma/],
  ['SELECT bid, FROM fx', 13, /Found "FROM", expected a column/],
  ['SELECT FROM fx', 8, /Found "FROM", expected a column/],
  ['SELECT * FROM', 14, /Found the end of the statement, expected a topic/],
  ['SELECT * FROM 42', 15, /Found "42", expected a topic\. .*`42`/],
  [
    'SELECT bid AS fx.bid FROM fx',
    17,
    /Found "\.", expected "," or AS or FROM\. An alias with dots is written in backticks/
  ],
  ['SELECT bid AS limit FROM fx', 15, /Found "limit", expected an alias\. limit is a reserved word/],
  ['SELECT * FROM fx.`x y` PK sym', 15, /make one word: write fx \. `x y`/],
  ['SELECT bid, bid AS b2 FROM fx', 13, /^Field bid has already been defined\./],
  ['SELECT x, _key.x FROM fx', 11, /^Field x has already been defined\./],
  ['SELECT *, a, * FROM fx', 14, /^Field \* has already been defined\./],
  ['SELECT * FROM fx IGNORE *', 25, /^Field \* has already been defined\./],
  ['SELECT _.headers FROM fx', 8, /"_\.headers" is no metadata\. Expected _\.topic/],
  ['INSERT INTO 7.rates SELECT * FROM fx', 13, /Found "7", expected a target\. .*`7`/],
  ['INSERT INTO rates(bid) SELECT * FROM fx', 18, /Found "\(", expected SELECT\. A target has no list of columns/],
  ['INSERT rates SELECT * FROM fx', 8, /Found "rates", expected INTO/],
  ["INSERT INTO 'x' SELECT * FROM fx", 13, /Found "'x'", expected a target\. .*`x`/],
  ['SELECT * FROM fx PK', 20, /Found the end of the statement, expected a key field/],
  ['SELECT * FROM fx PK sym,', 25, /Found the end of the statement, expected a key field/],
  ['SELECT * FROM fx PK sym(', 24, /A key field is no function call/],
  ["SELECT * FROM fx PK 'sym'", 21, /Found "'sym'", expected a key field/],
  ['SELECT * FROM fx PK *', 21, /Found "\*", expected a key field/],
  ['SELECT * FROM fx PK 5', 21, /Found "5", expected a key field/],
  ['SELECT * FROM fx PK sym TTL 30', 29, /Found "30", expected "="\. Write TTL=30\./],
  ['SELECT * FROM fx PK sym TTL=30s', 29, /Found "30s", expected seconds, digits only/],
  ['SELECT * FROM fx PK sym TTL=0', 29, /^0 is not a valid number for a TTL\./],
  ['SELECT * FROM fx PK sym TTL=9223372036854775808', 29, /^9223372036854775808 is not a valid number for a TTL\./],
  ['SELECT * FROM fx LIMIT 2147483648', 24, /^2147483648 is not a valid number for a LIMIT\./],
  ['SELECT * FROM fx LIMIT x', 24, /Found "x", expected a number, digits only/],
  ['SELECT * FROM fx PK sym STOREAS SortedSet()', 43, /Found "\)", expected a parameter name=value/],
  ['SELECT * FROM fx STOREAS X(', 28, /expected a parameter name/],
  [
    "SELECT * FROM fx PK sym STOREAS SortedSet(score='ts')",
    49,
    /Found "'ts'", expected a name, a path or a number as the value/
  ],
  [
    'SELECT * FROM fx PK sym STOREAS SortedSet(score=ts,Score=t2)',
    52,
    /The parameter "Score" of STOREAS is given twice/
  ],
  [' ;\n; -- nothing\n', 1, /^Missing \[connect\.redis\.kcql\]/],
  ['Select * from fx PK sym TTL 30', 29, /Found "30", expected "="/],
  ['-- all\nSELECT a b FROM fx', 10, /Found "b", expected ","/],
  ['SELECT a /* open FROM fx', 10, /expected "," or AS or FROM/],
  ['SELECT * FROM fx PK sym WITHFORMAT csv', 36, /"csv" is not a format\. Expected one of AVRO/],
  ['INSERT INTO a SELECT * FROM fx TIMESTAMPUNIT=years', 46, /"years" is not a time unit/],
  ['INSERT INTO a SELECT * FROM fx.batch PK sym', 38, /Found "PK", expected "="\. Write BATCH=100/],
  ['INSERT INTO a SELECT * FROM fx PARTITIONBY a, a', 47, /PARTITIONBY names the field "a" twice/],
  ['SELECT * FROM fx WITHTAG(a.)', 26, /The tag "a\." ends in a dot/],
  ["SELECT * FROM fx KEYDELIMITER='`'", 31, /A backtick is no key delimiter/],
  ["SELECT * FROM fx KEYDELIMITER='--'", 31, /one character between single quotes/],
  ['SELECT a. FROM fx', 11, /Found "FROM", expected a field name or \* after the dot/],
  ["SELECT * FROM fx \u0101 'open", 20, /The quote "'open" is not closed/]
]

for (const [text, column, message] of errors) {
  test(`error: ${JSON.stringify(text)}`, () => {
    const [error] = parseKcql(text, 'old').errors
    assert.ok(error, 'expected an error')
    assert.match(error.message, message)
    assert.equal(error.column, column)
  })
}

// Old readings that were garbage: [text, the code of the refusal, the statement it offers instead ('' if none)]
const refused: readonly (readonly [string, ProblemCode, string])[] = [
  ['SELECT * FROM fx rates PK sym', 'glued-name', 'SELECT * FROM `fx rates` PK sym'],
  ['INSERT INTO my key SELECT * FROM fx', 'glued-name', 'INSERT INTO `my key` SELECT * FROM fx'],
  ['SELECT * FROM fx$rates PK sym', 'glued-name', 'SELECT * FROM `fx$rates` PK sym'],
  ['SELECT * FROM "fx rates" PK sym', 'glued-name', 'SELECT * FROM "`fx rates`" PK sym'],
  ['SELECT * FROM t STOREAS SortedSet(score=a-b -c)', 'glued-name', ''],
  ['SELECT * FROM fx.7.eu PK sym', 'cut-name', 'SELECT * FROM `fx.7.eu` PK sym'],
  ['SELECT * FROM fx.batch PK sym', 'cut-name', 'SELECT * FROM `fx.batch` PK sym'],
  ['SELECT * FROM a.fx.`x y` PK sym', 'cut-name', ''],
  ['SELECT * FROM t PK a-b@c', 'cut-name', 'SELECT * FROM t PK `a-b@c`'],
  ['SELECT prix_é FROM fx PK sym', 'dropped-character', 'SELECT `prix_é` FROM fx PK sym'],
  ['SELECT a.prix_é FROM fx PK sym', 'dropped-character', 'SELECT `a`.`prix_é` FROM fx PK sym'],
  ['SELECT * FROM fx PK [sym]', 'dropped-character', 'SELECT * FROM fx PK `[sym]`'],
  ['SELECT * FROM #fx PK sym', 'dropped-character', 'SELECT * FROM `#fx` PK sym'],
  ['SELECT a AS prix_é FROM fx', 'dropped-character', 'SELECT a AS `prix_é` FROM fx'],
  [
    'SELECT * FROM fx STOREAS SortedSet(score=prix_é)',
    'dropped-character',
    'SELECT * FROM fx STOREAS SortedSet(score=`prix_é`)'
  ],
  ["SELECT a, b 'x, c\n FROM fx PK a", 'dropped-character', ''],
  ['SELECT eu-fx.bid FROM fx PK sym', 'reordered-path', 'SELECT `eu-fx`.`bid` FROM fx PK sym'],
  ['SELECT w1.l-1.w2 FROM fx', 'reordered-path', 'SELECT `w1`.`l-1`.`w2` FROM fx'],
  ['SELECT a FROM fx IGNORE eu-fx.bid', 'reordered-path', 'SELECT a FROM fx IGNORE `eu-fx`.`bid`'],
  ['SELECT a FROM fx PK `a b`.c', 'reordered-path', 'SELECT a FROM fx PK `a b`.`c`'],
  ['SELECT max(bid) AS top FROM fx PK sym', 'lost-call', ''],
  ['SELECT f() FROM fx', 'lost-call', ''],
  ["SELECT f(a, g(b.c AS d) AS e, *, 'x y') AS h FROM fx", 'lost-call', ''],
  ["SELECT 'bid price' AS b FROM fx PK sym", 'lost-column', 'SELECT `bid price` AS b FROM fx PK sym']
]

for (const [text, code, suggestion] of refused.filter(([, code]) => code !== 'syntax')) {
  test(`refused: ${JSON.stringify(text)}`, () => {
    const { errors } = parseKcql(text, 'old')
    assert.deepEqual(codesOf(errors), [code])
    if (suggestion === '') return
    assert.equal(errors[0]?.suggestion, suggestion)
    assert.deepEqual(codesOf(parseKcql(suggestion, 'old').errors), [], 'what is offered must be readable')
  })
}

// Accepted, with what they read as and the codes of their warnings.
const accepted: readonly (readonly [string, string, readonly ProblemCode[]])[] = [
  ['SELECT * FROM fx PK sym TTL=30 STOREAS SortedSet', '[*] from [fx] pk sym ttl 30', ['ignored-words']],
  ['SELECT * FROM fx STOREAS SortedSet PK sym', '[*] from [fx] as SortedSet()', ['ignored-words']],
  ['SELECT * FROM fx AUTOCREATE PK sym', '[*] from [fx]', ['ignored-words']],
  ['SELECT * FROM fx PK sym WHERE bid = 1', '[*] from [fx] pk sym', ['ignored-words']],
  ['SELECT * FROM fx PK sym SELECT x FROM y', '[*] from [fx] pk sym', ['ignored-words']],
  ['SELECT * FROM fx PK sym Ttl=5', '[*] from [fx] pk sym', ['ignored-words']],
  ['SELECT * FROM fx, fy PK sym', '[*] from [fx]', ['ignored-words']],
  ['SELECT * FROM fx 7 PK sym', '[*] from [fx]', ['ignored-words']],
  ['SELECT * FROM fx `PK sym', '[*] from [fx]', ['ignored-words']],
  ['SELECT * FROM fx STOREAS a-b.c (x=y)', '[*] from [fx] as a-b.()', ['ignored-words']],
  ['SELECT * FROM "fx" PK "sym"', '[*] from [fx] pk sym', ['double-quotes']],
  ['SELECT\u00a0* FROM fx\u00a0PK sym', '[*] from [fx] pk sym', []],
  ['\uFEFFSELECT * FROM fx', '[*] from [fx]', []],
  ['SELECT * % FROM fx', '[*] from [fx]', ['ignored-words']],
  ['SELECT * FROM `` fx', '[*] from [fx]', ['ignored-words']],
  ['SELECT * FROM fx.pk sym', '[*] from [fx.] pk sym', ['cut-name']],
  ['SELECT a . b FROM fx . eu', '[a.b] from [fx.eu]', []],
  ['SELECT * FROM @a-b', '[*] from [@a-b]', []],
  ['SELECT * FROM fx`a b`', '[*] from [fx`a b`]', ['kept-quotes']],
  ["SELECT a AS 'A b' FROM fx", "[a AS 'A b'] from [fx]", ['kept-quotes']],
  ["INSERT INTO '' SELECT * FROM fx", 'INSERT [] [*] from [fx]', []],
  ["INSERT INTO `'a'` SELECT * FROM fx", 'INSERT [a] [*] from [fx]', []],
  ['UPSERT PK id INTO x SELECT * FROM fx', 'UPSERT [x] [*] from [fx]', ['no-effect']],
  ['SELECT *, a AS b FROM fx', '[*, a AS b] from [fx]', ['no-effect']],
  ['SELECT a, a.b, a.b AS c FROM fx', '[a, a.b, a.b AS c] from [fx]', []],
  [
    'SELECT _key.x, x, _header.h, _key, _header FROM fx',
    '[x, x, h, _key, _header] from [fx]',
    ['no-effect', 'no-effect', 'no-effect']
  ],
  ['SELECT _.TOPIC, _.key.x.y FROM fx', '[TOPIC, x.y] from [fx]', ['no-effect', 'no-effect']],
  ['SELECT id, _.key.id FROM fx', '[id, id] from [fx]', ['no-effect']],
  ['SELECT a.* FROM fx', '[a.*] from [fx]', ['no-effect']],
  ['SELECT * FROM fx PK _key.x', '[*] from [fx] pk _key.x', []],
  ['SELECT * FROM fx PK a, b, a', '[*] from [fx] pk a, b, a', ['no-effect']],
  ['SELECT a FROM fx IGNORE a.b, c AS d', '[a] from [fx] ignore a.b, c AS d', ['no-effect', 'no-effect']],
  ['SELECT a FROM fx IGNORE *', '[a, *] from [fx]', ['no-effect', 'no-effect']],
  ['SELECT a:b.c-d, w.l-1.* FROM fx', '[a:b.c-d, w.l-1.*] from [fx]', ['no-effect']],
  [
    'INSERT INTO a SELECT * FROM fx NOPARTITION WITHCONVERTER=`x`',
    'INSERT [a] [*] from [fx] nopartition withconverter',
    ['no-effect', 'no-effect']
  ],
  [
    'SELECT * FROM fx PK a LIMIT 5 TTL=9223372036854775807',
    '[*] from [fx] pk a ttl 9223372036854775807 limit 5',
    ['no-effect']
  ],
  ['SELECT * FROM fx PK a TTL=00060', '[*] from [fx] pk a ttl 60', []],
  ['SELECT * FROM fx STOREAS X(s=`a b`.`c`)', '[*] from [fx] as X(s=a b|c)', []],
  ['SELECT * FROM fx STOREAS X(s=a.b-c.d, t=a.`b c`)', '[*] from [fx] as X(s=a|b-c|d, t=a|b c)', []],
  [
    'SELECT * FROM fx STOREAS X(s=./x.y-z/, t=b-c.d-e, u=`a``b`)',
    '[*] from [fx] as X(s=./x.y-z/, t=b-c.d-e, u=ab)',
    []
  ],
  ['SELECT * FROM fx STOREAS X(a=b)(C=5)', '[*] from [fx] as X(a=b, c=5)', []]
]

for (const [text, expected, warnings] of accepted.filter(([, expected]) => expected !== '')) {
  test(`accepted: ${JSON.stringify(text)}`, () => {
    const result = parseKcql(text, 'old')
    assert.deepEqual(codesOf(result.errors), [])
    assert.deepEqual(result.statements.map(reading), [expected])
    assert.deepEqual(codesOf(result.warnings), warnings)
  })
}

const examples: readonly (readonly [string, string])[] = [
  ['INSERT INTO rate: SELECT bid, ask FROM fx.ticks PK pair', 'INSERT [rate:] [bid, ask] from [fx.ticks] pk pair'],
  ['SELECT bid AS b FROM fx.ticks PK venue, pair TTL = 30', '[bid AS b] from [fx.ticks] pk venue, pair ttl 30'],
  ['SELECT * FROM people IGNORE ssn PK name.last', '[*] from [people] ignore ssn pk name.last'],
  [
    'INSERT INTO ticks SELECT * FROM fx.ticks STOREAS SortedSet(score=at) TTL=86400',
    'INSERT [ticks] [*] from [fx.ticks] as SortedSet(score=at) ttl 86400'
  ],
  [
    'INSERT INTO ticks: SELECT bid FROM fx.ticks PK pair STOREAS sortedset(score=at)',
    'INSERT [ticks:] [bid] from [fx.ticks] pk pair as sortedset(score=at)'
  ],
  [
    'insert into geo- select name from stations pk country storeas GEOADD(longitudeField=lon, latitudeField=lat)',
    'INSERT [geo-] [name] from [stations] pk country as GEOADD(longitudefield=lon, latitudefield=lat)'
  ],
  ['SELECT headline FROM news STOREAS PubSub(channel=section)', '[headline] from [news] as PubSub(channel=section)'],
  [
    'INSERT INTO audit SELECT who, what.verb AS verb FROM audit-log STOREAS Stream',
    'INSERT [audit] [who, what.verb] from [audit-log] as Stream()'
  ],
  [
    'INSERT INTO `my cache:` SELECT `order`, `limit` FROM `2024` PK `pk`',
    'INSERT [my cache:] [order, limit] from [2024] pk pk'
  ]
]

for (const contract of ['old', 'plain'] as const) {
  for (const [text, expected] of examples) {
    test(`example, ${contract} contract: ${text}`, () => {
      const result = parseKcql(text, contract)
      assert.deepEqual([codesOf(result.errors), codesOf(result.warnings)], [[], []])
      assert.deepEqual(result.statements.map(reading), [expected])
    })
  }
}

// What was an error is read as people write SQL, under both contracts.
const meant: readonly (readonly [string, readonly string[]])[] = [
  ['Select bid As b From fx Pk sym Ttl=5', ['[bid AS b] from [fx] pk sym ttl 5']],
  ['Insert Into x Select * from fx', ['INSERT [x] [*] from [fx]']],
  ['SELECT * FROM a;SELECT * FROM b;;', ['[*] from [a]', '[*] from [b]']],
  ['SELECT * FROM a;\n;\tSELECT * FROM b;\n', ['[*] from [a]', '[*] from [b]']],
  [';SELECT * FROM a', ['[*] from [a]']],
  ['-- both fields\nSELECT a, -- one; or\r\nb -- two\nFROM t -- three\nPK a', ['[a, b] from [t] pk a']],
  ['SELECT a/* b, ; */, c--d FROM /**/ t /* x\n*/ PK a; -- done', ['[a, c--d] from [t] pk a']],
  ['SELECT a,--b\nc FROM `--t /* */` PK `a;--`; /* ; */', ['[a, c] from [--t /* */] pk a;--']],
  ["SELECT `a;b` FROM 'fx;y' PK `it's` ; SELECT c FROM d", ["[a;b] from [fx;y] pk it's", '[c] from [d]']],
  ['SELECT `-- no`, b FROM t -- yes', ['[-- no, b] from [t]']],
  ['SELECT a AS `my a`, b AS last-name, c AS `limit`, d AS `e.f` FROM t', ['[a AS my a, b AS last-name, c AS limit, d AS e.f] from [t]']],
  ['SELECT quote.`bid price`, a.`b`.c FROM fx PK x.`y z`', ['[quote.bid price, a.b.c] from [fx] pk x.y z']]
] // prettier-ignore

for (const contract of ['old', 'plain'] as const) {
  for (const [text, expected] of meant) {
    test(`read as meant, ${contract} contract: ${JSON.stringify(text)}`, () => {
      const result = parseKcql(text, contract)
      assert.deepEqual(
        result.errors.map(error => error.message),
        []
      )
      assert.deepEqual(result.statements.map(reading), expected)
    })
  }
}

// What the old parser took keeps its reading there, and is what it says under the plain contract.
const takenByOld: readonly (readonly [text: string, old: string, plain: string])[] = [
  ['SELECT * FROM t PK a -- key\n TTL=5', '[*] from [t] pk a', '[*] from [t] pk a ttl 5'],
  ['SELECT * FROM t PK a Ttl=5', '[*] from [t] pk a', '[*] from [t] pk a ttl 5'],
  ['SELECT From, To FROM t', '[From, To] from [t]', '[From, To] from [t]'],
  ['SELECT a AS Limit FROM t', '[a AS Limit] from [t]', '[a AS Limit] from [t]'],
  ['SELECT --, a--b FROM t--u', '[--, a--b] from [t--u]', '[--, a--b] from [t--u]']
]

for (const [text, old, plain] of takenByOld) {
  test(`read as it was: ${JSON.stringify(text)}`, () => {
    assert.deepEqual(parseKcql(text, 'old').statements.map(reading), [old])
    assert.deepEqual(parseKcql(text, 'plain').statements.map(reading), [plain])
  })
}

// The old parser cut at each semicolon and ignored words behind a statement's end: what stood behind one in a comment was a statement.
for (const text of [
  'SELECT * FROM t PK a -- first; SELECT * FROM u PK b',
  'SELECT * FROM t PK a /* ; SELECT * FROM u PK b */'
]) {
  test(`a statement in a comment that the old connector wrote is still written: ${text}`, () => {
    assert.deepEqual(parseKcql(text, 'old').statements.map(reading), ['[*] from [t] pk a', '[*] from [u] pk b'])
    assert.deepEqual(parseKcql(text, 'plain').statements.map(reading), ['[*] from [t] pk a'])
  })
}

test('a target that the old parser read as something else stays refused under the old contract', () => {
  const text = 'INSERT INTO my -- prefix\n SELECT * FROM fx'
  assert.deepEqual(codesOf(parseKcql(text, 'old').errors), ['glued-name'])
  assert.deepEqual(parseKcql(text, 'plain').statements.map(reading), ['INSERT [my] [*] from [fx]'])
})

test('of two readings with errors the one that gets further is told', () => {
  assert.match(parseKcql('Select a From t Pk a TTL 30', 'old').errors[0]?.message ?? '', /^Invalid syntax\. Found "30"/)
  assert.match(parseKcql('SELECT Select b FROM t', 'old').errors[0]?.message ?? '', /^Invalid syntax\. Found "b"/)
})

test('a statement is numbered among those that say something', () => {
  assert.deepEqual(
    parseKcql(';; SELECT * FROM t; /* ; */ ;SELECT a b FROM t', 'plain').errors.map(error => error.statementIndex),
    [1]
  )
})

const advices: readonly (readonly [string, RegExp])[] = [
  ['SELECT * FROM fx PK a b', /"b" is ignored.* If it is another field put a comma before it\.$/],
  ['SELECT * FROM fx PK a Ttl=5', /write TTL\.$/],
  [
    'SELECT * FROM fx STOREAS X PK a',
    /PK is given twice or comes too late; the order in a plain SELECT is PK, LIMIT, STOREAS, TTL\.$/
  ],
  ['SELECT * FROM fx AUTOCREATE', /a plain SELECT has no clause AUTOCREATE after the topic\.$/]
]

for (const [text, message] of advices) {
  test(`advice: ${text}`, () => {
    assert.match(parseKcql(text, 'old').warnings[0]?.message ?? '', message)
    if (text.includes('Ttl')) return
    assert.match(parseKcql(text, 'plain').errors[0]?.message ?? '', /^Invalid syntax\. Nothing can stand here/)
  })
}

test('a list of columns that runs to the end is one error', () => {
  assert.deepEqual(codesOf(parseKcql('SELECT a b c', 'old').errors), ['syntax'])
})

test('all errors of all statements come together, in the order of the text', () => {
  const text = 'SELECT a b, c, c FROM 42 PK x, TTL=0;\nSELECT x FROM t WITHFORMAT csv TTL 5;\nselec'
  const places = parseKcql(text, 'old').errors.map(({ statementIndex, line, column, code }) => [
    statementIndex,
    line,
    column,
    code
  ])
  assert.deepEqual(places, [
    [0, 1, 10, 'syntax'],
    [0, 1, 23, 'syntax'],
    [0, 1, 32, 'syntax'],
    [0, 1, 36, 'invalid-number'],
    [1, 2, 28, 'invalid-value'],
    [1, 2, 36, 'syntax'],
    [2, 3, 1, 'syntax']
  ])
})

const plainErrors: readonly (readonly [string, ProblemCode])[] = [
  ['SELECT * FROM fx PK sym WHERE bid = 1', 'syntax'],
  ['SELECT * FROM fx STOREAS SortedSet PK sym', 'syntax'],
  ['SELECT * FROM fx rates', 'glued-name'],
  ['SELECT * FROM fx.7.eu', 'cut-name'],
  ['SELECT * FROM "fx"', 'double-quotes'],
  ['SELECT prix_é FROM fx', 'dropped-character'],
  ['SELECT % * FROM fx', 'dropped-character'],
  ['SELECT max(bid) FROM fx', 'lost-call'],
  ["SELECT 'bid price' FROM fx", 'lost-column']
]

for (const [text, code] of plainErrors) {
  test(`plain contract refuses ${text}`, () => {
    assert.deepEqual(codesOf(parseKcql(text, 'plain').errors), [code])
  })
}

test('the plain contract takes a path as it stands', () => {
  assert.deepEqual(parseKcql('SELECT eu-fx.bid FROM fx', 'plain').statements.map(reading), ['[eu-fx.bid] from [fx]'])
})
