// Proves dates against what Java 17 printed in several time zones.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { isoDateText, isoTimestampText, isoTimeText, javaDateText, sinkDateText, sinkTimeText } from './date-text.ts'

// Printed by Java 17: Date.toString and the old sink's two formats, in the default zone of the first column.
const ROWS: [zone: string, epochMs: number, date: string, sinkDate: string, sinkTime: string][] = [
  ['UTC', 0, 'Thu Jan 01 00:00:00 UTC 1970', '1970-01-1T00:00:00.000Z', '00:00:00.000+0000'],
  ['UTC', 1700000000123, 'Tue Nov 14 22:13:20 UTC 2023', '2023-11-14T22:13:20.123Z', '22:13:20.123+0000'],
  ['UTC', 1720000000000, 'Wed Jul 03 09:46:40 UTC 2024', '2024-07-3T09:46:40.000Z', '09:46:40.000+0000'],
  ['UTC', -1, 'Wed Dec 31 23:59:59 UTC 1969', '1969-12-31T23:59:59.999Z', '23:59:59.999+0000'],
  ['UTC', -12219292800000, 'Fri Oct 15 00:00:00 UTC 1582', '1582-10-15T00:00:00.000Z', '00:00:00.000+0000'],
  ['UTC', -12219292800001, 'Thu Oct 04 23:59:59 UTC 1582', '1582-10-4T23:59:59.999Z', '23:59:59.999+0000'],
  ['UTC', -62135769600000, 'Sat Jan 01 00:00:00 UTC 1', '0001-01-1T00:00:00.000Z', '00:00:00.000+0000'],
  ['UTC', -62135769600001, 'Fri Dec 31 23:59:59 UTC 1', '0001-12-31T23:59:59.999Z', '23:59:59.999+0000'],
  ['UTC', -62200000000000, 'Thu Dec 19 14:13:20 UTC 3', '0003-12-19T14:13:20.000Z', '14:13:20.000+0000'],
  ['UTC', -70000000000000, 'Fri Oct 19 19:33:20 UTC 250', '0250-10-19T19:33:20.000Z', '19:33:20.000+0000'],
  ['UTC', 253402300800000, 'Sat Jan 01 00:00:00 UTC 10000', '10000-01-1T00:00:00.000Z', '00:00:00.000+0000'],
  ['UTC', 8640000000000000, 'Sat Sep 13 00:00:00 UTC 275760', '275760-09-13T00:00:00.000Z', '00:00:00.000+0000'],
  ['UTC', -8640000000000000, 'Tue Nov 20 00:00:00 UTC 271817', '271817-11-20T00:00:00.000Z', '00:00:00.000+0000'],
  ['UTC', -2208988800000, 'Mon Jan 01 00:00:00 UTC 1900', '1900-01-1T00:00:00.000Z', '00:00:00.000+0000'],
  ['UTC', 1679965200000, 'Tue Mar 28 01:00:00 UTC 2023', '2023-03-28T01:00:00.000Z', '01:00:00.000+0000'],
  ['UTC', 951782400000, 'Tue Feb 29 00:00:00 UTC 2000', '2000-02-29T00:00:00.000Z', '00:00:00.000+0000'],
  ['UTC', 3723004, 'Thu Jan 01 01:02:03 UTC 1970', '1970-01-1T01:02:03.004Z', '01:02:03.004+0000'],
  ['Europe/Berlin', 1700000000123, 'Tue Nov 14 23:13:20 CET 2023', '2023-11-14T22:13:20.123Z', '23:13:20.123+0100'],
  ['Europe/Berlin', 1720000000000, 'Wed Jul 03 11:46:40 CEST 2024', '2024-07-3T09:46:40.000Z', '11:46:40.000+0200'],
  ['Europe/Berlin', -12219292800001, 'Fri Oct 15 00:59:59 CET 1582', '1582-10-4T23:59:59.999Z', '00:59:59.999+0100'],
  [
    'Europe/Berlin',
    8640000000000000,
    'Sat Sep 13 02:00:00 CEST 275760',
    '275760-09-13T00:00:00.000Z',
    '02:00:00.000+0200'
  ],
  ['Europe/Berlin', 1679965200000, 'Tue Mar 28 03:00:00 CEST 2023', '2023-03-28T01:00:00.000Z', '03:00:00.000+0200'],
  ['America/New_York', 0, 'Wed Dec 31 19:00:00 EST 1969', '1970-01-1T00:00:00.000Z', '19:00:00.000-0500'],
  ['America/New_York', 1720000000000, 'Wed Jul 03 05:46:40 EDT 2024', '2024-07-3T09:46:40.000Z', '05:46:40.000-0400'],
  ['Asia/Kolkata', 1700000000123, 'Wed Nov 15 03:43:20 IST 2023', '2023-11-14T22:13:20.123Z', '03:43:20.123+0530'],
  ['Europe/Dublin', 1700000000123, 'Tue Nov 14 22:13:20 GMT 2023', '2023-11-14T22:13:20.123Z', '22:13:20.123+0000'],
  ['Europe/Dublin', 1720000000000, 'Wed Jul 03 10:46:40 IST 2024', '2024-07-3T09:46:40.000Z', '10:46:40.000+0100'],
  [
    'Africa/Casablanca',
    1700000000123,
    'Tue Nov 14 23:13:20 WEST 2023',
    '2023-11-14T22:13:20.123Z',
    '23:13:20.123+0100'
  ],
  ['Africa/Casablanca', 1679965200000, 'Tue Mar 28 01:00:00 WET 2023', '2023-03-28T01:00:00.000Z', '01:00:00.000+0000'],
  [
    'Australia/Lord_Howe',
    1700000000123,
    'Wed Nov 15 09:13:20 LHDT 2023',
    '2023-11-14T22:13:20.123Z',
    '09:13:20.123+1100'
  ],
  [
    'Australia/Lord_Howe',
    1720000000000,
    'Wed Jul 03 20:16:40 LHST 2024',
    '2024-07-3T09:46:40.000Z',
    '20:16:40.000+1030'
  ],
  ['America/Sao_Paulo', 1700000000123, 'Tue Nov 14 19:13:20 BRT 2023', '2023-11-14T22:13:20.123Z', '19:13:20.123-0300'],
  [
    'Asia/Barnaul',
    1700000000123,
    'Wed Nov 15 05:13:20 GMT+07:00 2023',
    '2023-11-14T22:13:20.123Z',
    '05:13:20.123+0700'
  ],
  ['Asia/Barnaul', 951782400000, 'Tue Feb 29 06:00:00 GMT+07:00 2000', '2000-02-29T00:00:00.000Z', '06:00:00.000+0600'],
  ['Etc/GMT+5', -1, 'Wed Dec 31 18:59:59 GMT-05:00 1969', '1969-12-31T23:59:59.999Z', '18:59:59.999-0500'],
  ['Pacific/Apia', 3723004, 'Wed Dec 31 14:02:03 WSST 1969', '1970-01-1T01:02:03.004Z', '14:02:03.004-1100']
]

const tzBefore = process.env['TZ']
after(() => {
  if (tzBefore === undefined) delete process.env['TZ']
  else process.env['TZ'] = tzBefore
})

test('dates print as Java prints them in the time zone of the process', () => {
  for (const [zone, epochMs, ...texts] of ROWS) {
    process.env['TZ'] = zone
    const date = new Date(epochMs)
    assert.deepEqual([javaDateText(date), sinkDateText(date), sinkTimeText(date)], texts, `${zone} ${epochMs}`)
  }
})

test('the ISO forms are in UTC whatever the time zone', () => {
  process.env['TZ'] = 'Asia/Tokyo'
  const date = new Date(1700000000123)
  assert.deepEqual(
    [isoTimestampText(date), isoDateText(date), isoTimeText(date)],
    ['2023-11-14T22:13:20.123Z', '2023-11-14', '22:13:20.123Z']
  )
  assert.equal(isoTimestampText(new Date(-62135769600001)), '0001-12-31T23:59:59.999Z')
})
