// The simulated brokers answer as a real one does, question by question and version by version.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readClientConfig } from '../../src/kafka/client-config.ts'
import { ClientProperties, type BrokerAddress } from '../../src/kafka/client-properties.ts'
import { type ResponseOf } from '../../src/kafka/protocol/apis.ts'
import { KafkaWire, type WireOptions } from '../../src/kafka/wire.ts'
import { type Profile, profiles } from '../sim/kafka/api/versions.ts'
import { Cluster } from '../sim/kafka/reader-kit.ts'
import { askOfLogs, Questions, type Ask, type Told } from '../sim/kafka/same-as-real.ts'
import { askOfGroups, askOfStaticMembers } from '../sim/kafka/same-groups.ts'
import { clientOptions } from '../kit/consumer.ts'
import { uniqueName, withStack } from '../kit/stack.ts'

/** The real broker is spoken to in the versions of the profile. What goes by ids is asked by names: of offsets, ids were not told. */
function asking(
  options: WireOptions,
  broker: BrokerAddress,
  profile: Profile
): { ask: Ask; close: () => Promise<void> } {
  const wire = new KafkaWire(options)
  const ranges: Partial<Record<string, readonly [number, number]>> = profiles[profile]
  const ask: Ask = (api, args) => {
    const versionMax = Math.min(ranges[api]?.[1] ?? 0, api === 'OffsetCommit' || api === 'OffsetFetch' ? 9 : Infinity)
    // Joins wait for others: nothing else may wait behind them.
    return wire.request(broker, api, args, { channel: api === 'JoinGroup' ? 'group' : 'main', versionMax })
  }
  return { ask, close: () => wire.close() }
}

async function conversation(ask: Ask, topic: string): Promise<Told[]> {
  const questions = new Questions(ask)
  await askOfLogs(questions, topic)
  await askOfGroups(questions, topic, `${topic}-g`)
  await askOfStaticMembers(questions, topic, `${topic}-s`)
  const text = JSON.stringify(questions.told)
  return JSON.parse(text.replaceAll(topic, 'T').replaceAll(Buffer.from(topic).toString('hex'), 'T')) as Told[]
}

async function real(topic: string, profile: Profile): Promise<Told[]> {
  const { bootstrap } = (await withStack()).kafka
  const options = await clientOptions({})
  const config = readClientConfig(new ClientProperties(options.properties), 'same')
  const [host = '', port = ''] = bootstrap.split(':')
  const { ask, close } = asking({ ...config, ...options }, { host, port: Number(port) }, profile)
  // The first question of all to coordinators that are only being made is refused.
  for (const group of [`${topic}-g`, `${topic}-s`])
    while (codeOf(await ask('FindCoordinator', { key: group, keyType: 0, coordinatorKeys: [group] })) !== 0) continue
  try {
    return await conversation(ask, topic)
  } finally {
    await close()
  }
}

function codeOf(answer: ResponseOf<'FindCoordinator'>): number {
  return answer.coordinators[0]?.errorCode ?? answer.errorCode
}

async function simulated(topic: string, profile: Profile): Promise<Told[]> {
  const cluster = new Cluster(1, { profile, initialDelayMs: 0, newsMsMax: 0 })
  const { ask, close } = asking(cluster.wireOptions('same'), { host: 'kafka-1', port: 9092 }, profile)
  await cluster.until(() => false, 1000)
  const told = await cluster.settled(conversation(ask, topic))
  await cluster.settled(close())
  return told
}

/** Around the first character that differs. */
function difference({ question, answer }: Told, other: Told | undefined): string[] {
  const [expected, found] = [JSON.stringify(answer), JSON.stringify(other?.answer)]
  if (expected === found) return []
  const at = Array.from(expected).findIndex((character, index) => character !== found[index])
  const from = Math.max(0, at - 70)
  return [`${question}: real ...${expected.slice(from, at + 60)}, simulated ...${found.slice(from, at + 60)}`]
}

for (const profile of Object.keys(profiles) as Profile[]) {
  test(`as brokers of ${profile} speak`, async () => {
    const topic = uniqueName('same')
    const [expected, found] = [await real(topic, profile), await simulated(topic, profile)]
    const differences = expected.flatMap((each, index) => difference(each, found[index]))
    assert.deepEqual(differences, [])
    assert.ok(expected.length > 150)
  })
}
