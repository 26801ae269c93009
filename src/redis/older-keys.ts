// Keys of the sink as versions since 2016 called them: read as the keys of today, or refused with the statement that says the same.
import { type Config } from '../connect/plugin.ts'
import { printName, printPath } from '../kcql/names.ts'
import { keys } from './config.ts'

/** Spellings of 2016 and 2017, and of the manual, with the keys they stand for. */
export const olderSpellings: ReadonlyMap<string, string> = new Map([
  ['connect.redis.connection.host', keys.host],
  ['connect.redis.connection.port', keys.port],
  ['connect.redis.connection.password', keys.password],
  ['connect.redis.sink.connection.host', keys.host],
  ['connect.redis.sink.connection.port', keys.port],
  ['connect.redis.sink.connection.password', keys.password],
  ['connect.redis.sink.kcql', keys.kcql],
  ['connect.redis.export.route.query', keys.kcql],
  ['connect.redis.max.retires', keys.maxRetries],
  ['connect.hbase.retry.interval', keys.retryInterval],
  ['connect.hbase.max.retires', keys.maxRetries]
])

const keyMode = 'connect.redis.sink.key.mode'
const keyFields = 'connect.redis.sink.keys'
const valueFields = 'connect.redis.sink.fields'

const statementLengthMax = 300

/** What the sink before KCQL was told, in the words of today; null where a configuration says nothing of it. */
export function beforeKcqlFault(config: Config): { readonly key: string; readonly message: string } | null {
  const key = [keyMode, keyFields, valueFields].find(name => config.has(name))
  // Beside KCQL the sink never looked at them.
  if (key === undefined || config.has(keys.kcql)) return null
  if (config.get(keyMode)?.trim().toUpperCase() === 'SINK_RECORD') {
    const statement = statementOf(config, ['id'])
    return {
      key,
      message: `SINK_RECORD made the record's own key the key in Redis, which no statement can: name fields of the value after PK, like ${keys.kcql}=${statement}`
    }
  }
  const statement = statementOf(config, namesIn(config, keyFields))
  return { key, message: `${key} is of 2016: KCQL took its place. Write ${keys.kcql}=${statement}` }
}

function statementOf(config: Config, key: readonly string[]): string {
  const columns = namesIn(config, valueFields).map(column)
  const pk = key.length === 0 ? '' : ` PK ${key.map(name => printPath([name])).join(', ')}`
  const text = namesIn(config, 'topics')
    .map(topic => `SELECT ${columns.length === 0 ? '*' : columns.join(', ')} FROM ${printName(topic)}${pk}`)
    .join(';')
  return text === '' || text.length > statementLengthMax ? 'SELECT * FROM topic PK id' : text
}

/** `field` or `field=alias`; beside `*` an alias has no effect in KCQL, but is said all the same. */
function column(text: string): string {
  if (text === '*') return text
  const [name = '', alias = ''] = text.split('=', 2).map(part => part.trim())
  return printPath([name]) + (alias === '' ? '' : ` AS ${alias}`)
}

const namesMax = 100

/** The entries of a list: more of them than this make no statement that is shown. */
function namesIn(config: Config, key: string): readonly string[] {
  const names = (config.get(key) ?? '')
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '')
  return names.slice(0, namesMax)
}
