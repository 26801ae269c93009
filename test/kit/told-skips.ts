// What a task passes over, as /health would show it.
import { skipText, type TaskSkip, TaskSkips } from '../../src/runtime/skips.ts'
import { type Clock } from '../../src/util/clock.ts'

export function toldSkips(clock: Clock): { readonly skips: TaskSkips; readonly skipped: () => readonly string[] } {
  let shown: readonly TaskSkip[] = []
  return { skips: new TaskSkips({ clock, onChange: all => void (shown = all) }), skipped: () => shown.map(skipText) }
}
