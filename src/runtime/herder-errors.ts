// What a herder refuses and why, by kind; `rest/` alone turns a kind into a status.
import { ConnectError, type ConnectErrorOptions } from '../connect/errors.ts'

/** 400: the request can never work as it is. */
export class BadRequestError extends ConnectError {
  override readonly code: string = 'BAD_REQUEST'
  override readonly javaClass: string = 'org.apache.kafka.connect.runtime.rest.errors.BadRequestException'
}

/** 403: switched off by the worker's configuration. */
export class ForbiddenError extends ConnectError {
  override readonly code: string = 'FORBIDDEN'
}

/** 500: whoever had to be asked for an answer gave none in time. */
export class RequestTimeoutError extends ConnectError {
  override readonly code: string = 'REQUEST_TIMEOUT'
  override readonly javaClass: string = 'org.apache.kafka.common.errors.TimeoutException'
}

/** 409: the group is moving; the same may work in a moment. */
export class RebalanceNeededError extends ConnectError {
  override readonly code: string = 'REBALANCE_NEEDED'

  constructor(options: ConnectErrorOptions = {}) {
    super(
      'Cannot complete request momentarily due to stale configuration (typically caused by a concurrent config change)',
      options
    )
  }
}

/** The request belongs to another worker: `rest/` repeats it there. `url` null: nobody knows who leads right now. */
export class NotLeaderError extends ConnectError {
  override readonly code: string = 'NOT_LEADER'
  readonly url: string | null

  constructor(url: string | null, message = 'Only the leader can change connectors.') {
    super(message)
    this.url = url
  }
}

/** As NotLeaderError, for what only the owner of a connector or task can do. */
export class NotAssignedError extends NotLeaderError {
  override readonly code: string = 'NOT_ASSIGNED'
}

/** Connect's sentences; several tests of REST clients hang on their letters. */
export const messages = {
  connectorNotFound: (name: string): string => `Connector ${name} not found`,
  noConnectorStatus: (name: string): string => `No status found for connector ${name}`,
  noTaskStatus: (task: string): string => `No status found for task ${task}`,
  // Target states and restarts say it with and without a colon.
  unknownConnector: (name: string): string => `Unknown connector ${name}`,
  unknownConnectorColon: (name: string): string => `Unknown connector: ${name}`,
  unknownTask: (task: string): string => `Unknown task: ${task}`,
  statusNotFound: (name: string): string => `Status for connector ${name} not found`,
  connectorExists: (name: string): string => `Connector ${name} already exists`,
  unknownPlugin: (name: string): string => `Unknown plugin ${name}.`,
  notStopped: (name: string): string =>
    'Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified ' +
    `connector by issuing a 'PUT' request to the '/connectors/${name}/stop' endpoint`,
  offsetsAltered: 'The offsets for this connector have been altered successfully',
  offsetsReset: 'The offsets for this connector have been reset successfully',
  topicTrackingOff: 'Topic tracking is disabled.',
  topicTrackingResetOff: 'Topic tracking reset is disabled.'
} as const
