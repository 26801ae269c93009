// Keys that workers' files held before Kafka 3.0: where REST listens is read from them still, the rest is told to be gone.
import { ConfigError } from '../connect/errors.ts'
import { type Config } from '../connect/plugin.ts'

export interface TodaysWorkerKeys {
  /** Without the former keys; what they said stands under the keys of today. */
  readonly properties: Config
  readonly warnings: readonly string[]
  readonly errors: readonly ConfigError[]
}

const hostKey = 'rest.host.name'
const portKey = 'rest.port'
const gone = /^internal\.(?:key|value)\.converter(?:\.|$)/

/** Whether a worker's file held it once: `workerKeysOfToday` says what became of it. */
export function isFormerWorkerKey(key: string): boolean {
  return key === hostKey || key === portKey || gone.test(key)
}

/** `given` with references resolved. */
export function workerKeysOfToday(given: Config): TodaysWorkerKeys {
  const properties = new Map([...given].filter(([key]) => !isFormerWorkerKey(key)))
  const warnings = [...given.keys()]
    .filter(key => gone.test(key))
    .map(key => `${key} has no effect: Connect has not read it since 3.0, leave it out`)
  // Images made from templates write keys without values.
  const former = [hostKey, portKey].filter(key => (given.get(key) ?? '').trim() !== '')
  if (former.length === 0) return { properties, warnings, errors: [] }
  const [names, are, them] = former.length === 1 ? [former.join(), 'is', 'it is'] : [former.join(' and '), 'are', 'they are'] // prettier-ignore
  if ((given.get('listeners') ?? '').trim() !== '') {
    warnings.push(`${names} ${are === 'is' ? 'has' : 'have'} no effect: listeners is set too`)
    return { properties, warnings, errors: [] }
  }
  const host = (given.get(hostKey) ?? '').trim().replace(/^\[(.*)\]$/, '$1')
  const port = (given.get(portKey) ?? '').trim() || '8083'
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    const message = `${portKey}: found '${port}', expected a port up to 65535. Write listeners=http://HOST:PORT in its place`
    return { properties, warnings, errors: [new ConfigError(portKey, message)] }
  }
  const listener = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  properties.set('listeners', listener)
  warnings.push(`${names} ${are} a former way to say listeners=${listener}: ${them} read, please write that.`)
  return { properties, warnings, errors: [] }
}
