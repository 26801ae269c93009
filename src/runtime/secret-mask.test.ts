// What providers gave is hidden in any text, the rest of the text is left alone, and no text takes long.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { labelsOf, SecretMask } from './secret-mask.ts'

function maskOf(values: Readonly<Record<string, string>>, isSecret = true): SecretMask {
  const mask = new SecretMask()
  for (const [key, value] of Object.entries(values)) mask.learn(`\${v:${key}}`, value, { isSecret })
  return mask
}

const cases: readonly (readonly [what: string, value: string, text: string, shown: string])[] = [
  ['a value', 'sesame-4711', 'topics not set in kcql: Set(sesame-4711)', 'topics not set in kcql: Set(${v:k})'],
  ['twice in one line', 'sesame', 'sesame and sesame', '${v:k} and ${v:k}'],
  ['in another case', 'Sesame-4711', 'SESAME-4711 sesame-4711', '${v:k} ${v:k}'],
  ['within a word, where it is long', 'sesame-4711', 'xsesame-4711x', 'x${v:k}x'],
  ['as a word, where it is short', 'test', 'latest test tests my_test (test) test-1', 'latest ${v:k} tests my_test (${v:k}) test-1'],
  ['blanks around it', ' sesame\n', 'sesame', '${v:k}'],
  ['cut off', 'sesame-4711-4712', 'found "sesame-471..."', 'found "${v:k}..."'],
  ['not a beginning that others share', 'sesame-4711', 'sesame-4700', 'sesame-4700'],
  ['in a URL', 'pass word/1', 'http://h/pass%20word%2F1', 'http://h/${v:k}'],
  ['as JSON writes it', 'pass"word\\1', '{"a":"pass\\"word\\\\1"}', '{"a":"${v:k}"}'],
  ['an item of a list', 'alpha,beta , gamma', 'Set(beta)', 'Set(${v:k}[1])'],
  ['a line, a long word', 'SELECT *\nFROM customers', '"customers" in "FROM customers"', '"${v:k}[2]" in "${v:k}[1]"'],
  ['an option of a login module', 'PlainLoginModule required username="ada" password="open-1";', 'required: open-1', 'required: ${v:k}[2]'],
  ['the password of a pair', 'ada:open-1', 'open-1', '${v:k}[0]'],
  ['nothing of three characters', 'abc', 'abc', 'abc'],
  ['no small number', '6379', 'redis:6379', 'redis:6379'],
  ['no word of everybody', 'localhost', 'localhost', 'localhost'],
  ['a reference that holds what it stands for', 'v:k}', 'v:k}v:k}', '${v:k}${v:k}'],
  ['no lone half of a character', 'sesame\ud800', 'sesame\ud800', '${v:k}']
] // prettier-ignore
for (const [what, value, text, shown] of cases) {
  test(`hidden: ${what}`, () => assert.equal(maskOf({ k: value }).text(text), shown))
}

const wordsOfOurs: readonly (readonly [what: string, value: string, text: string, shown: string])[] = [
  ['a key', 'orders', 'connect.orders.port=1', 'connect.orders.port=1'],
  ['the name of a class', 'admin', 'org.apache.kafka.clients.admin.Admin$admin (o.a.admin)', 'org.apache.kafka.clients.admin.Admin$admin (o.a.admin)'],
  ['the name of a client', 'prod', 'connector-consumer-prod-0 my_prod prod.', 'connector-consumer-prod-0 my_prod ${v:k}.'],
  ['a word that others end with', 'prod', '-prod $prod .prod prod- prod$ (prod) prod...', '-${v:k} $${v:k} .${v:k} ${v:k}- ${v:k}$ (${v:k}) ${v:k}...'],
  ['what every line speaks of', 'redis', 'redis at redis:6379', 'redis at redis:6379'],
  ['columns of a statement', 'SELECT id, topic, amount FROM orders', 'the amount has no field, orders', 'the amount has no field, orders'],
  ['lines', 'SELECT *\nFROM customers', 'FROM customers', 'FROM customers'],
  ['long words', 'INSERT INTO customers', 'customers', 'customers'],
  ['what is quoted', 'a "customers" b', 'customers', 'customers'],
  ['half of a pair', 'ada:open-1', 'open-1', 'open-1'],
  ['but a list', 'orders,returns-eu , x', 'Set(returns-eu)', 'Set(${v:k}[1])'],
  ['but the whole', 'SELECT id, topic FROM orders', 'in SELECT id, topic FROM orders', 'in ${v:k}']
] // prettier-ignore
for (const [what, value, text, shown] of wordsOfOurs) {
  test(`left alone where the value is no secret: ${what}`, () =>
    assert.equal(maskOf({ k: value }, false).text(text), shown))
}

test('a text that was hidden once is not hidden again, and no reference is looked into', () => {
  const mask = maskOf({ k: 'sesame-4711', l: 'secrets.properties', m: 'password' })
  const shown = mask.text('is sesame-4711 at ${file:/run/secrets.properties:sesame-4711}, secrets.properties[0]')
  assert.equal(shown, 'is ${v:k} at ${file:/run/secrets.properties:sesame-4711}, ${v:l}[0]')
  assert.equal(mask.text(shown), shown)
  assert.equal(mask.text('${sesame-4711} ${a:sesame-4711'), '${${v:k}} ${a:${v:k}', 'that is no reference')
})

test('of two values that begin alike the longer one is meant', () => {
  const mask = maskOf({ a: 'sesame-1', b: 'sesame-1-open' })
  assert.equal(mask.text('sesame-1-open sesame-1'), '${v:b} ${v:a}')
})

test('a caret stays below its word', () => {
  const mask = maskOf({ k: 'customers', l: 'ab-cd' })
  const shown = (line: string, caret: string): string => mask.text(`${line}\n${caret}`)
  assert.equal(shown('FROM customers PK ab-cd x', '                        ^'), 'FROM ${v:k} PK ${v:l} x\n                      ^') // prettier-ignore
  assert.equal(shown('FROM customers PK', '     ^^^^^^^^^'), 'FROM ${v:k} PK\n     ^^^^^^')
  assert.equal(shown('FROM customers PK', '        ^'), 'FROM ${v:k} PK\n     ^^^^^^')
  assert.equal(shown('FROM customers PK', '^^^^'), 'FROM ${v:k} PK\n^^^^')
  assert.equal(shown('FROM customers PK', '               ^^'), 'FROM ${v:k} PK\n            ^^')
  assert.equal(shown('nothing', '  ^'), 'nothing\n  ^')
})

test('a reference forges nothing where it stands', () => {
  assert.equal(maskOf({ '"\n\u202e\\k': 'sesame' }).text('{"a":"sesame"}'), '{"a":"${v:????k}"}')
})

test('a label is hidden whole, just as it was given, or not at all, and items of one list stay apart', () => {
  const label = labelsOf([
    { text: '${v:k}', value: ' orders, returns,7' },
    { text: '${v:"l}', value: 'clicks' },
    { text: '${v:m}', value: '10' }
  ])
  const names = ['orders', 'returns', 'Orders', 'orders-eu', 'clicks', '7', '10']
  assert.deepEqual(names.map(label), ['${v:k}[0]', '${v:k}[1]', 'Orders', 'orders-eu', '${v:?l}', '7', '10'])
})

test('logins in addresses are hidden, whoever wrote them', () => {
  const mask = new SecretMask()
  for (const [text, shown] of [
    ['at https://u:p@h:1/x, again', 'at https://[hidden]@h:1/x, again'],
    ['http://a,http://u:p@b,c://q@d', 'http://a,http://[hidden]@b,c://[hidden]@d'],
    ['rediss://:p/w@r1:6380/3', 'rediss://[hidden]@r1:6380/3'],
    ['http://u:p@q@h/', 'http://[hidden]@h/'],
    ['http://evil:1\\@registry/', 'http://[hidden]@registry/'],
    ['http://h:80/mail@example.com', 'http://h:80/mail@example.com'],
    ['http://[::1]:80/a@b', 'http://[::1]:80/a@b'],
    ['://', '://'],
    ['no address @ all', 'no address @ all']
  ] as const) {
    assert.equal(mask.text(text), shown)
  }
})

test('neither many values nor a long text take long', () => {
  const mask = new SecretMask()
  for (let index = 0; index < 6000; index++) mask.learn(`\${v:${index}}`, `value-number-${index}-`)
  assert.equal(mask.text('value-number-5999-'), '${v:5999}')
  assert.equal(mask.text('value-number-1-'), 'value-number-1-', 'the oldest is forgotten')
  const many = maskOf({ k: 'aaaaaaaab' })
  for (const text of [
    'a'.repeat(1_000_000),
    '://'.repeat(300_000),
    ':// '.repeat(250_000),
    '://" @'.repeat(200_000),
    'a@b :// '.repeat(150_000),
    '://a?@ '.repeat(150_000),
    '://?@ '.repeat(170_000),
    '://:'.repeat(300_000),
    '${'.repeat(500_000),
    '${a:'.repeat(250_000),
    '${a:b}'.repeat(200_000),
    `${'://:'.repeat(300_000)} @`,
    `${'a'.repeat(500_000)}\n${'^'.repeat(500_000)}`
  ]) {
    assert.equal(many.text(text), text)
  }
  assert.equal(many.text(`${'://:'.repeat(300_000)}@`), '://[hidden]@')
  const carets = `${'aaaaaaaab '.repeat(50_000)}${'\n^'.repeat(250_000)}`
  assert.equal(many.text(carets).replaceAll('${v:k}', 'aaaaaaaab'), carets.replace('^', '^'.repeat(6)))
  const long = maskOf({ k: `${'a'.repeat(100_000)}b` })
  assert.equal(long.text('a'.repeat(1_000_000)), '${v:k}'.repeat(10), 'a long beginning is hidden without its end')
  assert.equal(long.text('a'.repeat(200)), 'a'.repeat(200))
})

test('what was forgotten is known again when it is learned again, parts go before whole values, and one reference has few', () => {
  const mask = maskOf({ first: 'sesame-4711' })
  const lines = (name: string, count: number): string =>
    Array.from({ length: count }, (_, index) => `line-${name}-${index}.`).join('\n')
  for (const name of ['a', 'b', 'c', 'd']) mask.learn(`\${v:${name}}`, lines(name, 1900), { isSecret: true })
  assert.equal(mask.text('sesame-4711'), '${v:first}', 'lines flush no password')
  assert.equal(mask.text('line-a-0.'), '${v:a}[0]')
  assert.equal(mask.text('line-a-1899.'), 'line-a-1899.', 'a reference has 200 parts')
  for (let index = 0; index < 5000; index++) mask.learn(`\${w:${index}}`, `value-number-${index}-`)
  assert.equal(mask.text('sesame-4711 line-a-0.'), 'sesame-4711 line-a-0.')
  mask.learn('${v:first}', 'sesame-4711')
  assert.equal(mask.text('sesame-4711'), '${v:first}')
  for (let index = 0; index < 4999; index++) mask.learn(`\${w:${index}}`, `value-number-${index}-`)
  assert.equal(mask.text('sesame-4711'), '${v:first}', 'it was as young as the last')
  mask.learn('${v:first}', 'sesame-4711')
  mask.learn('${w:new}', 'value-number-new-')
  mask.learn('${x:same}', 'sesame-4711')
  assert.equal(mask.text('sesame-4711'), '${v:first}', 'what is learned again grows young')
  mask.keep({ text: '${v:worker}', value: 'sesame-4712;line-one-', isSecret: true })
  for (let index = 0; index < 6000; index++) mask.learn(`\${x:${index}}`, `other-number-${index}-`)
  assert.equal(mask.text('line-one-'), '${v:worker}[1]', "what the worker's file was given is never forgotten")
})
