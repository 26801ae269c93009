// Names that no topic can have: found before a task asks Kafka for them, with what to write.
import { type Config } from '../connect/plugin.ts'
import { isTopicName, topicNameRule } from '../connect/topic-name.ts'
import { connectorTopics } from './connector-config.ts'
import { unquotedList } from './quoted-values.ts'

const lettersKey = 'errors.deadletterqueue.topic.name'
const shownMax = 60
/** What people put between names, and around them, instead of a comma. */
const betweenNames = /[;|\s[\]{}()"',]/
const illegal = /[^A-Za-z0-9._-]/g

/** By key. `given` has references as they stand, `config` what they resolve to: of that nothing is shown. */
export function topicNameErrors(given: Config, config: Config): readonly (readonly [key: string, text: string])[] {
  const errors: (readonly [string, string])[] = []
  const add = (key: string, name: string, remedy: (written: string) => string): void => {
    const written = given.get(key) ?? ''
    const isShown = written === config.get(key)
    const short = name.length > shownMax ? `${name.slice(0, shownMax)}...` : name
    const fault = `${key}: ${isShown ? `No topic can be named ${short}` : 'No topic can have such a name'}: ${topicNameRule}`
    // Of quotes, and what to write without them, a sentence of their own tells.
    const isQuoted = unquotedList(written) !== null && !written.includes('[')
    errors.push([key, isShown && !isQuoted ? `${fault}. ${remedy(written)}` : fault])
  }
  // A reference that nobody resolved stays as it is written, as in Kafka.
  const isOdd = (name: string): boolean => !isTopicName(name) && !name.includes('${')
  const topic = connectorTopics(config).find(isOdd)
  if (topic !== undefined) add('topics', topic, listRemedy)
  const letters = (config.get(lettersKey) ?? '').trim()
  if (letters !== '' && isOdd(letters)) add(lettersKey, letters, nameRemedy)
  return errors
}

function listRemedy(list: string): string {
  const names = [...new Set(list.split(betweenNames).filter(name => name !== ''))]
  const isClear = names.length > 0 && names.every(isTopicName)
  return isClear ? `Names are separated by commas: write topics=${names.join(',')}` : 'Correct topics'
}

function nameRemedy(name: string): string {
  return `Write for instance ${lettersKey}=${name.trim().replace(illegal, '-')}`
}
