// What a fresh connection may do: asked by queueing, in a transaction that is thrown away, so that nothing is executed.
//
// The idea. Redis looks at a command's name, its keys and the user's rights when it queues it, and at its own state too (READONLY, OOM, LOADING). So
// MULTI, one command of each kind that the statements send, and DISCARD tell at login what would otherwise be told by the first record. A user may
// lack MULTI or DISCARD, and a proxy may know neither: what can't be asked is said once, and shows when it is needed. A command beside MULTI must
// come back as queued before any that would write is sent.
import { ConnectError } from '../../connect/errors.ts'
import { type Need } from '../modes/needs.ts'
import { redisCliWord } from '../redis-cli-form.ts'
import { type ExpiryWay } from './expiry-steps.ts'
import { type Reply, ReplyError } from './reply-reader.ts'
import { verdictOf } from './verdict.ts'

/** One command and its answer. Rejects where the connection breaks. */
export type Ask = (words: readonly string[]) => Promise<Reply>

/** A command that is refused, whatever record sends it. */
export interface Missing {
  readonly need: Need
  readonly reply: ReplyError
}

export interface Note {
  readonly level: 'info' | 'warn'
  readonly text: string
}

export interface Rights {
  /** MULTI and EXEC are taken; null: not asked. */
  readonly transactions: boolean | null
  readonly expiry: ExpiryWay
  readonly missing: readonly Missing[]
  /** An answer that means Redis takes no writes for now. */
  readonly outage: ReplyError | null
  /** To be said once each. */
  readonly notes: readonly Note[]
}

/** Redis refuses commands that the statements need: no record can change that. */
export class RedisRightsError extends ConnectError {
  override readonly code: string = 'REDIS_RIGHTS'
}

/** The rights of a connection about which nothing was asked. */
export const unaskedRights: Rights = { transactions: null, expiry: 'script', missing: [], outage: null, notes: [] }

/** So many logins broke while they were asked: such a server hangs up on what it does not know (twemproxy does). */
const hangUpsMax = 2

/** Asks at each login, and remembers where asking itself breaks the connection. */
export class RightsProbe {
  readonly #needs: readonly Need[]
  #hangUps = 0

  constructor(needs: readonly Need[]) {
    this.#needs = needs
  }

  /** What the connection behind `ask` may do. Rejects where it breaks, or is in a state that can't be left. */
  async probe(ask: Ask): Promise<Rights> {
    if (this.#hangUps >= hangUpsMax) {
      // Asked again at the next login: the network may have been the reason.
      this.#hangUps--
      const text = 'What this user may do in Redis could not be checked: the connection broke at MULTI each time'
      return { ...unaskedRights, transactions: false, notes: [{ level: 'warn', text }] }
    }
    try {
      const rights = await probeRights(ask, this.#needs)
      this.#hangUps = 0
      return rights
    } catch (error) {
      this.#hangUps++
      throw error
    }
  }
}

/** As RightsProbe, once. */
export async function probeRights(ask: Ask, needs: readonly Need[]): Promise<Rights> {
  if (needs.length === 0) return unaskedRights
  const multi = await ask(['MULTI'])
  if (multi instanceof ReplyError) return withoutTransactions(ask, needs, multi)
  const queued = await ask(['PING'])
  const discarded = await ask(['DISCARD'])
  if (discarded instanceof ReplyError) {
    const exec = await ask(['EXEC'])
    if (exec instanceof ReplyError && !exec.text.startsWith('EXECABORT'))
      throw new Error(`a transaction can't be ended: ${exec.text}`)
    return { ...unaskedRights, transactions: true, notes: [unchecked('DISCARD', discarded)] }
  }
  // A peer that nods at MULTI and executes what follows must not be sent commands that write.
  if (!(queued instanceof ReplyError) && queued !== 'QUEUED') {
    return withoutTransactions(ask, needs, new ReplyError('PING was executed inside of it'))
  }
  const again = await ask(['MULTI'])
  if (again instanceof ReplyError) return withoutTransactions(ask, needs, again)
  const refusals: Missing[] = []
  for (const need of needs) {
    const reply = await ask(need.words)
    if (reply instanceof ReplyError) refusals.push({ need, reply })
  }
  await ask(['DISCARD'])
  const transactions = await execIsTaken(ask, needs)
  const way = await expiryWay(ask, needs, refusals, transactions)
  const outage = refusals.find(({ reply }) => isOutage(reply))?.reply ?? null
  return {
    transactions,
    expiry: way,
    missing: refusals.filter(refusal => isMissing(refusal, way)),
    outage,
    notes: [...refusals.flatMap(noteOf), ...expiryNotes(needs, way)]
  }
}

/** Whether EXEC is taken, where any statement would send it. */
async function execIsTaken(ask: Ask, needs: readonly Need[]): Promise<boolean> {
  if (!needs.some(({ words: [name = ''], use }) => use === 'watch' || name === 'XADD' || name === 'PUBLISH'))
    return true
  await ask(['MULTI'])
  const exec = await ask(['EXEC'])
  if (!(exec instanceof ReplyError)) return true
  await ask(['DISCARD'])
  return false
}

async function expiryWay(
  ask: Ask,
  needs: readonly Need[],
  refusals: readonly Missing[],
  transactions: boolean
): Promise<ExpiryWay> {
  const script = needs.find(({ use }) => use === 'script')
  const refused = refusals.find(({ need: { use }, reply }) => use === 'script' && isForGood(reply))
  if (script === undefined || refused === undefined) return 'script'
  if (!transactions || refusals.some(({ need: { use }, reply }) => use === 'watch' && isForGood(reply))) return 'apart'
  // WATCH can't be queued. DISCARD ends it.
  const watch = await ask(['WATCH', script.words[3] ?? ''])
  await ask(['MULTI'])
  await ask(['DISCARD'])
  return watch instanceof ReplyError && isForGood(watch) ? 'apart' : 'watch'
}

async function withoutTransactions(ask: Ask, needs: readonly Need[], reply: ReplyError): Promise<Rights> {
  const script = needs.find(({ use }) => use === 'script')
  // Executed, it does nothing.
  const answer = script === undefined ? null : await ask(script.words)
  const expiry = answer instanceof ReplyError && isForGood(answer) ? 'apart' : 'script'
  const notes = [unchecked('MULTI', reply), ...expiryNotes(needs, expiry)]
  return { transactions: false, expiry, missing: [], outage: isOutage(reply) ? reply : null, notes }
}

function isOutage(reply: ReplyError): boolean {
  return verdictOf(reply) === 'outage'
}

/** The command itself is refused, not only a key that was made up, nor for the time being. */
function isForGood(reply: ReplyError): boolean {
  return !isOutage(reply) && !isAboutKeys(reply) && !isAboutPlace(reply)
}

function isAboutKeys({ text }: ReplyError): boolean {
  return /^NOPERM .*(key|channel)/i.test(text) && !/permissions? to run/i.test(text)
}

/** A node of a cluster: which keys it holds says nothing about rights. */
function isAboutPlace({ text }: ReplyError): boolean {
  return /^(MOVED|ASK|CROSSSLOT) /.test(text)
}

function isUnknown({ text }: ReplyError): boolean {
  return /^ERR unknown command/i.test(text)
}

function isMissing({ need, reply }: Missing, way: ExpiryWay): boolean {
  if (need.use === 'without' || need.use === 'script') return false
  if (need.use === 'watch' && way !== 'watch') return false
  if (isAboutKeys(reply)) return need.exact
  return isUnknown(reply) || reply.text.startsWith('NOPERM')
}

function noteOf({ need, reply }: Missing): readonly Note[] {
  const name = nameOf(need)
  const grant = grantText([need])
  if (need.use === 'without' && isForGood(reply)) {
    const text = `Redis refuses ${name} (${reply.text}): what is merged into it is sent twice. To be faster: ${grant}`
    return [{ level: 'warn', text }]
  }
  if (need.use !== 'always' || need.exact || !isAboutKeys(reply)) return []
  const text = `Redis refuses ${name} on ${need.words[1]} (${reply.text}): records that go to such names fail. If there are any: ${grant}`
  return [{ level: 'warn', text }]
}

function expiryNotes(needs: readonly Need[], way: ExpiryWay): readonly Note[] {
  if (way === 'script' || !needs.some(({ use }) => use === 'script')) return []
  const faster = 'ACL SETUSER default +eval'
  if (way === 'watch') {
    return [
      { level: 'info', text: `Redis takes no EVAL: sorted sets with a TTL go by WATCH and MULTI. Faster: ${faster}` }
    ]
  }
  const text =
    'Redis takes neither EVAL nor WATCH, MULTI and EXEC: sorted sets with a TTL are written by ZADD and then EXPIRE, and a crash between the two ' +
    `leaves a set's expiry as it was. Safe: ${faster}, or +watch +zscore +multi +exec +discard`
  return [{ level: 'warn', text }]
}

function unchecked(name: string, { text }: ReplyError): Note {
  return { level: 'info', text: `What this user may do in Redis could not be checked: no ${name} (${text})` }
}

/** Why the connection is of no use, and the words that make it so. */
export function missingText(address: string, missing: readonly Missing[]): string {
  const found = missing.map(({ need, reply }) => `${nameOf(need)} on ${need.rule.slice(1)} (${reply.text})`).join('; ')
  const unknown = missing.filter(({ reply }) => isUnknown(reply))
  const denied = missing.filter(({ reply }) => !isUnknown(reply))
  const remedies: string[] = []
  if (denied.length > 0) remedies.push(`Let the user do so: ${grantText(denied.map(({ need }) => need))}`)
  if (unknown.length > 0)
    remedies.push('Name a server that knows these commands: a proxy may not, and they may be renamed')
  return `Redis at ${address} refuses what the statements need: ${found}. ${remedies.join('. ')}.`
}

/** Sorted sets with a TTL that can't be written in one step, where only transactions keep a connection given up from writing late. */
export function unfencedText(address: string): string {
  return (
    `Redis at ${address} lets this connector neither use EVAL or ZSCORE, which sorted sets with a TTL need, nor close its own connections. ` +
    'Let the user do so: ACL SETUSER default +eval, or +zscore, or +client|info +client|kill.'
  )
}

/** The password alone logs in as the user `default`. */
function grantText(needs: readonly Need[]): string {
  const commands = new Set(needs.map(need => `+${nameOf(need).toLowerCase()}`))
  const rules = new Set(needs.map(({ rule }) => redisCliWord(rule)))
  return ['ACL SETUSER default', ...commands, ...rules].join(' ')
}

function nameOf({ words: [name = ''] }: Need): string {
  return name
}
