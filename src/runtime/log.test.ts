// The log: lines as log4j writes them, levels by name, and nothing in a message that can forge a line or steer a terminal.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConnectError } from '../connect/errors.ts'
import { systemClock } from '../util/clock.ts'
import { LogStream, type LogOptions } from './log.ts'

function openLog(options: Partial<LogOptions> = {}) {
  const lines: string[] = []
  const clock = { ...systemClock, now: () => new Date(2026, 0, 2, 3, 4, 5, 6).getTime() }
  return { lines, logs: new LogStream({ clock, write: text => void lines.push(text), ...options }) }
}

test('a line has time, level, context, message and logger', () => {
  const { lines, logs } = openLog()
  logs.logger('a.b.C', '[orders|task-0] ').info('Started')
  assert.deepEqual(lines, ['[2026-01-02 03:04:05,006] INFO [orders|task-0] Started (a.b.C)\n'])
})

test('causes stand behind the message, a stack only at DEBUG', () => {
  const { lines, logs } = openLog()
  const error = new ConnectError('no', { cause: new Error('because') })
  logs.logger('x').warn('Failed', error)
  assert.match(lines[0] ?? '', /WARN Failed: no; caused by: because \(x\)\n$/)
  logs.setLevel('x', 'DEBUG')
  logs.logger('x').warn('Failed', error)
  assert.match(lines[1] ?? '', /\n\s+at [^]*\n\s*Caused by: .*because/)
})

test('no text of a record forges a line or steers a terminal', () => {
  const { lines, logs } = openLog()
  logs.logger('x').error('one\n[2026-01-01 00:00:00,000] INFO forged\r\u001b[31mred\u2028end')
  const [line = ''] = lines
  assert.deepEqual(
    line.split('\n').map(part => /^\[/.test(part)),
    [true, false, false]
  )
  assert.doesNotMatch(line, /[\r\u001b\u2028]/)
  assert.match(line, /\\r\\u001b\[31mred\\u2028end/)
})

test('no text turns a line round or hides in it, in either form', () => {
  for (const format of ['text', 'json'] as const) {
    const { lines, logs } = openLog({ format })
    logs
      .logger('x', '[\u202ea\nb] ')
      .error('\u202eone\u2066two\u200fthree\u0085four\u{e0041}', new Error('\u202dwhy\u2069'))
    assert.match(lines.join(''), /^[\x20-\x7e]+\n$/)
    assert.match(lines.join(''), /\\u202eone\\u2066two\\u200fthree\\u0085four\\udb40\\udc41.*\\u202dwhy\\u2069/)
  }
})

test('what a config provider gave, and logins in addresses, stand in no line', () => {
  for (const format of ['text', 'json'] as const) {
    const { lines, logs } = openLog({ format })
    logs.mask.learn('${v:k}', 'sesame-4711')
    logs.setLevel('x', 'DEBUG')
    logs
      .logger('x', '[groupId=sesame-4711] ')
      .info('at redis://u:pw@h, sesame-4711', new Error('is sesame-4711', { cause: new Error('SESAME-4711') }))
    assert.doesNotMatch(lines.join(''), /sesame|pw@/i)
    assert.match(lines.join(''), /\$\{v:k\}.*\$\{v:k\}.*\$\{v:k\}/s)
  }
})

test('as JSON each message is one object a line', () => {
  const { lines, logs } = openLog({ format: 'json' })
  logs.logger('x', '[orders|task-0] ').error('a\nb', new Error('why'))
  const line = JSON.parse(lines[0] ?? '') as Record<string, string>
  assert.deepEqual(
    { ...line, time: '' },
    { time: '', level: 'ERROR', logger: 'x', context: 'orders|task-0', message: 'a\nb', error: 'why' }
  )
})

test('a level holds for a logger and its children until one is set for them', () => {
  const { lines, logs } = openLog()
  const child = logs.logger('a.b.C')
  child.debug('unseen')
  assert.deepEqual(logs.setLevel('a.b', 'DEBUG'), ['a.b', 'a.b.C'])
  child.debug('seen')
  logs.setLevel('root', 'OFF')
  child.error('unseen')
  assert.equal(lines.length, 1)
  assert.equal(logs.levelOf('nobody'), null)
  assert.equal(logs.levelOf('a')?.level, 'OFF')
  assert.deepEqual([...logs.explicitLevels().keys()], ['a.b', 'a.b.C', 'root'])
})
