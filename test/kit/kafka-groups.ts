// Who is in a group, as its coordinator tells it, in either protocol.
import { readClientConfig } from '../../src/kafka/client-config.ts'
import { ClientProperties } from '../../src/kafka/client-properties.ts'
import { errorCode } from '../../src/kafka/protocol/error-codes.ts'
import { KafkaWire } from '../../src/kafka/wire.ts'
import { clientOptions } from './consumer.ts'
import { withStack } from './stack.ts'

/** The ids of a group's members, in order; none where there is no such group. */
export async function membersOf(group: string): Promise<string[]> {
  const options = await clientOptions({})
  const wire = new KafkaWire({ ...readClientConfig(new ClientProperties(options.properties), 'test'), ...options })
  const [host = '', port = ''] = (await withStack()).kafka.bootstrap.split(':')
  // The shared stack has one broker, which coordinates all groups.
  const broker = { host, port: Number(port) }
  try {
    const [newer] = (
      await wire.request(broker, 'ConsumerGroupDescribe', { groupIds: [group], includeAuthorizedOperations: false })
    ).groups
    if (newer?.errorCode === 0) return newer.members.map(({ memberId }) => memberId).sort()
    if (newer?.errorCode !== errorCode.groupIdNotFound) throw new Error(`${group}: error ${newer?.errorCode ?? ''}`)
    const [classic] = (
      await wire.request(broker, 'DescribeGroups', { groups: [group], includeAuthorizedOperations: false })
    ).groups
    return (classic?.members ?? []).map(({ memberId }) => memberId).sort()
  } finally {
    await wire.close()
  }
}
