// What a KCQL statement says, as plain immutable data: no methods, and a span for every part.
import { type ClauseKeyword } from './keywords.ts'
import { type Span } from './source.ts'

/** Where a column is looked up. The metadata types are what the old parser made of `_.topic`, `_.key.x` and the like. */
export type FieldType = 'VALUE' | 'KEY' | 'TOPIC' | 'PARTITION' | 'OFFSET' | 'TIMESTAMP'

/** Which of the old reading's three lists a column belongs to: its fields, its key fields (`_key.x`) or its header fields. */
export type FieldList = 'fields' | 'keyFields' | 'headerFields'

/** `*`, alone: all fields. `a.*` is a Field with the name `*`. */
export interface Star {
  readonly kind: 'star'
  readonly span: Span
}

/** A column, an ignored field or a part of the key. */
export interface Field {
  readonly kind: 'field'
  readonly type: FieldType
  readonly list: FieldList
  /** From the outside in, `name` last; without the `_key`, `_header` or `_.topic` that only said where to look. */
  readonly path: readonly string[]
  readonly name: string
  /** The name in the output: the written alias, or else `name`. */
  readonly alias: string
  readonly aliasWritten: boolean
  /** All parts as read, `_key` and `_` included. */
  readonly parts: readonly string[]
  readonly span: Span
}

export type Column = Star | Field

/** A topic or target: the text the words make, without the backticks or quotes around it. */
export interface Name {
  readonly kind: 'name'
  readonly text: string
  readonly span: Span
}

export interface StoreParameter {
  readonly kind: 'parameter'
  readonly name: string
  /** As written, backticks and all. */
  readonly value: string
  /** The field that the value names, from the outside in, without backticks. The old parser left them on (no field is called so) and took no path. */
  readonly path: readonly string[]
  readonly span: Span
}

/** `STOREAS type(name=value, ...)`; `parameters` finds the path of a value by its name in lower case. */
export interface StoredAs {
  readonly kind: 'storedAs'
  readonly type: string
  /** The type with the backticks it may have been written in. */
  readonly rawType: string
  readonly written: readonly StoreParameter[]
  readonly parameters: ReadonlyMap<string, readonly string[]>
  readonly span: Span
}

/** A number and where it stands; TTL goes up to 2^63-1. */
export interface Amount<T extends number | bigint> {
  readonly kind: 'amount'
  readonly value: T
  readonly span: Span
}

/** A clause the Redis sink takes and does nothing with: its keyword, and its words one by one. */
export interface IdleClause {
  readonly kind: 'idle'
  readonly keyword: ClauseKeyword
  readonly words: readonly string[]
  readonly span: Span
}

interface StatementParts {
  /** Its place among all statements of the text, from 0. */
  readonly index: number
  readonly span: Span
  readonly source: Name
  /** Everything between SELECT and FROM (and the `*` of an `IGNORE *`, which the old parser counts as a column). */
  readonly columns: readonly Column[]
  readonly ignored: readonly Field[]
  /** In the order written; a key written twice stands here twice and counts once. */
  readonly primaryKeys: readonly Field[]
  readonly storedAs: StoredAs | null
  readonly ttl: Amount<bigint> | null
  readonly limit: Amount<number> | null
  readonly idleClauses: readonly IdleClause[]
}

export interface SelectStatement extends StatementParts {
  readonly kind: 'select'
  readonly writeMode: null
  readonly target: null
  readonly upsertKey: null
  readonly batch: null
}

export interface InsertStatement extends StatementParts {
  readonly kind: 'insert'
  readonly writeMode: 'INSERT' | 'UPSERT'
  readonly target: Name
  /** The `id` of `UPSERT PK id INTO`, which sets no key. */
  readonly upsertKey: string | null
  readonly batch: Amount<number> | null
}

export type Statement = SelectStatement | InsertStatement
