// What a leader dealt, read for the history: the bytes of consumers; those of other protocols are passed over.
import { Reader } from '../wire/reader.ts'

/** `topic-partition` of each; empty where the bytes are none of a consumer's. */
export function dealtTo(assignment: Buffer): string[] {
  if (assignment.length < 6) return []
  try {
    const reader = new Reader(assignment, false)
    reader.int16()
    return reader
      .array(() => {
        const topic = reader.string()
        return reader.array(() => `${topic}-${reader.int32()}`)
      })
      .flat()
  } catch {
    return []
  }
}

/** The topics a consumer subscribes to. */
export function subscribedIn(metadata: Buffer): string[] {
  if (metadata.length < 6) return []
  const reader = new Reader(metadata, false)
  reader.int16()
  return reader.array(() => reader.string())
}
