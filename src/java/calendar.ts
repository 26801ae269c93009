// Java's calendar: Gregorian from 15 October 1582 on, Julian before; days counted from 1970-01-01, years so that 1 BC is 0.

/** Months count from 0, as Java's do. */
export interface CalendarDate {
  readonly year: number
  readonly month: number
  readonly day: number
}

/** 15 October 1582. */
export const GREGORIAN_FROM_DAY = -141_427
export const DAY_MS = 86_400_000

/** The date that a day is, however far away. */
export function dateOfDay(days: number): CalendarDate {
  return days >= GREGORIAN_FROM_DAY ? gregorianDate(days) : julianDate(days)
}

// Both calendars are counted in years that begin on 1 March, so that the leap day ends a year.

function gregorianDate(days: number): CalendarDate {
  const sinceYear0 = days + 719_468
  const era = Math.floor(sinceYear0 / 146_097)
  const dayOfEra = sinceYear0 - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  return fromMarch(era * 400 + yearOfEra, dayOfYear)
}

function julianDate(days: number): CalendarDate {
  const sinceYear0 = days + 719_470
  const marchYear = Math.floor((4 * sinceYear0 + 3) / 1461)
  return fromMarch(marchYear, sinceYear0 - Math.floor((1461 * marchYear) / 4))
}

function fromMarch(marchYear: number, dayOfYear: number): CalendarDate {
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const month = (marchMonth + 2) % 12
  return {
    year: month < 2 ? marchYear + 1 : marchYear,
    month,
    day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1
  }
}

/** The first of a month as a day; a month beyond the year carries over. */
export function firstOfMonth(year: number, month: number, isJulian: boolean): number {
  const fromMarch = (((month - 2) % 12) + 12) % 12
  const marchYear = year + Math.floor((month - 2) / 12)
  const daysBefore = Math.floor((153 * fromMarch + 2) / 5) + 365 * marchYear + Math.floor(marchYear / 4)
  if (isJulian) return daysBefore - 719_470
  return daysBefore - Math.floor(marchYear / 100) + Math.floor(marchYear / 400) - 719_468
}

/** 1 is Sunday, 7 Saturday, as in java.util.Calendar. */
export function dayOfWeek(days: number): number {
  return ((((days + 4) % 7) + 7) % 7) + 1
}
