// What a task and its worker say to each other: plain data that can cross to another thread. This is all they share.
import { type TaskId } from './herder.ts'
import { type LevelName } from './log.ts'
import { type MetricDescription } from './task-metrics.ts'
import { type TaskSkip } from './skips.ts'
import { type TaskWait } from './waits.ts'

export type Pairs = readonly (readonly [string, string])[]

export interface StartTask {
  readonly kind: 'start'
  readonly id: TaskId
  /** Tells the runs of one task apart: answers of an earlier one are ignored. */
  readonly incarnation: number
  /** The connector's and the task's configuration, references unresolved: secrets are resolved where the task runs. */
  readonly connectorConfig: Pairs
  readonly taskConfig: Pairs
  /** The worker's own properties, for client settings and converters. */
  readonly workerConfig: Pairs
  readonly paused: boolean
  readonly commitIntervalMs: number
  readonly commitTimeoutMs: number
  /** How long a task that is asked to stop has before it is cut off. */
  readonly gracefulTimeoutMs: number
  readonly metrics: SharedArrayBuffer
}

export type TaskOrder = 'pause' | 'resume' | 'stop' | 'cancel'

export type ToTask =
  | StartTask
  | { readonly kind: 'order'; readonly order: TaskOrder; readonly id: TaskId; readonly incarnation: number }
  /** The topics of the task are told anew, each at its next record. */
  | { readonly kind: 'forget-topics'; readonly id: TaskId; readonly incarnation: number }
  | { readonly kind: 'level'; readonly logger: string; readonly level: LevelName }

export type FromTask =
  | {
      readonly kind: 'state'
      readonly id: TaskId
      readonly incarnation: number
      readonly state: 'RUNNING' | 'PAUSED' | 'FAILED'
      readonly trace: string | null
    }
  | { readonly kind: 'ended'; readonly id: TaskId; readonly incarnation: number }
  | { readonly kind: 'topic'; readonly id: TaskId; readonly topic: string }
  | {
      readonly kind: 'metrics'
      readonly id: TaskId
      readonly incarnation: number
      readonly metrics: readonly MetricDescription[]
    }
  /** All that the task waits for now, for longer than is usual. */
  | {
      readonly kind: 'waits'
      readonly id: TaskId
      readonly incarnation: number
      readonly waits: readonly TaskWait[]
    }
  /** All that the task passed over since it started. */
  | {
      readonly kind: 'skips'
      readonly id: TaskId
      readonly incarnation: number
      readonly skips: readonly TaskSkip[]
    }

/** A place where tasks run, as their worker sees it: this thread, or another. */
export interface TaskHost {
  post(message: ToTask): void
  onMessage(listener: (message: FromTask) => void): void
  /** The place is gone with all its tasks, and why. */
  onDeath(listener: (error: Error) => void): void
  close(): Promise<void>
}
