// What a broker is asked through, whatever carries it: our own frames, or the client library's connection where a login is needed.
import { type LookupFunction } from 'node:net'

/** A connection to one broker, logged in. Rejections mean that nobody knows whether the broker acted. */
export interface BrokerLink {
  /** What came and went over it, ever; of a connection that is gone, too. */
  readonly bytesRead: number
  readonly bytesWritten: number
  /** The answer's body, its header taken off. */
  send(request: LinkRequest): Promise<Buffer>
  /** Cuts it; what is under way is rejected. */
  destroy(error?: Error): void
  close(): Promise<void>
}

export interface LinkRequest {
  readonly key: number
  readonly version: number
  /** The request without its header. */
  readonly body: Buffer
  /** Whether the request's header, and that of its answer, has tagged fields. */
  readonly flexible: boolean
  readonly answerFlexible: boolean
}

/** Opens a connection to a broker; rejects where it can't be reached, or refuses the login. */
export type OpenLink = (options: LinkOptions) => Promise<BrokerLink>

export interface LinkOptions {
  readonly host: string
  readonly port: number
  /** Finds the addresses of `host`, in the order to try them. */
  readonly lookup: LookupFunction
  readonly clientId: string
  readonly connectTimeoutMs: number
  /** The connection is gone, for whatever reason. */
  readonly onClose: () => void
}
