// Keys that other Redis clients and sinks have and this one has not: what they mean here, and which of them may not be passed over.
//
// A key that nobody reads is harmless as long as what it asks for is done anyway. Where it asks for another database, another user, TLS or another
// topology, going on would write elsewhere or in clear: then it is refused on its own name, until there is such a setting.
import { type Config } from '../connect/plugin.ts'
import { deletesNotYet, keys, sinkConfigDef, tls } from './config.ts'
import { olderSpellings } from './older-keys.ts'
import { partsOfUrl } from './redis-host.ts'

export interface ForeignKey {
  /** What to write instead; of a refused key the whole message. */
  readonly says: string
  readonly refused: boolean
}

/** Judges one key by its value; the rest of the configuration says whether today's key is set too. */
type Judge = (key: string, value: string, config: Config) => ForeignKey

const refused = (says: string): ForeignKey => ({ says, refused: true })
const passed = (says: string): ForeignKey => ({ says, refused: false })

const asAnyway = (what: string): ForeignKey => passed(`${what} anyway. Leave it out`)

const offWords = new Set(['', 'false', 'no', 'off', '0', 'none', 'null', 'disabled', 'standalone', 'single'])
const isOff = (value: string): boolean => offWords.has(value.toLowerCase())

/** Under another name than ours. What is missing for it is told on the key that was written. */
const named =
  (today: string): Judge =>
  (key, _value, config) =>
    !config.has(today) && (today === keys.host || today === keys.port || today === keys.kcql)
      ? refused(`${key} is no key here, and ${today} is not set: did you mean ${today}?`)
      : passed(`did you mean ${today}?`)

const advice =
  (says: string): Judge =>
  () =>
    passed(says)

const inClear: Judge = (key, value, config) => {
  if (config.has(keys.sslEnabled)) return passed(`${keys.sslEnabled} is set, and counts`)
  if (isOff(value)) return asAnyway(`${keys.sslEnabled} is false`)
  return refused(
    `${key} is no key here, and without ${keys.sslEnabled} all would go to Redis in clear, the password too: write ${keys.sslEnabled}=true`
  )
}

const database: Judge = (key, value) => {
  if (value === '' || Number(value) === 0) return asAnyway('database 0 is written to')
  const shown = /^\d{1,5}$/.test(value) ? `${key}=${value}` : key
  return refused(
    `${shown}: another database than 0 can't be chosen yet, all would be written to database 0. Take a Redis of its own, or database 0 and a prefix ` +
      `(INSERT INTO orders: in ${keys.kcql}), and leave ${key} out`
  )
}

const user: Judge = (key, value) => {
  if (value === '' || value.toLowerCase() === 'default') return asAnyway("Redis's user default logs in")
  return refused(
    `${key}: logging in as another user than default is not possible yet, ${keys.password} would be offered as the password of default. ` +
      `Give the user default that password and the rights that docs/security.md lists, and leave ${key} out`
  )
}

const cluster: Judge = (key, value) =>
  isOff(value)
    ? asAnyway('one server is written to')
    : refused(
        `${key}: Redis Cluster is not served yet, a node refuses the keys of the others (MOVED). Name one server that holds all keys in ` +
          `${keys.host} and ${keys.port}, and leave ${key} out`
      )

const sentinel: Judge = (key, value) =>
  isOff(value)
    ? asAnyway('the server of connect.redis.host is written to')
    : refused(
        `${key}: Redis Sentinel is not served yet, nobody would be asked where the master is. Name in ${keys.host} an address that follows it ` +
          `(a service, a proxy, a DNS name), and leave ${key} out`
      )

/** `mode` is a topology for some, a structure for others. */
const topology: Judge = (key, value, config) => {
  if (/cluster/i.test(value)) return cluster(key, value, config)
  if (/sentinel/i.test(value)) return sentinel(key, value, config)
  return isOff(value) ? asAnyway('one server is written to') : structure(key, value, config)
}

const structure = advice(
  `the structure stands in ${keys.kcql}: write STOREAS Stream, SortedSet, GeoAdd or PubSub there`
)

const url: Judge = (key, value, config) =>
  // Beside our own host it is another sink's, left in the file.
  key.startsWith('redis.') && config.has(keys.host)
    ? passed(`${keys.host} is set, and counts`)
    : value === ''
      ? passed('it is empty. Leave it out')
      : refused(`${key} is no key here. ${partsOfUrl}. Then leave ${key} out`)

const servers: Judge = (key, value, config) =>
  config.has(keys.host) && !value.includes(',')
    ? passed(`${keys.host} is set, and counts`)
    : refused(
        `${key} is no key here: name the one server that takes writes in ${keys.host}, its port in ${keys.port}, and leave ${key} out`
      )

const deletes: Judge = (key, value, config) => {
  const today = config.get(keys.tombstones)?.trim()
  if (isOff(value) || /^(?:ignore|refuse|fail)$/i.test(value))
    return passed(`${keys.tombstones}=${today ?? 'refuse'} says what becomes of null values: refuse or ignore`)
  return refused(deletesNotYet(key))
}

const expiry = advice(
  `keys expire by the statement: write TTL=60 (seconds) at its end in ${keys.kcql}, without it they stay for ever`
)

/** By the key's end, as `squashed` leaves it. */
const judges: ReadonlyMap<string, Judge> = new Map<string, Judge>([
  ...entries(inClear, 'ssl tls usessl usetls sslenable tlsenable tlsenabled enablessl enabletls enablesslconnection secure issecure sslenabled ssltls'),
  ...entries(database, 'db database dbindex dbnumber dbnum dbid databaseindex databasenumber databaseid index'),
  ...entries(user, 'user username usr login aclusername acluser authuser authusername'),
  ...entries(url, 'url uri connectionstring connectionurl connectionuri connectstring connecturl redisurl redisuri'),
  ...entries(servers, 'hosts servers nodes addresses endpoints hostsandports bootstrapservers'),
  ...entries(topology, 'mode clientmode topology deployment deploymenttype clienttype servertype'),
  ...entries(sentinel, 'master mastername masterid masterset mymaster'),
  ...entries(deletes, 'delete deletes deleteenabled deleteonnull deleteonnullvalue deleteonnullvalues deletetombstones deleteontombstone deletemode tombstone tombstonedelete tombstonesdelete tombstonedeletes tombstonesenabled tombstoneenabled handletombstones behavioronnullvalues behavioronnull nullvaluebehavior'),
  ...entries(expiry, 'ttl keyttl ttlseconds ttlsecs ttlms keyexpiry expire expires expiry expiration expirationseconds expireseconds expireafter'),
  ...entries(named(keys.host), 'hostname server address ip serverhost redishost serverhostname servername'),
  ...entries(named(keys.port), 'portnumber serverport redisport tcpport tlsport sslport'),
  ...entries(named(keys.password), 'pwd pass passwd auth authpassword authpass authtoken requirepass secret credentials passphrase redispassword'),
  ...entries(named(keys.kcql), 'query sql kcqlquery kcqls kcqlstatement kcqlstatements statement statements routequery kql'),
  ...entries(named(keys.errorPolicy), 'policy onerror errorhandling errorstolerance errorhandler'),
  ...entries(named(keys.maxRetries), 'retries maxretry retrymax retriesmax retrycount retrymaxattempts maxattempts retryattempts connectionattempts'),
  ...entries(named(keys.retryInterval), 'retryintervalms retrybackoff retrybackoffms retrydelay retrydelayms retrywait retrywaitms'),
  ...entries(named(keys.pkDelimiter), 'separator delimiter keyseparator keydelimiter pkseparator delim'),
  ...entries(named(keys.deadLetter), 'deadletter deadletterenabled dlq dlqenabled errorsdeadletterenabled errorsdeadletterqueue deadletterqueue'),
  ...entries(named(tls.truststoreLocation), 'truststore truststorepath truststorefile truststorelocation ssltruststore ssltruststorepath ssltruststorefile tlstruststorelocation cacert cafile ca tlsca tlscacert tlscafile sslca sslcacert sslcafile'),
  ...entries(named(tls.truststorePassword), 'truststorepassword ssltruststorepwd'),
  ...entries(named(tls.keystoreLocation), 'keystore keystorepath keystorefile keystorelocation sslkeystore sslkeystorepath sslkeystorefile cert keycert keyfile tlscert sslcert clientcert'),
  ...entries(named(tls.keystorePassword), 'keystorepassword sslkeystorepwd'),
  ...entries(named(tls.endpoint), 'insecure sslinsecure tlsinsecure sslverify tlsverify verifypeer sslverifypeer verifyhostname sslverifyhostname hostnameverification sslhostnameverification sslhostnameverificationenabled skipverify tlsskipverify'),
  ...entries(structure, 'type structure datastructure datatype valuetype command redistype'),
  ...entries(advice(`fields of the key stand in ${keys.kcql}: write PK id at the statement's end`), 'key keys keyfield keyfields pk pks primarykey primarykeys pkfields keypattern keyname keymode'),
  ...entries(advice(`the key's beginning stands in ${keys.kcql}: write INSERT INTO orders: before SELECT`), 'prefix keyprefix keyspace namespace'),
  ...entries(advice(`fields stand in ${keys.kcql}: write SELECT a, b FROM topic`), 'fields columns fieldswhitelist fieldswhitlist whitelist includefields'),
  ...entries(advice(`such a time limit can't be set here; how long Redis may be away says ${keys.outage}`), 'timeout timeoutms connecttimeout connecttimeoutms connectiontimeout connectiontimeoutms sockettimeout sockettimeoutms socketconnecttimeoutms readtimeout readtimeoutms commandtimeout commandtimeoutms operationtimeoutms'),
  ...entries(advice('each task has one connection and sends many commands at once by itself. Leave it out'), 'pool poolsize poolmax poolmaxtotal poolmaxidle poolminidle poolmaxactive maxconnections connections batch batchsize batchingsize bulksize pipeline pipelinesize pipelineenabled requestqueuesize autoreconnectenabled')
]) // prettier-ignore

function entries(judge: Judge, names: string): readonly (readonly [string, Judge])[] {
  return names.split(' ').map(name => [name, judge])
}

/** Names of other Kafka sinks for one thing that is no matter of Redis. */
const bareDeletes = new Set(['behavior.on.null.values', 'delete.enabled', 'delete.on.null', 'delete.on.null.values'])

/** The sink's own keys by their squashed ends: a slip in case, dots and dashes, or another sink's prefix. */
const own = new Map(
  sinkConfigDef('old')
    .keys()
    .map(({ name }) => [squashed(name.replace(/^connect\.(?:redis\.)?/, '')), name])
)

const prefix = /^(?:connect[._-])?redis[._-](?:sink[._-])?(?:connection[._-])?/i
/** No key that somebody has written is longer. */
const keyLengthMax = 100

/** What a key that the sink does not read means; null: nothing that is known. */
export function foreignKey(key: string, config: Config): ForeignKey | null {
  if (key.length > keyLengthMax || isRead(key)) return null
  const value = (config.get(key) ?? '').trim()
  // What a provider gives is not known to whoever has no worker.
  const judged = (judge: Judge): ForeignKey => judge(key, value.startsWith('${') ? '' : value, config)
  if (bareDeletes.has(key)) return judged(deletes)
  const start = prefix.exec(key)?.[0]
  if (start === undefined) return null
  const end = squashed(key.slice(start.length))
  const judge = judges.get(end)
  if (judge !== undefined) return judged(judge)
  const today = own.get(end)
  if (today !== undefined) return judged(named(today))
  if (end.startsWith('cluster')) return judged(cluster)
  return end.startsWith('sentinel') ? judged(sentinel) : null
}

/** So many are told at once. */
const faultsMax = 20

/** The keys of a configuration that may not be passed over, each with its message. */
export function foreignKeyFaults(config: Config): readonly { readonly key: string; readonly message: string }[] {
  const faults: { key: string; message: string }[] = []
  for (const key of config.keys()) {
    const found = foreignKey(key, config)
    if (found?.refused === true) faults.push({ key, message: found.says })
    if (faults.length === faultsMax) break
  }
  return faults
}

const sinkKeys = new Set([
  ...sinkConfigDef('old')
    .keys()
    .map(({ name }) => name),
  ...olderSpellings.keys()
])

function isRead(key: string): boolean {
  return sinkKeys.has(key)
}

function squashed(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]+/g, '')
}
