// The subcommand kcql: shows how a text is read, clause by clause, or reads statements from lines of JSON.
import { type Column, type Field, type Statement } from '../kcql/ast.ts'
import { parseKcql, type KcqlReading } from '../kcql/parser.ts'
import { printAlias, printName, printPath } from '../kcql/names.ts'
import { excerptOf, renderProblem, type KcqlProblem } from '../kcql/problem.ts'
import { printStatement } from '../kcql/printer.ts'
import { linesOf } from './lines.ts'

/** The three streams, handed in so that a test can stand in for a terminal. */
export interface CommandStreams {
  readonly stdin: NodeJS.ReadableStream
  readonly stdout: NodeJS.WritableStream
  readonly stderr: NodeJS.WritableStream
}

const usage = `Usage: kafka-connect-redis kcql [--plain] [--] TEXT
       kafka-connect-redis kcql --jsonl < LINES

Shows how a KCQL text (connect.redis.kcql) is read: each statement clause by clause with its mode, and with the warnings and errors
of a connector.

  --plain   read it under the plain contract (connect.redis.RedisSinkConnector): leftover words and unknown parameters are errors;
            without it, as the old connector's class names read it
  --jsonl   read lines {"id","kcql"} from standard input and write one line of JSON for each

Exit code: 0 read, 1 the text has errors, 2 wrong usage.
`

const problemsShownMax = 100

/** Runs the subcommand and answers its exit code. */
export const kcqlCommand = async (argv: readonly string[], io: CommandStreams): Promise<number> => {
  // A comment begins with two dashes, and no option holds a blank.
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length
  const isFlag = (word: string, at: number): boolean => at < end && word.startsWith('-') && !/\s/.test(word)
  const flags = argv.filter(isFlag)
  const texts = argv.filter((word, at) => at !== end && !isFlag(word, at))
  if (flags.includes('--help') || flags.includes('-h')) {
    io.stdout.write(usage)
    return 0
  }
  const unknown = flags.find(flag => flag !== '--plain' && flag !== '--jsonl')
  if (unknown !== undefined) return misused(io, `Unknown option ${unknown}.`)
  if (flags.includes('--jsonl')) {
    if (flags.includes('--plain') || texts.length > 0)
      return misused(io, '--jsonl takes no other word: it reads the old contract from standard input.')
    return await readLines(io)
  }
  const [text] = texts
  if (text === undefined || texts.length > 1)
    return misused(io, 'Expected the KCQL text as one word: put it in quotes.')
  return await showText(text, flags.includes('--plain') ? 'plain' : 'old', io)
}

const misused = (io: CommandStreams, message: string): number => {
  io.stderr.write(`${message}\n\n${usage}`)
  return 2
}

const showText = async (text: string, contract: 'old' | 'plain', io: CommandStreams): Promise<number> => {
  const reading = parseKcql(text, contract)
  // Only this way needs the sink, which takes a while to load.
  const { modesOf } = await import('../kcql-modes.ts')
  // A statement with errors is only half read: its problems say more than its clauses would.
  const faulty = new Set(reading.errors.map(error => error.statementIndex))
  const whole = reading.statements.filter(({ index }) => !faulty.has(index))
  const judged = modesOf(text, { statements: whole, warnings: reading.warnings }, contract)
  for (const statement of whole) io.stdout.write(`${describe(statement, judged.modes.get(statement.index))}\n\n`)
  const errors = [...reading.errors.map(renderProblem), ...judged.errors]
  showProblems([...reading.warnings.map(renderProblem), ...judged.warnings], io.stdout)
  showProblems(errors, io.stderr)
  return errors.length === 0 ? 0 : 1
}

const showProblems = (problems: readonly string[], stream: NodeJS.WritableStream): void => {
  for (const problem of problems.slice(0, problemsShownMax)) stream.write(`${problem}\n\n`)
  const rest = problems.length - problemsShownMax
  if (rest > 0) stream.write(`... and ${String(rest)} more\n\n`)
}

const describe = (statement: Statement, mode = '(none, see below)'): string => {
  const { storedAs, ttl, limit, batch } = statement
  const rows: (readonly [string, string])[] = [
    ['mode', mode],
    ['topic', printName(statement.source.text)]
  ]
  if (statement.target !== null)
    rows.push([statement.writeMode === 'UPSERT' ? 'upsert into' : 'insert into', printName(statement.target.text)])
  rows.push(['columns', statement.columns.map(columnText).join(', ')])
  if (statement.ignored.length > 0) rows.push(['ignored', statement.ignored.map(fieldText).join(', ')])
  rows.push(['key', statement.primaryKeys.map(fieldText).join(', ') || '(none)'])
  if (storedAs !== null) rows.push(['stored as', storedAs.type])
  for (const { name, value } of storedAs?.written ?? []) rows.push([`  ${name}`, value])
  if (ttl !== null) rows.push(['ttl', `${String(ttl.value)} s`])
  if (limit !== null) rows.push(['limit', `${String(limit.value)} (no effect)`])
  if (batch !== null) rows.push(['batch', `${String(batch.value)} (no effect)`])
  for (const clause of statement.idleClauses)
    rows.push([clause.keyword.toLowerCase(), [...clause.words, '(no effect)'].join(' ')])
  const lines = rows.map(([label, value]) => `  ${label.padEnd(14)} ${value}`)
  return [
    `statement ${String(statement.index + 1)}`,
    ...lines,
    `  ${'in one line'.padEnd(14)} ${printStatement(statement)}`
  ].join('\n')
}

const columnText = (column: Column): string => (column.kind === 'star' ? '* (all fields)' : fieldText(column))

const fieldText = (field: Field): string =>
  printPath(field.parts) + (field.aliasWritten ? ` as ${printAlias(field.alias)}` : '')

const readLines = async (io: CommandStreams): Promise<number> => {
  for await (const line of linesOf(io.stdin)) {
    if (line.trim() === '') continue
    const answer = answerLine(line)
    if (!io.stdout.write(`${answer}\n`)) await new Promise(resolve => io.stdout.once('drain', resolve))
  }
  return 0
}

const answerLine = (line: string): string => {
  const request = readRequest(line)
  if (request === null) {
    const message = 'Expected one JSON object with the texts "id" and "kcql" on each line.'
    return JSON.stringify({ id: null, ok: false, multiple: [], warnings: [], error: { code: 'line', message } })
  }
  const reading = parseKcql(request.kcql, 'old')
  const head = `{"id":${JSON.stringify(request.id)},"ok":${String(reading.errors.length === 0)}`
  const warnings = JSON.stringify(reading.warnings.map(problemJson))
  if (reading.errors.length === 0)
    return `${head},"multiple":[${reading.statements.map(statementJson).join(',')}],"warnings":${warnings}}`
  return `${head},"multiple":[],"warnings":${warnings},"error":${JSON.stringify(errorJson(reading))}}`
}

const readRequest = (line: string): { id: unknown; kcql: string } | null => {
  try {
    const request: unknown = JSON.parse(line)
    if (typeof request !== 'object' || request === null || !('kcql' in request)) return null
    const { kcql } = request
    return typeof kcql === 'string' ? { id: 'id' in request ? request.id : null, kcql } : null
  } catch {
    return null
  }
}

const problemJson = (problem: KcqlProblem): object => ({
  code: problem.code,
  message: problem.message,
  statement: problem.statementIndex + 1,
  line: problem.line,
  column: problem.column,
  excerpt: excerptOf(problem)
})

const errorJson = (reading: KcqlReading): object => {
  const shown = reading.errors.slice(0, problemsShownMax).map(problemJson)
  return { ...shown[0], count: reading.errors.length, all: shown }
}

/** A statement in the form of the recorded readings. A TTL may exceed what a number of JavaScript holds, so its digits go out as they are. */
export const statementJson = (statement: Statement): string => {
  const { columns, storedAs, ttl, limit, batch } = statement
  const listed = (list: Field['list']): readonly object[] =>
    columns.filter(column => (column.kind === 'star' ? 'fields' : column.list) === list).map(columnJson)
  const text = JSON.stringify({
    writeMode: statement.writeMode,
    target: statement.target?.text ?? null,
    source: statement.source.text,
    fields: listed('fields'),
    keyFields: listed('keyFields'),
    headerFields: listed('headerFields'),
    ignoredFields: statement.ignored.map(columnJson),
    primaryKeys: statement.primaryKeys.map(columnJson),
    storedAs: storedAs?.type ?? null,
    storedAsParameters: Object.fromEntries(storedAs?.written.map(({ name, value }) => [name, value]) ?? [])
  })
  const rest = `"ttl":${String(ttl?.value ?? 0)},"limit":${String(limit?.value ?? 0)},"batchSize":${String(batch?.value ?? 0)}`
  return `${text.slice(0, -1)},${rest}}`
}

const columnJson = (column: Column): object => {
  if (column.kind === 'star') return { name: '*', alias: '*', type: 'VALUE', parents: null }
  const { name, alias, type, path } = column
  return { name, alias, type, parents: path.length > 1 ? path.slice(0, -1) : null }
}
