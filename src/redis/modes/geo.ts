// A geo set per key: members are the selected fields as JSON, placed by two fields of the record.
import { Decimal } from '../../connect/data.ts'
import { type SinkRecord } from '../../connect/record.ts'
import { type Mode } from '../encode.ts'
import { itemAt, PathFault, typeName, type Item } from '../fields.ts'
import { bindProjection, rowJson } from '../projection.ts'
import { type BoundStatement, type FieldPath } from '../settings.ts'
import { parseJavaDouble } from '../../java/number-parse.ts'
import { type Printer } from '../text/printer.ts'
import { bindKey, clipped, numberIn, numberWord, onOneLine, project, refused, type Binding } from './binding.ts'

// Redis's own limits; beyond them it answers `ERR invalid longitude,latitude pair`.
const LONGITUDE_MAX = 180
const LATITUDE_MAX = 85.05112878

/** `GEOADD prefix+key longitude latitude json`. A coordinate that is null or a text that spells no number skips the record, with the old sink's warning. */
export function geoMode(binding: Binding): Mode {
  const { statement, output, printer } = binding
  const projection = bindProjection(statement, output)
  const keyOf = bindKey(binding)
  const { index } = statement
  return (record, top) => {
    const row = project(record, top, statement, projection)
    const longitudeItem = present(record, top, statement, statement.longitude)
    const latitudeItem = present(record, top, statement, statement.latitude)
    const key = keyOf(record, top)
    const longitude = coordinate(record, statement, statement.longitude, longitudeItem)
    const latitude = coordinate(record, statement, statement.latitude, latitudeItem)
    if (longitude === null || latitude === null) {
      return { skipped: skipText(record, longitudeItem, latitudeItem, printer) }
    }
    if (!(Math.abs(longitude) <= LONGITUDE_MAX && Math.abs(latitude) <= LATITUDE_MAX)) {
      throw refused(
        record,
        statement,
        `invalid longitude,latitude pair ${longitude},${latitude}.`,
        `Redis takes longitudes of -180 to 180 and latitudes of -${LATITUDE_MAX} to ${LATITUDE_MAX}.`
      )
    }
    const args = [key, numberWord(longitude), numberWord(latitude), rowJson(row, printer)]
    return [{ kind: 'GEOADD', key, args, statement: index, expireWhenAdded: 0n }]
  }
}

function present(record: SinkRecord, top: Item, statement: BoundStatement, path: FieldPath): Item {
  const item = itemAt(top, path)
  if (!(item instanceof PathFault)) return item
  const remedy = 'Name the fields by GeoAdd(longitudeField=..., latitudeField=...).'
  throw refused(record, statement, item.what, remedy)
}

/** The number, NaN included; null where the old sink skipped the record. */
function coordinate(record: SinkRecord, statement: BoundStatement, path: FieldPath, item: Item): number | null {
  const { value } = item
  if (value === null) return null
  if (typeof value === 'string') return parseJavaDouble(value)
  if (typeof value === 'number' || typeof value === 'bigint' || value instanceof Decimal) return numberIn(item)
  const what = `Field '${path.join('.')}' is not of type STRING, nor a number: it is ${typeName(item)}.`
  throw refused(record, statement, what, 'A coordinate is a number or a text that spells one.')
}

/** People grep for this line; the place is our addition. */
function skipText(record: SinkRecord, longitude: Item, latitude: Item, printer: Printer): string {
  const { topic, partition, offset } = record.original
  const shown = (item: Item): string => (item.value === null ? 'null' : clipped(printer.keyText(item), 200))
  const key = shown({ schema: record.keySchema, value: record.key, source: undefined })
  return onOneLine(
    `GeoAdd record contains invalid longitude [${shown(longitude)}] and latitude [${shown(latitude)}] values, Record with key [${key}] is skipped (${topic}-${partition}@${offset})`
  )
}
