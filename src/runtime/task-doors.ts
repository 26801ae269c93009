// Everything a task reaches the world through: the roots hand it in, so that tests and the simulation hand in theirs.
import { type Waits } from '../connect/waits.ts'
import { type Clock } from '../util/clock.ts'
import { type Random } from '../util/random.ts'
import { type ClientMeter } from '../kafka/client-meter.ts'
import { type CompileRegex } from './connector-keys.ts'
import { type DeadLetterProducer } from './dead-letter-queue.ts'
import { type TaskId } from './herder.ts'
import { type LogStream } from './log.ts'
import { type PluginRegistry } from './plugin-registry.ts'
import { type TaskConsumer } from './task-consumer.ts'

export interface ClientExtras {
  readonly meter: ClientMeter
  /** Whether it tells what is odd about its settings; the tasks of a connector have the same, and one of them tells. */
  readonly warns: boolean
}

export interface ConsumerExtras extends ClientExtras {
  readonly waits: Waits
  /** How the client ids of all who belong into its group begin; undefined: that is not known. */
  readonly kin: readonly string[] | undefined
}

export interface TaskDoors {
  readonly clock: Clock
  readonly random: Random
  readonly logs: LogStream
  readonly registry: PluginRegistry
  readonly compileRegex: CompileRegex
  consumer(properties: ReadonlyMap<string, string>, more: ConsumerExtras): TaskConsumer
  deadLetterProducer(properties: ReadonlyMap<string, string>, more: ClientExtras): DeadLetterProducer
  /** Creates the topic with one partition where it does not exist. */
  ensureTopic(properties: ReadonlyMap<string, string>, topic: string, replicationFactor: number): Promise<void>
  /** Lets sockets and timers have their turn. */
  yieldTurn(): Promise<void>
}

/** What stands before each line of a task's log. */
export function contextOf(id: TaskId): string {
  return `[${id.connector}|task-${id.task}] `
}
