// ApiVersions: what this broker speaks; the first thing that is asked on each connection.
import { type Call } from '../call.ts'
import { apis, type ApiName, profiles } from './versions.ts'

export function apiVersions({ core, version, error, answer }: Call): void {
  const offered = Object.entries(profiles[core.settings.profile]) as [ApiName, readonly [number, number]][]
  answer(to => {
    // A version that the broker does not know is answered as version 0.
    to.flexible = error === 0 && version >= 3
    to.int16(error)
    to.array(offered, ([name, [min, max]]) => {
      to.int16(apis[name].key)
      to.int16(min)
      to.int16(max)
      to.tags()
    })
    if (version >= 1 && error === 0) to.int32(0)
    to.tags()
  })
}
