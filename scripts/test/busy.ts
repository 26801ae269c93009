// Keeps the machine busy: processes that only turn, and end with the one that started them.
import { type ChildProcess, spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'

// Turns in slices, so that the end of the parent, which closes the channel, is heard between two of them.
const turning = `process.on('disconnect', () => process.exit());
  (function turn() { const until = Date.now() + 50; while (Date.now() < until); setImmediate(turn) })()`

/** Twice as many busy processes as the machine has cores; "using" ends them. */
export function keepBusy(count = 2 * availableParallelism()) {
  const stdio = ['ignore', 'ignore', 'inherit', 'ipc'] as const
  const children: ChildProcess[] = Array.from({ length: count }, () =>
    spawn(process.execPath, ['-e', turning], { stdio: [...stdio] })
  )
  return {
    pids: children.map(({ pid }) => pid ?? 0),
    [Symbol.dispose]: () => {
      for (const child of children) child.kill('SIGKILL')
    }
  }
}
