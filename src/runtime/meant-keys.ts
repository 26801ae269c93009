// What is meant by keys of a connector that are none, by their sense: Connect's own in other words, and settings of clients without their prefix.

/** By the key in lower case, dots and dashes taken out. */
const meant: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'topics': 'topic topicname topicnames topiclist kafkatopic kafkatopics inputtopic inputtopics sourcetopic sourcetopics',
    'topics.regex': 'topicregex topicpattern topicspattern topicsregexp regex',
    'tasks.max': 'tasks task maxtasks tasksmaximum tasksnumber tasksnum numtasks parallelism',
    'errors.tolerance': 'tolerance errortolerance errorstolerate errorhandling onerror',
    'errors.log.enable': 'errorslog errorlogenable logerrors errorslogenabled',
    'errors.deadletterqueue.topic.name': 'dlq dlqtopic dlqtopicname dlqname deadletter deadletterqueue deadlettertopic deadletterqueuetopic deadletterqueuetopicname errorsdeadletterqueuetopic errorsdeadletterqueuename errorsdlqtopicname errorstopic errordeadletterqueuetopicname',
    'errors.deadletterqueue.topic.replication.factor': 'dlqreplicationfactor deadletterqueuereplicationfactor errorsdeadletterqueuereplicationfactor errorsdeadletterqueuetopicreplication',
    'value.converter.schemas.enable': 'schemasenable schemaenable converterschemasenable',
    'value.converter.schema.registry.url': 'schemaregistryurl converterschemaregistryurl schemaregistry',
    'value.converter': 'converter valueformat converterclass valueconverterclass outputdataformat inputdataformat',
    'key.converter': 'keyformat keyconverterclass inputkeyformat',
    'connector.class': 'class classname connectorclassname connectortype'
  }).flatMap(([name, words]) => words.split(' ').map(word => [word, name] as const))
) // prettier-ignore

/** Settings of the Kafka consumer that people write as they stand in its manual. */
const ofConsumer =
  /^(?:max\.poll\.|fetch\.|max\.partition\.fetch\.bytes$|auto\.offset\.reset$|group\.id$|group\.instance\.id$|client\.id$|session\.timeout\.ms$|heartbeat\.interval\.ms$|isolation\.level$|enable\.auto\.commit$|partition\.assignment\.strategy$|bootstrap\.servers$|security\.protocol$|sasl\.)/

/** What `key` means, as it follows "has no effect: "; null: nothing that is known. */
export function meaningOf(key: string): string | null {
  const name = meant.get(key.toLowerCase().replace(/[^a-z0-9]+/g, ''))
  if (name !== undefined && name !== key) return `did you mean ${name}?`
  if (ofConsumer.test(key)) return `did you mean consumer.override.${key}?`
  const [, client, setting] = /^(consumer|producer|admin)\.(?!override\.)(.+)$/s.exec(key) ?? []
  return client === undefined || setting === undefined
    ? null
    : `in a connector's configuration it is ${client}.override.${setting}`
}
