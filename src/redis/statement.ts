// Binds a parsed statement to a mode: chooses it, spells out what it needs, refuses what no mode takes and warns of what has no effect.
import { javaTrim } from '../java/number-parse.ts'
import { type Field, type Statement, type StoreParameter } from '../kcql/ast.ts'
import { createProblem, renderProblem } from '../kcql/problem.ts'
import { type Source, type Span } from '../kcql/source.ts'
import { kcqlErrorsMax, kcqlWarningsMax } from './config.ts'
import { leftOutBy } from './left-out.ts'
import { foreignType } from './modes/foreign-types.ts'
import { memberColumns } from './modes/sorted-sets.ts'
import { columnName, writtenColumns } from './projection.ts'
import { type BoundStatement, type Column, type Contract, type FieldPath, type ModeName } from './settings.ts'

/** A statement bound to its mode, or everything that is wrong with it. */
export interface StatementBinding {
  readonly statement: BoundStatement | null
  readonly errors: readonly string[]
  readonly warnings: readonly string[]
  readonly notes: readonly string[]
}

const modesByType: ReadonlyMap<string, 'sortedSet' | 'geo' | 'pubSub' | 'stream'> = new Map([
  ['sortedset', 'sortedSet'],
  ['geoadd', 'geo'],
  ['pubsub', 'pubSub'],
  ['stream', 'stream']
])

/** Why no mode takes a statement, how it would have to read, and where the fault stands. */
interface Misfit {
  readonly reason: string
  readonly remedy: string
  readonly span: Span
}

function chooseMode(ast: Statement, text: string): ModeName | Misfit {
  const { storedAs, primaryKeys } = ast
  if (storedAs === null) return 'cache'
  const { type, span } = storedAs
  const hasKeys = primaryKeys.length > 0
  const mode = modesByType.get(type.toLowerCase())
  switch (mode) {
    case undefined:
      return unknownType(ast, text, type, span)
    case 'sortedSet': {
      if (hasKeys) return 'sortedSets'
      if (ast.target !== null) return 'sortedSet'
      const reason = 'STOREAS SortedSet needs a target (one sorted set) or PK (a sorted set per key)'
      return { reason, remedy: `write: INSERT INTO my_set ${text}`, span }
    }
    case 'geo': {
      if (hasKeys) return 'geo'
      const at = span.start - ast.span.start
      const remedy = `write: ${text.slice(0, at)}PK id ${text.slice(at)}`
      return { reason: 'STOREAS GeoAdd needs PK, which names the geo set', remedy, span }
    }
    case 'pubSub': {
      if (!hasKeys) return 'pubSub'
      const reason = 'STOREAS PubSub takes no PK: a field of the value names the channel'
      return { reason, remedy: `write: ${pubSubLine(ast, text)}`, span }
    }
    case 'stream': {
      if (ast.target !== null) return 'stream'
      const reason = "STOREAS Stream needs a target, the stream's name"
      return { reason, remedy: `write: INSERT INTO my_stream ${text}`, span }
    }
  }
}

/** The statement with another type behind STOREAS, and what that type needs beside it. */
function typed(ast: Statement, text: string, type: string, { start, end }: Span): string {
  const offset = ast.span.start
  const hasKeys = ast.primaryKeys.length > 0
  const pk = type === 'GeoAdd' && !hasKeys ? 'PK id ' : ''
  const line = `${text.slice(0, start - offset)}${pk}STOREAS ${type}${text.slice(end - offset)}`
  if (type === 'PubSub' && hasKeys) return 'STOREAS PubSub(channel=field), without PK'
  const needsTarget = ast.target === null && (type === 'Stream' || (type === 'SortedSet' && !hasKeys))
  return needsTarget ? `INSERT INTO my_${type === 'Stream' ? 'stream' : 'set'} ${line}` : line
}

function unknownType(ast: Statement, text: string, type: string, span: Span): Misfit {
  const known = foreignType(type)
  const reason = `STOREAS ${type} is unknown${known === null ? '' : `: ${known.words}`}`
  const inCache = without(ast, text, span)
  if (known === null)
    return {
      reason,
      remedy: `write SortedSet, GeoAdd, PubSub or Stream behind STOREAS, or for cache mode: ${inCache}`,
      span
    }
  const remedy = known.type === null ? `write: ${inCache}` : `write: ${typed(ast, text, known.type, span)}`
  return { reason, remedy, span }
}

/** The statement's text with a part of it left out. */
function without(ast: Statement, text: string, { start, end }: Span): string {
  const offset = ast.span.start
  return `${text.slice(0, start - offset).trimEnd()} ${text.slice(end - offset).trimStart()}`.trim()
}

/** Without PK, and with its first field as the channel where none is named. */
function pubSubLine(ast: Statement, text: string): string {
  const first = ast.primaryKeys[0]?.span ?? ast.span
  const last = ast.primaryKeys.at(-1)?.span ?? ast.span
  const keyword = /PK\s*$/i.exec(text.slice(0, first.start - ast.span.start))
  const line = without(ast, text, { start: ast.span.start + (keyword?.index ?? 0), end: last.end })
  if ((ast.storedAs?.written.length ?? 0) > 0) return line
  return line.replace(/(STOREAS\s+\S+)/i, `$1(channel=${ast.primaryKeys[0]?.name ?? 'channel'})`)
}

/** Modes whose target is a prefix trim it; a sorted set's or stream's name stays as it is. */
const prefixModes: readonly ModeName[] = ['cache', 'sortedSets', 'geo']

/** Binds one statement of `source`. Messages come with line, column and caret. */
export function bindStatement(source: Source, ast: Statement, contract: Contract): StatementBinding {
  const text = source.text.slice(ast.span.start, ast.span.end).trim()
  const mode = chooseMode(ast, text)
  const shown = (severity: 'error' | 'warning', span: Span, message: string): string => {
    const code = severity === 'error' ? 'invalid-value' : 'no-effect'
    return renderProblem(createProblem(source, ast.index, { severity, code, message, span }))
  }
  if (typeof mode !== 'string') {
    const message = `No writers set for [connect.redis.kcql]: ${mode.reason}; ${mode.remedy}`
    return { statement: null, errors: [shown('error', mode.span, message)], warnings: [], notes: [] }
  }
  const target = ast.target?.text ?? ''
  const parameters = ast.storedAs?.parameters
  const statement: BoundStatement = {
    index: ast.index,
    text,
    mode,
    topic: ast.source.text,
    target: prefixModes.includes(mode) ? javaTrim(target) : target,
    star: ast.columns.some(column => column.kind === 'star'),
    ...fieldsNamed(ast, mode, contract),
    ttl: ast.ttl?.value ?? 0n,
    score: parameters?.get('score') ?? ['timestamp'],
    channel: parameters?.get('channel') ?? ['channel'],
    longitude: parameters?.get('longitudefield') ?? ['longitude'],
    latitude: parameters?.get('latitudefield') ?? ['latitude']
  }
  const faults = contract === 'plain' ? parameterFaults(ast, mode) : []
  const errors = [...columnFaults(ast, statement), ...faults]
    .slice(0, kcqlErrorsMax)
    .map(fault => shown('error', fault.span, fault.message))
  return {
    statement: errors.length === 0 ? statement : null,
    errors,
    warnings: idleParts(ast, statement, contract)
      .slice(0, kcqlWarningsMax + 1)
      .map(part => shown('warning', part.span, part.message)),
    notes: defaultNotes(statement, parameters ?? new Map())
  }
}

/** Under the plain contract as written; the old sink counted a path once, took the last name of what is to be ignored, and in sets per key none. */
function fieldsNamed(
  ast: Statement,
  mode: ModeName,
  contract: Contract
): Pick<BoundStatement, 'columns' | 'ignored' | 'leftOut' | 'keys'> {
  const columns = writableColumns(ast).map(({ path, alias }) => ({ path, alias }))
  const keys = ast.primaryKeys.map(field => field.path)
  if (contract === 'old') {
    const ignored = new Set(mode === 'sortedSets' ? [] : ast.ignored.map(field => field.name))
    return { columns: distinctColumns(columns), ignored, leftOut: leftOutBy([]), keys: distinctPaths(keys) }
  }
  const paths = ast.ignored.map(field => field.path)
  const ignored = new Set(paths.flatMap(path => (path.length === 1 ? path : [])))
  return { columns, ignored, leftOut: leftOutBy(paths), keys }
}

/** Columns of the value; `a.*` is none, and key and header columns are never written. */
function writableColumns(ast: Statement): readonly Field[] {
  return ast.columns.filter(
    (column): column is Field => column.kind === 'field' && column.list === 'fields' && column.name !== '*'
  )
}

interface Remark {
  readonly span: Span
  readonly message: string
}

function columnFaults(ast: Statement, statement: BoundStatement): readonly Remark[] {
  if (statement.star) return []
  const faults: Remark[] = []
  const nestedStars = ast.columns.filter(
    (column): column is Field => column.kind === 'field' && column.list === 'fields' && column.name === '*'
  )
  for (const { path, span } of nestedStars) {
    const name = path.slice(0, -1).join('.')
    const message = `Nested fields must be specified explicitly in the selected clause: write ${name}.first, ${name}.second instead of ${name}.*`
    faults.push({ span, message })
  }
  const seen = new Set<string>()
  const twice = writtenNames(statement).find(name => seen.size === seen.add(name).size)
  if (twice !== undefined) {
    const span = writableColumns(ast).findLast(column => column.alias === twice)?.span ?? ast.span
    const message = `Cannot create field because of field name duplication ${twice}: give one of the columns another name by AS`
    faults.push({ span, message })
  }
  // The old sink had an assertion for these two modes only.
  const needsField = statement.mode === 'sortedSet' || statement.mode === 'pubSub'
  if (needsField && statement.columns.length + nestedStars.length + ast.ignored.length === 0) {
    const message = 'You need to SELECT at least one field of the value, or *'
    faults.push({ span: ast.columns[0]?.span ?? ast.span, message })
  }
  return faults
}

/** The names a statement writes, in any order. */
function writtenNames(statement: BoundStatement): readonly string[] {
  const columns =
    statement.mode === 'sortedSets' ? memberColumns(statement, false, 'plain') : writtenColumns(statement, 'plain')
  return columns.map(column => column.alias)
}

const parametersOf: Readonly<Record<ModeName, readonly string[]>> = {
  cache: [],
  sortedSet: ['score'],
  sortedSets: ['score'],
  geo: ['longitudefield', 'latitudefield'],
  stream: [],
  pubSub: ['channel']
}

export const modeNames: Readonly<Record<ModeName, string>> = {
  cache: 'cache',
  sortedSet: 'sorted set',
  sortedSets: 'multiple sorted sets',
  geo: 'GeoAdd',
  stream: 'Stream',
  pubSub: 'PubSub'
}

/** What is written and, in this mode, does nothing: said once at start, beside what the language itself warns of. */
function idleParts(ast: Statement, statement: BoundStatement, contract: Contract): readonly Remark[] {
  const { mode, star } = statement
  const inMode = `${modeNames[mode]} mode`
  const parts: Remark[] = []
  for (const column of star || mode !== 'sortedSets' ? [] : writableColumns(ast)) {
    if (!column.aliasWritten || columnName(column) !== statement.score.join('.')) continue
    const message = `The alias ${column.alias} has no effect: the score is always written under its own name in ${inMode}`
    parts.push({ span: column.span, message })
  }
  for (const { path, parts: written, type, span } of ast.primaryKeys) {
    const isKept = path.length === written.length
    const remedy = isKept ? keyRemedies.get(path[0] ?? '') : type === 'KEY' ? byProducer : byInsertField
    if (remedy === undefined) continue
    parts.push({
      span,
      message: `PK ${written.join('.')} looks for a field ${isKept ? path[0] : path.join('.')} in the value, ${remedy}`
    })
  }
  parts.push(...idleClauses(ast, mode, contract))
  return parts
}

const byProducer =
  "not into the record's key or headers. " +
  'Let the producer write it into the value as a field and name that behind PK, or a transform of your own (a module below plugin.path)'
const byInsertField =
  "not for the record's own. " +
  'Let org.apache.kafka.connect.transforms.InsertField$Value write it into the value; for a key of topic, partition and offset leave PK out'
const keyRemedies: ReadonlyMap<string, string> = new Map([
  ['_key', byProducer],
  ['_header', byProducer],
  ['_value', 'not for the value itself. Fields of the value are named without it: write PK id for PK _value.id'],
  ...['_topic', '_partition', '_offset', '_timestamp'].map(name => [name, byInsertField] as const)
])

function idleClauses(ast: Statement, mode: ModeName, contract: Contract): readonly Remark[] {
  const inMode = `${modeNames[mode]} mode`
  const parts: Remark[] = []
  const [firstIgnored] = ast.ignored
  if (mode === 'sortedSets' && contract === 'old' && firstIgnored !== undefined) {
    parts.push({ span: firstIgnored.span, message: `IGNORE has no effect in ${inMode}` })
  }
  if (ast.ttl !== null && (mode === 'geo' || mode === 'stream' || mode === 'pubSub')) {
    parts.push({ span: ast.ttl.span, message: `TTL has no effect in ${inMode}` })
  }
  const [firstKey] = ast.primaryKeys
  if (mode === 'stream' && firstKey !== undefined) {
    parts.push({ span: firstKey.span, message: `PK has no effect in ${inMode}, which writes to its target` })
  }
  if (mode === 'pubSub' && ast.target !== null) {
    parts.push({
      span: ast.target.span,
      message: `The target has no effect in ${inMode}, which publishes on the channel a field names`
    })
  }
  for (const { name, span } of contract === 'old' ? unknownParameters(ast, mode) : []) {
    parts.push({ span, message: `The parameter ${name} has no effect in ${inMode}` })
  }
  return parts
}

function unknownParameters(ast: Statement, mode: ModeName): readonly StoreParameter[] {
  return (ast.storedAs?.written ?? []).filter(({ name }) => !parametersOf[mode].includes(name.toLowerCase()))
}

/** Under the plain contract what is misspelt is not to go on with a default in its place. */
function parameterFaults(ast: Statement, mode: ModeName): readonly Remark[] {
  const known = parametersOf[mode].map(name => spelledParameters.get(name) ?? name)
  const takes = known.length === 0 ? 'it takes none' : `it takes ${known.join(', ')}`
  return unknownParameters(ast, mode).map(({ name, span }) => ({
    span,
    message: `The parameter ${name} is unknown in ${modeNames[mode]} mode: ${takes}. ${parameterRemedy(name, mode)}`
  }))
}

function parameterRemedy(name: string, mode: ModeName): string {
  const isTrim = mode === 'stream' && ['maxlen', 'minid', 'limit', 'nomkstream'].includes(name.toLowerCase())
  return isTrim
    ? 'Streams are not trimmed yet: leave it out, and let a job call XTRIM'
    : 'Correct its name, or leave it out'
}

const spelledParameters: ReadonlyMap<string, string> = new Map([
  ['longitudefield', 'longitudeField'],
  ['latitudefield', 'latitudeField']
])

/** Defaults the old sink spoke of with every record; once is enough. */
function defaultNotes(statement: BoundStatement, parameters: ReadonlyMap<string, FieldPath>): readonly string[] {
  const { mode, index, keys } = statement
  const missing = parametersOf[mode].filter(name => !parameters.has(name))
  const sentences: Readonly<Record<string, string>> = {
    score: "You have not defined how to 'score' each message. We'll try to fall back to 'timestamp' field",
    channel: "You have not defined a 'channel' field. We'll try to fall back to 'channel' field",
    longitudefield: "You have not defined a 'longitudeField'. We'll try to fall back to 'longitude' field",
    latitudefield: "You have not defined a 'latitudeField'. We'll try to fall back to 'latitude' field"
  }
  const notes = missing.map(name => `${sentences[name] ?? name} (statement ${index + 1})`)
  if (mode === 'cache' && keys.length === 0) {
    notes.push(`Statement ${index + 1} has no PK: its keys are topic|partition|offset behind the prefix`)
  }
  return notes
}

/** A nested path selected twice counts once, at its first place and with its last alias. */
function distinctColumns(columns: readonly Column[]): readonly Column[] {
  const byPath = new Map<string, Column>()
  for (const column of columns) byPath.set(pathId(column.path), column)
  return [...byPath.values()]
}

function distinctPaths(paths: readonly FieldPath[]): readonly FieldPath[] {
  return [...new Map(paths.map(path => [pathId(path), path])).values()]
}

function pathId(path: FieldPath): string {
  return path.join('\0')
}
