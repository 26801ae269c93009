// Sorted sets with a TTL where Redis takes no script: which members are new is asked before anything is written.
//
// The idea. ZADD and, where it added a member, EXPIRE must be one step: a crash between them would leave a set that never expires. A script is one
// step. Without it a flight has two stages: under WATCH it asks which members are there already (ZSCORE), then it sends everything in one
// transaction, with an EXPIRE for each key that gets a new member. A foreign writer who touches a watched key in between makes EXEC answer nil:
// nothing was executed, and the flight's commands are sent again. The keys asked about are touched by nothing else in the flight (claims.ts), so
// that the EXPIREs may stand behind all other commands, and one per key does: the last that the script would have sent.
//
// Where Redis takes no transactions either (a proxy), the answers of ZADD itself say which members were new, and EXPIRE follows them. A crash between
// the two leaves the set as it was before with regard to its expiry: that is told when the connection stands (rights.ts).
import { wellFormed } from '../modes/binding.ts'
import { roomFor, writeWords } from './command-text.ts'
import { type Reply, ReplyError, ReplyFormatError } from './reply-reader.ts'

/** How ZADD and its EXPIRE become one step: by EVAL; by WATCH and a transaction; not at all, one behind the other. */
export type ExpiryWay = 'script' | 'watch' | 'apart'

type Pieces = readonly Uint8Array[]
/** What became of a wire, as a flight tells it of its parts. */
type Outcome = 'ok' | 'lost' | ReplyError

/** A ZADD whose key's expiry is set anew where the member is new. */
interface Adding {
  readonly wire: number
  readonly key: string
  readonly member: string
  readonly seconds: bigint
}

const multi = Buffer.from('*1\r\n$5\r\nMULTI\r\n')
const exec = Buffer.from('*1\r\n$4\r\nEXEC\r\n')
const unwatch = Buffer.from('*1\r\n$7\r\nUNWATCH\r\n')

export class ExpirySteps {
  readonly way: Exclude<ExpiryWay, 'script'>
  /** By wire, in order. */
  readonly #adding = new Map<number, Adding>()
  /** Per key, its members and whether they are new, as far as it is known. */
  readonly #members = new Map<string, Map<string, boolean>>()
  readonly #asked: { readonly key: string; readonly member: string }[] = []
  /** ZADDs that add a member, in order. */
  readonly #new: Adding[] = []
  /** Why WATCH, or the questions about a key, were refused. */
  #watchRefused: ReplyError | null = null
  readonly #keysRefused = new Map<string, ReplyError>()
  readonly #outcomes = new Map<number, Outcome>()
  #body: Uint8Array = Buffer.alloc(0)
  #wires = 0
  /** The wires whose keys get an EXPIRE, one each. */
  #expires: readonly Adding[] = []
  #stage: 'first' | 'second' | 'done' = 'first'
  /** Answers that this stage has had, and will have had at its end. */
  #answers = 0
  #due = Infinity
  #contested = false
  #executed = false
  /** Goes behind the flight; see Flight.fence. */
  #fence: Uint8Array | null = null
  #fenceRefusal: ReplyError | null = null
  #multiRefused = false

  constructor(way: Exclude<ExpiryWay, 'script'>) {
    this.way = way
  }

  /** The wire's ZADD was written as it is. */
  add(wire: number, key: string, rawMember: string, seconds: bigint): void {
    const member = wellFormed(rawMember)
    this.#adding.set(wire, { wire, key, member, seconds })
    let members = this.#members.get(key)
    if (members === undefined) {
      members = new Map()
      this.#members.set(key, members)
    }
    if (members.has(member)) return
    members.set(member, false)
    this.#asked.push({ key, member })
  }

  /** What goes out first. `body`: the flight's commands, of which there are `wires`. */
  begin(body: Uint8Array, wires: number): Pieces {
    this.#body = body
    this.#wires = wires
    if (this.way === 'apart') {
      this.#due = wires
      return [body]
    }
    this.#due = 1 + this.#asked.length
    return [
      commands([['WATCH', ...this.#members.keys()], ...this.#asked.map(({ key, member }) => ['ZSCORE', key, member])])
    ]
  }

  /** See Flight.fence. Only steps by WATCH and a transaction can be fenced. */
  fence(watch: Uint8Array): void {
    this.#fence = watch
  }

  /** What Redis said to the WATCH of the fence, if it was a no. */
  get fenceRefusal(): ReplyError | null {
    return this.#fenceRefusal
  }

  get answered(): boolean {
    return this.#stage === 'done'
  }

  /** Every command has a plain yes. */
  get clean(): boolean {
    return this.answered && this.#outcomes.size === 0 && !this.#contested && !this.#gaveUp
  }

  /** A foreign writer touched one of the keys in between: nothing was executed. */
  get contested(): boolean {
    return this.#contested
  }

  get multiRefused(): boolean {
    return this.#multiRefused
  }

  /** What became of a wire, as far as it is known. */
  outcome(wire: number): Outcome {
    if (this.#gaveUp) return this.#watchRefusal(wire) ?? 'lost'
    const known = this.#outcomes.get(wire)
    if (known !== undefined) return known
    if (this.way === 'watch') return this.#executed ? 'ok' : 'lost'
    if (this.answered) return 'ok'
    if (this.#stage === 'first') return wire < this.#answers && !this.#adding.has(wire) ? 'ok' : 'lost'
    const expire = this.#expires.findIndex(each => each.wire === wire)
    return expire < this.#answers ? 'ok' : 'lost'
  }

  /** What could not be asked is not written: nobody would know whether to set an expiry. */
  get #gaveUp(): boolean {
    return this.#watchRefused !== null || this.#keysRefused.size > 0
  }

  #watchRefusal(wire: number): ReplyError | undefined {
    const adding = this.#adding.get(wire)
    return adding === undefined ? undefined : (this.#watchRefused ?? this.#keysRefused.get(adding.key))
  }

  /** The next reply; answers what is to be written now. Throws ReplyFormatError where it cannot be an answer to what was sent. */
  take(reply: Reply): Pieces | null {
    const place = this.#answers++
    if (this.#stage === 'first') {
      if (this.way === 'watch') this.#takeAsked(place, reply)
      else this.#takeAdded(place, reply)
    } else if (this.way === 'apart') {
      const owner = this.#expires[place]
      if (owner !== undefined && reply instanceof ReplyError) this.#refuse(owner.wire, reply)
    } else if (this.#fence !== null && place === this.#due - 1) {
      if (reply instanceof ReplyError) this.#fenceRefusal = reply
    } else if (!this.#gaveUp) {
      this.#takeTransaction(place, reply)
    }
    if (this.#answers < this.#due) return null
    return this.#nextStage()
  }

  #nextStage(): Pieces | null {
    this.#answers = 0
    if (this.#stage === 'second') {
      this.#stage = 'done'
      return null
    }
    this.#stage = 'second'
    const behind = this.#fence === null ? [] : [this.#fence]
    if (this.way === 'watch' && this.#gaveUp) {
      this.#due = 1 + behind.length
      return [unwatch, ...behind]
    }
    this.#expires = this.#lastNew()
    const expires = commands(this.#expires.map(({ key, seconds }) => ['EXPIRE', key, seconds.toString()]))
    if (this.way === 'watch') {
      this.#due = 1 + this.#wires + this.#expires.length + 1 + behind.length
      return [multi, this.#body, expires, exec, ...behind]
    }
    this.#due = this.#expires.length
    if (this.#due > 0) return [expires]
    this.#stage = 'done'
    return null
  }

  /** Per key, the last ZADD that adds a member. */
  #lastNew(): readonly Adding[] {
    if (this.way === 'watch') {
      for (const each of this.#adding.values()) {
        const members = this.#members.get(each.key)
        if (members?.get(each.member) !== true) continue
        this.#new.push(each)
        // The flight's next ZADD of it finds it there.
        members.set(each.member, false)
      }
    }
    return [...new Map(this.#new.map(each => [each.key, each])).values()]
  }

  /** The answers of WATCH and of each ZSCORE. */
  #takeAsked(place: number, reply: Reply): void {
    const asked = this.#asked[place - 1]
    if (!(reply instanceof ReplyError)) {
      if (asked !== undefined) this.#members.get(asked.key)?.set(asked.member, reply === null)
    } else if (asked === undefined) {
      this.#watchRefused = reply
    } else if (!reply.text.startsWith('WRONGTYPE')) {
      this.#keysRefused.set(asked.key, reply)
    }
    // A key that holds no sorted set stays so while it is watched: its ZADDs will say the same, and the others are executed.
  }

  #takeAdded(place: number, reply: Reply): void {
    if (reply instanceof ReplyError) this.#refuse(place, reply)
    const adding = this.#adding.get(place)
    if (adding !== undefined && reply === 1) this.#new.push(adding)
  }

  #takeTransaction(place: number, reply: Reply): void {
    const queued = this.#wires + this.#expires.length
    if (place === 0) this.#multiRefused = reply instanceof ReplyError
    else if (place > queued) this.#takeExec(reply)
    else if (reply instanceof ReplyError) this.#refuse(this.#ownerOf(place - 1), reply)
    else if (!this.#multiRefused && reply !== 'QUEUED')
      throw new ReplyFormatError('Redis answered a command inside MULTI without queueing it')
  }

  #takeExec(reply: Reply): void {
    // The commands were taken singly, and have answered for themselves.
    this.#executed = this.#multiRefused || Array.isArray(reply)
    if (this.#multiRefused) return
    if (Array.isArray(reply)) {
      const replies: readonly Reply[] = reply
      if (replies.length !== this.#wires + this.#expires.length)
        throw new ReplyFormatError('EXEC answered for another number of commands')
      for (const [index, one] of replies.entries())
        if (one instanceof ReplyError) this.#refuse(this.#ownerOf(index), one)
      return
    }
    if (reply === null) {
      this.#contested = true
      return
    }
    // EXECABORT: nothing was executed. Commands refused while they were queued know why; where none was, EXEC's own words say it.
    const own = this.#outcomes.size === 0 && reply instanceof ReplyError ? reply : 'lost'
    for (let wire = 0; wire < this.#wires; wire++) {
      if (!(this.#outcomes.get(wire) instanceof ReplyError)) this.#outcomes.set(wire, own)
    }
  }

  /** Whose the command at a place of the transaction is: the EXPIREs stand behind the wires. */
  #ownerOf(index: number): number {
    return index < this.#wires ? index : (this.#expires[index - this.#wires]?.wire ?? 0)
  }

  #refuse(wire: number, reply: ReplyError): void {
    if (!this.#outcomes.has(wire)) this.#outcomes.set(wire, reply)
  }
}

function commands(all: readonly (readonly string[])[]): Uint8Array {
  const bytes = Buffer.allocUnsafe(all.reduce((room, words) => room + roomFor(words), 0))
  let end = 0
  for (const words of all) end = writeWords(bytes, end, words)
  return bytes.subarray(0, end)
}
