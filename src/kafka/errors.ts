// Errors of the Kafka room: each says which topic, partition, offset or group, what was found and what to do.
import { ConnectError } from '../connect/errors.ts'

/** Bytes of a fetched batch are damaged or hostile: the record at this offset can't be read. */
export class CorruptRecordError extends ConnectError {
  override readonly code: string = 'CORRUPT_RECORD'
  override readonly javaClass: string = 'org.apache.kafka.common.errors.CorruptRecordException'
  readonly topic: string
  readonly partition: number
  readonly offset: number

  constructor(topic: string, partition: number, offset: number, found: string, cause?: unknown) {
    super(
      `${topic}-${partition}@${offset}: ${found}. The task cannot read past this batch; ` +
        'reset the offset of this partition behind it once the broker is known to be well',
      { cause }
    )
    this.topic = topic
    this.partition = partition
    this.offset = offset
  }
}

/** A broker answered with an error code. `name` is Kafka's own name of it, such as NOT_COORDINATOR. */
export class BrokerError extends ConnectError {
  override readonly code: string = 'BROKER'
  override readonly javaClass: string = 'org.apache.kafka.common.errors.ApiException'
  readonly errorCode: number
  readonly errorName: string
  readonly retriable: boolean

  constructor(where: string, errorCode: number, errorName: string, retriable: boolean, detail?: string | null) {
    super(`${where}: the broker answered ${errorName} (${errorCode})${detail ? `: ${detail}` : ''}`)
    this.errorCode = errorCode
    this.errorName = errorName
    this.retriable = retriable
  }
}

/** The connection to a broker failed, was closed or did not answer in time: try again, perhaps elsewhere. */
export class BrokerUnreachableError extends ConnectError {
  override readonly code: string = 'BROKER_UNREACHABLE'
  override readonly javaClass: string = 'org.apache.kafka.common.errors.DisconnectException'
}

/** The broker refused our credentials or its certificate is not trusted: trying again without a change is no use. */
export class AuthenticationFailedError extends ConnectError {
  override readonly code: string = 'KAFKA_AUTHENTICATION'
  override readonly javaClass: string = 'org.apache.kafka.common.errors.SaslAuthenticationException'
}

/** A broker speaks no version of an API that we speak too. */
export class UnsupportedVersionError extends ConnectError {
  override readonly code: string = 'UNSUPPORTED_VERSION'
  override readonly javaClass: string = 'org.apache.kafka.common.errors.UnsupportedVersionException'
}

/** The commit came from a member that the group has already replaced: somebody else owns the partitions now. */
export class CommitFailedError extends ConnectError {
  override readonly code: string = 'COMMIT_FAILED'
  override readonly javaClass: string = 'org.apache.kafka.clients.consumer.CommitFailedException'
}

/** Offsets of a group can be changed, or the group deleted, only while nobody is in it. */
export class GroupNotEmptyError extends ConnectError {
  override readonly code: string = 'GROUP_NOT_EMPTY'
  override readonly javaClass: string = 'org.apache.kafka.common.errors.GroupNotEmptyException'

  constructor(group: string, cause?: unknown) {
    super(`group ${group} has active members. Stop them all, then try again`, { cause })
  }
}

/** No offset to start from, or the log no longer holds it, and `auto.offset.reset` forbids to choose another. */
export class OffsetResetError extends ConnectError {
  override readonly code: string = 'OFFSET_RESET'
  override readonly javaClass: string = 'org.apache.kafka.clients.consumer.OffsetOutOfRangeException'
}

/** A record was not taken within delivery.timeout.ms, or its topic not found within max.block.ms. */
export class DeliveryTimeoutError extends ConnectError {
  override readonly code: string = 'DELIVERY_TIMEOUT'
  override readonly javaClass: string = 'org.apache.kafka.common.errors.TimeoutException'
}

/** A record is larger than max.request.size allows us to send. */
export class RecordTooLargeError extends ConnectError {
  override readonly code: string = 'RECORD_TOO_LARGE'
  override readonly javaClass: string = 'org.apache.kafka.common.errors.RecordTooLargeException'
}

/** Records that were read are gone from the log after an unclean leader election, and `auto.offset.reset` is none. */
export class LogTruncatedError extends ConnectError {
  override readonly code: string = 'LOG_TRUNCATED'
  override readonly javaClass: string = 'org.apache.kafka.clients.consumer.LogTruncationException'
}
