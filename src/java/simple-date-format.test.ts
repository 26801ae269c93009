// SimpleDateFormat beyond the recorded transforms: held to JavaScript's own dates, to its own inverse, and to Java's documented corners.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { dateOfDay, DAY_MS, dayOfWeek, firstOfMonth, GREGORIAN_FROM_DAY } from './calendar.ts'
import { SimpleDateFormat } from './simple-date-format.ts'
import { DatePatternError } from './simple-date-pattern.ts'

const now = Date.UTC(2026, 10, 24)
const gregorianDays = fc.integer({ min: GREGORIAN_FROM_DAY, max: 2_932_896 })
const anyDays = fc.integer({ min: -100_000_000, max: 100_000_000 })

test('days and dates are those of JavaScript in the Gregorian calendar', () => {
  fc.assert(
    fc.property(gregorianDays, days => {
      const date = new Date(days * DAY_MS)
      const expected = { year: date.getUTCFullYear(), month: date.getUTCMonth(), day: date.getUTCDate() }
      assert.deepEqual(dateOfDay(days), expected)
      assert.equal(dayOfWeek(days), date.getUTCDay() + 1)
      assert.equal(firstOfMonth(expected.year, expected.month, false) + expected.day - 1, days)
    })
  )
})

test('a day is its date again, in both calendars', () => {
  fc.assert(
    fc.property(anyDays, days => {
      const { year, month, day } = dateOfDay(days)
      assert.equal(firstOfMonth(year, month, days < GREGORIAN_FROM_DAY) + day - 1, days)
    })
  )
  assert.deepEqual(dateOfDay(GREGORIAN_FROM_DAY), { year: 1582, month: 9, day: 15 })
  assert.deepEqual(dateOfDay(GREGORIAN_FROM_DAY - 1), { year: 1582, month: 9, day: 4 })
})

test('what is written is read again', () => {
  const patterns = [
    "yyyy-MM-dd'T'HH:mm:ss.SSSX",
    'yyyyMMddHHmmssSSS',
    'EEEE, d MMMM yyyy hh:mm:ss.SSS a Z',
    'D yyyy kk:mm:ss.SSS',
    "YYYY-'W'ww-u HH:mm:ss.SSS",
    'G yyyy MM dd H:m:s.SSS z'
  ]
  fc.assert(
    fc.property(
      fc.constantFrom(...patterns),
      fc.integer({ min: Date.UTC(1000, 0, 1), max: Date.UTC(9999, 11, 31) }),
      (pattern, ms) => {
        // Java counts the days of 1582 without those that were left out.
        if (/[DYwu]/.test(pattern) && ms < Date.UTC(1583, 0, 1)) return
        const format = new SimpleDateFormat(pattern, now)
        assert.equal(format.parse(format.format(ms)), ms, format.format(ms))
      }
    ),
    { numRuns: 1000 }
  )
})

test('a number and a bigint are the same moment', () => {
  const format = new SimpleDateFormat('G yyyy-MM-dd HH:mm:ss.SSS', now)
  fc.assert(
    fc.property(fc.maxSafeInteger(), ms => {
      assert.equal(format.format(ms), format.format(BigInt(ms)))
    })
  )
})

const parsed: readonly (readonly [pattern: string, text: string, iso: string | null])[] = [
  // Years of two digits lie from 80 years ago to 20 ahead; on the edge the day decides.
  ['yy-MM-dd', '46-11-23', '2046-11-23T00:00:00.000Z'],
  ['yy-MM-dd', '46-11-24', '1946-11-24T00:00:00.000Z'],
  ['yy-MM-dd', '45-01-01', '2045-01-01T00:00:00.000Z'],
  ['yy-MM-dd', '47-01-01', '1947-01-01T00:00:00.000Z'],
  ['yy-MM-dd', '2023-01-01', '2023-01-01T00:00:00.000Z'],
  // The first of January of the Julian calendar, as JavaScript's calendar tells it.
  ['yyyy', '23', '0022-12-30T00:00:00.000Z'],
  // Fields beyond their range carry over.
  ['yyyy-MM-dd HH:mm', '2023-13-45 25:61', '2024-02-15T02:01:00.000Z'],
  ['yyyy-MM-dd', '2023-00-00', '2022-11-30T00:00:00.000Z'],
  // The last of contradicting fields wins.
  ['yyyy-MM-dd D', '2023-11-14 2', '2023-01-02T00:00:00.000Z'],
  ['yyyy D MM-dd', '2023 2 11-14', '2023-11-14T00:00:00.000Z'],
  ['HH hh a', '05 07 PM', '1970-01-01T19:00:00.000Z'],
  ['hh a HH', '07 PM 05', '1970-01-01T05:00:00.000Z'],
  ['hh:mm', '12:30', '1970-01-01T00:30:00.000Z'],
  ['kk:mm', '24:30', '1970-01-01T00:30:00.000Z'],
  // Weeks and weekdays.
  ["YYYY-'W'ww", '2024-W01', '2023-12-31T00:00:00.000Z'],
  ["YYYY-'W'ww-u", '2024-W01-1', '2024-01-01T00:00:00.000Z'],
  ["YYYY-'W'ww-u", '2024-W01-8', '2024-01-08T00:00:00.000Z'],
  ["YYYY-'W'ww-u", '2024-W01-0', '2023-12-24T00:00:00.000Z'],
  ['yyyy ww E', '2024 02 Tue', '2024-01-09T00:00:00.000Z'],
  ['yyyy-MM W E', '2023-11 2 Fri', '2023-11-10T00:00:00.000Z'],
  ['yyyy-MM F E', '2023-11 2 Fri', '2023-11-10T00:00:00.000Z'],
  ['yyyy-MM F E', '2023-11 -1 Fri', '2023-11-24T00:00:00.000Z'],
  ['yyyy-MM E', '2023-11 Fri', '2023-11-03T00:00:00.000Z'],
  // Eras.
  ['G yyyy', 'BC 1', '-000001-12-30T00:00:00.000Z'],
  // Time zones: offsets and the names that mean one.
  ['HH:mmX', '12:00+0130', '1970-01-01T11:00:00.000Z'],
  ['HH:mmX', '12:00+01', '1970-01-01T11:00:00.000Z'],
  ['HH:mmXX', '12:00-0130', '1970-01-01T13:30:00.000Z'],
  ['HH:mmXXX', '12:00-01:30', '1970-01-01T13:30:00.000Z'],
  ['HH:mm z', '12:00 PST', '1970-01-01T20:00:00.000Z'],
  ['HH:mm z', '12:00 pacific daylight time', '1970-01-01T19:00:00.000Z'],
  ['HH:mm z', '12:00 GMT-1:30', '1970-01-01T13:30:00.000Z'],
  ['HH:mm z', '12:00 GMT', '1970-01-01T12:00:00.000Z'],
  ['HH:mm z', '12:00 +2400', null],
  ['HH:mm z', '12:00 Nowhere', null],
  // Names in any case, the longest that fits; what follows the date is left.
  ['MMM d', 'NOVEMBER 5 and more', '1970-11-05T00:00:00.000Z'],
  ['MMMM d', 'nov 5', '1970-11-05T00:00:00.000Z'],
  // Digits of other scripts, exponents, and numbers beyond an int.
  ['yyyy', '٢٠٢٣', '2023-01-01T00:00:00.000Z'],
  ['SSS', '1E3', '1970-01-01T00:00:01.000Z'],
  ['s', '4294967297', '1970-01-01T00:00:01.000Z'],
  ['yyyy-MM-dd', '', null],
  ['yyyy-MM-dd', '   ', null],
  ['yyyy-MM-dd', '2023-11', null]
]

for (const [pattern, text, iso] of parsed) {
  test(`${pattern} reads '${text}'`, () => {
    const ms = new SimpleDateFormat(pattern, now).parse(text)
    assert.equal(ms === null ? null : new Date(ms).toISOString(), iso)
  })
}

for (const [pattern, message] of [
  ['bogus', /Illegal pattern character 'b'/],
  ["yyyy 'open", /Unterminated quote/],
  ['XXXX', /invalid ISO 8601 format/]
] as const) {
  test(`${pattern} is no pattern`, () => {
    assert.throws(() => new SimpleDateFormat(pattern, now), (error: unknown) => error instanceof DatePatternError && message.test(error.message)) // prettier-ignore
  })
}
