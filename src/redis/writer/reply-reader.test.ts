// Redis's answers, cut anywhere, and what no Redis sends.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Reply, ReplyError, ReplyFormatError, ReplyReader } from './reply-reader.ts'

function read(...pieces: readonly (string | Buffer)[]): Reply[] {
  const reader = new ReplyReader()
  const replies: Reply[] = []
  for (const piece of pieces) reader.push(Buffer.from(piece as string, 'utf8'), reply => replies.push(reply))
  return replies
}

const stream =
  '+OK\r\n:1\r\n-WRONGTYPE no\r\n$5\r\nh\r\nél\r\n$-1\r\n*-1\r\n*3\r\n+QUEUED\r\n:-42\r\n*2\r\n$0\r\n\r\n-ERR x\r\n+OKAY\r\n*0\r\n+O\r\n'
const expected: readonly Reply[] = [
  'OK',
  1,
  new ReplyError('WRONGTYPE no'),
  'h\r\né',
  null,
  null,
  ['QUEUED', -42, ['', new ReplyError('ERR x')]],
  'OKAY',
  [],
  'O'
]

test('a stream of every kind of answer reads the same, wherever it is cut in two or three', () => {
  const fixed = stream.replace('$5\r\nh\r\nél', '$5\r\nh\r\né')
  const bytes = Buffer.from(fixed)
  assert.deepEqual(read(bytes), expected)
  for (let at = 0; at <= bytes.length; at++) {
    assert.deepEqual(read(bytes.subarray(0, at), bytes.subarray(at)), expected, `cut at ${at}`)
    for (let next = at; next <= bytes.length; next += 7) {
      assert.deepEqual(read(bytes.subarray(0, at), bytes.subarray(at, next), bytes.subarray(next)), expected)
    }
  }
  assert.deepEqual(read(...[...bytes].map(byte => Buffer.from([byte]))), expected)
})

test('the bytes of a chunk may be overwritten once it was pushed', () => {
  const reader = new ReplyReader()
  const replies: Reply[] = []
  const chunk = Buffer.from('+QUE')
  reader.push(chunk, reply => replies.push(reply))
  reader.push(Buffer.from('UED\r\n'), reply => replies.push(reply))
  assert.deepEqual(replies, ['QUEUED'])
})

const hostile: readonly (readonly [what: string, text: string])[] = [
  ['no type', 'hello\r\n'],
  ['RESP3', '%1\r\n'],
  ['HTTP', 'HTTP/1.1 400 Bad Request\r\n'],
  ['a bulk of 512 MiB', '$536870912\r\n'],
  ['a bulk of 10^18 bytes', '$1000000000000000000\r\n'],
  ['a bulk of minus two', '$-2\r\n'],
  ['a length of 20 digits', '$00000000000000000001\r\n'],
  ['a length that is no number', '$1x\r\n'],
  ['no length', '$\r\n'],
  ['a bulk that ends elsewhere', '$2\r\nabc\r\n'],
  ['an array of 2^31', '*2147483648\r\n'],
  ['arrays that add up', `*2\r\n*900000\r\n${':1\r\n'.repeat(900000)}*900000\r\n`],
  ['nine levels', '*1\r\n'.repeat(9)],
  ['a CR without LF', '+a\rb\r\n'],
  ['a line without end', `+${'x'.repeat(9 * 1024 * 1024)}`]
]
for (const [what, text] of hostile) {
  test(`refused: ${what}`, () => assert.throws(() => read(text), ReplyFormatError))
}

test('a reply that grows without end stops at its bound', () => {
  const reader = new ReplyReader()
  const piece = Buffer.from(':1\r\n'.repeat(16_384))
  reader.push(Buffer.from('*1000000\r\n'), () => assert.fail())
  reader.push(Buffer.from(`$8000000\r\n`), () => assert.fail())
  let pushed = 0
  assert.throws(() => {
    for (; pushed < 1000; pushed++) reader.push(piece, () => assert.fail())
  }, ReplyFormatError)
  assert.ok(pushed <= 129, `${pushed} pieces of 64 KiB`)
})

test("an error's text fits a log line", () => {
  const [reply] = read(`-ERR ${'x'.repeat(5000)}\n\u001b[31m\r\n`)
  assert.ok(reply instanceof ReplyError && reply.text.length === 1000)
  assert.deepEqual(read('-ERR a\nb\u001b\r\n'), [new ReplyError('ERR a b ')])
})
