// Which class was meant by a name that is none: nearly the same name, or the same class in another package.
import { nearestName } from '../util/nearest-name.ts'

/** Shorter beginnings are those of too many names. */
const beginningMin = 5

/** ` Did you mean X?` for the end of a message, or an empty text. */
export function didYouMean(name: string, classNames: readonly string[]): string {
  const nearest = nearestClass(name, classNames)
  return nearest === null ? '' : ` Did you mean ${nearest}?`
}

/** `classNames`: full ones, the one to name first where several are as near. */
export function nearestClass(name: string, classNames: readonly string[]): string | null {
  const near = nearestName(name, classNames)
  if (near !== null) return near
  const simple = simpleName(name)
  const simples = classNames.map(simpleName)
  const meant =
    simples.find(other => other.toLowerCase() === simple.toLowerCase()) ??
    nearestName(simple, simples) ??
    // Without the end that Connect lets people leave out of a simple name.
    simples.find(other => simple.length >= beginningMin && other.startsWith(simple))
  if (meant === undefined) return null
  const candidates = classNames.filter(other => simpleName(other) === meant)
  return candidates.reduce<string | null>(
    (best, other) => (best === null || sharedStart(other, name) > sharedStart(best, name) ? other : best),
    null
  )
}

function simpleName(className: string): string {
  return className.slice(className.lastIndexOf('.') + 1)
}

function sharedStart(one: string, other: string): number {
  let length = 0
  while (length < one.length && one[length] === other[length]) length++
  return length
}
