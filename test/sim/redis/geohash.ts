// Where a place stands among the scores of a geo set: the bits of its longitude and latitude in turn, 26 of each.

export const longitudeMax = 180
export const latitudeMax = 85.05112878
const steps = 2 ** 26

export function geoScore(longitude: number, latitude: number): number {
  const x = Math.floor(((longitude + longitudeMax) / (2 * longitudeMax)) * steps)
  const y = Math.floor(((latitude + latitudeMax) / (2 * latitudeMax)) * steps)
  const high = spread(x >>> 13) * 2 + spread(y >>> 13)
  const low = spread(x & 0x1fff) * 2 + spread(y & 0x1fff)
  return high * 2 ** 26 + low
}

/** Bits of which each stands at twice its place; at most 14. */
function spread(bits: number): number {
  let spread = bits
  spread = (spread | (spread << 8)) & 0x00ff00ff
  spread = (spread | (spread << 4)) & 0x0f0f0f0f
  spread = (spread | (spread << 2)) & 0x33333333
  return (spread | (spread << 1)) & 0x55555555
}
