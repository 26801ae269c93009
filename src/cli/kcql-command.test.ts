// The subcommand kcql: the recorded readings through --jsonl, and what a person sees.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { PassThrough, Readable } from 'node:stream'
import { text as readText } from 'node:stream/consumers'
import { test } from 'node:test'
import { kcqlCommand } from './kcql-command.ts'

interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const run = async (argv: readonly string[], input = ''): Promise<Outcome> => {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const outcome = Promise.all([readText(stdout), readText(stderr)])
  const code = await kcqlCommand(argv, { stdin: Readable.from([input]), stdout, stderr })
  stdout.end()
  stderr.end()
  const [out, error] = await outcome
  return { code, stdout: out, stderr: error }
}

interface Answer {
  readonly id: string
  readonly ok: boolean
  readonly kcql: string
  readonly multiple: unknown
  readonly warnings: readonly unknown[]
  readonly error?: {
    readonly code: string
    readonly message: string
    readonly all: readonly { readonly code: string }[]
  }
}

const vectors = readFileSync(new URL('../../test/vectors/kcql.jsonl', import.meta.url), 'utf8')

// Why a statement that the old parser took may be refused, and how many of the recorded ones are: all their errors must be among these.
const refusals: Readonly<Record<string, number>> = {
  // Words before LOOSE ones in a path: {k}.b was read as b.{k}.
  'reordered-path': 89,
  // A topic or target of several words was read as one.
  'glued-name': 18,
  // Both of them in one text.
  'glued-name reordered-path': 1,
  // A character that starts no word, beside a name.
  'dropped-character': 1,
  'dropped-character reordered-path': 2
}

test('all recorded statements are read as the old parser read them, or refused for a named reason, or were refused by it', async () => {
  const { code, stdout } = await run(['--jsonl'], vectors)
  assert.equal(code, 0)
  const answers = stdout
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Answer)
  const lines = vectors.trimEnd().split('\n')
  assert.equal(answers.length, 1000)
  const refused: Record<string, number> = {}
  const mended: string[] = []
  for (const [index, answer] of answers.entries()) {
    const vector = JSON.parse(lines[index] ?? '') as Answer
    assert.equal(answer.id, vector.id)
    if (answer.ok && !vector.ok) {
      mended.push(vector.kcql)
    } else if (answer.ok) {
      assert.deepEqual(answer.multiple, vector.multiple, vector.id)
    } else {
      assert.ok(answer.error !== undefined && answer.error.message !== '', vector.id)
      assert.deepEqual(answer.multiple, [])
      if (!vector.ok) continue
      const reason = [...new Set(answer.error.all.map(error => error.code))].sort().join(' ')
      refused[reason] = (refused[reason] ?? 0) + 1
    }
  }
  // What it refused and we read: a word, a dot and a backticked word without blanks between them.
  assert.equal(mended.length, 22)
  for (const text of mended) assert.match(text, /[\w@]\.`/)
  assert.deepEqual(refused, refusals)
})

test('--jsonl keeps every digit of a TTL and answers a broken line in its place', async () => {
  const input = '{"id":1,"kcql":"SELECT * FROM a PK b TTL=9223372036854775807"}\n\n{"id"\n{"id":"x","kcql":""}\n'
  const lines = (await run(['--jsonl'], input)).stdout.trimEnd().split('\n')
  assert.equal(lines.length, 3)
  assert.match(lines[0] ?? '', /"ttl":9223372036854775807,"limit":0,"batchSize":0\}\],"warnings":\[\]\}$/)
  assert.match(lines[1] ?? '', /^\{"id":null,"ok":false,.*Expected one JSON object/)
  assert.match(lines[2] ?? '', /^\{"id":"x","ok":false,.*Missing \[connect\.redis\.kcql\]/)
})

test('a text is shown clause by clause, with its warnings', async () => {
  const text =
    'UPSERT INTO rate: SELECT bid AS b, * FROM fx.ticks IGNORE x PK pair STOREAS SortedSet(score=at) TTL=30 WHERE y'
  const { code, stdout, stderr } = await run([text])
  assert.equal(code, 0)
  assert.equal(stderr, '')
  for (const row of [
    /^ {2}topic +fx\.ticks$/m,
    /^ {2}upsert into +rate:$/m,
    /^ {2}columns +bid as b, \* \(all fields\)$/m,
    /^ {2}ignored +x$/m,
    /^ {2}key +pair$/m,
    /^ {2}stored as +SortedSet$/m,
    /^ {4}score +at$/m,
    /^ {2}ttl +30 s$/m,
    /^warning at statement 1, line 1, column \d+: "WHERE y" is ignored/m
  ]) {
    assert.match(stdout, row)
  }
})

test('errors go to stderr and make the exit code 1', async () => {
  const { code, stdout, stderr } = await run(['SELECT * FROM a; SELECT b c FROM 42'])
  assert.equal(code, 1)
  assert.match(stdout, /^statement 1$/m)
  assert.doesNotMatch(stdout, /^statement 2$/m)
  assert.equal(stderr.match(/^error at statement 2/gm)?.length, 2)
})

test('--plain reads the plain contract', async () => {
  assert.equal((await run(['SELECT * FROM a PK b WHERE c'])).code, 0)
  assert.equal((await run(['--plain', 'SELECT * FROM a PK b WHERE c'])).code, 1)
})

test('a text that begins with a dash is a text, with an option before or behind it', async () => {
  const text = '-- all of them\nSELECT * FROM a PK b'
  for (const argv of [[text], ['--plain', text], [text, '--plain'], ['--', '-x']]) {
    const { code, stdout, stderr } = await run(argv)
    if (argv[0] === '--') assert.match(stderr, /^error at statement 1, line 1, column 1: Invalid syntax\. Found "-x"/)
    else assert.deepEqual([code, stderr, /^ {2}topic +a$/m.test(stdout)], [0, '', true], argv.join(' '))
  }
})

for (const argv of [[], ['a', 'b'], ['--nope', 'a'], ['--jsonl', 'a'], ['--jsonl', '--plain']]) {
  test(`wrong usage exits with 2: ${JSON.stringify(argv)}`, async () => {
    const { code, stdout, stderr } = await run(argv)
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, /Usage: kafka-connect-redis kcql/)
  })
}

test('a line separator inside a text is no end of its line', async () => {
  const kcql = 'SELECT * FROM `a\u2028b` PK id'
  const { stdout } = await run(['--jsonl'], `${JSON.stringify({ id: '1', kcql })}\n`)
  assert.equal(stdout.trimEnd().split('\n').length, 1)
  assert.equal((JSON.parse(stdout) as Answer).ok, true)
})

test('modes are judged as the connector would, under both contracts', async () => {
  const good = await run(['INSERT INTO x SELECT a FROM t STOREAS Stream'])
  assert.deepEqual([good.code, good.stderr], [0, ''])
  assert.match(good.stdout, /^ {2}mode +Stream$/m)
  for (const [text, says] of [
    ['INSERT INTO p SELECT * FROM t PK id STOREAS HASH', /column 37: No writers set for .*hashes are not written yet/],
    ['SELECT a FROM t PK a STOREAS PubSub', /PubSub takes no PK/],
    ['SELECT * FROM a, b PK id', /PK stands behind words that end the statement/]
  ] as const) {
    const { code, stderr } = await run([text])
    assert.equal(code, 1, text)
    assert.match(stderr, says)
    assert.match(stderr, /\^/)
  }
  const stream = 'INSERT INTO p SELECT * FROM t STOREAS Stream(MAXLEN=10)'
  const old = await run([stream])
  assert.deepEqual([old.code, old.stderr], [0, ''])
  assert.match(old.stdout, /The parameter MAXLEN has no effect/)
  assert.match((await run([stream, '--plain'])).stderr, /MAXLEN is unknown in Stream mode/)
})
