// The words after connect-cli: a command, names, options before, between or behind them.

export const formats = ['PROPERTIES', 'JSON'] as const
export type Format = (typeof formats)[number]

export interface Arguments {
  readonly command: Command
  readonly names: readonly string[]
  readonly endpoint: string
  readonly format: Format
  readonly flags: ReadonlySet<string>
}

/** What is wrong with the words; the line that follows it is always the same. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

interface CommandShape {
  readonly words: string
  readonly about: string
  /** Names it must have. */
  readonly needs: readonly string[]
  /** And may have. */
  readonly takes?: readonly string[]
}

const connector = ['connector-name']
const task = ['connector-name', 'task-id']

const shapes = {
  ps: { words: '', about: 'list active connectors', needs: [] },
  get: { words: 'NAME', about: 'get the configuration of the specified connector', needs: connector },
  rm: { words: 'NAME', about: 'remove the specified connector', needs: connector },
  create: {
    words: 'NAME',
    about: 'create the specified connector with the config from stdin; the connector cannot already exist',
    needs: connector
  },
  run: {
    words: 'NAME',
    about: 'create or update the specified connector with the config from stdin',
    needs: connector
  },
  diff: { words: 'NAME', about: 'diff the specified connector with the config from stdin', needs: connector },
  status: { words: 'NAME', about: 'get connector and its task(s) state(s)', needs: connector },
  plugins: { words: '', about: 'list the available connector class plugins on the classpath', needs: [] },
  describe: { words: 'CLASS', about: 'list the configurations for a connector class plugin', needs: connector },
  validate: {
    words: 'CLASS',
    about: 'validate the connector config from stdin against a connector class',
    needs: connector
  },
  pause: { words: 'NAME', about: 'pause the specified connector', needs: connector },
  restart: { words: 'NAME', about: 'restart the specified connector', needs: connector },
  resume: { words: 'NAME', about: 'resume the specified connector', needs: connector },
  task_ps: { words: 'NAME', about: 'list the tasks belonging to a connector', needs: connector },
  task_status: { words: 'NAME ID', about: 'get the status of a connector task', needs: task },
  task_restart: { words: 'NAME ID', about: 'restart the specified connector task', needs: task },
  stop: {
    words: 'NAME',
    about: 'stop the specified connector: its tasks end, its offsets may be changed',
    needs: connector
  },
  offsets: { words: 'NAME', about: 'list the offsets of the specified connector', needs: connector },
  offsets_alter: { words: 'NAME', about: 'set offsets from JSON on stdin: {"offsets":[...]}', needs: connector },
  offsets_reset: { words: 'NAME', about: 'forget all offsets of a stopped connector', needs: connector },
  topics: { words: 'NAME', about: 'list the topics the specified connector has read', needs: connector },
  topics_reset: { words: 'NAME', about: 'forget those topics', needs: connector },
  loggers: { words: '', about: 'list the loggers and their levels', needs: [] },
  logger: {
    words: 'NAME [LEVEL]',
    about: 'show the level of a logger, or set it',
    needs: ['logger-name'],
    takes: ['level']
  },
  health: { words: '', about: 'say whether the worker is ready', needs: [] },
  version: { words: '', about: 'the versions of this command and of the worker', needs: [] }
} as const satisfies Record<string, CommandShape>

export type Command = keyof typeof shapes

const flags = ['include-tasks', 'only-failed', 'strict']

/** Throws UsageError; null: help was asked for. */
export function parseArguments(
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>
): Arguments | null {
  let endpoint = environment['KAFKA_CONNECT_REST'] ?? 'http://localhost:8083/'
  let format: string = environment['KAFKA_CONNECT_FORMAT'] ?? 'PROPERTIES'
  const given = new Set<string>()
  const rest: string[] = []
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    if (word === '--help') return null
    const [, name = '', inline] = /^(--?[a-z][a-z-]*)(?:=(.*))?$/s.exec(word) ?? []
    if (name === '') {
      if (word.startsWith('-') && word !== '-') throw new UsageError(`Unknown option ${word}`)
      rest.push(word)
    } else if (['-e', '--endpoint', '-f', '--format'].includes(name)) {
      const value = inline ?? words[(at += 1)]
      if (value === undefined) throw new UsageError(`Missing value after ${name}`)
      if (name === '-e' || name === '--endpoint') endpoint = value
      else format = value
    } else if (inline === undefined && flags.includes(name.slice(2))) given.add(name.slice(2))
    else throw new UsageError(`Unknown option ${name}`)
  }
  const [command, ...names] = rest
  if (command === undefined || !isCommand(command)) throw new UsageError('Command expected.')
  checkNames(command, names)
  return { command, names, endpoint, format: formatNamed(format), flags: given }
}

function isCommand(word: string): word is Command {
  return Object.hasOwn(shapes, word)
}

function checkNames(command: Command, names: readonly string[]): void {
  const { needs, takes = [] }: CommandShape = shapes[command]
  // An empty name is what a script's unset variable leaves.
  const missing = needs.find((_, index) => (names[index] ?? '') === '')
  if (missing !== undefined) throw new UsageError(`Please specify the ${missing}`)
  const extra = names[needs.length + takes.length]
  if (extra !== undefined) throw new UsageError(`Unknown argument '${extra}'`)
  if (needs[1] === 'task-id' && !/^\d+$/.test(names[1] ?? '')) {
    throw new UsageError(`The task-id must be a number, not '${names[1]}'`)
  }
}

function formatNamed(text: string): Format {
  const format = formats.find(known => known === text.toUpperCase())
  if (format === undefined) {
    throw new UsageError(`Option --format failed when given '${text}'. There are ${formats.join(' and ')}`)
  }
  return format
}

export function usage(version: string): string {
  const words = Object.entries<CommandShape>(shapes).map(([command, shape]) => {
    const head = `  ${command} ${shape.words}`
    return `${head.padEnd(26)} ${shape.about}`
  })
  return `kafka-connect-cli, of kafka-connect-redis ${version}
Usage: connect-cli [${Object.keys(shapes).join('|')}] [options] [<connector-name>] [<task-id>]

${words.join('\n')}

  -e, --endpoint <value>   Kafka Connect REST URL, user:password@ before the host where one is asked for;
                           default: KAFKA_CONNECT_REST, else http://localhost:8083/
  -f, --format <value>     Format of the config on stdin, PROPERTIES or JSON;
                           default: KAFKA_CONNECT_FORMAT, else PROPERTIES
      --include-tasks      restart: the tasks too
      --only-failed        restart: only what has failed
      --strict             validate: exit code 1 where there are errors
      --help               this text
`
}
