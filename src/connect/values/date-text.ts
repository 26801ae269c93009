// Dates, times and timestamps in header text: ISO 8601 in exactly three forms, read as leniently as Java's SimpleDateFormat, in UTC.
import { DAY_MS, firstOfMonth, GREGORIAN_FROM_DAY } from '../../java/calendar.ts'
import { type SchemaAndValue, logicalNames, Schema } from '../data.ts'

export const dateSchema = new Schema('INT32', { name: logicalNames.date, version: 1 })
export const timeSchema = new Schema('INT32', { name: logicalNames.time, version: 1 })
export const timestampSchema = new Schema('INT64', { name: logicalNames.timestamp, version: 1 })

const datePattern = /^(\d+)-(-?\d+)-(-?\d+)/
const timePattern = /^(\d+):(-?\d+):(-?\d+)\.(-?\d+)Z/
const timestampPattern = /^(\d+)-(-?\d+)-(-?\d+)T(-?\d+):(-?\d+):(-?\d+)\.(-?\d+)Z/

/** Text lengths of the three forms; only these are tried. */
const dateLength = 10
const timeLength = 13
const timestampLength = 24

/** The Date, Time or Timestamp that a text is, or null. Fields beyond their range carry over: `2023-13-45` is 2024-02-14. */
export function parseDateText(text: string): SchemaAndValue | null {
  const plain = text.replaceAll('\\:', ':')
  if (plain.length === timeLength) {
    const ms = timeMs(timePattern.exec(plain)?.slice(1))
    return ms === null ? null : { schema: timeSchema, value: new Date(ms) }
  }
  if (plain.length === timestampLength) {
    const parts = timestampPattern.exec(plain)?.slice(1)
    const ms = parts === undefined ? null : dayMsOf(parts) + (timeMs(parts.slice(3)) ?? 0)
    return ms === null ? null : { schema: timestampSchema, value: new Date(ms) }
  }
  if (plain.length !== dateLength) return null
  const parts = datePattern.exec(plain)?.slice(1)
  return parts === undefined ? null : { schema: dateSchema, value: new Date(dayMsOf(parts)) }
}

function timeMs(parts: readonly string[] | undefined): number | null {
  if (parts === undefined) return null
  const [hours = 0, minutes = 0, seconds = 0, ms = 0] = parts.map(Number)
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms
}

/** Milliseconds at the begin of the day; months and days beyond their range carry over. */
function dayMsOf(parts: readonly string[]): number {
  const [year = 0, month = 1, day = 1] = parts.map(Number)
  const gregorian = firstOfMonth(year, month - 1, false) + day - 1
  const days = gregorian >= GREGORIAN_FROM_DAY ? gregorian : firstOfMonth(year, month - 1, true) + day - 1
  return days * DAY_MS
}
