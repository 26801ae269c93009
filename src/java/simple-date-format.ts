// java.text.SimpleDateFormat for English in UTC: milliseconds to text and back, as leniently as Java reads.
import { type CalendarDate, dateOfDay, DAY_MS, dayOfWeek, firstOfMonth, GREGORIAN_FROM_DAY } from './calendar.ts'
import { AM_PM, ERAS, MONTH_NAMES, WEEKDAY_NAMES } from './date-names.ts'
import { parseDateTextBy } from './simple-date-parse.ts'
import { parseDatePattern, type PatternPart } from './simple-date-pattern.ts'

/** A moment in milliseconds; a bigint where a number would not be exact, since Java's dates go on for 64 bits. */
export type EpochMs = number | bigint

export class SimpleDateFormat {
  readonly pattern: string
  readonly #parts: readonly PatternPart[]
  readonly #nowMs: number
  /** Most moments lie on the day of the last one. */
  #lastDay: { readonly days: number; readonly date: CalendarDate } = { days: 0, date: dateOfDay(0) }

  /** `nowMs` places years of two digits: from 80 years ago to 20 ahead. Throws DatePatternError. */
  constructor(pattern: string, nowMs: number) {
    this.pattern = pattern
    this.#parts = parseDatePattern(pattern)
    this.#nowMs = nowMs
  }

  format(epochMs: EpochMs): string {
    const fields = this.#fieldsOf(epochMs)
    let text = ''
    for (const part of this.#parts) text += part.letter === '' ? part.literal : formatted(part, fields)
    return text
  }

  #fieldsOf(epochMs: EpochMs): Fields {
    const msOfDay = typeof epochMs === 'number' ? modulo(epochMs) : Number(((epochMs % dayMs) + dayMs) % dayMs)
    const days =
      typeof epochMs === 'number' ? (epochMs - msOfDay) / DAY_MS : Number((epochMs - BigInt(msOfDay)) / dayMs)
    if (days !== this.#lastDay.days) this.#lastDay = { days, date: dateOfDay(days) }
    const { year, month, day } = this.#lastDay.date
    return { days, year, month, day, msOfDay }
  }

  /** The moment that the text begins with, or null where it does not fit the pattern. */
  parse(text: string): number | null {
    return parseDateTextBy(this.#parts, text, this.#nowMs)
  }
}

const dayMs = BigInt(DAY_MS)

function modulo(ms: number): number {
  return ((ms % DAY_MS) + DAY_MS) % DAY_MS
}

interface Fields {
  readonly days: number
  readonly year: number
  readonly month: number
  readonly day: number
  readonly msOfDay: number
}

function formatted({ letter, count }: PatternPart, fields: Fields): string {
  const hour = Math.floor(fields.msOfDay / 3_600_000)
  switch (letter) {
    case 'G':
      return ERAS[fields.year > 0 ? 1 : 0]
    case 'y':
      return yearText(fields.year > 0 ? fields.year : 1 - fields.year, count)
    case 'Y':
      return yearText(weekYear(fields), count)
    case 'M':
    case 'L':
      if (count < 3) return padded(fields.month + 1, count)
      return nameText(MONTH_NAMES[fields.month] ?? '', count)
    case 'd':
      return padded(fields.day, count)
    case 'k':
      return padded(hour === 0 ? 24 : hour, count)
    case 'H':
      return padded(hour, count)
    case 'h':
      return padded(hour % 12 === 0 ? 12 : hour % 12, count)
    case 'K':
      return padded(hour % 12, count)
    case 'm':
      return padded(Math.floor(fields.msOfDay / 60_000) % 60, count)
    case 's':
      return padded(Math.floor(fields.msOfDay / 1000) % 60, count)
    case 'S':
      return padded(fields.msOfDay % 1000, count)
    case 'a':
      return AM_PM[hour < 12 ? 0 : 1]
    default:
      return dayText(letter, count, fields)
  }
}

function dayText(letter: string, count: number, fields: Fields): string {
  const weekday = dayOfWeek(fields.days)
  switch (letter) {
    case 'E':
      return nameText(WEEKDAY_NAMES[weekday - 1] ?? '', count)
    case 'u':
      return padded(weekday === 1 ? 7 : weekday - 1, count)
    case 'D':
      return padded(fields.days - firstOfYear(fields) + 1, count)
    case 'F':
      return padded(Math.floor((fields.day - 1) / 7) + 1, count)
    case 'w':
      return padded(weekOfYear(fields), count)
    case 'W':
      return padded(weekNumber(fields.days - fields.day + 1, fields.days), count)
    case 'z':
      return count >= 4 ? 'Coordinated Universal Time' : 'UTC'
    case 'Z':
      return '+0000'
    default:
      return 'Z'
  }
}

function firstOfYear({ year, days }: Fields): number {
  return firstOfMonth(year, 0, days < GREGORIAN_FROM_DAY)
}

/** Weeks begin on Sunday, and the first is the one that holds `first`. */
function weekNumber(first: number, day: number): number {
  return Math.floor((day - first + dayOfWeek(first) - 1) / 7) + 1
}

/** The last days of a year belong to the first week of the next, if that has any of them. */
function weekOfYear(fields: Fields): number {
  const next = firstOfMonth(fields.year + 1, 0, fields.days < GREGORIAN_FROM_DAY)
  const isInNext = fields.days >= next - (dayOfWeek(next) - 1)
  return isInNext ? 1 : weekNumber(firstOfYear(fields), fields.days)
}

function weekYear(fields: Fields): number {
  return fields.month === 11 && weekOfYear(fields) === 1 ? fields.year + 1 : fields.year
}

/** Two letters ask for two digits, any other number for the whole year. */
function yearText(year: number, count: number): string {
  return count === 2 ? padded(Math.abs(year) % 100, 2) : padded(year, count)
}

function nameText(name: string, count: number): string {
  return count >= 4 ? name : name.slice(0, 3)
}

const twoDigits = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0'))

function padded(n: number, length: number): string {
  if (length === 2 && n >= 0 && n < 100) return twoDigits[n] ?? ''
  return n < 0 ? `-${String(-n).padStart(length, '0')}` : String(n).padStart(length, '0')
}
