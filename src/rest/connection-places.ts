// Who may hold connections to a listener: so many in all, so many from one address, and a newcomer always gets in, so that a health check does.
//
// Refusing newcomers would give the listener to whoever came first and stayed. So the one that must go is another: of the address that holds the most, the
// one that has asked nothing for the longest time. What is being answered goes last.
import { type IncomingMessage, type Server, type ServerResponse } from 'node:http'

/** The part of a socket that matters here. */
export interface Caller {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
  destroy(): void
  once(event: 'close', listener: () => void): unknown
}

interface Place {
  readonly caller: Caller
  /** Counts up: when it came, or was last answered. */
  since: number
  asked: { readonly request: IncomingMessage; readonly response: ServerResponse } | null
}

export interface PlacesMax {
  readonly total: number
  readonly perAddress: number
}

/** A connection of this address was closed to make room for another one. */
export type OnClosed = (address: string) => void

export class ConnectionPlaces {
  readonly #max: PlacesMax
  readonly #onClosed: OnClosed
  readonly #byAddress = new Map<string, Map<number | undefined, Place>>()
  #total = 0
  #time = 0

  constructor(max: PlacesMax, onClosed: OnClosed = () => undefined) {
    this.#max = max
    this.#onClosed = onClosed
  }

  /** Watches over the connections of a server, TLS or not. */
  static watch(server: Server, max: PlacesMax, onClosed: OnClosed): void {
    const places = new ConnectionPlaces(max, onClosed)
    server.on('connection', caller => places.enter(caller))
    server.on('request', (request, response) => places.asks(request, response))
  }

  enter(caller: Caller): void {
    const address = addressGroup(caller.remoteAddress)
    const places = this.#byAddress.get(address) ?? new Map<number | undefined, Place>()
    this.#byAddress.set(address, places)
    const { remotePort } = caller
    const place = { caller, since: this.#time++, asked: null }
    this.#leave(address, remotePort, places.get(remotePort))
    this.#byAddress.set(address, places.set(remotePort, place))
    this.#total += 1
    caller.once('close', () => this.#leave(address, remotePort, place))
    if (places.size > this.#max.perAddress) this.#give(address, place)
    else if (this.#total > this.#max.total) this.#give(this.#greediest(place), place)
  }

  /** A connection asks something: it is known by its port, for TLS hands out another socket than came in. */
  asks(request: IncomingMessage, response: ServerResponse): void {
    const { remoteAddress, remotePort } = request.socket
    const place = this.#byAddress.get(addressGroup(remoteAddress))?.get(remotePort)
    if (place === undefined) return
    const asked = { request, response }
    place.asked = asked
    response.once('close', () => {
      if (place.asked !== asked) return
      place.asked = null
      place.since = this.#time++
    })
  }

  /** One connection of the address goes, not that of the newcomer. */
  #give(address: string, newcomer: Place): void {
    let victim: Place | null = null
    for (const place of this.#byAddress.get(address)?.values() ?? []) {
      if (place === newcomer) continue
      if (victim === null || goesBefore(place, victim)) victim = place
    }
    const { caller } = victim ?? newcomer
    this.#leave(address, caller.remotePort, victim ?? newcomer)
    caller.destroy()
    this.#onClosed(address)
  }

  /** The address that holds the most; of several, that with the connection that must go first. */
  #greediest(newcomer: Place): string {
    const own = addressGroup(newcomer.caller.remoteAddress)
    let most = own
    let count = 0
    let first: Place | null = null
    for (const [address, places] of this.#byAddress) {
      // Who has nothing but the newcomer has nothing to give.
      const size = address === own ? places.size - 1 : places.size
      if (size < Math.max(count, 1)) continue
      const [place] = places.values()
      if (place === undefined || (size === count && first !== null && !goesBefore(place, first))) continue
      ;[most, count, first] = [address, size, place]
    }
    return most
  }

  #leave(address: string, port: number | undefined, place: Place | undefined): void {
    const places = this.#byAddress.get(address)
    if (place === undefined || places?.get(port) !== place) return
    places.delete(port)
    this.#total -= 1
    if (places.size === 0) this.#byAddress.delete(address)
  }
}

function goesBefore(one: Place, other: Place): boolean {
  const [oneBusy, otherBusy] = [isBusy(one), isBusy(other)]
  return oneBusy === otherBusy ? one.since < other.since : otherBusy
}

/** It has asked, wholly, and is not answered: what remains to be done is ours. Who sends or reads slowly is not busy. */
function isBusy({ asked }: Place): boolean {
  return asked !== null && asked.request.complete && !asked.response.writableEnded
}

/** IPv4 as it is, mapped or not; of IPv6 the network, since whoever has one address of it has them all. */
export function addressGroup(address = ''): string {
  const [plain = ''] = address.replace(/^::ffff:(?=\d+\.)/i, '').split('%')
  if (!plain.includes(':')) return plain
  const [head = '', tail] = plain.split('::')
  const groups = head === '' ? [] : head.split(':')
  const behind = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - behind.length)
  const all = [...groups, ...Array.from({ length: zeros }, () => '0'), ...behind]
  return `${all.slice(0, 4).map(group => parseInt(group, 16).toString(16)).join(':')}::/64` // prettier-ignore
}
