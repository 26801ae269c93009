// Rates, averages and maxima over the last minute, out of counters that only grow: what Connect's dashboards show beside totals.
import { type MetricDescription } from './task-metrics.ts'

/** How often the counters are looked at within one window. */
const looksPerWindow = 6

const nothing = new Float64Array(0)

export interface WindowSettings {
  /** `metrics.sample.window.ms` and `metrics.num.samples`: a rate is taken over so many windows. */
  readonly windowMs: number
  readonly windows: number
}

interface Look {
  readonly atMs: number
  readonly values: Float64Array
}

/** The looks at one task's numbers. */
export class MetricWindow {
  readonly #settings: WindowSettings
  readonly #values: Float64Array
  readonly #metrics: readonly MetricDescription[]
  readonly #looks: Look[] = []
  /** Highest values of earlier windows; the slots themselves hold those of the current one. */
  #maxima = new Map<number, number>()
  #maximaFromMs: number

  constructor(
    settings: WindowSettings,
    numbers: { readonly values: Float64Array; readonly metrics: readonly MetricDescription[] },
    nowMs: number
  ) {
    this.#settings = settings
    this.#values = numbers.values
    this.#metrics = numbers.metrics
    this.#maximaFromMs = nowMs
    this.#looks.push({ atMs: nowMs, values: nothing })
  }

  /** To be called every `lookEveryMs`. */
  look(nowMs: number): void {
    const { windowMs, windows } = this.#settings
    this.#looks.push({ atMs: nowMs, values: this.#seen() })
    // One look at least that far back stays, or a rate would have no beginning.
    while (this.#looks.length > 1 && nowMs - (this.#looks[1]?.atMs ?? nowMs) >= windowMs * windows) this.#looks.shift()
    if (nowMs - this.#maximaFromMs >= windowMs) this.#turnMaxima(nowMs)
  }

  /** Only what is counted, and once where nothing moved: a worker of thousands of tasks keeps a dozen looks at each. */
  #seen(): Float64Array {
    const count = this.#metrics.length
    const last = this.#looks.at(-1)?.values ?? nothing
    if (last.length === count && last.every((value, index) => Object.is(value, this.#values[index]))) return last
    return this.#values.slice(0, count)
  }

  get(name: string): number {
    const index = this.#indexOf(name)
    return index === undefined ? 0 : (this.#values[index] ?? 0)
  }

  /** How much a counter has grown over the windows. */
  growth(name: string): number {
    const index = this.#indexOf(name)
    if (index === undefined) return 0
    // What was not yet counted at the first look was 0 then.
    return (this.#values[index] ?? 0) - (this.#looks[0]?.values[index] ?? 0)
  }

  /** Growth per second. */
  rate(name: string, nowMs: number): number {
    const spanMs = nowMs - (this.#looks[0]?.atMs ?? nowMs)
    return spanMs <= 0 ? 0 : (this.growth(name) * 1000) / spanMs
  }

  /** Growth of one counter for each unit of another; 0 where that stood still. */
  average(sum: string, count: string): number {
    const counted = this.growth(count)
    return counted === 0 ? 0 : this.growth(sum) / counted
  }

  /** The highest value of this window and the one before. */
  max(name: string): number {
    const index = this.#indexOf(name)
    if (index === undefined) return 0
    return Math.max(this.#values[index] ?? 0, this.#maxima.get(index) ?? 0)
  }

  #turnMaxima(nowMs: number): void {
    this.#maximaFromMs = nowMs
    this.#maxima = new Map()
    for (const { name, index } of this.#metrics) {
      if (!isMaximum(name)) continue
      this.#maxima.set(index, this.#values[index] ?? 0)
      // The task raises it again; where both write at once a value of one moment may be lost.
      this.#values[index] = 0
    }
  }

  #indexOf(name: string): number | undefined {
    return this.#metrics.find(metric => metric.name === name && metric.tags === undefined)?.index
  }
}

/** Slots that a task only ever raises. */
export function isMaximum(name: string): boolean {
  return name.endsWith('-max-time-ms') || name.endsWith('-size-max') || name.endsWith('-count-max')
}

export function lookEveryMs({ windowMs }: WindowSettings): number {
  return Math.max(1000, windowMs / looksPerWindow)
}
