// One request at a broker, from its arrival to its answer.
import { type ApiName } from './api/versions.ts'
import { type SimBroker } from './broker.ts'
import { type Core } from './core.ts'
import { type Reader } from './wire/reader.ts'
import { type Writer } from './wire/writer.ts'

export interface Call {
  readonly core: Core
  readonly broker: SimBroker
  readonly api: ApiName
  readonly version: number
  readonly clientId: string
  readonly read: Reader
  /** What a fault wants the answer to say instead of what is true; 0: nothing. */
  readonly error: number
  readonly throttleMs: number
  /** Once; at any time. `null`: the client wants no answer. */
  readonly answer: (write: ((to: Writer) => void) | null) => void
}
