// Maven-like version ranges, as `connector.plugin.version` and REST's `?version=` write them: `1.2`, `[1,2)`, `(,3],[4,)`.

/** Why a plugin is not of that range, in Connect's words; null: it is. */
export function versionRangeFault(
  { className, version }: { readonly className: string; readonly version: string },
  range: string
): string | null {
  if (versionInRange(version, range)) return null
  return `Plugin ${className} not found that matches the version range ${range}, available versions: [${version}]`
}

/** Whether a version is in the range; a bare version is a wish that any version meets only by equality here, where there is one of each. */
export function versionInRange(version: string, range: string): boolean {
  const text = range.trim()
  if (!/^[[(]/.test(text)) return compare(version, text) === 0
  // No bracket inside another: each beginning would be looked through to the end of the text.
  const parts = text.match(/[[(][^[\]()]*[\])]/g) ?? []
  return parts.some(part => inInterval(version, part))
}

function inInterval(version: string, part: string): boolean {
  const bounds = part.slice(1, -1).split(',')
  const low = (bounds[0] ?? '').trim()
  const high = (bounds.length === 1 ? low : (bounds[1] ?? '')).trim()
  if (low !== '' && compare(version, low) < (part.startsWith('[') ? 0 : 1)) return false
  return high === '' || compare(version, high) <= (part.endsWith(']') ? 0 : -1)
}

function compare(a: string, b: string): number {
  const left = a.split(/[.-]/)
  const right = b.split(/[.-]/)
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    // The same word on both sides is equal, though no number: a module without a version answers "undefined".
    if (left[index] === right[index]) continue
    const difference = Number(left[index] ?? 0) - Number(right[index] ?? 0)
    if (Number.isNaN(difference)) return (left[index] ?? '') < (right[index] ?? '') ? -1 : 1
    if (difference !== 0) return Math.sign(difference)
  }
  return 0
}
