// What is odd about a configuration, beside an answer whose body is Connect's own: headers, as Kubernetes tells its clients.
import { type RestAnswer } from './routes.ts'

/** What proxies take for the headers of an answer is a few kilobytes. */
const lengthMax = 2000
const textLengthMax = 400

/** The answer with a header `Warning: 299 - "..."` for each of them: the text as JSON of ASCII signs, its first line, the rest counted. */
export function withWarnings(answer: RestAnswer, warnings: readonly string[] = []): RestAnswer {
  const told: string[] = []
  let length = 0
  for (const warning of warnings) {
    const value = headerOf(warning.split('\n', 1)[0] ?? '')
    length += value.length
    if (length > lengthMax) break
    told.push(value)
  }
  const more = warnings.length - told.length
  if (more > 0) told.push(headerOf(`${more} more warnings: kafka-connect-redis explain shows all`))
  return told.length === 0 ? answer : { ...answer, headers: { ...answer.headers, warning: told } }
}

function headerOf(text: string): string {
  const ascii = JSON.stringify(shortened(text)).replace(
    /[^\x20-\x7e]/g,
    sign => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`
  )
  return `299 - ${ascii}`
}

/** A sign beyond ASCII takes six in the header, so that less of such a text passes, and never nothing. */
function shortened(text: string): string {
  let length = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    length += code >= 0x20 && code <= 0x7e ? 1 : 6
    if (length > textLengthMax) return `${text.slice(0, at)}...`
  }
  return text
}
