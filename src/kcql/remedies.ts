// The advice behind a syntax error: what to write instead, from the word that was found.
import { isMiscasedKeyword } from './keywords.ts'
import { type Token } from './lexer.ts'
import { shown } from './problem.ts'

/** One sentence, or nothing where the expectation says it all. `expected` is the text of the error itself. */
export const remedyFor = (token: Token, expected: string): string => {
  if (isMiscasedKeyword(token.text) && expected.includes(token.text.toUpperCase())) {
    return `Keywords are written all upper or all lower case: write ${token.text.toUpperCase()}.`
  }
  switch (token.kind) {
    case 'keyword':
      if (token.keyword === 'FROM' && expected === 'a column') return 'A column is missing before it.'
      return wantsName(expected)
        ? `${token.text} is a reserved word: as a name write it in backticks: \`${token.text}\`.`
        : ''
    case 'int':
      return wantsName(expected) ? `A name of digits only needs backticks: \`${token.text}\`.` : ''
    case 'glued':
      return `A word, a dot and a backticked text without blanks make one word: write ${apart(token.text)}, or backtick all parts of the path.`
    case 'delim':
    case 'string':
      return wantsName(expected)
        ? `A name with special characters is written in backticks: ${backticked(token.text)}.`
        : ''
    default:
      return ''
  }
}

const wantsName = (expected: string): boolean =>
  /column|key|topic|target|alias|name|field|path|value|word/.test(expected)

const apart = (text: string): string => {
  const dot = text.indexOf('.')
  return shown(`${text.slice(0, dot)} . ${text.slice(dot + 1)}`)
}

const backticked = (text: string): string => `\`${shown(text.slice(1, -1))}\``
