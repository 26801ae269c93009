// The secured listener of the stack's Kafka: TLS with a certificate of its own, every login we know, and rights per user.
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { runToEnd } from './programs.ts'

/** The password of every store of the stack. They guard nothing: the stack lives on the loopback for minutes. */
export const storePassword = 'stack-store-1'

/** Who may log in. What `connect` may do is for tests to grant; the others may everything. */
export const stackUsers = { connect: 'stack-connect-1', admin: 'stack-admin-1' } as const

/** Arguments of Kafka's format tool that create the SCRAM logins. */
export const scramUsers: readonly string[] = Object.entries(stackUsers).flatMap(([name, password]) =>
  ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap(mechanism => [
    '--add-scram',
    `${mechanism}=[name=${name},password=${password}]`
  ])
)

/** Where clients find the stores of a secured stack, below the folder of its Kafka. */
export function storesOf(kafkaDir: string): Readonly<Record<'jks' | 'pkcs12' | 'pem', string>> {
  const secrets = join(kafkaDir, 'secrets')
  return {
    jks: join(secrets, 'truststore.jks'),
    pkcs12: join(secrets, 'truststore.p12'),
    pem: join(secrets, 'ca.pem')
  }
}

/** Makes the stores; answers the lines of the broker's configuration. */
export async function secureProperties(
  { java, dir }: { readonly java: string; readonly dir: string },
  port: number,
  signal?: AbortSignal
): Promise<string> {
  const secrets = join(dir, 'secrets')
  await mkdir(secrets, { recursive: true })
  const keystore = join(secrets, 'broker.p12')
  const beside = join(dirname(java), 'keytool')
  const keytool = existsSync(beside) ? beside : 'keytool'
  const run = (...args: string[]): Promise<string> =>
    runToEnd(keytool, [...args, '-storepass', storePassword, '-noprompt'], signal)
  const names = 'SAN=dns:localhost,ip:127.0.0.1'
  const key = ['-alias', 'broker', '-keyalg', 'RSA', '-keysize', '2048', '-validity', '3650', '-dname', 'CN=localhost']
  await run('-genkeypair', ...key, '-ext', names, '-keystore', keystore, '-storetype', 'PKCS12')
  const stores = storesOf(dir)
  await run('-exportcert', '-rfc', '-alias', 'broker', '-keystore', keystore, '-file', stores.pem)
  for (const [type, file] of [
    ['JKS', stores.jks],
    ['PKCS12', stores.pkcs12]
  ] as const) {
    await run('-importcert', '-alias', 'broker', '-file', stores.pem, '-keystore', file, '-storetype', type)
  }
  const users = Object.entries(stackUsers).map(([name, password]) => `user_${name}="${password}"`)
  const lines = `
listener.name.secure.ssl.keystore.type=PKCS12
listener.name.secure.ssl.keystore.location=${keystore}
listener.name.secure.ssl.keystore.password=${storePassword}
listener.name.secure.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER
listener.name.secure.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required ${users.join(' ')};
listener.name.secure.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.secure.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.secure.oauthbearer.sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
# The open listener is the stack's own door; whoever comes by the secured one has just the rights granted.
super.users=User:ANONYMOUS;User:admin
`
  await writeFile(
    join(secrets, 'client.properties'),
    `# How Java's tools reach 127.0.0.1:${port}.
security.protocol=SASL_SSL
ssl.truststore.location=${stores.jks}
ssl.truststore.password=${storePassword}
sasl.mechanism=PLAIN
sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="admin" password="${stackUsers.admin}";
`
  )
  return lines
}
