// What connect-cli prints of connectors, tasks, differences and validations: the plain lines that scripts grep.
import { type Shown } from './secrets.ts'

export interface Colours {
  readonly green: string
  readonly red: string
  readonly yellow: string
  readonly reset: string
}

export const ansi: Colours = { green: '\u001b[32m', red: '\u001b[31m', yellow: '\u001b[33m', reset: '\u001b[0m' }
export const colourless: Colours = { green: '', red: '', yellow: '', reset: '' }

export interface ConnectorAnswer {
  readonly name: string
  readonly config: Readonly<Record<string, string>>
  readonly tasks: readonly { readonly connector: string; readonly task: number }[]
}

export interface StateAnswer {
  readonly state: string
  readonly worker_id: string
  readonly trace?: string
}

export interface TaskStateAnswer extends StateAnswer {
  readonly id: number
}

export interface StatusAnswer {
  readonly connector: StateAnswer
  readonly tasks: readonly TaskStateAnswer[]
}

/** Valid properties text: what `get` prints, `run` reads, secrets apart. */
export function infoBlock({ name, config, tasks }: ConnectorAnswer, shown: Shown, { green, reset }: Colours): string {
  const lines = Object.entries(config).map(([key, value]) => `${key}=${shown(key, value)}`)
  const ids = tasks.map(({ task }) => task).join('; ')
  return [`${green}#Connector \`${name}\`:`, ...lines, `#task ids: ${ids}${reset}`, ''].join('\n')
}

export function diffBlock(
  current: Readonly<Record<string, string>>,
  provided: Readonly<Record<string, string>>,
  shown: Shown,
  { green }: Colours
): string {
  const lines = (config: Readonly<Record<string, string>>): string[] =>
    Object.entries(config).map(([key, value]) => `${key} -> ${shown(key, value)}`)
  const only = (some: Readonly<Record<string, string>>, others: Readonly<Record<string, string>>): string[] =>
    lines(Object.fromEntries(Object.entries(some).filter(([key]) => !Object.hasOwn(others, key))))
  const different = Object.entries(current).flatMap(([key, value]) =>
    Object.hasOwn(provided, key) && provided[key] !== value
      ? [`${key} -> (${shown(key, value)}, ${shown(key, provided[key] ?? '')})`]
      : []
  )
  const section = (title: string, body: readonly string[]): string => [`#${title}:`, ...body, ''].join('\n')
  return [
    green,
    section('current config', lines(current)),
    section('provided config', lines(provided)),
    section('entry value diffs', different),
    section('entries only in current config', only(current, provided)),
    section('entries only in provided config', only(provided, current)),
    ''
  ].join('\n')
}

export function statusBlock({ connector, tasks }: StatusAnswer, colours: Colours): string {
  const { red, reset } = colours
  const lines = [
    `connectorState: ${colourOf(connector.state, colours)} ${connector.state}${reset}`,
    `workerId: ${connector.worker_id}`,
    ...(connector.trace === undefined ? [] : [`trace: ${red} ${connector.trace}${reset}`]),
    `numberOfTasks: ${tasks.length}`,
    'tasks:'
  ]
  for (const task of tasks) {
    lines.push(`  - taskId: ${task.id}`, `    taskState: ${colourOf(task.state, colours)}${task.state}${reset}`)
    if (task.trace !== undefined) lines.push(`    trace: ${red} ${task.trace}${reset}`)
    lines.push(`    workerId: ${task.worker_id}`)
  }
  return [...lines, '', ''].join('\n')
}

export function taskBlock(task: TaskStateAnswer, colours: Colours): string {
  const lines = [`taskId: ${task.id}`, `taskState: ${colourOf(task.state, colours)}${task.state}${colours.reset}`]
  if (task.trace !== undefined) lines.push(`    trace: ${colours.red} ${task.trace}${colours.reset}`)
  return [...lines, `workerId: ${task.worker_id}`, '', ''].join('\n')
}

export interface TaskAnswer {
  readonly id: { readonly connector: string; readonly task: number }
  readonly config: Readonly<Record<string, string>>
}

export function taskList(tasks: readonly TaskAnswer[], shown: Shown): string {
  const blocks = tasks.map(({ id, config }) => {
    const settings = Object.entries(config).map(([key, value]) => `      ${key}: ${shown(key, value)}\n`)
    return `  - ${id.connector} task ${id.task}\n${settings.join('')}\n`
  })
  return `\n${blocks.join('')}\n     \n`
}

function colourOf(state: string, { green, red }: Colours): string {
  return state === 'RUNNING' ? green : red
}
