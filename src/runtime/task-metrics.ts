// Counters of a task in shared memory: the task stores, the main thread reads, nobody waits.
import { type Metric } from '../connect/plugin.ts'
import { type ClientMeter } from '../kafka/client-meter.ts'

/** Names of the runtime, of the sink, and two for each partition: a task of more partitions than fit shows the first of them. */
const slotsMax = 1024

export type MetricKind = 'counter' | 'gauge'

export interface MetricDescription {
  readonly name: string
  readonly kind: MetricKind
  readonly index: number
  /** What the number is of, where there are several under one name. */
  readonly tags?: Readonly<Record<string, string>>
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
    this.recordsActiveMax = this.#slot('sink-record-active-count-max', 'gauge')
    this.recordsActiveSum = this.#slot('sink-record-active-count-sum', 'counter')
    this.recordsActiveLooks = this.#slot('sink-record-active-count-looks', 'counter')
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
    this.deadLettersWaiting = this.#slot('deadletterqueue-waiting', 'gauge')
    this.lastErrorTimestamp = this.#slot('last-error-timestamp', 'gauge')
  }

  readonly recordsRead: Slot
  readonly recordsSent: Slot
  readonly recordsActive: Slot
  readonly recordsActiveMax: Slot
  readonly recordsActiveSum: Slot
  readonly recordsActiveLooks: Slot
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
  readonly deadLettersWaiting: Slot
  readonly lastErrorTimestamp: Slot

  static newBuffer(): SharedArrayBuffer {
    return new SharedArrayBuffer(slotsMax * Float64Array.BYTES_PER_ELEMENT)
  }

  /** How many records were put and are not committed yet. */
  lookAtActive(count: number): void {
    this.recordsActive.set(count)
    this.recordsActiveMax.raise(count)
    this.recordsActiveSum.add(count)
    this.recordsActiveLooks.add(1)
  }

  /** The number of that name. The table is bounded: numbers beyond it are kept where nobody reads them. */
  metric(name: string, kind: MetricKind): Metric {
    return this.#slot(name, kind)
  }

  /** What a client's connections tell of themselves. */
  client(kind: 'consumer' | 'producer'): ClientMeter {
    return {
      connections: this.#slot(`${kind}-connection-count`, 'gauge'),
      incomingBytes: this.#slot(`${kind}-incoming-byte-total`, 'counter'),
      outgoingBytes: this.#slot(`${kind}-outgoing-byte-total`, 'counter')
    }
  }

  /** One number per partition; NaN says that there is none now. */
  partitionGauge(name: string, topic: string, partition: number): Metric {
    return this.#slot(name, 'gauge', { topic, partition: String(partition) })
  }

  #slot(name: string, kind: MetricKind, tags?: Readonly<Record<string, string>>): Slot {
    const key = tags === undefined ? name : `${name} ${Object.values(tags).join(' ')}`
    const known = this.#slots.get(key)
    if (known !== undefined) return known
    const index = this.#slots.size
    if (index >= slotsMax) return new Slot(new Float64Array(1), 0)
    const slot = new Slot(this.#values, index)
    this.#slots.set(key, slot)
    this.#onDescribe({ name, kind, index, ...(tags === undefined ? {} : { tags }) })
    return slot
  }
}
