// The worker's log: log4j-like lines as people grep them from Connect, or one JSON object a line; levels by logger name, changeable while it runs.
import { causeChain } from '../connect/errors.ts'
import { type Logger, type LogLevel } from '../connect/log.ts'
import { type Clock } from '../util/clock.ts'
import { visibleJson, visibleText } from '../util/visible-text.ts'
import { SecretMask } from './secret-mask.ts'

export type LogFormat = 'text' | 'json'

/** Levels in order of severity; ALL lets everything through. */
export const logLevels = ['ALL', 'TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL', 'OFF'] as const
export type LevelName = (typeof logLevels)[number]

/** The level of that name in any case, or null. */
export function parseLevel(text: string): LevelName | null {
  const upper = text.toUpperCase()
  return logLevels.find(level => level === upper) ?? null
}

interface Entry {
  readonly level: LevelName
  readonly lastModified: number | null
}

export interface LogOptions {
  readonly clock: Clock
  readonly write: (text: string) => void
  readonly format?: LogFormat
  readonly level?: LevelName
  /** What no line shows; absent: one of its own, which `mask` gives to whoever learns secrets. */
  readonly mask?: SecretMask
  /** Called for each logger that was not there before. */
  readonly onLogger?: (name: string) => void
}

/** The stream behind all loggers of a process: format, levels and the place where lines go. */
export class LogStream {
  readonly mask: SecretMask
  readonly #clock: Clock
  readonly #write: (text: string) => void
  readonly #levels = new Map<string, Entry>()
  /** Loggers that spoke or were asked for, so that REST can list and change children that exist. */
  readonly #names = new Set<string>()
  readonly #onLogger: (name: string) => void
  #version = 0
  #format: LogFormat

  constructor(options: LogOptions) {
    this.mask = options.mask ?? new SecretMask()
    this.#clock = options.clock
    this.#write = options.write
    this.#onLogger = options.onLogger ?? (() => undefined)
    this.#format = options.format ?? 'text'
    this.#levels.set('root', { level: options.level ?? 'INFO', lastModified: null })
  }

  setFormat(format: LogFormat): void {
    this.#format = format
  }

  /** A logger; `context` stands before each message, as Connect's `[orders|task-0] `. */
  logger(name: string, context = ''): Logger {
    if (!this.#names.has(name)) {
      this.#names.add(name)
      this.#onLogger(name)
    }
    return new StreamLogger(this, name, context)
  }

  /** Grows with each change of a level, so that loggers may remember theirs. */
  get version(): number {
    return this.#version
  }

  /** The level that holds for a logger: its own, or that of the nearest parent. */
  effectiveLevel(name: string): LevelName {
    for (let at = name; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) {
      const entry = this.#levels.get(at)
      if (entry !== undefined) return entry.level
    }
    return this.#levels.get('root')?.level ?? 'INFO'
  }

  /** Loggers with a level of their own, by name. */
  explicitLevels(): ReadonlyMap<string, Entry> {
    return sorted(this.#levels)
  }

  /** All loggers that are there, each with the level that holds for it, by name. */
  allLevels(): ReadonlyMap<string, Entry> {
    const inherited = [...this.#names].map(
      name => [name, { level: this.effectiveLevel(name), lastModified: null }] as const
    )
    return sorted(new Map<string, Entry>([...inherited, ...this.#levels]))
  }

  /** A logger of a task thread, which has a stream of its own there. */
  know(name: string): void {
    this.#names.add(name)
  }

  /** The level of a logger that exists or has one set; null for a name nobody knows. */
  levelOf(name: string): Entry | null {
    const own = this.#levels.get(name)
    if (own !== undefined) return own
    const known = [...this.#names].some(other => other === name || other.startsWith(`${name}.`))
    return known ? { level: this.effectiveLevel(name), lastModified: null } : null
  }

  /** Sets a logger and every child of it that exists; answers the names changed, sorted. */
  setLevel(name: string, level: LevelName): readonly string[] {
    const names = new Set([name])
    for (const other of [...this.#names, ...this.#levels.keys()]) {
      if (other !== 'root' && (name === 'root' || other.startsWith(`${name}.`))) names.add(other)
    }
    for (const other of names) this.#levels.set(other, { level, lastModified: this.#clock.now() })
    this.#version += 1
    return [...names].sort()
  }

  /** Prints one message. Control characters are shown as escapes: what a record holds can forge no line and steer no terminal. */
  print(level: LogLevel, name: string, context: string, said: string, error: unknown, withStack: boolean): void {
    const now = this.#clock.now()
    const message = this.mask.text(said)
    // Clients put their id and group there.
    const where = this.mask.text(context)
    const cause = error === undefined ? '' : this.mask.text(withStack ? stackOf(error) : causeChain(error))
    if (this.#format === 'json') {
      const line = {
        time: new Date(now).toISOString(),
        level,
        logger: name,
        ...contextOf(where),
        message,
        ...(cause === '' ? {} : { error: cause })
      }
      this.#write(`${visibleJson(JSON.stringify(line))}\n`)
      return
    }
    const body =
      cause === '' || message.includes(cause) ? message : `${message}${message.endsWith(':') ? ' ' : ': '}${cause}`
    this.#write(`[${localTime(now)}] ${level} ${visibleText(where).replaceAll('\n', '\\n')}${tame(body)} (${name})\n`)
  }
}

class StreamLogger implements Logger {
  readonly #stream: LogStream
  readonly #name: string
  readonly #context: string
  #seenVersion = -1
  #threshold = 0

  constructor(stream: LogStream, name: string, context: string) {
    this.#stream = stream
    this.#name = name
    this.#context = context
  }

  trace(message: string, error?: unknown): void {
    this.#say('TRACE', message, error)
  }
  debug(message: string, error?: unknown): void {
    this.#say('DEBUG', message, error)
  }
  info(message: string, error?: unknown): void {
    this.#say('INFO', message, error)
  }
  warn(message: string, error?: unknown): void {
    this.#say('WARN', message, error)
  }
  error(message: string, error?: unknown): void {
    this.#say('ERROR', message, error)
  }

  enabled(level: LogLevel): boolean {
    if (this.#seenVersion !== this.#stream.version) {
      this.#seenVersion = this.#stream.version
      this.#threshold = logLevels.indexOf(this.#stream.effectiveLevel(this.#name))
    }
    return logLevels.indexOf(level) >= this.#threshold
  }

  named(name: string): Logger {
    return this.#stream.logger(name, this.#context)
  }

  #say(level: LogLevel, message: string, error: unknown): void {
    if (!this.enabled(level)) return
    this.#stream.print(level, this.#name, this.#context, message, error, this.enabled('DEBUG'))
  }
}

function sorted(levels: ReadonlyMap<string, Entry>): ReadonlyMap<string, Entry> {
  return new Map([...levels].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** An error's stack with those of its causes, or its text where it has none. */
export function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const own = error.stack ?? `${error.name}: ${error.message}`
  return error.cause === undefined ? own : `${own}\nCaused by: ${stackOf(error.cause)}`
}

function contextOf(context: string): { context?: string } {
  return context === '' ? {} : { context: context.replace(/^\[|\] $/g, '') }
}

// Lines of one message after its first are indented, so that none can look like a line of its own.
function tame(text: string): string {
  return visibleText(text).replace(/\n(?!\t| {2})/g, '\n  ')
}

// log4j's default date: local time, milliseconds behind a comma.
function localTime(now: number): string {
  const date = new Date(now)
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  return `${day} ${time},${String(date.getMilliseconds()).padStart(3, '0')}`
}
