// What the standalone herder remembers of one connector: its configuration, what it is meant to be in, and how it fares.
import { type Config } from '../../connect/plugin.ts'
import {
  type ConnectorInfo,
  type ConnectorState,
  type ConnectorStatus,
  type State,
  type TargetState,
  type TaskId,
  type TaskState
} from '../herder.ts'

export interface TaskEntry {
  readonly id: TaskId
  readonly config: Config
  state: State
  trace: string | null
}

/** Who runs here, for statuses. */
export interface Identity {
  readonly workerId: () => string
  readonly version: string
}

export class StandaloneConnector {
  readonly name: string
  config: Config
  target: TargetState
  state: State = 'UNASSIGNED'
  trace: string | null = null
  tasks: readonly TaskEntry[] = []
  readonly topics = new Set<string>()

  constructor(name: string, config: Config, target: TargetState) {
    this.name = name
    this.config = config
    this.target = target
  }

  info(): ConnectorInfo {
    return { name: this.name, config: this.config, tasks: this.tasks.map(task => task.id), type: 'sink' }
  }

  status(identity: Identity): ConnectorStatus {
    return {
      name: this.name,
      connector: stateOf(this.state, this.trace, identity),
      tasks: this.tasks.map(task => taskState(task, identity)),
      type: 'sink'
    }
  }
}

export function taskState(task: TaskEntry, identity: Identity): TaskState {
  return { id: task.id.task, ...stateOf(task.state, task.trace, identity) }
}

function stateOf(state: State, trace: string | null, { workerId, version }: Identity): ConnectorState {
  const unknown = state === 'UNASSIGNED' || state === 'RESTARTING'
  return { state, workerId: workerId(), version: unknown ? null : version, trace }
}
