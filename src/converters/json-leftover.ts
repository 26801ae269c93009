// What becomes of text behind a record's JSON value: Java's converters read the first value and lose the rest in silence.
import { type Logger } from '../connect/log.ts'
import { jsonError } from './json-scan.ts'

/** Called where something stands at `at`, behind the value and blanks. */
export type Leftover = (bytes: Uint8Array, at: number, end: number) => void

/** Under `values.strict` such a record is refused; else it goes on as in Java, and that is told once. */
export function leftoverOf(log: Logger, strict: boolean, part: string): Leftover {
  if (strict) {
    return (bytes, at, end) => {
      throw jsonError(
        bytes,
        at,
        end,
        'the end: a record holds one JSON value, and a second one would be lost. Write one value a record, or read the first alone as Java does by values.strict=false among the settings of the converter'
      )
    }
  }
  let told = false
  return (_bytes, at) => {
    if (told) return
    told = true
    log.warn(
      `The ${part} of a record goes on behind its JSON value, at byte ${at}. As in Java the first value is read and the rest is lost, in this record and all like ` +
        'it; this is told once. Write one value a record; values.strict=true among the settings of the converter refuses such records'
    )
  }
}
