// Runs one connect-cli command: words in, REST calls, lines out, and an exit code of 0 or 1.
import { systemClock } from '../../util/clock.ts'
import { visibleColoured, visibleText } from '../../util/visible-text.ts'
import { Api, ApiError, UnreachableError } from './api.ts'
import { type Arguments, type Command, parseArguments, usage, UsageError } from './arguments.ts'
import {
  ansi,
  colourless,
  type Colours,
  type ConnectorAnswer,
  diffBlock,
  infoBlock,
  statusBlock,
  type StatusAnswer,
  taskBlock,
  taskList,
  type TaskAnswer,
  type TaskStateAnswer
} from './blocks.ts'
import { shownBy } from './secrets.ts'
import { ConfigTextError, type ConfigText, parseConfigText, readAll, underName } from './stdin-config.ts'
import { validationBlock, wholeAnswer, type ValidationAnswer } from './validation.ts'

type Output = NodeJS.WritableStream & { readonly isTTY?: boolean }

export interface CliStreams {
  readonly stdin: NodeJS.ReadableStream
  readonly stdout: Output
  readonly stderr: Output
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly version: string
}

/** What a command works with. */
interface Session {
  readonly api: Api
  readonly args: Arguments
  readonly name: string
  readonly colours: Colours
  readonly print: (text: string) => void
  readonly config: () => Promise<ConfigText>
  readonly stdin: () => Promise<Buffer>
  readonly version: string
}

type Run = (session: Session) => Promise<number | void>

export async function runConnectCli(words: readonly string[], io: CliStreams): Promise<number> {
  try {
    const args = parseArguments(words, io.environment)
    if (args === null) {
      io.stdout.write(usage(io.version))
      return 0
    }
    const session = openSession(args, io)
    return await reported(session, commands[args.command])
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    io.stderr.write(`Error: ${error.message}\nTry --help for more information.\n`)
    return 1
  }
}

/** Errors of the API go to standard output, as they always did: scripts read them there. */
async function reported(session: Session, run: Run): Promise<number> {
  const { red, reset } = session.colours
  try {
    return (await run(session)) ?? 0
  } catch (error) {
    if (error instanceof ApiError && error.said !== null) {
      session.print(`${red} Error: the Kafka Connect API returned: ${error.said} (${error.status}) ${reset}\n`)
    } else if (error instanceof ApiError) {
      session.print(`${red}Error: the Kafka Connect API returned status code ${error.status}${reset}\n`)
    } else if (error instanceof UnreachableError) {
      session.print(`${error.message}\n`)
      session.print(
        `${red}Error: no worker answers at ${String(session.api)}. Name it with -e or KAFKA_CONNECT_REST${reset}\n`
      )
    } else if (error instanceof ConfigTextError) {
      session.print(`${red}Error: ${error.message}${reset}\n`)
    } else if (error instanceof TypeError) {
      // Only an answer of another shape than Connect's can lead here: something else listens there.
      session.print(`${red}Error: what answers at ${String(session.api)} is no Kafka Connect API${reset}\n`)
    } else throw error
    return 1
  }
}

function openSession(args: Arguments, io: CliStreams): Session {
  const { stdout, stderr, environment } = io
  const coloured = (output: Output): Colours =>
    output.isTTY === true && environment['NO_COLOR'] === undefined ? ansi : colourless
  const name = args.names[0] ?? ''
  const warn = (line: string): void => void stderr.write(`${coloured(stderr).yellow}${visibleText(line)}\n`)
  return {
    api: openApi(
      args.endpoint,
      once(text => warn(`warning: ${text}`))
    ),
    args,
    name,
    colours: coloured(stdout),
    version: io.version,
    print: text => void stdout.write(visibleColoured(text)),
    stdin: () => readAll(io.stdin),
    config: async () => {
      const config = parseConfigText(await readAll(io.stdin), args.format)
      return args.command === 'validate' ? config : underName(config, name, warn)
    }
  }
}

/** A worker says the same of a configuration whenever it is asked about it. */
function once(warn: (text: string) => void): (text: string) => void {
  const said = new Set<string>()
  return text => {
    if (said.has(text)) return
    said.add(text)
    warn(text)
  }
}

function openApi(endpoint: string, warn: (text: string) => void): Api {
  try {
    return new Api(endpoint, warn)
  } catch {
    throw new UsageError(`'${endpoint}' is no URL such as http://localhost:8083/`)
  }
}

const commands: { readonly [command in Command]: Run } = {
  async ps({ api, print, colours }) {
    const names = await api.get<readonly string[]>(['connectors'])
    if (names.length > 0) print(`${names.join('\n')}\n`)
    else print(`${colours.yellow}No running connectors${colours.reset}\n\n`)
  },
  async get({ api, name, print, colours }) {
    const answer = await api.get<ConnectorAnswer>(['connectors', name])
    print(infoBlock(answer, await shownBy(api, answer.config), colours))
  },
  async rm({ api, name }) {
    await api.send('DELETE', ['connectors', name])
  },
  async create({ api, name, print, colours, config }) {
    const body = { name, config: await config() }
    print(`Connector properties valid. Creating connector ${name}\n`)
    const answer = await api.send<ConnectorAnswer>('POST', ['connectors'], body)
    print(infoBlock(answer, await shownBy(api, answer.config), colours))
  },
  async run({ api, name, print, colours, config }) {
    const body = await config()
    print(`Connector properties valid. Creating connector ${name}\n`)
    const answer = await api.send<ConnectorAnswer>('PUT', ['connectors', name, 'config'], body)
    print(infoBlock(answer, await shownBy(api, answer.config), colours))
  },
  async diff({ api, name, print, colours, config }) {
    const provided = await config()
    print(`Connector properties valid. Diffing connector ${name} against provided config\n`)
    const { config: current } = await api.get<ConnectorAnswer>(['connectors', name])
    const shown = await shownBy(api, { ...provided, ...current })
    print(diffBlock(current, provided, shown, colours))
  },
  status,
  async plugins({ api, print }) {
    const plugins = await api.get<readonly { class: string; type: string; version?: string }[]>(['connector-plugins'])
    for (const { class: name, type, version } of plugins) {
      print(`Class name: ${name}, Type: ${type}, Version: ${version ?? ''}\n`)
    }
  },
  async describe({ api, name, print, colours }) {
    const body = { 'connector.class': name, topics: 'dummy' }
    const answer = await validated(api, name, body)
    print(`${colours.yellow} ${wholeAnswer(answer)}${colours.reset}\n`)
  },
  async validate({ api, name, print, colours, config, args }) {
    const answer = await validated(api, name, await config())
    print(validationBlock(answer, colours))
    return args.flags.has('strict') && answer.error_count > 0 ? 1 : 0
  },
  pause: session => changed(session, 'pause', 'PUT', ({ connector }) => connector.state === 'PAUSED'),
  resume: session => changed(session, 'resume', 'PUT', ({ connector }) => connector.state !== 'PAUSED'),
  stop: session => changed(session, 'stop', 'PUT', ({ connector }) => connector.state === 'STOPPED'),
  restart: session => changed(session, 'restart', 'POST', isSettled),
  async task_ps({ api, name, print }) {
    const tasks = await api.get<readonly TaskAnswer[]>(['connectors', name, 'tasks'])
    print(taskList(tasks, await shownBy(api, tasks[0]?.config ?? {})))
  },
  async task_status({ api, name, args, print, colours }) {
    const path = ['connectors', name, 'tasks', args.names[1] ?? '', 'status']
    print(taskBlock(await api.get<TaskStateAnswer>(path), colours))
  },
  async task_restart({ api, name, args }) {
    await api.send('POST', ['connectors', name, 'tasks', args.names[1] ?? '', 'restart'])
  },
  async offsets({ api, name, print }) {
    interface Offset {
      readonly partition: { readonly kafka_topic: string; readonly kafka_partition: number }
      readonly offset: { readonly kafka_offset: number }
    }
    const { offsets } = await api.get<{ readonly offsets: readonly Offset[] }>(['connectors', name, 'offsets'])
    for (const { partition, offset } of offsets) {
      print(`${partition.kafka_topic}-${partition.kafka_partition} -> ${offset.kafka_offset}\n`)
    }
  },
  async offsets_alter({ api, name, print, stdin }) {
    print(`${(await api.send<Said>('PATCH', ['connectors', name, 'offsets'], jsonOf(await stdin()))).message}\n`)
  },
  async offsets_reset({ api, name, print }) {
    print(`${(await api.send<Said>('DELETE', ['connectors', name, 'offsets'])).message}\n`)
  },
  async topics({ api, name, print }) {
    type Topics = Readonly<Record<string, { readonly topics: readonly string[] }>>
    const answer = await api.get<Topics>(['connectors', name, 'topics'])
    for (const topic of answer[name]?.topics ?? []) print(`${topic}\n`)
  },
  async topics_reset({ api, name }) {
    await api.send('PUT', ['connectors', name, 'topics', 'reset'])
  },
  async loggers({ api, print }) {
    const levels = await api.get<Readonly<Record<string, { readonly level: string }>>>(['admin', 'loggers'])
    for (const [logger, { level }] of Object.entries(levels)) print(`${logger}: ${level}\n`)
  },
  async logger({ api, name, args, print }) {
    const level = args.names[1]
    if (level === undefined) {
      print(`${name}: ${(await api.get<{ readonly level: string }>(['admin', 'loggers', name])).level}\n`)
      return
    }
    const changedNames = await api.send<readonly string[]>('PUT', ['admin', 'loggers', name], { level })
    for (const logger of changedNames) print(`${logger}: ${level.toUpperCase()}\n`)
  },
  async health({ api, print }) {
    print(`${(await api.get<Said>(['health'])).message}\n`)
  },
  async version({ api, print, version }) {
    print(`connect-cli: ${version}\n`)
    interface Root {
      readonly version: string
      readonly commit: string
      readonly kafka_cluster_id: string
    }
    const root = await api.get<Root>([''])
    print(`worker: ${root.version} (commit ${root.commit})\nKafka cluster: ${root.kafka_cluster_id}\n`)
  }
}

interface Said {
  readonly message: string
}

async function status({ api, name, print, colours }: Session): Promise<void> {
  print(statusBlock(await api.get<StatusAnswer>(['connectors', name, 'status']), colours))
}

/** How long a change may take before the state is shown as it is. */
const changeMsMax = 3_000
const lookAgainMs = 100

async function changed(
  session: Session,
  verb: string,
  method: 'PUT' | 'POST',
  isDone: (status: StatusAnswer) => boolean
): Promise<void> {
  const { api, name, print, colours, args } = session
  const wanted = [
    ...(args.flags.has('include-tasks') ? ['includeTasks=true'] : []),
    ...(args.flags.has('only-failed') ? ['onlyFailed=true'] : [])
  ]
  const query = verb === 'restart' && wanted.length > 0 ? `?${wanted.join('&')}` : ''
  await api.send(method, ['connectors', name, verb], undefined, query)
  print(`Waiting for ${verb}\n`)
  const until = systemClock.monotonic() + changeMsMax
  let answer = await api.get<StatusAnswer>(['connectors', name, 'status'])
  while (!(isDone(answer) && isSettled(answer)) && systemClock.monotonic() < until) {
    await systemClock.sleep(lookAgainMs)
    answer = await api.get<StatusAnswer>(['connectors', name, 'status'])
  }
  print(statusBlock(answer, colours))
}

function isSettled({ connector, tasks }: StatusAnswer): boolean {
  const moving = (state: string): boolean => state === 'RESTARTING' || state === 'UNASSIGNED'
  // A task follows its connector a moment later.
  const behind = connector.state === 'PAUSED' ? 'RUNNING' : connector.state === 'RUNNING' ? 'PAUSED' : null
  return !moving(connector.state) && tasks.every(({ state }) => !moving(state) && state !== behind)
}

function validated(api: Api, name: string, body: ConfigText): Promise<ValidationAnswer> {
  return api.send<ValidationAnswer>('PUT', ['connector-plugins', name, 'config', 'validate'], body)
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch (error) {
    throw new ConfigTextError(`stdin is no JSON: ${(error as Error).message}`)
  }
}
