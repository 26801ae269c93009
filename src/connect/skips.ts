// How it is shown that records are passed over: whoever does so tells of each, the runtime has the sum stand in /health while the task runs.

/** What was passed over for one reason so far. */
export interface SkipCount {
  readonly count: number
  /** Wall time of the first one, milliseconds since the epoch. */
  readonly since: number
  /** `orders-2@77` */
  readonly first: string
  readonly last: string
}

export interface Skips {
  /** One more was passed over. Cheap: `read` is asked for the sum once a second at most. `why`: as in "errors.tolerance=all". */
  changed(why: string, read: () => SkipCount): void
}

/** Nobody is told, for tests and tools. */
export const silentSkips: Skips = { changed: () => undefined }
