// Statement to plan to commands: binds the statements of a configuration once, then only runs.
import { type SinkRecord } from '../connect/record.ts'
import { type Command, type Mode } from './encode.ts'
import { type Item } from './fields.ts'
import { refused, type Binding } from './modes/binding.ts'
import { cacheMode } from './modes/cache.ts'
import { geoMode } from './modes/geo.ts'
import { pubSubMode } from './modes/pub-sub.ts'
import { sortedSetMode } from './modes/sorted-set.ts'
import { sortedSetsMode } from './modes/sorted-sets.ts'
import { streamMode } from './modes/stream.ts'
import { openValue, ValueFault } from './open-value.ts'
import { RefusedError } from './refused-error.ts'
import { type BoundStatement, type ModeName, type SinkSettings } from './settings.ts'
import { javaPrinter } from './text/java-printer.ts'
import { plainPrinter } from './text/plain-printer.ts'

/** What one record becomes: the commands of all its topic's statements, and the warnings for those that leave it out. */
export interface Planned {
  readonly commands: readonly Command[]
  readonly skips: readonly string[]
}

/** A statement bound to its mode. */
export interface Plan {
  readonly statement: BoundStatement
  readonly mode: Mode
}

/** The plans of one configuration. Pure: the writer, `explain` and the tests run the very same. */
export interface Plans {
  /** The plans of a topic's statements, as written; none where no statement names it. */
  forTopic(topic: string): readonly Plan[]
  /**
   * Throws RefusedError where a plan does not fit: a record is one unit, so none of its commands may be sent then.
   * A topic without statement is refused with statement -1. Decoding errors (ConversionError) pass through.
   */
  run(record: SinkRecord): Planned
}

const modes: Readonly<Record<ModeName, (binding: Binding) => Mode>> = {
  cache: cacheMode,
  sortedSet: sortedSetMode,
  sortedSets: sortedSetsMode,
  geo: geoMode,
  stream: streamMode,
  pubSub: pubSubMode
}

type PlanSettings = Pick<SinkSettings, 'statements' | 'output' | 'pkDelimiter' | 'tombstones'>

const nothing: Planned = { commands: [], skips: [] }

/** Binds every statement to its mode. */
export function compilePlans(settings: PlanSettings): Plans {
  const { output, pkDelimiter, tombstones } = settings
  const printer = output === 'java' ? javaPrinter : plainPrinter
  const byTopic = new Map<string, Plan[]>()
  for (const statement of settings.statements) {
    const plan = { statement, mode: modes[statement.mode]({ statement, output, printer, pkDelimiter }) }
    const plans = byTopic.get(statement.topic)
    if (plans === undefined) byTopic.set(statement.topic, [plan])
    else plans.push(plan)
  }
  return {
    forTopic: topic => byTopic.get(topic) ?? [],
    run: record => {
      const plans = byTopic.get(record.topic)
      const first = plans?.[0]
      if (plans === undefined || first === undefined) throw unnamedTopic(record, [...byTopic.keys()])
      if (record.value === null && tombstones === 'ignore') return nothing
      return runAll(record, open(record, first.statement), plans)
    }
  }
}

function runAll(record: SinkRecord, top: Item, plans: readonly Plan[]): Planned {
  const commands: Command[] = []
  const skips: string[] = []
  for (const { mode, statement } of plans) {
    try {
      const made = mode(record, top)
      if ('skipped' in made) skips.push(made.skipped)
      else commands.push(...made)
    } catch (error) {
      throw unlessTooLarge(record, statement, error)
    }
  }
  return { commands, skips }
}

/** A text longer than V8 takes is the record's fault, and not the end of the task: trying again would end it again. */
function unlessTooLarge(record: SinkRecord, statement: BoundStatement, error: unknown): unknown {
  if (!(error instanceof RangeError)) return error
  return refused(
    record,
    statement,
    `it becomes too large to be written (${error.message}).`,
    'Select fewer of its fields, or drop such records by a transform.'
  )
}

function openedValue(record: SinkRecord, statement: BoundStatement): Item | ValueFault {
  try {
    return openValue(record)
  } catch (error) {
    throw unlessTooLarge(record, statement, error)
  }
}

/** Every statement refuses a value without fields, so the first one speaks. */
function open(record: SinkRecord, statement: BoundStatement): Item {
  if (record.value === null) {
    throw refused(
      record,
      statement,
      'it is a tombstone (its value is null), which no mode can write.',
      'connect.redis.tombstones=ignore passes over tombstones.'
    )
  }
  const opened = openedValue(record, statement)
  if (!(opened instanceof ValueFault)) return opened
  throw refused(record, statement, opened.what, opened.remedy)
}

function unnamedTopic(record: SinkRecord, topics: readonly string[]): RefusedError {
  const { topic, partition, offset } = record.original
  const moved = topic === record.topic ? '' : ` (its topic is now ${record.topic})`
  return new RefusedError(
    `Record ${topic}-${partition}@${offset}${moved} is refused: No KCQL statement set for [${record.topic}]. ` +
      `connect.redis.kcql has statements for [${topics.join(',')}]; add one with FROM ${record.topic}, or take the topic out of the connector.`,
    -1,
    true
  )
}
