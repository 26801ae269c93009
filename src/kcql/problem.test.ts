// How a problem is shown: place, message, the line with a caret, and of a long line only the part around it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseKcql } from './parser.ts'
import { excerptOf, renderProblem } from './problem.ts'

const rendered = (text: string): readonly string[] => parseKcql(text, 'old').errors.map(renderProblem)

test('an error shows statement, line, column, message and caret', () => {
  assert.deepEqual(rendered('SELECT * FROM a;\r\nSELECT bid ask\r\nFROM fx'), [
    [
      'error at statement 2, line 2, column 12: Invalid syntax. Found "ask", expected "," or AS or FROM. Put a comma between columns, or AS before another name.',
      '  SELECT bid ask',
      '             ^^^'
    ].join('\n')
  ])
})

test('at the end of the text the caret stands behind the last character', () => {
  const [text = ''] = rendered('SELECT * FROM')
  assert.deepEqual(text.split('\n').slice(1), ['  SELECT * FROM', '               ^'])
})

test('tabs and control characters are shown as blanks, so that the caret stands right and a terminal stays whole', () => {
  const [text = ''] = rendered('SELECT\ta\tb\u001b[31m FROM t')
  assert.deepEqual(text.split('\n').slice(1), ['  SELECT a b [31m FROM t', '           ^'])
})

test('of a long line the part around the caret is shown', () => {
  const [error] = parseKcql(`SELECT ${'a, '.repeat(100)} b c, ${'d, '.repeat(100)} e FROM t`, 'old').errors.filter(
    ({ code }) => code === 'syntax'
  )
  assert.ok(error)
  const [line = '', carets = ''] = excerptOf(error).split('\n')
  assert.ok(line.startsWith('...') && line.endsWith('...') && line.length <= 106)
  assert.equal(line.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1), 'c')
})
