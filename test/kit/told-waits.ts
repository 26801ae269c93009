// Waits as a task tells them, with what metrics and /health would show at hand.
import { type Logger } from '../../src/connect/log.ts'
import { type TaskWait, TaskWaits } from '../../src/runtime/waits.ts'
import { type Clock } from '../../src/util/clock.ts'

export function toldWaits(
  taskId: string,
  clock: Clock,
  log: Logger
): { readonly waits: TaskWaits; readonly shown: { waits: readonly TaskWait[] } } {
  const shown: { waits: readonly TaskWait[] } = { waits: [] }
  return { shown, waits: new TaskWaits({ taskId, clock, log, onChange: all => void (shown.waits = all) }) }
}
