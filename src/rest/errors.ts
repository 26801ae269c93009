// The one translator from what a herder refuses to what HTTP answers: a status and `{error_code, message}`.
import { AlreadyExistsError, NotFoundError } from '../connect/errors.ts'
import {
  BadRequestError,
  ForbiddenError,
  NotAssignedError,
  NotLeaderError,
  RebalanceNeededError
} from '../runtime/herder-errors.ts'
import { HttpError } from './http-error.ts'

export interface ErrorBody {
  readonly error_code: number
  readonly message: string
}

export interface ErrorAnswer {
  readonly status: number
  readonly body: ErrorBody
  readonly headers: Readonly<Record<string, string>>
}

const noLeader =
  'Cannot complete request momentarily due to no known leader URL, likely because a rebalance was underway.'

/** What a client gets for an error, whatever it is. */
export function errorAnswer(error: unknown): ErrorAnswer {
  if (error instanceof HttpError) return answer(error.status, error.message, error.headers)
  if (error instanceof NotFoundError) return answer(404, error.message)
  if (error instanceof AlreadyExistsError || error instanceof RebalanceNeededError) return answer(409, error.message)
  if (error instanceof NotAssignedError || error instanceof NotLeaderError) return answer(409, noLeader)
  if (error instanceof BadRequestError) return answer(400, error.message)
  if (error instanceof ForbiddenError) return answer(403, error.message)
  const fault = asRouterFault(error)
  if (fault !== null) return answer(fault.status, fault.message)
  return answer(500, error instanceof Error ? error.message : String(error))
}

function answer(status: number, message: string, headers: Readonly<Record<string, string>> = {}): ErrorAnswer {
  return { status, body: { error_code: status, message }, headers }
}

/** The router's own refusals (a body too large, an ill-encoded path) carry their status. */
function asRouterFault(error: unknown): { status: number; message: string } | null {
  const status = (error as { statusCode?: unknown } | null)?.statusCode
  if (typeof status !== 'number' || status < 400 || status > 499) return null
  return { status, message: error instanceof Error ? error.message : httpMessage(status) }
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  413: 'Request Entity Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests'
}

/** As Connect's own server words what no endpoint answers. */
export function httpMessage(status: number): string {
  return `HTTP ${status} ${reasons[status] ?? ''}`.trim()
}
