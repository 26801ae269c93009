// Which field was meant by a name that a record has not, by its spelling.
import { nearestName } from '../util/nearest-name.ts'
import { type FieldPath } from './settings.ts'

/** A record may have any number of names, of any length: every record that is refused asks. */
const namesMax = 200
const nameLengthMax = 100

/** The last answer: a topic of records that are refused asks for one name of one shape. */
let last: { readonly name: string; readonly names: readonly string[]; readonly nearest: string | null } | null = null

function nearestField(name: string, names: readonly string[]): string | null {
  if (name.length > nameLengthMax) return null
  const known = names.slice(0, namesMax)
  if (last?.name === name && isSame(last.names, known)) return last.nearest
  const nearest = nearestName(
    name,
    known.filter(each => each.length <= nameLengthMax)
  )
  last = { name, names: known, nearest }
  return nearest
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, at) => name === other[at])
}

/** ` Did you mean [address.city]?`, where the part of the path at `at` is none of `names`; empty where none is near. */
export function meantPath(path: FieldPath, at: number, names: readonly string[]): string {
  const nearest = nearestField(path[at] ?? '', names)
  if (nearest === null) return ''
  const meant = path.map((part, index) => asWritten(index === at ? nearest : part))
  return ` Did you mean [${meant.join('.')}]?`
}

const plainSigns = new Set('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_')

/** A name with other signs stands in backticks in KCQL. */
function asWritten(name: string): string {
  return name !== '' && [...name].every(sign => plainSigns.has(sign)) ? name : `\`${name}\``
}
