// What Redis answers, and its bytes in the second version of its protocol.

/** An error, its text without the leading `-`. */
export class RedisError {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** A simple string, as OK. */
export class Status {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** Bulk strings are text of one character per byte; null is the bulk that is not there. */
export type Answer = number | string | null | RedisError | Status | readonly Answer[] | typeof nullArray

/** EXEC's answer where a watched key was touched. */
export const nullArray = Symbol('*-1')
export const ok = new Status('OK')
export const queued = new Status('QUEUED')

export const errors = {
  syntax: new RedisError('ERR syntax error'),
  wrongType: new RedisError('WRONGTYPE Operation against a key holding the wrong kind of value'),
  notInteger: new RedisError('ERR value is not an integer or out of range'),
  notFloat: new RedisError('ERR value is not a valid float')
} as const

/** As text of one character per byte. */
export function answerText(answer: Answer): string {
  if (typeof answer === 'number') return `:${answer}\r\n`
  if (answer === null) return '$-1\r\n'
  if (typeof answer === 'string') return `$${answer.length}\r\n${answer}\r\n`
  if (answer === nullArray) return '*-1\r\n'
  if (answer instanceof RedisError) return `-${answer.text}\r\n`
  if (answer instanceof Status) return `+${answer.text}\r\n`
  return `*${answer.length}\r\n${answer.map(answerText).join('')}`
}

export function arityError(name: string): RedisError {
  return new RedisError(`ERR wrong number of arguments for '${name}' command`)
}

export function expireError(name: string): RedisError {
  return new RedisError(`ERR invalid expire time in '${name}' command`)
}
