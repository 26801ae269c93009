// A connector's file on the command line: properties, or JSON in either of Connect's forms.
import { ConfigError } from '../../connect/errors.ts'
import { type Config } from '../../connect/plugin.ts'
import { propertiesIn } from '../../connect/properties-file.ts'
import { type TargetState } from '../herder.ts'

export interface ConnectorFile {
  readonly path: string
  readonly name: string
  readonly config: Config
  readonly initialState: TargetState
}

/** Reads a file's text; every fault names the file, and `warn` hears what is odd about it. */
export function parseConnectorFile(path: string, bytes: Uint8Array, warn?: (text: string) => void): ConnectorFile {
  const text = Buffer.from(bytes).toString()
  const isJson = path.endsWith('.json') || /^[\s\uFEFF]*\{/.test(text)
  const {
    config,
    name: outer,
    state
  } = isJson ? fromJson(path, text) : { config: propertiesIn(path, bytes, warn && { warn }) }
  const name = (outer ?? config.get('name') ?? '').trim()
  if (name === '') {
    throw new ConfigError(
      'name',
      `${path}: no name. Add a line such as name=redis-sink; it also names the consumer group`
    )
  }
  const inner = config.get('name')
  if (inner !== undefined && inner.trim() !== name) {
    throw new ConfigError(
      'name',
      `${path}: the name '${name}' stands beside name '${inner}' in its config. Write one of them`
    )
  }
  return { path, name, config: new Map([...config, ['name', name]]), initialState: targetState(path, state) }
}

interface JsonForm {
  readonly config: Config
  readonly name?: string
  readonly state?: string
}

// {"name":..., "config":{...}} as REST takes it, or the flat map alone.
function fromJson(path: string, text: string): JsonForm {
  let parsed: unknown
  try {
    parsed = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    throw new ConfigError(null, `${path}: no JSON: ${(error as Error).message}`)
  }
  if (!isObject(parsed)) throw new ConfigError(null, `${path}: expected a JSON object of configuration keys`)
  if (!isObject(parsed['config'])) return { config: flatMap(path, parsed) }
  const unknown = Object.keys(parsed).filter(key => !['name', 'config', 'initial_state'].includes(key))
  if (unknown.length > 0) {
    throw new ConfigError(
      null,
      `${path}: unknown key ${unknown.join(', ')} beside "name", "config" and "initial_state"`
    )
  }
  const { name, initial_state: state } = parsed
  return {
    config: flatMap(path, parsed['config']),
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof state === 'string' ? { state } : {})
  }
}

function flatMap(path: string, object: Readonly<Record<string, unknown>>): Config {
  return new Map(
    Object.entries(object).map(([key, value]) => {
      if (typeof value === 'string') return [key, value]
      if (typeof value === 'number' || typeof value === 'boolean') return [key, String(value)]
      throw new ConfigError(key, `${path}: the value of ${key} is no text. Write it in quotes`)
    })
  )
}

function targetState(path: string, text: string | undefined): TargetState {
  const states: Readonly<Record<string, TargetState>> = { RUNNING: 'STARTED', PAUSED: 'PAUSED', STOPPED: 'STOPPED' }
  const state = states[(text ?? 'RUNNING').toUpperCase()]
  if (state !== undefined) return state
  throw new ConfigError('initial_state', `${path}: initial_state is '${text}', expected RUNNING, PAUSED or STOPPED`)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
