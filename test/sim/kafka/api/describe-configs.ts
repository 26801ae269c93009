// DescribeConfigs: the few settings of topics that a client may ask for, at their defaults.
import { type Call } from '../call.ts'
import { errors } from '../errors.ts'

const settings = { 'cleanup.policy': 'delete', 'retention.ms': '604800000', 'min.insync.replicas': '1', 'max.message.bytes': '1048588' } // prettier-ignore
const topicResource = 2
const defaultSource = 5

export function describeConfigs(call: Call): void {
  const { version, read, throttleMs, error, broker } = call
  const asked = read.array(() => {
    const type = read.int8()
    const name = read.string()
    const keys = read.nullableArray(() => read.string())
    read.tags()
    return { type, name, keys }
  })
  call.answer(to => {
    to.int32(throttleMs)
    to.array(asked, ({ type, name, keys }) => {
      const isKnown = type !== topicResource || broker.image.topics.has(name)
      const code = error !== 0 ? error : isKnown ? errors.none : errors.unknownTopicOrPartition
      const told = code === errors.none && type === topicResource ? Object.entries(settings) : []
      to.int16(code)
      to.string(null)
      to.int8(type)
      to.string(name)
      to.array(
        told.filter(([key]) => keys === null || keys.includes(key)),
        ([key, value]) => {
          to.string(key)
          to.string(value)
          to.bool(false)
          to.int8(defaultSource)
          to.bool(false)
          to.array([], () => undefined)
          if (version >= 3) to.int8(0)
          if (version >= 3) to.string(null)
          to.tags()
        }
      )
      to.tags()
    })
    to.tags()
  })
}
