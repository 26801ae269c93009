// The names in dates that Java's SimpleDateFormat writes and reads for English.

export const ERAS = ['BC', 'AD'] as const
export const AM_PM = ['AM', 'PM'] as const
export const MONTH_NAMES = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December'
] as const
/** From Sunday on. */
export const WEEKDAY_NAMES = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const

/** Minutes east of Greenwich of the time zone names that mean one offset wherever they are used; other names are not read. */
export const ZONE_OFFSETS: Readonly<Record<string, number>> = {
  UTC: 0,
  GMT: 0,
  'Coordinated Universal Time': 0,
  'Greenwich Mean Time': 0,
  EST: -300,
  EDT: -240,
  CST: -360,
  CDT: -300,
  MST: -420,
  MDT: -360,
  PST: -480,
  PDT: -420,
  'Eastern Standard Time': -300,
  'Eastern Daylight Time': -240,
  'Central Standard Time': -360,
  'Central Daylight Time': -300,
  'Mountain Standard Time': -420,
  'Mountain Daylight Time': -360,
  'Pacific Standard Time': -480,
  'Pacific Daylight Time': -420,
  WET: 0,
  WEST: 60,
  CET: 60,
  CEST: 120,
  EET: 120,
  EEST: 180,
  MSK: 180,
  JST: 540
}
