// The regular expressions of the sources, and which of them were shown to take time in proportion to the text.
//
//   npm run node -- test/kit/expressions.ts      shows those that are new, and writes test/vectors/linear-expressions.txt
//
// recheck follows an expression's automaton, or attacks it where it has none. That takes up to ten seconds for one, so what it found is kept.
import { readFileSync, writeFileSync } from 'node:fs'
import { readdirSync } from 'node:fs'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const home = new URL('../../', import.meta.url)
const listPath = new URL('test/vectors/linear-expressions.txt', home)

/** Files of the sources that are no tests, as paths from the project's folder. */
export function sourceFiles(): string[] {
  return readdirSync(new URL('src', home), { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .map(path => `src/${path}`)
    .sort()
}

/** Each literal as it is written, with the files it stands in; and the files that make expressions from text, one entry for each place. */
export function expressions(): { readonly literals: ReadonlyMap<string, readonly string[]>; readonly made: string[] } {
  const literals = new Map<string, string[]>()
  const made: string[] = []
  for (const path of sourceFiles()) {
    const source = ts.createSourceFile(path, readFileSync(new URL(path, home), 'utf8'), ts.ScriptTarget.Latest)
    const visit = (node: ts.Node): void => {
      if (ts.isRegularExpressionLiteral(node)) literals.set(node.text, [...(literals.get(node.text) ?? []), path])
      const isMade =
        (ts.isNewExpression(node) || ts.isCallExpression(node)) && node.expression.getText(source) === 'RegExp'
      if (isMade) made.push(path)
      ts.forEachChild(node, visit)
    }
    visit(source)
  }
  return { literals, made }
}

/** Nothing in it repeats without an end: each place of the text is looked at a bounded number of times. */
export function isBounded(literal: string): boolean {
  const body = literal.slice(1, literal.lastIndexOf('/'))
  const outsideClasses = body.replace(/\\[^]/g, '').replace(/\[[^\]]*\]/g, '')
  return !/[*+]|\{\d+,\}/.test(outsideClasses)
}

/** Those that recheck found linear. */
export function knownLinear(): ReadonlySet<string> {
  return new Set(readFileSync(listPath, 'utf8').split('\n').filter(Boolean))
}

async function record(): Promise<void> {
  process.env['RECHECK_BACKEND'] = 'pure'
  const { checkSync } = await import('recheck')
  const known = knownLinear()
  const linear: string[] = []
  for (const [literal, paths] of expressions().literals) {
    if (isBounded(literal)) continue
    const cut = literal.lastIndexOf('/')
    // No time limit: what is found must not depend on the machine.
    const isKnown = known.has(literal)
    const found = isKnown ? null : checkSync(literal.slice(1, cut), literal.slice(cut + 1), { timeout: null })
    if (isKnown || found?.status === 'safe') linear.push(literal)
    if (!isKnown) console.log(`${found?.status} ${literal} ${paths.join(' ')}`)
  }
  writeFileSync(listPath, `${linear.sort().join('\n')}\n`)
}

if (argv[1] === fileURLToPath(import.meta.url)) await record()
