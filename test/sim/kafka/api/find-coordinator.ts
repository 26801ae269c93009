// FindCoordinator: the broker that answers for a group.
import { type Call } from '../call.ts'
import { errors } from '../errors.ts'
import { type Writer } from '../wire/writer.ts'

export function findCoordinator(call: Call): void {
  const { version, read, core, error, throttleMs } = call
  const first = version < 4 ? read.string() : ''
  if (version >= 1) read.int8()
  const keys = version >= 4 ? read.array(() => read.string()) : [first]
  const found = (key: string): { id: number; code: number } => {
    const broker = core.coordinators.brokerOf(key)
    if (error !== 0) return { id: -1, code: error }
    // A broker that is known to be gone coordinates nothing; one that died just now still seems to.
    if (broker === null || !call.broker.image.alive.includes(broker.id)) return { id: -1, code: errors.coordinatorNotAvailable } // prettier-ignore
    return { id: broker.id, code: errors.none }
  }
  call.answer(to => {
    if (version >= 1) to.int32(throttleMs)
    if (version < 4) {
      const { id, code } = found(first)
      to.int16(code)
      if (version >= 1) to.string(null)
      writeAddress(to, id)
    } else {
      to.array(keys, key => {
        const { id, code } = found(key)
        to.string(key)
        writeAddress(to, id)
        to.int16(code)
        to.string(null)
        to.tags()
      })
    }
    to.tags()
  })
}

function writeAddress(to: Writer, id: number): void {
  to.int32(id)
  to.string(id < 0 ? '' : `kafka-${id}`)
  to.int32(id < 0 ? -1 : 9092)
}
