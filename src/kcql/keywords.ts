// The reserved words of KCQL: only all upper case or all lower case counts, any other case is a name.

const keywordList = [
  'INSERT',
  'UPSERT',
  'INTO',
  'SELECT',
  'FROM',
  'IGNORE',
  'AS',
  'AUTOCREATE',
  'AUTOEVOLVE',
  'BATCH',
  'PARTITIONBY',
  'NOPARTITION',
  'WITHTIMESTAMP',
  'WITHTAG',
  'WITHKEY',
  'KEYDELIMITER',
  'WITHSTRUCTURE',
  'WITHTYPE',
  'PK',
  'WITHFORMAT',
  'WITHUNWRAP',
  'STOREAS',
  'LIMIT',
  'INCREMENTALMODE',
  'WITHDOCTYPE',
  'WITHINDEXSUFFIX',
  'WITHCONVERTER',
  'WITHJMSSELECTOR',
  'WITHTARGET',
  'WITHSUBSCRIPTION',
  'TIMESTAMPUNIT',
  'WITHPIPELINE',
  'WITHREGEX',
  'TTL',
  'PROPERTIES'
] as const

export type Keyword = (typeof keywordList)[number]

const keywordTexts: ReadonlySet<string> = new Set(keywordList.flatMap(keyword => [keyword, keyword.toLowerCase()]))
const keywordNames: ReadonlySet<string> = new Set(keywordList)

export const isKeyword = (text: string): boolean => keywordTexts.has(text)

/** In any letter case. */
export const isKeywordInAnyCase = (text: string): boolean => keywordNames.has(text.toUpperCase())

/** `Pk`, `Select`: a name to the lexer, but most likely meant as the keyword. */
export const isMiscasedKeyword = (text: string): boolean => !isKeyword(text) && isKeywordInAnyCase(text)

/** The clauses of INSERT and UPSERT in the one order the language knows. */
export const insertClauseOrder = [
  'AUTOCREATE',
  'WITHSTRUCTURE',
  'PK',
  'WITHTARGET',
  'AUTOEVOLVE',
  'BATCH',
  'PARTITIONBY',
  'WITHTIMESTAMP',
  'TIMESTAMPUNIT',
  'WITHFORMAT',
  'WITHUNWRAP',
  'STOREAS',
  'WITHTAG',
  'INCREMENTALMODE',
  'WITHTYPE',
  'WITHDOCTYPE',
  'WITHINDEXSUFFIX',
  'TTL',
  'WITHCONVERTER',
  'WITHJMSSELECTOR',
  'WITHKEY',
  'KEYDELIMITER',
  'WITHPIPELINE',
  'WITHSUBSCRIPTION',
  'WITHREGEX',
  'LIMIT',
  'PROPERTIES'
] as const satisfies readonly Keyword[]

/** The clauses of a plain SELECT: fewer, and LIMIT and TTL stand elsewhere. */
export const selectClauseOrder = [
  'PK',
  'WITHSTRUCTURE',
  'WITHFORMAT',
  'WITHUNWRAP',
  'LIMIT',
  'STOREAS',
  'WITHTAG',
  'INCREMENTALMODE',
  'WITHDOCTYPE',
  'WITHINDEXSUFFIX',
  'WITHCONVERTER',
  'KEYDELIMITER',
  'TTL'
] as const satisfies readonly Keyword[]

export type ClauseKeyword = (typeof insertClauseOrder)[number] | 'NOPARTITION'

/** NOPARTITION takes PARTITIONBY's place: one or the other. */
export const clausePlace = (order: readonly Keyword[], keyword: Keyword): number =>
  order.indexOf(keyword === 'NOPARTITION' ? 'PARTITIONBY' : keyword)
