// Compaction: of each key the last record stays, batches keep their offsets, and some that are empty stay for what their heads tell.
import { type Batch, storedBatch } from './batch.ts'
import { type Log } from './log.ts'

/** Compacts what ends below `before`; `keepsEmpty` is asked for each batch that has lost all its records. */
export function compactLog(log: Log, before: number, keepsEmpty: () => boolean): void {
  const last = new Map<string, number>()
  for (const { key, offset } of log.records()) if (key !== null) last.set(key.toString('latin1'), offset)
  log.batches = log.batches.flatMap((batch): Batch[] => {
    if (batch.last >= before || batch.control !== null) return [batch]
    const records = batch.records.filter(
      ({ key, offset }) => key !== null && last.get(key.toString('latin1')) === offset
    )
    if (records.length === batch.records.length) return [batch]
    if (records.length === 0 && !keepsEmpty()) return []
    const maxTimestamp = Math.max(batch.baseTimestamp, ...records.map(({ timestamp }) => timestamp))
    return [storedBatch({ ...batch, records, maxTimestamp })]
  })
}
