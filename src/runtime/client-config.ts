// The Kafka client settings of a connector's consumer, dead letter producer and admin: worker prefixes, connector overrides, who may override what.
import { ConfigError } from '../connect/errors.ts'
import { type Config } from '../connect/plugin.ts'
import { type TaskId, taskIdText } from './herder.ts'
import { isWorkerOnly, withPrefix } from './worker-config.ts'

type Client = 'consumer' | 'producer' | 'admin'

// What the Principal policy lets through.
const principalKeys = ['sasl.jaas.config', 'sasl.mechanism', 'security.protocol']

/** Overrides that the worker's policy refuses, one error per key. */
export function refusedOverrides(policy: string, connector: Config): readonly ConfigError[] {
  const name = policy.slice(policy.lastIndexOf('.') + 1).replace(/ConnectorClientConfigOverridePolicy$/, '')
  if (name === 'All') return []
  const errors: ConfigError[] = []
  for (const client of ['consumer', 'producer', 'admin'] as const) {
    for (const key of withPrefix(connector, `${client}.override.`).keys()) {
      if (name === 'Principal' && principalKeys.includes(key)) continue
      errors.push(
        new ConfigError(
          `${client}.override.${key}`,
          `The '${name}' policy does not allow '${key}' to be overridden in the connector configuration.`
        )
      )
    }
  }
  return errors
}

/** The worker's own client: everything in its file that is no prefix of another. */
export function workerClient(worker: Config): Map<string, string> {
  const own = [...worker].filter(([key]) => !isWorkerOnly(key))
  return new Map([['bootstrap.servers', 'localhost:9092'], ...own])
}

/**
 * A client without security settings on a cluster whose worker has some would only be cut off by the brokers, again and again and without a reason.
 * Java's workers fall silent there; the prefix is easily forgotten, since the worker's own settings reach neither consumers nor producers.
 */
function secured(client: Client, worker: Config, properties: Map<string, string>): Map<string, string> {
  const protocol = worker.get('security.protocol')?.trim().toUpperCase() ?? 'PLAINTEXT'
  if (protocol === 'PLAINTEXT' || properties.has('security.protocol')) return properties
  if (properties.get('bootstrap.servers') !== worker.get('bootstrap.servers')) return properties
  const key = `${client}.security.protocol`
  throw new ConfigError(
    key,
    `${key} is missing: the worker reaches its brokers by security.protocol=${protocol}, which ${client}s do not inherit. ` +
      `Write the security.protocol, ssl.* and sasl.* keys of the worker's file again with the prefix ${client}., or with ${client}.override. in the connector. ` +
      `${key}=PLAINTEXT says that no security is meant`
  )
}

/** As Java's system property, which `KAFKA_OPTS=-D...` sets; it may stand in the worker's file too. */
export const allowedUrlsKey = 'org.apache.kafka.sasl.oauthbearer.allowed.urls'
const endpointKey = 'sasl.oauthbearer.token.endpoint.url'

/**
 * Whoever may write a connector must not make the worker call any address of its network: a token endpoint is one that the list allows or,
 * where there is no list, one that the worker's own file names. Java's clients of 4.0 and later allow none without the list.
 */
export function endpointFault(client: Client, worker: Config, connector: Config): ConfigError | null {
  const key = `${client}.override.${endpointKey}`
  const overridden = connector.get(key)?.trim()
  const inherited = client === 'admin' ? [`admin.${endpointKey}`, endpointKey] : [`${client}.${endpointKey}`]
  const url = overridden ?? inherited.map(name => worker.get(name)?.trim()).find(text => text !== undefined)
  if (url === undefined) return null
  const list = worker.get(allowedUrlsKey)
  const own = ['', 'consumer.', 'producer.', 'admin.'].map(prefix => worker.get(`${prefix}${endpointKey}`)?.trim())
  const allowed = list === undefined ? own : list.split(',').map(text => text.trim())
  if (allowed.includes(url)) return null
  const where = overridden === undefined ? endpointKey : key
  return new ConfigError(
    where,
    `${where}: this URL is not allowed. Add it to ${allowedUrlsKey} in the worker's file or by KAFKA_OPTS=-D${allowedUrlsKey}=URL,URL`
  )
}

/**
 * A connector that sends the worker's clients to other brokers takes its own login along: whoever writes it could have the worker's password
 * sent to a broker of his.
 */
export function loginFault(client: Client, worker: Config, connector: Config): ConfigError | null {
  const key = `${client}.override.bootstrap.servers`
  const servers = connector.get(key)?.trim()
  const own = [worker.get('bootstrap.servers'), worker.get(`${client}.bootstrap.servers`)].map(text => text?.trim())
  if (servers === undefined || own.includes(servers)) return null
  const login = 'sasl.jaas.config'
  const isInherited = worker.has(`${client}.${login}`) || (client === 'admin' && worker.has(login))
  if (!isInherited || connector.has(`${client}.override.${login}`)) return null
  return new ConfigError(
    key,
    `${key}: other brokers than the worker's would be sent the worker's login. Write ${client}.override.${login} for them beside it`
  )
}

function allowed(client: Client, worker: Config, connector: Config, properties: Map<string, string>) {
  const fault = endpointFault(client, worker, connector) ?? loginFault(client, worker, connector)
  if (fault !== null) throw fault
  return properties
}

export function consumerConfig(id: TaskId, worker: Config, connector: Config): Map<string, string> {
  const properties = new Map([
    ['bootstrap.servers', worker.get('bootstrap.servers') ?? 'localhost:9092'],
    ['client.id', `connector-consumer-${taskIdText(id)}`],
    ['auto.offset.reset', 'earliest'],
    ...overrides('consumer', worker, connector),
    ['group.id', consumerGroup(id.connector, connector)],
    ['enable.auto.commit', 'false']
  ])
  return secured('consumer', worker, allowed('consumer', worker, connector, properties))
}

/** `connect-<name>`, or what the connector overrides it with. */
export function consumerGroup(name: string, connector: Config): string {
  return connector.get('consumer.override.group.id') ?? `connect-${name}`
}

/**
 * How the client ids of a connector's consumers begin, whichever worker they run in; undefined where that can't be known: `consumer.client.id` stands in
 * each worker's own file, and another one may say something else.
 */
export function consumerKin(name: string, worker: Config, connector: Config): readonly string[] | undefined {
  const own = connector.get('consumer.override.client.id')
  if (own === undefined && worker.has('consumer.client.id')) return undefined
  return [`connector-consumer-${name}-`, ...(own === undefined ? [] : [`${own}-`])]
}

export function deadLetterProducerConfig(id: TaskId, worker: Config, connector: Config): Map<string, string> {
  const properties = new Map([
    ['bootstrap.servers', worker.get('bootstrap.servers') ?? 'localhost:9092'],
    ['client.id', `connector-dlq-producer-${taskIdText(id)}`],
    ['acks', 'all'],
    ['enable.idempotence', 'false'],
    ['max.in.flight.requests.per.connection', '1'],
    // A letter is tried for ever: its record's offset waits for it.
    ['delivery.timeout.ms', String(2 ** 31 - 1)],
    ['max.block.ms', '9223372036854775807'],
    ...overrides('producer', worker, connector)
  ])
  return secured('producer', worker, allowed('producer', worker, connector, properties))
}

/** Admin clients of a connector inherit the worker's own security settings, unlike consumers and producers. */
export function connectorAdminConfig(clientId: string, worker: Config, connector: Config): Map<string, string> {
  const properties = new Map([
    ...workerClient(worker),
    ['client.id', clientId],
    ...overrides('admin', worker, connector)
  ])
  return allowed('admin', worker, connector, properties)
}

function overrides(client: Client, worker: Config, connector: Config): readonly (readonly [string, string])[] {
  const inherited = [...withPrefix(worker, `${client}.`)].filter(([key]) => !key.startsWith('override.'))
  return [...inherited, ...withPrefix(connector, `${client}.override.`)]
}
