// Which moment a set of calendar fields means, as java.util.GregorianCalendar resolves them: leniently, in UTC, weeks from Sunday on.
//
// The idea. Fields may contradict each other (a day of the year beside a day of the month); the one set last wins, so each carries its
// turn. What lies beyond its range carries over: month 13 is January, second -1 lies in the minute before.
import { DAY_MS, dayOfWeek, firstOfMonth, GREGORIAN_FROM_DAY } from './calendar.ts'

export type DateField =
  | 'era'
  | 'year'
  | 'weekYear'
  | 'month'
  | 'day'
  | 'dayOfYear'
  | 'dayOfWeek'
  | 'weekOfYear'
  | 'weekOfMonth'
  | 'dayOfWeekInMonth'
  | 'amPm'
  | 'hour'
  | 'hourOfDay'
  | 'minute'
  | 'second'
  | 'millisecond'
  | 'zoneMinutes'

/** Fields with the turn in which each was set; 0 is never. */
export class DateFields {
  readonly #values = new Map<DateField, number>()
  readonly #turns = new Map<DateField, number>()
  #turn = 0

  set(field: DateField, value: number): void {
    this.#turn++
    this.#values.set(field, value)
    this.#turns.set(field, this.#turn)
  }

  /** Adds to a year that was set, without a turn. */
  addYears(years: number): void {
    const field = this.turn('weekYear') > this.turn('year') ? 'weekYear' : 'year'
    this.#values.set(field, this.get(field, 1970) + years)
  }

  get(field: DateField, otherwise: number): number {
    return this.#values.get(field) ?? otherwise
  }

  turn(field: DateField): number {
    return this.#turns.get(field) ?? 0
  }

  has(field: DateField): boolean {
    return this.#turns.has(field)
  }

  /** Milliseconds since 1970 in UTC. */
  toEpochMs(): number {
    const timeOfDay = this.#timeOfDayMs()
    const overDays = Math.floor(timeOfDay / DAY_MS)
    const days = this.#days(overDays)
    return days * DAY_MS + (timeOfDay - overDays * DAY_MS) - this.get('zoneMinutes', 0) * 60_000
  }

  #timeOfDayMs(): number {
    const seconds = (this.#hours() * 60 + this.get('minute', 0)) * 60 + this.get('second', 0)
    return seconds * 1000 + this.get('millisecond', 0)
  }

  /** The hour of the day, or hour and half-day, whichever was set last. */
  #hours(): number {
    const halfDay = together(this.turn('hour'), this.turn('amPm'))
    const byHalfDay = halfDay > this.turn('hourOfDay') || !this.has('hourOfDay')
    if (!byHalfDay) return this.get('hourOfDay', 0)
    return this.get('hour', 0) + (this.has('amPm') ? 12 * this.get('amPm', 0) : 0)
  }

  #days(overDays: number): number {
    if (this.turn('weekYear') > this.turn('year')) return this.#weekDate() + overDays
    const year = this.get('era', 1) === 0 ? 1 - this.get('year', 1970) : this.get('year', 1970)
    const gregorian = this.#dayIn(year, false) + overDays
    return gregorian >= GREGORIAN_FROM_DAY ? gregorian : this.#dayIn(year, true) + overDays
  }

  /** Of a year of weeks, the week and the day in it. */
  #weekDate(): number {
    const firstOfYear = firstOfMonth(this.get('weekYear', 1970), 0, false)
    let week = this.get('weekOfYear', 1)
    let weekday = this.get('dayOfWeek', 1)
    if (weekday < 1 || weekday > 7) {
      // A day of the ISO week beyond its range: it counts from Monday and carries over.
      const days = weekday - 1
      week += Math.floor(days / 7)
      weekday = ((((days + 1) % 7) + 7) % 7) + 1
    }
    return weekdayOnOrBefore(firstOfYear, 1) + weekday - 1 + 7 * (week - 1)
  }

  #dayIn(year: number, isJulian: boolean): number {
    const weekday = this.turn('dayOfWeek')
    const turns = {
      day: this.turn('day'),
      weekOfMonth: together(this.turn('weekOfMonth'), weekday),
      dayOfWeekInMonth: together(this.turn('dayOfWeekInMonth'), weekday),
      dayOfYear: this.turn('dayOfYear'),
      weekOfYear: together(this.turn('weekOfYear'), weekday)
    }
    let best = Math.max(...Object.values(turns))
    if (best === 0) {
      // Nothing complete: a week or a weekday alone counts, else the first of the month.
      turns.weekOfMonth = this.turn('weekOfMonth')
      turns.dayOfWeekInMonth = Math.max(this.turn('dayOfWeekInMonth'), weekday)
      turns.weekOfYear = this.turn('weekOfYear')
      best = Math.max(turns.weekOfMonth, turns.dayOfWeekInMonth, turns.weekOfYear)
      if (best === 0) turns.day = best
    }
    const month = firstOfMonth(year, this.get('month', 0), isJulian)
    if (best === turns.day) return month + (this.has('day') ? this.get('day', 1) - 1 : 0)
    const beforeWeekOfYear = (field: 'weekOfMonth' | 'dayOfWeekInMonth'): boolean =>
      best === turns[field] && this.turn(field) >= this.turn('weekOfYear')
    if (beforeWeekOfYear('weekOfMonth') || beforeWeekOfYear('dayOfWeekInMonth')) {
      const tie = turns.weekOfMonth === turns.dayOfWeekInMonth
      const isWeek = tie ? this.turn('weekOfMonth') >= this.turn('dayOfWeekInMonth') : best === turns.weekOfMonth
      return isWeek ? this.#inWeek(month, this.get('weekOfMonth', 1)) : this.#inMonth(month, year, isJulian)
    }
    const firstOfYear = firstOfMonth(year, 0, isJulian)
    if (best === turns.dayOfYear) return firstOfYear + this.get('dayOfYear', 1) - 1
    return this.#inWeek(firstOfYear, this.get('weekOfYear', 1))
  }

  /** The weekday (Sunday where none is set) of a week counted from the one that holds `first`. */
  #inWeek(first: number, week: number): number {
    const sunday = weekdayOnOrBefore(first, 1)
    const weekday = this.has('dayOfWeek') ? weekdayOnOrBefore(sunday + 6, this.get('dayOfWeek', 1)) : sunday
    return weekday + 7 * (week - 1)
  }

  /** The n-th weekday of a month; counted from its end where n is negative. */
  #inMonth(first: number, year: number, isJulian: boolean): number {
    const weekday = this.get('dayOfWeek', 1)
    const nth = this.has('dayOfWeekInMonth') ? this.get('dayOfWeekInMonth', 1) : 1
    if (nth >= 0) return weekdayOnOrBefore(first + 7 * nth - 1, weekday)
    const length = firstOfMonth(year, this.get('month', 0) + 1, isJulian) - first
    return weekdayOnOrBefore(first + length + 7 * (nth + 1) - 1, weekday)
  }
}

/** Two fields count only together, with the turn of the later one. */
function together(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : Math.max(a, b)
}

/** `weekday` may lie beyond 1 to 7. */
function weekdayOnOrBefore(day: number, weekday: number): number {
  return day - ((((dayOfWeek(day) - weekday) % 7) + 7) % 7)
}
