// What pairs of measurements say: the ratio of after to before, and how sure it is.

/** The geometric mean of after / before with its 95 % interval, and the median. */
export interface Ratio {
  readonly ratio: number
  readonly low: number
  readonly high: number
  readonly median: number
}

/**
 * Student's t for a two-sided 95 % interval, by degrees of freedom, by Cornish and Fisher's expansion around the normal
 * quantile (Abramowitz and Stegun, 26.7.5): within 0.3 % of the tables from 4 degrees on.
 */
function studentT(degrees: number): number {
  const z = 1.959964
  const first = (z ** 3 + z) / 4
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96
  const third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384
  return z + first / degrees + second / degrees ** 2 + third / degrees ** 3
}

/** By the logarithms of the ratios, so that twice and half weigh the same. Needs two pairs. */
export function ratioOf(pairs: readonly { readonly before: number; readonly after: number }[]): Ratio {
  const logs = pairs.map(({ before, after }) => Math.log(after / before)).sort((a, b) => a - b)
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (logs.length - 1)
  const margin = studentT(logs.length - 1) * Math.sqrt(variance / logs.length)
  const middle = logs.length / 2
  const median = ((logs[Math.floor(middle)] ?? NaN) + (logs[Math.ceil(middle) - 1] ?? NaN)) / 2
  return {
    ratio: Math.exp(mean),
    low: Math.exp(mean - margin),
    high: Math.exp(mean + margin),
    median: Math.exp(median)
  }
}
