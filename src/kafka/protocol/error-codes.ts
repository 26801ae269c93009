// Kafka's error codes: their names, and whether trying again can help.
import { BrokerError } from '../errors.ts'

const retriable = true
const final = false

const codes = new Map<number, readonly [string, boolean]>([
  [-1, ['UNKNOWN_SERVER_ERROR', final]],
  [1, ['OFFSET_OUT_OF_RANGE', final]],
  [2, ['CORRUPT_MESSAGE', retriable]],
  [3, ['UNKNOWN_TOPIC_OR_PARTITION', retriable]],
  [5, ['LEADER_NOT_AVAILABLE', retriable]],
  [6, ['NOT_LEADER_OR_FOLLOWER', retriable]],
  [7, ['REQUEST_TIMED_OUT', retriable]],
  [8, ['BROKER_NOT_AVAILABLE', final]],
  [9, ['REPLICA_NOT_AVAILABLE', retriable]],
  [10, ['MESSAGE_TOO_LARGE', final]],
  [12, ['OFFSET_METADATA_TOO_LARGE', final]],
  [13, ['NETWORK_EXCEPTION', retriable]],
  [14, ['COORDINATOR_LOAD_IN_PROGRESS', retriable]],
  [15, ['COORDINATOR_NOT_AVAILABLE', retriable]],
  [16, ['NOT_COORDINATOR', retriable]],
  [17, ['INVALID_TOPIC_EXCEPTION', final]],
  [18, ['RECORD_LIST_TOO_LARGE', final]],
  [19, ['NOT_ENOUGH_REPLICAS', retriable]],
  [20, ['NOT_ENOUGH_REPLICAS_AFTER_APPEND', retriable]],
  [22, ['ILLEGAL_GENERATION', final]],
  [23, ['INCONSISTENT_GROUP_PROTOCOL', final]],
  [24, ['INVALID_GROUP_ID', final]],
  [25, ['UNKNOWN_MEMBER_ID', final]],
  [26, ['INVALID_SESSION_TIMEOUT', final]],
  [27, ['REBALANCE_IN_PROGRESS', final]],
  [28, ['INVALID_COMMIT_OFFSET_SIZE', final]],
  [29, ['TOPIC_AUTHORIZATION_FAILED', final]],
  [30, ['GROUP_AUTHORIZATION_FAILED', final]],
  [31, ['CLUSTER_AUTHORIZATION_FAILED', final]],
  [35, ['UNSUPPORTED_VERSION', final]],
  [36, ['TOPIC_ALREADY_EXISTS', final]],
  [37, ['INVALID_PARTITIONS', final]],
  [38, ['INVALID_REPLICATION_FACTOR', final]],
  [40, ['INVALID_CONFIG', final]],
  [41, ['NOT_CONTROLLER', retriable]],
  [42, ['INVALID_REQUEST', final]],
  [43, ['UNSUPPORTED_FOR_MESSAGE_FORMAT', final]],
  [44, ['POLICY_VIOLATION', final]],
  [56, ['KAFKA_STORAGE_ERROR', retriable]],
  [58, ['SASL_AUTHENTICATION_FAILED', final]],
  [68, ['NON_EMPTY_GROUP', final]],
  [69, ['GROUP_ID_NOT_FOUND', final]],
  [70, ['FETCH_SESSION_ID_NOT_FOUND', retriable]],
  [71, ['INVALID_FETCH_SESSION_EPOCH', retriable]],
  [72, ['LISTENER_NOT_FOUND', retriable]],
  [74, ['FENCED_LEADER_EPOCH', retriable]],
  [75, ['UNKNOWN_LEADER_EPOCH', retriable]],
  [76, ['UNSUPPORTED_COMPRESSION_TYPE', final]],
  [77, ['STALE_BROKER_EPOCH', final]],
  [78, ['OFFSET_NOT_AVAILABLE', retriable]],
  [79, ['MEMBER_ID_REQUIRED', final]],
  [81, ['GROUP_MAX_SIZE_REACHED', final]],
  [82, ['FENCED_INSTANCE_ID', final]],
  [86, ['GROUP_SUBSCRIBED_TO_TOPIC', final]],
  [87, ['INVALID_RECORD', final]],
  [88, ['UNSTABLE_OFFSET_COMMIT', retriable]],
  [89, ['THROTTLING_QUOTA_EXCEEDED', retriable]],
  [100, ['UNKNOWN_TOPIC_ID', retriable]],
  [103, ['INCONSISTENT_TOPIC_ID', retriable]],
  [106, ['FETCH_SESSION_TOPIC_ID_ERROR', retriable]],
  [109, ['OFFSET_MOVED_TO_TIERED_STORAGE', final]],
  [110, ['FENCED_MEMBER_EPOCH', final]],
  [111, ['UNRELEASED_INSTANCE_ID', final]],
  [112, ['UNSUPPORTED_ASSIGNOR', final]],
  // The member's next heartbeat brings the epoch to try again with.
  [113, ['STALE_MEMBER_EPOCH', retriable]],
  [128, ['INVALID_REGULAR_EXPRESSION', final]]
])

/** The codes that our own code branches on. */
export const errorCode = {
  none: 0,
  offsetOutOfRange: 1,
  unknownTopicOrPartition: 3,
  leaderNotAvailable: 5,
  notLeaderOrFollower: 6,
  messageTooLarge: 10,
  coordinatorLoadInProgress: 14,
  coordinatorNotAvailable: 15,
  notCoordinator: 16,
  illegalGeneration: 22,
  inconsistentGroupProtocol: 23,
  unknownMemberId: 25,
  rebalanceInProgress: 27,
  topicAuthorizationFailed: 29,
  groupAuthorizationFailed: 30,
  topicAlreadyExists: 36,
  nonEmptyGroup: 68,
  groupIdNotFound: 69,
  fetchSessionIdNotFound: 70,
  invalidFetchSessionEpoch: 71,
  fencedLeaderEpoch: 74,
  unknownLeaderEpoch: 75,
  memberIdRequired: 79,
  fencedInstanceId: 82,
  groupSubscribedToTopic: 86,
  unstableOffsetCommit: 88,
  unknownTopicId: 100,
  inconsistentTopicId: 103,
  fetchSessionTopicIdError: 106,
  fencedMemberEpoch: 110,
  unreleasedInstanceId: 111,
  staleMemberEpoch: 113
} as const

export function errorName(code: number): string {
  return codes.get(code)?.[0] ?? `error ${code}`
}

export function isRetriable(code: number): boolean {
  return codes.get(code)?.[1] ?? final
}

/** The error for an answer with `code`; `where` says what was asked of whom. */
export function brokerError(where: string, code: number, detail?: string | null): BrokerError {
  return new BrokerError(where, code, errorName(code), isRetriable(code), detail)
}
