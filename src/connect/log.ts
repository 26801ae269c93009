// How every room speaks: leveled lines under a logger's name, as people grep them from Connect.

export type LogLevel = 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'FATAL' | 'OFF'

/** One named logger. The name is the Java class whose lines people grep where there is one, else ours. An error's causes are printed, its stack only at DEBUG. */
export interface Logger {
  trace(message: string, error?: unknown): void
  debug(message: string, error?: unknown): void
  info(message: string, error?: unknown): void
  warn(message: string, error?: unknown): void
  error(message: string, error?: unknown): void
  enabled(level: LogLevel): boolean
  /** The logger of that name, in the same stream. */
  named(name: string): Logger
}

/** A logger that keeps silent, for tests and tools. */
export const silentLogger: Logger = {
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  enabled: () => false,
  named: () => silentLogger
}
