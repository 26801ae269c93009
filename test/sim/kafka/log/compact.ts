// Compaction: of each key the last record stays (one that was aborted is none), batches keep their offsets, and some that are empty stay for what their heads tell.
import { type Batch, storedBatch } from './batch.ts'
import { type Log } from './log.ts'

/** Compacts what ends below `before` and below open transactions; `keepsEmpty` is asked for each batch that has lost all its records. */
export function compactLog(log: Log, before: number, keepsEmpty: () => boolean): void {
  const limit = Math.min(before, log.lastStable)
  const isClean = (batch: Batch): boolean => batch.last < limit
  const last = new Map<string, number>()
  for (const batch of log.batches) {
    if (!isClean(batch) || batch.control !== null || log.isHidden(batch)) continue
    for (const { key, offset } of batch.records) if (key !== null) last.set(key.toString('latin1'), offset)
  }
  log.batches = log.batches.flatMap((batch): Batch[] => {
    if (!isClean(batch) || batch.control !== null) return [batch]
    // What was aborted was not noted above, and so goes.
    const records = batch.records.filter(
      ({ key, offset }) => key !== null && last.get(key.toString('latin1')) === offset
    )
    if (records.length === batch.records.length) return [batch]
    if (records.length === 0 && !keepsEmpty()) return []
    const maxTimestamp = Math.max(batch.baseTimestamp, ...records.map(({ timestamp }) => timestamp))
    return [storedBatch({ ...batch, records, maxTimestamp })]
  })
}
