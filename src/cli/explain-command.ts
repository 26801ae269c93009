// The subcommand explain: shows, without writing, which statement takes a record and what it becomes in Redis, or why not.
import { parseArgs } from 'node:util'
import { ExplainError, openExplainer, type ContractOutcome, type ExplainedRecord, type Explainer } from '../explain.ts'
import { visibleText } from '../util/visible-text.ts'
import { type CommandStreams } from './kcql-command.ts'
import { linesOf } from './lines.ts'

const usage = `Usage: kafka-connect-redis explain CONNECTOR [--record JSON] [options]
       kafka-connect-redis explain CONNECTOR --topic T --offset N [--partition P] --worker WORKER.properties [options]
       kafka-connect-redis explain CONNECTOR [options] < LINES

Shows what records become under the connector's configuration (properties or JSON, as connect-standalone takes it): the statement
that takes each, its key, and the exact commands as redis-cli takes them, or why there are none. Nothing is written.

  --record JSON             the value of a record, as a producer would write it; without it lines are read from standard input
  --topic T                 the record's topic; can be left out where all statements name one
  --partition P             its partition (0)
  --offset N                its offset; without --record, the record that stands there in Kafka is shown
  --worker FILE             the worker's properties: its converters, config providers and Kafka
  --bootstrap-server LIST   another Kafka than the worker's
  --diff                    show the old and the plain contract beside each other

Exit code: 0 every record becomes commands or is passed over, 1 a record is refused or unreadable, or nothing could be read,
2 wrong usage.
`

const options = {
  record: { type: 'string' },
  topic: { type: 'string' },
  partition: { type: 'string' },
  offset: { type: 'string' },
  worker: { type: 'string' },
  'bootstrap-server': { type: 'string' },
  diff: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' }
} as const

interface Asked {
  readonly configPath: string
  readonly record: string | null
  readonly topic: string | null
  readonly partition: number
  readonly offset: number | null
  readonly workerPath: string | null
  readonly bootstrapServers: string | null
  readonly diff: boolean
}

class UsageError extends Error {}

/** Runs the subcommand and answers its exit code. */
export const explainCommand = async (argv: readonly string[], io: CommandStreams): Promise<number> => {
  if (argv.includes('--help') || argv.includes('-h')) {
    io.stdout.write(usage)
    return 0
  }
  const say = (line: string): void => void io.stderr.write(`${visibleText(line)}\n`)
  try {
    const asked = readArguments(argv)
    const explainer = await openExplainer({ ...asked, warn: say })
    try {
      return await explainAll(asked, explainer, io)
    } finally {
      await explainer.close()
    }
  } catch (error) {
    if (error instanceof UsageError) {
      say(`${error.message}\n\n${usage}`)
      return 2
    }
    if (!(error instanceof ExplainError)) throw error
    say(error.message)
    return 1
  }
}

const readArguments = (argv: readonly string[]): Asked => {
  let parsed: ReturnType<typeof parse>
  try {
    parsed = parse(argv)
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
  const { values, positionals } = parsed
  const [configPath] = positionals
  if (configPath === undefined || positionals.length > 1)
    throw new UsageError('Expected one file: the configuration of the connector.')
  return {
    configPath,
    record: values.record ?? null,
    topic: values.topic ?? null,
    partition: readNumber('--partition', values.partition) ?? 0,
    offset: readNumber('--offset', values.offset),
    workerPath: values.worker ?? null,
    bootstrapServers: values['bootstrap-server'] ?? null,
    diff: values.diff ?? false
  }
}

const parse = (argv: readonly string[]) => parseArgs({ args: withValues(argv), options, allowPositionals: true })

/** A value may begin with a dash (`--record -5`): what stands behind an option that takes one, and is no option itself, is its value. */
const withValues = (argv: readonly string[]): string[] => {
  const takesValue = (word: string): boolean =>
    Object.entries(options).some(([name, { type }]) => type === 'string' && word === `--${name}`)
  const isOption = (word: string): boolean => Object.keys(options).some(name => word.split('=')[0] === `--${name}`)
  const args: string[] = []
  for (const word of argv) {
    const option = args.at(-1) ?? ''
    if (takesValue(option) && word.startsWith('-') && !isOption(word)) args.splice(-1, 1, `${option}=${word}`)
    else args.push(word)
  }
  return args
}

const readNumber = (option: string, text: string | undefined): number | null => {
  if (text === undefined) return null
  const number = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(number)) return number
  throw new UsageError(`${option} is '${text}', expected a whole number from 0.`)
}

const explainAll = async (asked: Asked, explainer: Explainer, io: CommandStreams): Promise<number> => {
  const { record, partition, offset } = asked
  const topic = asked.topic ?? explainer.topic
  if (topic === null) throw new UsageError('The statements name several topics: choose the record’s by --topic.')
  let code = 0
  const show = (explained: ExplainedRecord): void => {
    if (isTrouble(explained.outcomes[0])) code = 1
    io.stdout.write(`${explainedText(explained, explainer)}\n`)
  }
  if (record !== null) {
    show(await explainer.explainText(record, topic, partition, offset))
  } else if (offset !== null) {
    show(await explainer.explainStored({ topic, partition, offset }))
  } else {
    for await (const line of linesOf(io.stdin)) {
      if (line.trim() !== '') show(await explainer.explainText(line, topic, partition, null))
    }
  }
  return code
}

const isTrouble = (own: ContractOutcome | undefined): boolean =>
  own?.outcome.kind === 'refused' || own?.outcome.kind === 'unreadable'

type Shows = Pick<Explainer, 'shown' | 'shownData'>

const explainedText = ({ place, outcomes }: ExplainedRecord, shows: Shows): string => {
  const blocks = outcomes.map(each => ({ name: each.contract, lines: outcomeLines(each, shows) }))
  const [own, other] = blocks
  const body = own === undefined ? [] : other === undefined ? own.lines : beside(own, other)
  return [`${shows.shown(place.topic)}-${place.partition}@${place.offset}`, ...body.map(line => `  ${line}`)].join('\n')
}

const outcomeLines = ({ outcome, consequence }: ContractOutcome, shows: Shows): readonly string[] => {
  const after = consequence === null ? [] : [`  ${shows.shown(consequence)}`]
  if (outcome.kind === 'config') return ['this configuration is refused:', ...shows.shown(outcome.message).split('\n')]
  if (outcome.kind !== 'commands') return [`${outcome.kind}: ${shows.shown(outcome.message)}`, ...after]
  return outcome.statements.flatMap(({ number, mode, text, target, commands, skipped }) => [
    `statement ${number}, ${mode}: ${shows.shown(oneLine(text))}`,
    ...(target === null ? [] : [`  ${shows.shownData(target)}`]),
    ...commands.map(command => `  ${shows.shownData(command)}`),
    ...(skipped === null ? [] : [`  skipped: ${shows.shown(skipped)}`])
  ])
}

// Statements may stand on several lines in the file.
const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ')

interface Block {
  readonly name: string
  readonly lines: readonly string[]
}

/** Lines that are the same stand once; where they differ, one contract's below the other's. */
const beside = (one: Block, two: Block): readonly string[] => {
  const blocks = [one, two].toSorted((a, b) => (a.name < b.name ? -1 : 1))
  if (one.lines.length !== two.lines.length) {
    return blocks.flatMap(({ name, lines }) => lines.map(line => `${name.padEnd(6)} ${line}`))
  }
  return one.lines.flatMap((line, index) =>
    line === two.lines[index]
      ? [`${''.padEnd(6)} ${line}`]
      : blocks.map(({ name, lines }) => `${name.padEnd(6)} ${lines[index] ?? ''}`)
  )
}
