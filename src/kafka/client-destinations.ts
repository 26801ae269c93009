// Which of a client's settings lead to hosts, and to which: read by the very parsers that the client connects with.
import { canonicalHost } from '../util/host-name.ts'
import { parseBootstrapServers } from './client-properties.ts'
import { endpointKey, endpointUrl } from './oauth/endpoint-url.ts'

/** null: the setting leads nowhere. The function answers null for a host that can't be told. */
export function clientDestinations(setting: string): ((text: string) => readonly (string | null)[]) | null {
  if (setting === 'bootstrap.servers')
    return text => orUntold(() => parseBootstrapServers(text).map(({ host }) => canonicalHost(host)))
  if (setting === endpointKey) return text => orUntold(() => [canonicalHost(endpointUrl(text.trim()).hostname)])
  return null
}

// Its fault is told by whoever reads it; until then it leads to nobody that is known.
function orUntold(read: () => readonly (string | null)[]): readonly (string | null)[] {
  try {
    return read()
  } catch {
    return [null]
  }
}
