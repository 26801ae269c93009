// Writes docs/configuration.md from the sink's ConfigDef; a test holds the page to it.
import { writeFileSync } from 'node:fs'
import { type ConfigKey } from '../src/connect/config.ts'
import { type Parsed } from '../src/connect/config-type.ts'
import { sinkConfigDef } from '../src/redis/config.ts'
import { olderSpellings } from '../src/redis/older-keys.ts'

export const configurationPage = 'docs/configuration.md'

const head = `# Configuration of the sink

This page is made from the sink's definition of its keys by \`npm run node -- scripts/config-docs.ts\`; the same definition validates
configurations, so that nothing stands here that is not so. Where a default depends on the contract (chosen by \`connector.class\`, see
[compatibility.md](compatibility.md)), both are given. What is wrong with a configuration is told all at once, each fault on its key.

A connector's file holds these keys beside those of every Kafka Connect sink (\`name\`, \`connector.class\`, \`tasks.max\`, \`topics\` or
\`topics.regex\`, converters, transforms, \`errors.*\`):

\`\`\`properties
name=redis-sink
connector.class=io.lenses.streamreactor.connect.redis.sink.RedisSinkConnector
topics=orders
connect.redis.host=localhost
connect.redis.port=6379
connect.redis.kcql=INSERT INTO order- SELECT id, customer, total FROM orders PK id
\`\`\`
`

/** The page, from the definition alone. */
export function configurationText(): string {
  const plain = sinkConfigDef('plain')
  const keys = sinkConfigDef('old')
    .keys()
    .filter(key => key.internal !== true)
  const sections = [
    section('Redis and the statements', keys.filter(key => key.group === 'Connection')),
    section('Progress and keys', keys.filter(key => key.group !== 'Connection' && /progress|delimiter/.test(key.name))),
    section('Beyond the retired connector', keys.filter(key => key.group === undefined && key.name.startsWith('connect.redis.') && !/delimiter/.test(key.name))),
    section('TLS to Redis, with `connect.redis.ssl.enabled=true`', keys.filter(key => key.name.startsWith('ssl.')))
  ] // prettier-ignore
  return [head, ...sections, spellings()].join('\n')

  function section(title: string, list: readonly ConfigKey[]): string {
    return `## ${title}\n\n${list.map(key => entry(key, plain.key(key.name) ?? key)).join('\n')}`
  }
}

function entry(old: ConfigKey, plain: ConfigKey): string {
  const facts = [old.type.toLowerCase(), defaults(old, plain), `importance ${old.importance.toLowerCase()}`]
  if (old.validator?.describe !== undefined) facts.push(`valid: ${old.validator.describe}`)
  return `### \`${old.name}\`\n${old.documentation}\n\n*${facts.join(' · ')}*\n`
}

function defaults(old: ConfigKey, plain: ConfigKey): string {
  if (old.defaultValue === undefined) return 'required'
  const [one, two] = [shown(old.defaultValue), shown(plain.defaultValue ?? null)]
  return one === two ? `default ${one}` : `default ${one} (old contract), ${two} (plain contract)`
}

function shown(value: Parsed): string {
  if (value === null) return 'none'
  const text = Array.isArray(value) ? value.join(',') : String(value)
  return text === '' ? 'empty' : `\`${text}\``
}

function spellings(): string {
  const rows = [...olderSpellings].map(([older, key]) => `| \`${older}\` | \`${key}\` |`)
  return `## Older spellings\n\nRead with a warning.\n\n| older | today |\n|---|---|\n${rows.join('\n')}\n`
}

if (import.meta.main) writeFileSync(configurationPage, configurationText())
