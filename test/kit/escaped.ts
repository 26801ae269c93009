// What is thrown or rejected where nobody can catch it, for tests that say that nothing is.

/** What was thrown or rejected where nobody listens, while `work` runs. */
export async function escapedFrom(work: () => Promise<void>): Promise<unknown[]> {
  const escaped: unknown[] = []
  const keep = (error: unknown): void => void escaped.push(error)
  // The runner's own listeners would take them for failures of whatever runs just then.
  const events = ['uncaughtException', 'unhandledRejection'] as const
  const before = events.map(event => process.listeners(event as 'uncaughtException'))
  for (const event of events) {
    process.removeAllListeners(event)
    process.on(event, keep)
  }
  try {
    await work()
    await new Promise(resolve => setImmediate(resolve))
  } finally {
    events.forEach((event, at) => {
      process.removeAllListeners(event)
      for (const listener of before[at] ?? []) process.on(event as 'uncaughtException', listener)
    })
  }
  return escaped
}
