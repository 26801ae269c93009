// Dates as Java prints them: Date.toString in the process's time zone, the old sink's Date and Time, SimpleDateFormat's ISO forms.
import { dateOfDay, DAY_MS } from './calendar.ts'
import { zoneNamesOf, type ZoneNames } from './zone-names.ts'

// Java's zone tables begin here; before, a zone has its standard time.
const ZONES_FROM_MS = Date.UTC(1900, 0, 1)
const WEEKDAYS = ['Thu', 'Fri', 'Sat', 'Sun', 'Mon', 'Tue', 'Wed']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** A moment as Java's calendar sees it. The year counts within its era: 1 BC and AD 1 are both 1, as Java prints them. */
export type CalendarFields = { year: number; month: number; day: number; weekday: string; time: string; millis: string }

/** Date.toString: `Tue Nov 14 22:13:20 UTC 2023`, in the time zone of the process. */
export function javaDateText(date: Date): string {
  const zone = processZone()
  const offsetMs = offsetAt(zone, date.getTime())
  const { year, month, day, weekday, time } = calendarFields(date.getTime() + offsetMs)
  return `${weekday} ${MONTHS[month - 1]} ${pad(day, 2)} ${time} ${zoneName(zone, date.getTime(), offsetMs)} ${year}`
}

/** The old sink's Connect Date: `1970-01-1T00:00:00.000Z`. Its pattern has one `d`, so the day stands without a zero before it. */
export function sinkDateText(date: Date): string {
  const { year, month, day, time, millis } = calendarFields(date.getTime())
  return `${pad(year, 4)}-${pad(month, 2)}-${day}T${time}.${millis}Z`
}

/** The old sink's Connect Time: `01:02:03.004+0000`, in the time zone of the process. */
export function sinkTimeText(date: Date): string {
  const offsetMs = offsetAt(processZone(), date.getTime())
  const { time, millis } = calendarFields(date.getTime() + offsetMs)
  return `${time}.${millis}${offsetText(offsetMs, '')}`
}

/** `yyyy-MM-dd'T'HH:mm:ss.SSS'Z'` in UTC, Connect's text for a Timestamp. */
export function isoTimestampText(date: Date): string {
  return `${isoDateText(date)}T${isoTimeText(date)}`
}

/** `yyyy-MM-dd` in UTC, Connect's text for a Date. */
export function isoDateText(date: Date): string {
  const { year, month, day } = calendarFields(date.getTime())
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`
}

/** `HH:mm:ss.SSS'Z'` in UTC, Connect's text for a Time. */
export function isoTimeText(date: Date): string {
  const { time, millis } = calendarFields(date.getTime())
  return `${time}.${millis}Z`
}

/** The fields of epoch milliseconds in UTC; add a zone's offset before for local ones. */
export function calendarFields(epochMs: number): CalendarFields {
  const days = Math.floor(epochMs / DAY_MS)
  const msOfDay = epochMs - days * DAY_MS
  const { year, month, day } = dateOfDay(days)
  const seconds = Math.floor(msOfDay / 1000)
  return {
    year: year > 0 ? year : 1 - year,
    month: month + 1,
    day,
    weekday: WEEKDAYS[((days % 7) + 7) % 7] ?? '',
    time: `${pad(Math.floor(seconds / 3600), 2)}:${pad(Math.floor(seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}`,
    millis: pad(msOfDay % 1000, 3)
  }
}

type Zone = { tz: string | undefined; names: ZoneNames | null; standardOffsets: Map<number, number> }

let zone: Zone | null = null

/** The time zone of the process, looked up again when somebody sets TZ anew. */
function processZone(): Zone {
  const tz = process.env['TZ']
  if (zone === null || zone.tz !== tz) {
    const names = zoneNamesOf(Intl.DateTimeFormat().resolvedOptions().timeZone)
    zone = { tz, names, standardOffsets: new Map() }
  }
  return zone
}

function offsetAt(zone: Zone, epochMs: number): number {
  return epochMs < ZONES_FROM_MS ? standardOffset(zone, TABLES_END_YEAR) : localOffset(epochMs)
}

// The last year of Java's zone tables: its standard time stands for the years they do not cover, its rules go on for ever.
const TABLES_END_YEAR = 2037

function localOffset(epochMs: number): number {
  return -new Date(epochMs).getTimezoneOffset() * 60_000
}

/** The least offset of the months of a year between 1900 and 2037: what is more than that is daylight saving time. */
function standardOffset(zone: Zone, year: number): number {
  const known = zone.standardOffsets.get(year)
  if (known !== undefined) return known
  const offset = Math.min(...MONTHS.map((_, month) => localOffset(Date.UTC(year, month, 15))))
  zone.standardOffsets.set(year, offset)
  return offset
}

function zoneName(zone: Zone, epochMs: number, offsetMs: number): string {
  if (zone.names === null) return `GMT${offsetText(standardOffset(zone, TABLES_END_YEAR), ':')}`
  const year = Math.min(new Date(epochMs).getUTCFullYear(), TABLES_END_YEAR)
  const isDaylight = epochMs >= ZONES_FROM_MS && offsetMs > standardOffset(zone, year)
  return isDaylight ? zone.names.daylight : zone.names.standard
}

/** `+0100` or, parted, `+01:00`. */
function offsetText(offsetMs: number, separator: string): string {
  const minutes = Math.floor(Math.abs(offsetMs) / 60_000)
  return `${offsetMs < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60), 2)}${separator}${pad(minutes % 60, 2)}`
}

function pad(n: number, length: number): string {
  return String(n).padStart(length, '0')
}
