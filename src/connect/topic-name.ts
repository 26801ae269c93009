// What Kafka takes as the name of a topic.
const lengthMax = 249
const illegal = /[^A-Za-z0-9._-]/

export const topicNameRule = `Kafka takes letters, digits, '.', '_' and '-', ${lengthMax} of them at most`

export function isTopicName(text: string): boolean {
  return text !== '' && text.length <= lengthMax && !illegal.test(text) && text !== '.' && text !== '..'
}
