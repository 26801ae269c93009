// The door to time: whoever waits or reads the clock is handed one of these, so that tests and the simulation own time.

/** A pending timer; `clear` is idempotent. */
export interface Timer {
  clear(): void
}

/** Time as the worker sees it. All spans and instants are milliseconds. */
export interface Clock {
  /** Wall time, milliseconds since the epoch. */
  now(): number
  /** Monotonic time in milliseconds, for measuring spans. */
  monotonic(): number
  /** Calls `callback` once after `delayMs`; spans beyond 2^31-1 ms are held at that bound. */
  setTimer(delayMs: number, callback: () => void): Timer
  /** Resolves after `delayMs`, or at once when `signal` aborts (it never rejects). */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>
}

const delayMsMax = 2 ** 31 - 1

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(delayMs, callback) {
    // Node fires at once when a span does not fit 31 bits; Connect's defaults (2^31-1, 2^63-1) reach that.
    const timer = setTimeout(callback, Math.min(Math.max(delayMs, 0), delayMsMax))
    return { clear: () => clearTimeout(timer) }
  },
  sleep(delayMs, signal) {
    return new Promise(resolve => {
      if (signal?.aborted === true) {
        resolve()
        return
      }
      const finish = (): void => {
        timer.clear()
        signal?.removeEventListener('abort', finish)
        resolve()
      }
      const timer = systemClock.setTimer(delayMs, finish)
      signal?.addEventListener('abort', finish)
    })
  }
}
