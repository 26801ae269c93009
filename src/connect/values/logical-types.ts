// Connect's logical types: what lies beneath a Date, Time, Timestamp or Decimal, and back.
import { Decimal, decimalScaleParam, logicalNames, type Schema } from '../data.ts'
import { DataError } from '../errors.ts'
import { bigDecimalPlainText, bigDecimalText, bigIntegerBytes, bigIntegerFromBytes } from '../../java/big-decimal.ts'

export const dayMs = 86_400_000
/** Beyond this a JavaScript Date holds nothing; Java's goes on for 64 bits. */
const dateMsMax = 8_640_000_000_000_000n

/** The date a number of days after 1970-01-01. */
export function dateFromDays(days: number): Date {
  return timestampFromMs(BigInt(days) * BigInt(dayMs))
}

export function timeFromMs(ms: number): Date {
  if (ms < 0 || ms > dayMs) {
    throw new DataError(`Time values must use number of milliseconds greater than 0 and less than ${dayMs}`)
  }
  return new Date(ms)
}

export function timestampFromMs(ms: bigint): Date {
  if (ms > dateMsMax || ms < -dateMsMax) {
    throw new DataError(
      `A date of ${ms} ms was found; dates between the years -271821 and 275760 can be told (are these microseconds or nanoseconds?)`
    )
  }
  return new Date(Number(ms))
}

export function daysOfDate(date: Date): number {
  if (date.getTime() % dayMs !== 0)
    throw new DataError('Kafka Connect Date type should not have any time fields set to non-zero values.')
  return date.getTime() / dayMs
}

export function msOfTime(date: Date): number {
  if (date.getTime() < 0 || date.getTime() > dayMs) {
    throw new DataError('Kafka Connect Time type should not have any date fields set to non-zero values.')
  }
  return date.getTime()
}

/** The scale that a Decimal schema states. */
export function decimalScale(schema: Schema): number {
  const text = schema.params?.get(decimalScaleParam)
  if (text === undefined) throw new DataError('Invalid Decimal schema: scale parameter not found.')
  const scale = /^[+-]?[0-9]{1,10}$/.test(text) ? Number(text) : NaN
  if (!(scale >= -(2 ** 31) && scale < 2 ** 31))
    throw new DataError('Invalid scale parameter found in Decimal schema: ')
  return scale
}

/** A decimal from the big-endian two's-complement bytes of its unscaled value. */
export function decimalFromBytes(schema: Schema, bytes: Uint8Array): Decimal {
  const unscaled = bigIntegerFromBytes(bytes)
  if (unscaled === null) throw new DataError('Zero length BigInteger')
  return new Decimal(unscaled, decimalScale(schema))
}

export function bytesOfDecimal(schema: Schema, value: Decimal): Uint8Array {
  const scale = decimalScale(schema)
  if (value.scale !== scale) {
    throw new DataError(
      `Decimal value has mismatching scale for given Decimal schema. Schema has scale ${scale}, value has scale ${value.scale}.`
    )
  }
  return bigIntegerBytes(value.unscaled)
}

/** `2022-01-08`, `01:02:03.004`, `2023-11-14T22:13:20.000Z`: always UTC. */
export function isoText(value: Date, schemaName: string | null): string {
  const time = value.getTime()
  if (Number.isNaN(time)) return 'Invalid Date'
  const text = value.toISOString()
  const at = text.indexOf('T')
  if (schemaName === logicalNames.date) return text.slice(0, at)
  return schemaName === logicalNames.time ? text.slice(at + 1, -1) : text
}

// Written out in full, 1E+1000000 would be a megabyte.
export const plainZerosMax = 1000

/** A decimal without exponent, as long as that needs no more than so many zeros. */
export function plainDecimalText({ unscaled, scale }: Decimal): string {
  return Math.abs(scale) > plainZerosMax
    ? bigDecimalText(unscaled, scale)
    : bigDecimalPlainText(unscaled, scale, Infinity)
}
