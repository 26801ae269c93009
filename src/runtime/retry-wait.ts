// How a record is told of that a converter or transform asks to have tried again: as a wait for it.
import { causeChain, type ConversionError } from '../connect/errors.ts'
import { placeText, type RecordPlace } from '../connect/skip-report.ts'
import { type Wait, type WaitPlan, type Waits } from '../connect/waits.ts'
import { javaClassOf } from './java-trace.ts'

/** A few tries are nothing to tell of. */
const patienceMs = 5000

export interface RetryWaitOptions {
  readonly waits: Waits
  readonly settings: { readonly retryTimeoutMs: number; readonly logEnabled: boolean }
}

export class RetryWait {
  readonly #wait: Wait
  readonly #place: string
  #attempts = 1
  #last: ConversionError

  constructor({ waits, settings }: RetryWaitOptions, record: RecordPlace, first: ConversionError) {
    this.#last = first
    this.#place = placeText(record)
    const { retryTimeoutMs, logEnabled } = settings
    const limit =
      retryTimeoutMs < 0
        ? 'is tried again without end (errors.retry.timeout=-1)'
        : `is tried again; after errors.retry.timeout=${retryTimeoutMs} ms it is given up`
    const plan: WaitPlan = {
      for: first.stage === 'TRANSFORMATION' ? 'transform' : 'converter',
      what: nameOf(first),
      patienceMs,
      words: () => ({
        attempts: this.#attempts,
        reason: reasonOf(this.#last, logEnabled),
        hint: `Record ${this.#place} ${limit}: what comes behind it waits with it`
      })
    }
    this.#wait = waits.begin(plan)
  }

  failed(last: ConversionError): void {
    this.#last = last
    this.#attempts++
    this.#wait.look()
  }

  taken(): void {
    this.#wait.end(`record ${this.#place} was taken`)
  }

  givenUp(): void {
    this.#wait.giveUp(`record ${this.#place} is not tried again`)
  }
}

function nameOf({ stage, executingClass, part }: ConversionError): string {
  switch (stage) {
    case 'KEY_CONVERTER':
      return `key.converter=${executingClass}`
    case 'VALUE_CONVERTER':
      return `value.converter=${executingClass}`
    case 'HEADER_CONVERTER':
      return `header.converter=${executingClass}`
    default:
      return `transform ${part ?? ''} (${executingClass})`
  }
}

/** Whoever asked for no lines about records gets no text that may hold their data. */
function reasonOf({ cause }: ConversionError, logEnabled: boolean): string {
  return logEnabled ? causeChain(cause) : `${javaClassOf(cause)} (errors.log.enable=true tells its words)`
}
