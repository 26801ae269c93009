// A client's connection at a broker: one request at a time, as real brokers read none before they have answered the last.
import { type SimSocket } from '../engine/network.ts'
import { apiOf, isFlexible, profiles } from './api/versions.ts'
import { handlers } from './api/handlers.ts'
import { type SimBroker } from './broker.ts'
import { type Call } from './call.ts'
import { type Core } from './core.ts'
import { errors } from './errors.ts'
import { Frames } from './wire/frames.ts'
import { Reader } from './wire/reader.ts'
import { Writer } from './wire/writer.ts'

const scratch = new Writer()

export class Connection {
  readonly #core: Core
  readonly #broker: SimBroker
  readonly #socket: SimSocket
  readonly #frames = new Frames()
  #waiting: Buffer[] = []
  #isBusy = false

  constructor(core: Core, broker: SimBroker, socket: SimSocket) {
    this.#core = core
    this.#broker = broker
    this.#socket = socket
    socket.listen({
      onData: bytes => {
        this.#waiting.push(...this.#frames.add(bytes))
        this.#next()
      },
      onClose: () => {
        // What had arrived is done or not, as the broker happens to notice.
        if (this.#core.chance.happens(0.5)) this.#waiting = []
      }
    })
  }

  #next(): void {
    if (this.#isBusy) return
    const frame = this.#waiting.shift()
    if (frame === undefined) return
    this.#isBusy = true
    this.#take(frame)
  }

  #take(frame: Buffer): void {
    const { scheduler, faults, settings } = this.#core
    scheduler.trace.bytes(this.#broker.name, frame)
    const key = frame.readInt16BE(0)
    const version = frame.readInt16BE(2)
    const correlationId = frame.readInt32BE(4)
    const api = apiOf(key)
    const range = api === undefined ? undefined : profiles[settings.profile][api]
    if (api === undefined || range === undefined) throw new Error(`a request of API ${key}, which nobody was offered`)
    const isKnown = version >= range[0] && version <= range[1]
    if (!isKnown && api !== 'ApiVersions') throw new Error(`${api} in version ${version}, which nobody was offered`)
    const flexible = isFlexible(api, version)
    const clientId = new Reader(frame, false, 8).nullableString() ?? ''
    const read = new Reader(frame, flexible, 10 + Buffer.byteLength(clientId))
    read.tags()
    const fault = faults.of(api)
    if (fault.loses === 'before') return this.#cut(`the request ${api} was lost`)
    let isAnswered = false
    const call: Call = {
      core: this.#core,
      broker: this.#broker,
      api,
      version,
      clientId,
      read,
      error: isKnown ? fault.error : errors.unsupportedVersion,
      throttleMs: fault.throttleMs,
      answer: write => {
        if (isAnswered) throw new Error(`${api} was answered twice`)
        isAnswered = true
        if (fault.loses === 'after') return this.#cut(`the answer to ${api} was lost`)
        if (write === null) return this.#done()
        const bytes = this.#answerBytes(correlationId, flexible, flexible && api !== 'ApiVersions', write)
        if (fault.delayMs === 0) return this.#send(bytes)
        const kept = Buffer.from(bytes)
        this.#broker.process.after(fault.delayMs, () => this.#send(kept))
      }
    }
    handlers[api](call)
  }

  #answerBytes(correlationId: number, flexible: boolean, hasTags: boolean, write: (to: Writer) => void): Buffer {
    scratch.begin(flexible)
    scratch.int32(0)
    scratch.int32(correlationId)
    if (hasTags) scratch.tags()
    write(scratch)
    scratch.patchInt32(0, scratch.length - 4)
    return scratch.written
  }

  #send(bytes: Buffer): void {
    this.#core.scheduler.trace.bytes(this.#broker.name, bytes)
    this.#socket.send(bytes)
    this.#done()
  }

  #done(): void {
    this.#isBusy = false
    // Later: a group that answers all its members must not meet their next requests meanwhile.
    if (this.#waiting.length > 0) this.#broker.process.after(0, () => this.#next())
  }

  #cut(what: string): void {
    this.#core.tell(this.#broker.name, what)
    this.#waiting = []
    this.#socket.destroy(what)
  }
}
