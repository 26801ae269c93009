// What is said at start: the art that people know from the retired sink's log, once per worker, and a task's settings without any secret.
import { type BoundStatement, type SinkSettings } from './settings.ts'

export const taskLogger = 'com.datamountaineer.streamreactor.connect.redis.sink.RedisSinkTask'

/** As the manual shows it: a worker says it once, under the logger of the task. */
export const banner = [
  '',
  '    ____        __        __  ___                  __        _',
  '   / __ \\____ _/ /_____ _/  |/  /___  __  ______  / /_____ _(_)___  ___  ___  _____',
  '  / / / / __ `/ __/ __ `/ /|_/ / __ \\/ / / / __ \\/ __/ __ `/ / __ \\/ _ \\/ _ \\/ ___/',
  ' / /_/ / /_/ / /_/ /_/ / /  / / /_/ / /_/ / / / / /_/ /_/ / / / / /  __/  __/ /',
  '/_____/\\__,_/\\__/\\__,_/_/  /_/\\____/\\__,_/_/ /_/\\__/\\__,_/_/_/ /_/\\___/\\___/_/',
  '    ____           ___      _____ _       __',
  '   / __ \\___  ____/ (_)____/ ___/(_)___  / /__',
  '  / /_/ / _ \\/ __  / / ___/\\__ \\/ / __ \\/ //_/',
  ' / _, _/  __/ /_/ / (__  )___/ / / / / / ,<',
  '/_/ |_|\\___/\\__,_/_/____//____/_/_/ /_/_/|_|'
].join('\n')

/** The settings on a few lines; a password is only said to be there. */
export function settingsText(settings: SinkSettings): string {
  const { host, port, password, tls, policy, outageMs } = settings
  const login = password === null ? 'None' : '[hidden]'
  const lines = settings.statements.map(statement => `  ${statement.index + 1}. ${statementText(statement)}`)
  const retries = policy.kind === 'RETRY' ? `,${policy.maxRetries},${policy.retryIntervalMs} ms` : ''
  return [
    `Settings: RedisSinkSettings(RedisConnectionInfo(${host},${port},${login}${tls === null ? '' : ',TLS'}),${policy.kind}${retries},` +
      `outage ${outageMs === null ? 'ridden out for ever' : `${outageMs} ms`},contract ${settings.contract},output ${settings.output})`,
    ...lines
  ].join('\n')
}

function statementText(statement: BoundStatement): string {
  const fields = statement.star
    ? '*'
    : statement.columns.map(({ path, alias }) => `${path.join('.')} -> ${alias}`).join(', ')
  const keys = statement.keys.map(path => path.join('.')).join(', ')
  return `${statement.mode} mode: topic ${statement.topic}, target [${statement.target}], key [${keys}], fields [${fields}]`
}
