// The shapes of REST's answers, field by field as Connect writes them; the page shares them.
import { Password, type Parsed } from '../connect/config-type.ts'
import { type ConfigKey } from '../connect/config.ts'
import {
  type ConfigReport,
  type ConfigReportEntry,
  type ConnectorInfo,
  type ConnectorOffset,
  type ConnectorState,
  type ConnectorStatus,
  type PluginInfo,
  type TaskId,
  type TaskInfo,
  type TaskState
} from '../runtime/herder.ts'

export interface TaskIdEntity {
  readonly connector: string
  readonly task: number
}

export interface ConnectorEntity {
  readonly name: string
  readonly config: Readonly<Record<string, string>>
  readonly tasks: readonly TaskIdEntity[]
  readonly type: string
}

export interface StateEntity {
  readonly state: string
  readonly worker_id: string
  readonly version?: string | null
  readonly trace?: string
}

export interface TaskStateEntity extends StateEntity {
  readonly id: number
}

export interface StatusEntity {
  readonly name: string
  readonly connector: StateEntity
  readonly tasks: readonly TaskStateEntity[]
  readonly type: string
}

export interface PluginEntity {
  readonly class: string
  readonly type: string
  readonly version: string
}

export interface KeyEntity {
  readonly name: string
  readonly type: string
  readonly required: boolean
  readonly default_value: string | null
  readonly importance: string
  readonly documentation: string
  readonly group: string | null
  readonly width: string
  readonly display_name: string
  readonly dependents: readonly string[]
  /** Connect up to 4.2 says `order`, 4.3 `order_in_group`: clients of either find theirs. */
  readonly order: number
  readonly order_in_group: number
}

export interface ValueEntity {
  readonly name: string
  readonly value: string | null
  readonly recommended_values: readonly (string | null)[]
  readonly errors: readonly string[]
  readonly visible: boolean
}

export interface ReportEntity {
  readonly name: string
  readonly error_count: number
  readonly groups: readonly string[]
  readonly configs: readonly { readonly definition: KeyEntity | null; readonly value: ValueEntity }[]
}

function taskId({ connector, task }: TaskId): TaskIdEntity {
  return { connector, task }
}

export function connectorEntity({ name, config, tasks, type }: ConnectorInfo): ConnectorEntity {
  return { name, config: Object.fromEntries(config), tasks: tasks.map(taskId), type }
}

export function taskEntity({ id, config }: TaskInfo) {
  return { id: taskId(id), config: Object.fromEntries(config) }
}

function stateEntity({ state, workerId, version, trace }: ConnectorState): StateEntity {
  return {
    state,
    worker_id: workerId,
    ...(version === undefined ? {} : { version }),
    ...(trace === null || trace === '' ? {} : { trace })
  }
}

export function taskStateEntity(task: TaskState): TaskStateEntity {
  return { id: task.id, ...stateEntity(task) }
}

export function statusEntity({ name, connector, tasks, type }: ConnectorStatus): StatusEntity {
  return { name, connector: stateEntity(connector), tasks: tasks.map(taskStateEntity), type }
}

export function offsetsEntity(offsets: readonly ConnectorOffset[]) {
  return {
    offsets: offsets.map(({ topic, partition, offset }) => ({
      partition: { kafka_partition: partition, kafka_topic: topic },
      offset: { kafka_offset: offset }
    }))
  }
}

export function pluginEntity({ className, type, version }: PluginInfo): PluginEntity {
  return { class: className, type, version }
}

export function keyEntity(key: ConfigKey): KeyEntity {
  const order = key.order ?? -1
  return {
    name: key.name,
    type: key.type,
    required: key.defaultValue === undefined,
    default_value: valueText(key.defaultValue ?? null),
    importance: key.importance,
    documentation: key.documentation,
    group: key.group ?? null,
    width: key.width ?? 'NONE',
    display_name: key.displayName ?? key.name,
    dependents: key.dependents ?? [],
    order,
    order_in_group: order
  }
}

export function reportEntity({ name, errorCount, groups, entries }: ConfigReport): ReportEntity {
  return { name, error_count: errorCount, groups, configs: entries.map(reportEntry) }
}

function reportEntry({ key, value }: ConfigReportEntry) {
  return {
    definition: key === null ? null : keyEntity(key),
    value: {
      name: value.name,
      value: valueText(value.value),
      recommended_values: value.recommendedValues.map(valueText),
      errors: value.errorMessages,
      visible: value.visible
    }
  }
}

/** A parsed value as text: lists with commas, secrets hidden. */
function valueText(value: Parsed): string | null {
  if (value === null) return null
  if (value instanceof Password) return value.toString()
  return Array.isArray(value) ? value.join(',') : String(value)
}
