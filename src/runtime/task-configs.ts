// The configurations of a connector's tasks, as Connect makes them: the connector's own, its class, the topics.
import { ConnectError } from '../connect/errors.ts'
import { type Config, type Doors } from '../connect/plugin.ts'
import { type PluginRegistry } from './plugin-registry.ts'

export interface TaskConfigDoors {
  readonly registry: PluginRegistry
  readonly plugins: Doors
}

/** For a configuration that was validated; references stay unresolved. */
export function taskConfigs(config: Config, doors: TaskConfigDoors): readonly Config[] {
  const { className, configs } = split(config, doors)
  const topics = ['topics', 'topics.regex'].flatMap(key => {
    const value = config.get(key)
    return value === undefined ? [] : [[key, value] as const]
  })
  const own = [['task.class', className.replace(/Connector$/, 'Task')] as const, ...topics]
  // Tasks that share theirs go on sharing it: there may be ten thousand.
  const made = new Map<Config, Config>()
  return configs.map(each => {
    const known = made.get(each) ?? new Map([...each, ...own])
    made.set(each, known)
    return known
  })
}

function split(
  config: Config,
  { registry, plugins }: TaskConfigDoors
): { className: string; configs: readonly Config[] } {
  const entry = registry.connector(config)
  if (entry === null) throw new ConnectError(`No connector ${config.get('connector.class') ?? ''}`)
  const tasksMax = Number((config.get('tasks.max') ?? '1').trim())
  return { className: entry.className, configs: entry.create(plugins).taskConfigs(config, tasksMax) }
}
