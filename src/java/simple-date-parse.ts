// Reads a date text by the parts of a SimpleDateFormat pattern: numbers as far as they go, names in any case, what follows is left.
import { AM_PM, ERAS, MONTH_NAMES, WEEKDAY_NAMES, ZONE_OFFSETS } from './date-names.ts'
import { type DateField, DateFields } from './date-fields.ts'
import { wrapLong } from './number-narrow.ts'
import { withAsciiDigits } from './number-parse.ts'
import { type PatternPart } from './simple-date-pattern.ts'
import { dateOfDay, DAY_MS, firstOfMonth } from './calendar.ts'

interface Reading {
  readonly text: string
  readonly fields: DateFields
  readonly centuryStart: CenturyStart
  /** A year of two digits lies in the first year of its window: the rest of the date decides the century. */
  isYearAmbiguous: boolean
}

interface CenturyStart {
  readonly year: number
  readonly ms: number
}

const NUMBERS: Readonly<Record<string, DateField>> = {
  d: 'day',
  D: 'dayOfYear',
  F: 'dayOfWeekInMonth',
  H: 'hourOfDay',
  K: 'hour',
  S: 'millisecond',
  W: 'weekOfMonth',
  m: 'minute',
  s: 'second',
  u: 'dayOfWeek',
  w: 'weekOfYear'
}

/** Milliseconds, or null where the text does not fit. */
export function parseDateTextBy(parts: readonly PatternPart[], text: string, nowMs: number): number | null {
  const reading: Reading = { text, fields: new DateFields(), centuryStart: centuryStart(nowMs), isYearAmbiguous: false }
  let at = 0
  for (const [index, part] of parts.entries()) {
    if (part.letter === '') {
      if (!text.startsWith(part.literal, at)) return null
      at += part.literal.length
      continue
    }
    const next = readPart(reading, part, at, isNumberNext(parts[index + 1]))
    if (next === null) return null
    at = next
  }
  // Java takes a text of which nothing was read for one that cannot be read.
  if (at === 0) return null
  const { fields } = reading
  const ms = fields.toEpochMs()
  if (!reading.isYearAmbiguous || ms >= reading.centuryStart.ms) return ms
  fields.addYears(100)
  return fields.toEpochMs()
}

/** Eighty years before now, on this day. */
function centuryStart(nowMs: number): CenturyStart {
  const days = Math.floor(nowMs / DAY_MS)
  const { year, month, day } = dateOfDay(days)
  const start = firstOfMonth(year - 80, month, false) + day - 1
  return { year: year - 80, ms: start * DAY_MS + (nowMs - days * DAY_MS) }
}

/** Numbers that touch each other take only as many digits as they have letters. */
function isNumberNext(next: PatternPart | undefined): boolean {
  if (next === undefined) return false
  if (next.letter === 'M' || next.letter === 'L') return next.count <= 2
  return next.letter !== '' && ('yYkh'.includes(next.letter) || next.letter in NUMBERS)
}

/** Where the part ends, or null. */
function readPart(reading: Reading, { letter, count }: PatternPart, start: number, obeyCount: boolean): number | null {
  const { text } = reading
  let at = start
  while (text.charAt(at) === ' ' || text.charAt(at) === '\t') at++
  if (at >= text.length) return null
  switch (letter) {
    // Names are looked for before the blanks.
    case 'G':
      return readName(reading, start, 'era', [ERAS])
    case 'a':
      return readName(reading, start, 'amPm', [AM_PM])
    case 'E':
      return readName(reading, start, 'dayOfWeek', [WEEKDAY_NAMES, WEEKDAY_NAMES.map(short)], 1)
    case 'z':
    case 'Z':
      return readZone(reading, start, at)
    case 'X':
      return readIsoZone(reading, at, count)
    default:
  }
  if ((letter === 'M' || letter === 'L') && count > 2) {
    return readName(reading, start, 'month', [MONTH_NAMES, MONTH_NAMES.map(short)])
  }
  if (obeyCount && start + count > text.length) return null
  const number = readNumber(obeyCount ? text.slice(0, start + count) : text, at)
  if (number === null) return null
  setNumber(reading, letter, count, number, number.end - at === 2 && /^\p{Nd}{2}$/u.test(text.slice(at, number.end)))
  return number.end
}

function setNumber(reading: Reading, letter: string, count: number, { value }: NumberRead, isTwoDigits: boolean): void {
  const { fields } = reading
  switch (letter) {
    case 'y':
    case 'Y':
      fields.set(letter === 'y' ? 'year' : 'weekYear', count <= 2 && isTwoDigits ? fullYear(reading, value) : value)
      return
    case 'M':
    case 'L':
      fields.set('month', value - 1)
      return
    case 'k':
      fields.set('hourOfDay', value === 24 ? 0 : value)
      return
    case 'h':
      fields.set('hour', value === 12 ? 0 : value)
      return
    case 'u':
      // Monday is 1 here; Java's calendar begins with Sunday, and leaves what is no weekday for later.
      fields.set('dayOfWeek', value >= 1 && value <= 7 ? (value % 7) + 1 : value)
      return
    default: {
      const field = NUMBERS[letter]
      if (field !== undefined) fields.set(field, value)
    }
  }
}

function fullYear(reading: Reading, value: number): number {
  const start = reading.centuryStart.year
  reading.isYearAmbiguous = value === start % 100
  return value + start - (start % 100) + (value < start % 100 ? 100 : 0)
}

interface NumberRead {
  readonly value: number
  readonly end: number
}

/** What DecimalFormat takes for a whole number, as an int. */
function readNumber(text: string, at: number): NumberRead | null {
  const found = /^-?\p{Nd}+(?:E-?\p{Nd}+)?/u.exec(text.slice(at, at + 400))?.[0]
  if (found === undefined) return null
  const [digits = '', exponent] = withAsciiDigits(found).split('E')
  const value = exponent === undefined ? BigInt(digits) : BigInt(Math.trunc(Number(`${digits}e${exponent}`)) || 0)
  return { value: intOf(value), end: at + found.length }
}

/** intValue of a Long, or of the Double that a larger number is. */
function intOf(value: bigint): number {
  if (wrapLong(value) === value) return Number(BigInt.asIntN(32, value))
  return value > 0n ? 2_147_483_647 : -2_147_483_648
}

function short(name: string): string {
  return name.slice(0, 3)
}

/** The longest of the names that the text goes on with, in any case; lists are tried in turn. */
function readName(
  { text, fields }: Reading,
  at: number,
  field: DateField,
  lists: readonly (readonly string[])[],
  first = 0
): number | null {
  for (const names of lists) {
    let best = -1
    names.forEach((name, index) => {
      const isLonger = best < 0 || name.length > (names[best]?.length ?? 0)
      if (isLonger && text.slice(at, at + name.length).toLowerCase() === name.toLowerCase()) best = index
    })
    if (best < 0) continue
    fields.set(field, best + first)
    return at + (names[best]?.length ?? 0)
  }
  return null
}

/** `GMT+1:00`, `GMT`, `+0100`, or a name. */
function readZone(reading: Reading, start: number, at: number): number | null {
  const { text, fields } = reading
  const sign = signAt(text, at)
  if (sign !== 0) return readOffset(reading, at + 1, sign, 0, false)
  if (text.slice(start, start + 3).toLowerCase() === 'gmt') {
    const end = start + 3
    const offsetSign = signAt(text, end)
    if (offsetSign !== 0) return readOffset(reading, end + 1, offsetSign, 0, true)
    fields.set('zoneMinutes', 0)
    return end
  }
  const name = Object.keys(ZONE_OFFSETS)
    .filter(each => text.slice(at, at + each.length).toLowerCase() === each.toLowerCase())
    .sort((a, b) => b.length - a.length)[0]
  if (name === undefined) return null
  fields.set('zoneMinutes', ZONE_OFFSETS[name] ?? 0)
  return at + name.length
}

/** `Z`, `+01`, `+0100` or `+01:00`, by the number of letters. */
function readIsoZone(reading: Reading, at: number, count: number): number | null {
  if (reading.text.charAt(at) === 'Z') {
    reading.fields.set('zoneMinutes', 0)
    return at + 1
  }
  const sign = signAt(reading.text, at)
  return sign === 0 ? null : readOffset(reading, at + 1, sign, count, count === 3)
}

function signAt(text: string, at: number): -1 | 0 | 1 {
  const character = text.charAt(at)
  return character === '+' ? 1 : character === '-' ? -1 : 0
}

function readOffset(
  { text, fields }: Reading,
  at: number,
  sign: number,
  count: number,
  hasColon: boolean
): number | null {
  // Only behind GMT may the hour have one digit.
  const hours = hasColon && count === 0 ? '\\d{1,2}' : '\\d{2}'
  const minutes = count === 1 ? '' : hasColon ? ':(\\d{2})' : '(\\d{2})'
  const match = new RegExp(`^(${hours})${minutes}`).exec(text.slice(at, at + 5))
  if (match === null || Number(match[1]) > 23 || Number(match[2] ?? 0) > 59) return null
  fields.set('zoneMinutes', sign * (Number(match[1]) * 60 + Number(match[2] ?? 0)))
  return at + match[0].length
}
