// Basic authentication of Connect's BasicAuthSecurityRestExtension: users stand in a properties file that a JAAS file names.
import { createHash, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { ConfigError } from '../connect/errors.ts'
import { propertiesIn } from '../connect/properties-file.ts'
import { systemProperty } from '../java/system-property.ts'
import { type Clock } from '../util/clock.ts'
import { HttpError } from './http-error.ts'
import { RateLimit } from './rate-limit.ts'

const extensionKey = 'rest.extension.classes'
const basicAuthClass = 'org.apache.kafka.connect.rest.basic.auth.extension.BasicAuthSecurityRestExtension'
const loginModule = 'org.apache.kafka.connect.rest.basic.auth.extension.PropertyFileLoginModule'

/** The user that the header of a request names; throws HttpError 401 where it names none that is known, 429 where an address guesses. */
export type Authenticate = (authorization: string | undefined, address: string) => string

/** An address may be wrong so often at once, and then once a second. */
const wrongLoginsMax = 20

/**
 * The authentication that `rest.extension.classes` asks for; null: none. No code is ever loaded by these names.
 * `javaOptions` is KAFKA_OPTS, where Java users put -Djava.security.auth.login.config.
 */
export function authentication(extensions: readonly string[], javaOptions: string, clock: Clock): Authenticate | null {
  const unknown = extensions.find(name => name !== basicAuthClass)
  if (unknown !== undefined) {
    throw new ConfigError(extensionKey, `${extensionKey}: ${unknown} is not known here, ${basicAuthClass} is`)
  }
  if (extensions.length === 0) return null
  const jaasPath = systemProperty(javaOptions, 'java.security.auth.login.config')
  if (jaasPath === undefined) {
    throw new ConfigError(
      extensionKey,
      `${extensionKey}: the users' file is named in a JAAS file: KAFKA_OPTS=-Djava.security.auth.login.config=/path/to/jaas.conf`
    )
  }
  return checker(readUsers(credentialsPath(jaasPath)), new RateLimit(wrongLoginsMax, 1, clock))
}

function checker(users: ReadonlyMap<string, string>, wrongLogins: RateLimit): Authenticate {
  // Who logged in once is let in behind an address where somebody else guesses.
  const known = new Set<string>()
  return (authorization, address) => {
    const [user, password] = credentials(authorization)
    const login = digest(`${user}:${password}`).toString('hex')
    if (!known.has(login) && !wrongLogins.allows(address)) {
      const seconds = String(wrongLogins.waitSeconds(address))
      throw new HttpError(429, 'Too many wrong logins from this address.', { 'retry-after': seconds })
    }
    const expected = users.get(user)
    // Compared even where there is no such user: the time taken tells nothing.
    const same = timingSafeEqual(digest(password), digest(expected ?? `no user ${password}`))
    if (expected !== undefined && same) {
      known.add(login)
      return user
    }
    if (authorization !== undefined) wrongLogins.take(address)
    throw new HttpError(401, 'User cannot access the resource.', { 'www-authenticate': 'Basic realm="Kafka Connect"' })
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function credentials(authorization: string | undefined): readonly [user: string, password: string] {
  const encoded = /^basic\s+([A-Za-z0-9+/=_-]+)\s*$/i.exec(authorization ?? '')?.[1]
  const text = Buffer.from(encoded ?? '', 'base64').toString()
  const colon = text.indexOf(':')
  return colon < 0 ? ['', ''] : [text.slice(0, colon), text.slice(colon + 1)]
}

/** The file that the JAAS entry KafkaConnect names. Comments, then `NAME { module flag option="value" ...; };` and no more. */
function credentialsPath(jaasPath: string): string {
  const text = read(jaasPath)
    .toString()
    .replace(/\/\*[^]*?\*\/|\/\/[^\n]*/g, '')
  const entry = /(?:^|[\s;}])KafkaConnect\s*\{([^}]*)\}\s*;/.exec(text)?.[1]
  const login = /^\s*([\w.$]+)\s+(?:required|requisite|sufficient|optional)\s+([^;]*);\s*$/.exec(entry ?? '')
  const file = /(?:^|\s)file\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"';]+))/.exec(login?.[2] ?? '')
  const path = file?.[1] ?? file?.[2] ?? file?.[3]
  if (login?.[1] === loginModule && path !== undefined) return path
  throw new ConfigError(
    extensionKey,
    `${jaasPath}: expected KafkaConnect { ${loginModule} required file="/path/to/users.properties"; };`
  )
}

function readUsers(path: string): ReadonlyMap<string, string> {
  const users = propertiesIn(path, read(path), { key: extensionKey })
  // Java's module lets everybody in then, which nobody who writes such a file wants.
  if (users.size === 0) throw new ConfigError(extensionKey, `${path}: no user. Write a line USER=PASSWORD for each`)
  return users
}

function read(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new ConfigError(extensionKey, `${path} can't be read: ${(error as Error).message}`)
  }
}
