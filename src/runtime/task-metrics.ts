// Counters of a task in shared memory: the task stores, the main thread reads, nobody waits.
import { type Metric } from '../connect/plugin.ts'

const slotsMax = 128

export type MetricKind = 'counter' | 'gauge'

export interface MetricDescription {
  readonly name: string
  readonly kind: MetricKind
  readonly index: number
}

class Slot implements Metric {
  readonly #values: Float64Array
  readonly #index: number

  constructor(values: Float64Array, index: number) {
    this.#values = values
    this.#index = index
  }

  get value(): number {
    return this.#values[this.#index] ?? 0
  }

  add(amount: number): void {
    this.#values[this.#index] = this.value + amount
  }

  set(value: number): void {
    this.#values[this.#index] = value
  }

  /** Keeps the highest value seen. */
  raise(value: number): void {
    if (value > this.value) this.set(value)
  }
}

/** The runtime's numbers of one task, under Connect's names; the sink's own follow as it asks for them. */
export class TaskMetrics {
  readonly #values: Float64Array
  readonly #slots = new Map<string, Slot>()
  readonly #onDescribe: (metric: MetricDescription) => void

  /** `onDescribe` tells the reader's side which slot a name got. */
  constructor(buffer: SharedArrayBuffer, onDescribe: (metric: MetricDescription) => void = () => undefined) {
    this.#values = new Float64Array(buffer)
    this.#onDescribe = onDescribe
    this.recordsRead = this.#slot('sink-record-read-total', 'counter')
    this.recordsSent = this.#slot('sink-record-send-total', 'counter')
    this.recordsActive = this.#slot('sink-record-active-count', 'gauge')
    this.partitions = this.#slot('partition-count', 'gauge')
    this.commitSequence = this.#slot('offset-commit-seq-no', 'gauge')
    this.commitCompletions = this.#slot('offset-commit-completion-total', 'counter')
    this.commitSkips = this.#slot('offset-commit-skip-total', 'counter')
    this.commitFailures = this.#slot('offset-commit-failure-total', 'counter')
    this.commitTimeMs = this.#slot('offset-commit-time-ms-total', 'counter')
    this.commitTimeMsMax = this.#slot('offset-commit-max-time-ms', 'gauge')
    this.putBatches = this.#slot('put-batch-total', 'counter')
    this.putTimeMs = this.#slot('put-batch-time-ms-total', 'counter')
    this.putTimeMsMax = this.#slot('put-batch-max-time-ms', 'gauge')
    this.batchSizeMax = this.#slot('batch-size-max', 'gauge')
    this.recordFailures = this.#slot('total-record-failures', 'counter')
    this.recordErrors = this.#slot('total-record-errors', 'counter')
    this.recordsSkipped = this.#slot('total-records-skipped', 'counter')
    this.retries = this.#slot('total-retries', 'counter')
    this.errorsLogged = this.#slot('total-errors-logged', 'counter')
    this.deadLetterRequests = this.#slot('deadletterqueue-produce-requests', 'counter')
    this.deadLetterFailures = this.#slot('deadletterqueue-produce-failures', 'counter')
    this.lastErrorTimestamp = this.#slot('last-error-timestamp', 'gauge')
  }

  readonly recordsRead: Slot
  readonly recordsSent: Slot
  readonly recordsActive: Slot
  readonly partitions: Slot
  readonly commitSequence: Slot
  readonly commitCompletions: Slot
  readonly commitSkips: Slot
  readonly commitFailures: Slot
  readonly commitTimeMs: Slot
  readonly commitTimeMsMax: Slot
  readonly putBatches: Slot
  readonly putTimeMs: Slot
  readonly putTimeMsMax: Slot
  readonly batchSizeMax: Slot
  readonly recordFailures: Slot
  readonly recordErrors: Slot
  readonly recordsSkipped: Slot
  readonly retries: Slot
  readonly errorsLogged: Slot
  readonly deadLetterRequests: Slot
  readonly deadLetterFailures: Slot
  readonly lastErrorTimestamp: Slot

  static newBuffer(): SharedArrayBuffer {
    return new SharedArrayBuffer(slotsMax * Float64Array.BYTES_PER_ELEMENT)
  }

  /** The number of that name. The table is bounded: names beyond it share its last slot. */
  metric(name: string, kind: MetricKind): Metric {
    return this.#slot(name, kind)
  }

  #slot(name: string, kind: MetricKind): Slot {
    const known = this.#slots.get(name)
    if (known !== undefined) return known
    const index = Math.min(this.#slots.size, slotsMax - 1)
    const slot = new Slot(this.#values, index)
    this.#slots.set(name, slot)
    this.#onDescribe({ name, kind, index })
    return slot
  }
}
