// The forms in which TimestampConverter meets a moment, each read into milliseconds and written from them.
import { type ConnectValue } from '../connect/data.ts'
import { DataError } from '../connect/errors.ts'
import { javaClass } from '../connect/values/java-class.ts'
import { timestampFromMs } from '../connect/values/logical-types.ts'
import { DAY_MS } from '../java/calendar.ts'
import { type EpochMs, type SimpleDateFormat } from '../java/simple-date-format.ts'
import { NullPointerError } from './jdk-errors.ts'

export const timestampForms = ['string', 'unix', 'Date', 'Time', 'Timestamp'] as const
export type TimestampForm = (typeof timestampForms)[number]

export const unixPrecisions = ['nanoseconds', 'microseconds', 'milliseconds', 'seconds'] as const
export type UnixPrecision = (typeof unixPrecisions)[number]

export interface TimestampSettings {
  /** null where none is configured. */
  readonly format: SimpleDateFormat | null
  readonly unixPrecision: UnixPrecision
}

const LONG_MAX = 2n ** 63n - 1n
const LONG_MIN = -(2n ** 63n)

/** The moment that a value is; `form` null guesses it from the value. */
export function instantOf(value: ConnectValue, form: TimestampForm | null, settings: TimestampSettings): EpochMs {
  switch (form ?? guessed(value)) {
    case 'string':
      if (typeof value !== 'string') throw unexpected('string timestamp to be a String', value)
      return parsed(value, settings.format)
    case 'unix':
      if (typeof value !== 'bigint') throw unexpected('Unix timestamp to be a Long', value)
      return fromUnix(value, settings.unixPrecision)
    case 'Date':
    case 'Time':
    case 'Timestamp':
      if (!(value instanceof Date)) throw unexpected(`${form ?? 'Timestamp'} to be a java.util.Date`, value)
      return value.getTime()
  }
}

function guessed(value: ConnectValue): TimestampForm {
  if (value instanceof Date) return 'Timestamp'
  if (typeof value === 'bigint') return 'unix'
  if (typeof value === 'string') return 'string'
  throw new DataError(`TimestampConverter does not support class ${javaClass(value)} objects as timestamps`)
}

function unexpected(expected: string, value: ConnectValue): DataError {
  return new DataError(`Expected ${expected}, but found class ${javaClass(value)}`)
}

function parsed(text: string, format: SimpleDateFormat | null): EpochMs {
  if (format === null) {
    throw new NullPointerError('TimestampConverter meets a text and has no format to read it by: set `format`')
  }
  const ms = format.parse(text)
  if (ms === null) {
    throw new DataError(`Could not parse timestamp: value (${text}) does not match pattern (${format.pattern})`)
  }
  return Number.isSafeInteger(ms) ? ms : BigInt(ms)
}

function fromUnix(value: bigint, precision: UnixPrecision): EpochMs {
  switch (precision) {
    case 'seconds':
      return exact(saturated(value * 1000n))
    case 'milliseconds':
      return exact(value)
    case 'microseconds':
      return exact(value / 1000n)
    case 'nanoseconds':
      return exact(value / 1_000_000n)
  }
}

/** The moment in the form asked for. */
export function written(instant: EpochMs, form: TimestampForm, settings: TimestampSettings): ConnectValue {
  switch (form) {
    case 'string':
      return settings.format?.format(instant) ?? ''
    case 'unix':
      return toUnix(BigInt(instant), settings.unixPrecision)
    case 'Date': {
      const ms = inRange(instant)
      return new Date(ms - modulo(ms))
    }
    case 'Time':
      return new Date(typeof instant === 'number' ? modulo(instant) : Number(((instant % dayMs) + dayMs) % dayMs))
    case 'Timestamp':
      return new Date(inRange(instant))
  }
}

const dayMs = BigInt(DAY_MS)

function modulo(ms: number): number {
  return ((ms % DAY_MS) + DAY_MS) % DAY_MS
}

function toUnix(ms: bigint, precision: UnixPrecision): bigint {
  switch (precision) {
    case 'seconds':
      return ms / 1000n
    case 'milliseconds':
      return ms
    case 'microseconds':
      return saturated(ms * 1000n)
    case 'nanoseconds':
      return saturated(ms * 1_000_000n)
  }
}

/** Java's TimeUnit stops at the ends of its long. */
function saturated(value: bigint): bigint {
  return value > LONG_MAX ? LONG_MAX : value < LONG_MIN ? LONG_MIN : value
}

function exact(ms: bigint): EpochMs {
  const number = Number(ms)
  return Number.isSafeInteger(number) ? number : ms
}

function inRange(instant: EpochMs): number {
  return timestampFromMs(BigInt(instant)).getTime()
}
