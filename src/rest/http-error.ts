// What the HTTP side itself refuses: a status, a message, perhaps headers.
import { ConnectError } from '../connect/errors.ts'

export class HttpError extends ConnectError {
  override readonly code: string = 'HTTP'
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.status = status
    this.headers = headers
  }
}
