// A network with memory: connections between processes and servers, each direction a queue of chunks that take their time, get stuck, or arrive late.
//
// The idea. What was handed to the network belongs to it: a chunk that was sent may arrive after its sender has closed, or died. A path that is cut holds
// what is on it, as TCP sends again until it gets through; what happens to that when the sender resets its connection is chance: packets of a
// plain connection are gone, those that a proxy has taken arrive when the path is whole again.
import { type Chance } from './chance.ts'
import { type Scheduler, type SimProcess } from './scheduler.ts'

/** One end of a connection. Listeners are called in an event of the end's own process. */
export interface SimSocket {
  /** `ip:port` of this end, and of the other. */
  readonly local: string
  readonly remote: string
  readonly closed: boolean
  send(bytes: Uint8Array): void
  /** What arrives before is kept for the listener. */
  listen(events: SocketEvents): void
  /** As a reset: what waits in this kernel is gone, what the network has is not. */
  destroy(reason?: string): void
  /** As an orderly close: what was sent arrives first. */
  end(): void
  readonly bytesRead: number
  readonly bytesWritten: number
  /** What was sent from here and handed to whoever listens at the other end. */
  readonly bytesTaken: number
}

export interface SocketEvents {
  onData(bytes: Uint8Array): void
  /** Once; also after this end's own `destroy` or `end`. */
  onClose(reason: string): void
  /** The other end took some of what was sent. */
  onTaken?(): void
}

export interface SimServer {
  /** Its process: frozen it takes nothing, dead it refuses connections. */
  readonly process: SimProcess
  /** A connection was made; whether it is served is the server's business. */
  accept(socket: SimSocket): void
}

/** How the way between a process and an address is. */
export interface Path {
  /** Nothing gets through in this direction until it is mended. */
  upCut: boolean
  downCut: boolean
  /** Milliseconds added to each chunk. */
  slowMs: number
  /** Chance of a chunk to arrive in two pieces. */
  splits: number
}

const latencyMsMin = 0.05
const latencyMsMax = 1.5

export class Network {
  readonly #scheduler: Scheduler
  readonly #chance: Chance
  readonly #servers = new Map<string, SimServer>()
  readonly #paths = new Map<string, Path>()
  readonly #connections = new Set<Connection>()
  #port = 30_000
  /** By their own address: whose connections they are, or were. */
  readonly #owners = new Map<string, string>()
  /** Called when somebody asks for a connection. */
  onAsked: (client: string, address: string) => void = () => undefined

  constructor(scheduler: Scheduler, chance: Chance) {
    this.#scheduler = scheduler
    this.#chance = chance
  }

  /** `address` is `host:port`. The server that listened there before does so no more. */
  serve(address: string, server: SimServer): void {
    this.#servers.set(address, server)
  }

  unserve(address: string): void {
    this.#servers.delete(address)
  }

  /** The way from a process (by name) to an address, both directions. */
  path(from: string, to: string): Path {
    const key = `${from} ${to}`
    const known = this.#paths.get(key)
    if (known !== undefined) return known
    const path: Path = { upCut: false, downCut: false, slowMs: 0, splits: 0 }
    this.#paths.set(key, path)
    return path
  }

  /** After a path was changed: what it held back moves. */
  mended(): void {
    for (const connection of [...this.#connections]) connection.pump()
  }

  /** Those between a process and an address that stand. */
  connections(from: string, to: string): readonly SimConnection[] {
    return [...this.#connections].filter(({ client, address }) => client.name === from && address === to)
  }

  /** Who has, or had, the connection of that `ip:port`. */
  ownerOf(local: string): string | null {
    return this.#owners.get(local) ?? null
  }

  /** Rejects where nobody listens, or nothing gets through within `timeoutMs`. */
  connect(client: SimProcess, address: string, timeoutMs: number): Promise<SimSocket> {
    this.onAsked(client.name, address)
    return new Promise((resolve, reject) => {
      const path = this.path(client.name, address)
      const late = client.after(timeoutMs, () => fail(`no connection within ${timeoutMs} ms`))
      let isOver = false
      const fail = (reason: string): void => {
        if (isOver) return
        isOver = true
        late.clear()
        reject(new Error(reason))
      }
      const attempt = (): void => {
        if (isOver || !client.alive) return
        if (path.upCut || path.downCut) {
          // The kernel asks again.
          this.#scheduler.after(200, attempt)
          return
        }
        const server = this.#servers.get(address)
        if (server === undefined || !server.process.alive) {
          client.after(this.latencyMs(path), () => fail(`connect ECONNREFUSED ${address}`))
          return
        }
        const connection = new Connection(this, { scheduler: this.#scheduler, client, server, address, path, local: `10.0.0.1:${this.#port++}`, isProxied: this.#chance.happens(0.5) }) // prettier-ignore
        this.#connections.add(connection)
        this.#owners.set(connection.clientEnd.local, client.name)
        client.onDeath(() => connection.clientDied())
        server.process.onDeath(() => connection.serverDied())
        server.process.after(this.latencyMs(path), () => {
          if (!connection.gone) server.accept(connection.serverEnd)
        })
        client.after(this.latencyMs(path), () => {
          if (isOver) return connection.clientEnd.destroy()
          isOver = true
          late.clear()
          resolve(connection.clientEnd)
        })
      }
      this.#scheduler.after(this.latencyMs(path), attempt)
    })
  }

  latencyMs(path: Path): number {
    return latencyMsMin + this.#chance.next() * (latencyMsMax - latencyMsMin) + path.slowMs
  }

  /** How a chunk arrives: whole, or in two pieces. */
  pieces(bytes: Uint8Array, path: Path): Uint8Array[] {
    if (bytes.length < 2 || !this.#chance.happens(path.splits)) return [bytes]
    const at = this.#chance.between(1, bytes.length - 1)
    return [bytes.subarray(0, at), bytes.subarray(at)]
  }

  forget(connection: Connection): void {
    this.#connections.delete(connection)
  }
}

/** What a fault may do to a connection. */
export interface SimConnection {
  readonly client: SimProcess
  readonly address: string
  /** Nothing gets through on this one, as where a proxy of its own hangs; others between the same two are well. After a change: `mended`. */
  isStuck: boolean
  /** Both ends learn of a reset; what was on the way is lost from a point by chance: `keep` of 0 to 1 says how much of it still arrives. */
  cut(keep: number): void
}

interface ConnectionParts {
  readonly scheduler: Scheduler
  readonly client: SimProcess
  readonly server: SimServer
  readonly address: string
  readonly path: Path
  readonly local: string
  readonly isProxied: boolean
}

class Connection implements SimConnection {
  readonly client: SimProcess
  readonly address: string
  isStuck = false
  readonly clientEnd: End
  readonly serverEnd: End
  readonly #network: Network
  readonly #parts: ConnectionParts
  readonly #up: Direction
  readonly #down: Direction

  constructor(network: Network, parts: ConnectionParts) {
    this.#network = network
    this.#parts = parts
    this.client = parts.client
    this.address = parts.address
    this.#up = new Direction(this, network, parts.scheduler, parts.path, () => this.isStuck || parts.path.upCut)
    this.#down = new Direction(this, network, parts.scheduler, parts.path, () => this.isStuck || parts.path.downCut)
    this.clientEnd = new End(parts.client, parts.local, parts.address, this.#up)
    this.serverEnd = new End(parts.server.process, parts.address, parts.local, this.#down)
    this.#up.receiver = this.serverEnd
    this.#down.receiver = this.clientEnd
    this.clientEnd.peer = this.serverEnd
    this.serverEnd.peer = this.clientEnd
  }

  get gone(): boolean {
    return this.clientEnd.closed && this.serverEnd.closed
  }

  get isProxied(): boolean {
    return this.#parts.isProxied
  }

  pump(): void {
    this.#up.pump()
    this.#down.pump()
  }

  cut(keep: number): void {
    this.#up.lose(keep)
    this.#down.lose(keep)
    this.clientEnd.reset('read ECONNRESET')
    this.serverEnd.reset('read ECONNRESET')
  }

  /** The kernel closes what a process had open: what was sent goes out first. What a cut path holds is lost: see docs/decisions/0011. */
  clientDied(): void {
    this.clientEnd.abandon()
    if (this.#parts.path.upCut) this.#up.lose(0)
    this.#up.finish('the client is gone')
  }

  serverDied(): void {
    this.serverEnd.abandon()
    this.#down.finish('read ECONNRESET')
  }

  settled(): void {
    if (this.gone && this.#up.isEmpty && this.#down.isEmpty) this.#network.forget(this)
  }
}

/** The bytes on their way from one end to the other, in order. */
class Direction {
  receiver: End | null = null
  readonly #connection: Connection
  readonly #network: Network
  readonly #scheduler: Scheduler
  readonly #path: Path
  readonly #isCut: () => boolean
  /** null: the sender closes here. */
  #chunks: { readonly at: number; readonly bytes: Uint8Array | null; readonly reason: string }[] = []
  #isPumping = false
  #finished = false
  #lastAt = 0

  constructor(connection: Connection, network: Network, scheduler: Scheduler, path: Path, isCut: () => boolean) {
    this.#connection = connection
    this.#network = network
    this.#scheduler = scheduler
    this.#path = path
    this.#isCut = isCut
  }

  get isEmpty(): boolean {
    return this.#chunks.length === 0
  }

  push(bytes: Uint8Array): void {
    if (this.#finished) return
    for (const piece of this.#network.pieces(bytes, this.#path)) this.#add(piece, '')
  }

  /** The sender is closed: whoever receives learns of it behind what was sent. */
  finish(reason: string): void {
    if (this.#finished) return
    this.#finished = true
    this.#add(null, reason)
  }

  /** The sender resets: what a cut path holds is lost, unless a proxy has it. */
  reset(reason: string): void {
    if (this.#finished) return
    if (this.#isCut() && !this.#connection.isProxied) this.#chunks = []
    this.finish(reason)
  }

  lose(keep: number): void {
    this.#chunks = this.#chunks.slice(0, Math.floor(this.#chunks.length * keep))
  }

  pump(): void {
    if (this.#isPumping || this.#chunks.length === 0) return
    if (this.#isCut()) return
    const [first] = this.#chunks
    if (first === undefined) return
    this.#isPumping = true
    this.#scheduler.after(Math.max(0, first.at - this.#scheduler.now), () => {
      this.#isPumping = false
      if (this.#isCut()) return
      const chunk = this.#chunks.shift()
      if (chunk !== undefined) {
        if (chunk.bytes === null) this.receiver?.reset(chunk.reason)
        else this.receiver?.deliver(chunk.bytes)
      }
      this.#connection.settled()
      this.pump()
    })
  }

  #add(bytes: Uint8Array | null, reason: string): void {
    // Chunks never overtake one another.
    this.#lastAt = Math.max(this.#lastAt, this.#scheduler.now + this.#network.latencyMs(this.#path))
    this.#chunks.push({ at: this.#lastAt, bytes, reason })
    this.pump()
  }
}

class End implements SimSocket {
  readonly local: string
  readonly remote: string
  readonly #process: SimProcess
  readonly #out: Direction
  #events: SocketEvents | null = null
  readonly #kept: Uint8Array[] = []
  #closed = false
  /** By this end itself: nothing that still comes is handed out. What came before the other end's close is. */
  #closedHere = false
  #told = false
  #reason = ''
  peer: End | null = null
  bytesRead = 0
  bytesWritten = 0

  constructor(process: SimProcess, local: string, remote: string, out: Direction) {
    this.#process = process
    this.local = local
    this.remote = remote
    this.#out = out
  }

  get closed(): boolean {
    return this.#closed
  }

  get bytesTaken(): number {
    return this.peer?.bytesRead ?? 0
  }

  send(bytes: Uint8Array): void {
    if (this.#closed || !this.#process.alive) return
    this.bytesWritten += bytes.length
    // The sender may use its buffer again.
    this.#out.push(Uint8Array.prototype.slice.call(bytes))
  }

  listen(events: SocketEvents): void {
    this.#events = events
    for (const bytes of this.#kept.splice(0)) this.#process.after(0, () => this.#hand(bytes))
    if (this.#closed) this.#tellClose()
  }

  destroy(reason = 'closed here'): void {
    if (this.#closed) return
    this.#closed = this.#closedHere = true
    this.#reason = reason
    this.#out.reset('read ECONNRESET')
    this.#tellClose()
  }

  end(): void {
    if (this.#closed) return
    this.#closed = this.#closedHere = true
    this.#reason = 'closed here'
    this.#out.finish('the server closed the connection')
    this.#tellClose()
  }

  /** From the network: the other end is gone, or the way to it. */
  reset(reason: string): void {
    if (this.#closed) return
    this.#closed = true
    this.#reason = reason
    this.#out.finish(reason)
    this.#tellClose()
  }

  /** Its process is dead: nobody is told. */
  abandon(): void {
    this.#closed = true
  }

  deliver(bytes: Uint8Array): void {
    if (this.#closedHere || !this.#process.alive) return
    this.#process.after(0, () => this.#hand(bytes))
  }

  #hand(bytes: Uint8Array): void {
    if (this.#told || this.#closedHere) return
    if (this.#events === null) {
      this.#kept.push(bytes)
      return
    }
    this.bytesRead += bytes.length
    this.peer?.taken()
    this.#events.onData(bytes)
  }

  /** By the other end. */
  taken(): void {
    if (this.#closed || this.#events?.onTaken === undefined) return
    this.#process.after(0, () => {
      if (!this.#closed) this.#events?.onTaken?.()
    })
  }

  #tellClose(): void {
    if (this.#events === null) return
    this.#process.after(0, () => {
      if (this.#told) return
      this.#told = true
      this.#events?.onClose(this.#reason)
    })
  }
}
