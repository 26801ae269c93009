// Whose fault an error reply is: the record's, the server's, or an outage's. Only a record's fault is ever put to the error policy's NOOP.
//
// The rule. What no record can change is never a record's fault: a command that the user may not use, that the server does not know, or that another
// server should get, is refused for every record alike, and dropping them would lose all of them. So the table names what is known to be about one
// record or to pass by itself, and everything else, what nobody has met yet above all, is the server's.
import { type ReplyError } from './reply-reader.ts'

export type Verdict = 'record' | 'server' | 'outage'

interface Fault {
  readonly verdict: Verdict
  /** What it means, and what to do: one sentence each. */
  readonly meaning: string
  readonly remedy: string
}

const waits = 'Nothing to do here: it is waited for.'

/** By the first word of the reply: every code of Redis 7 and 8 and of Sentinel, whether or not one of our commands can meet it. */
export const faultsByCode: Readonly<Record<string, Fault>> = {
  WRONGTYPE: {
    verdict: 'record',
    meaning: 'the key holds another type',
    remedy: 'The key holds another type: delete or rename it, or choose another prefix by INSERT INTO.'
  },
  LOADING: { verdict: 'outage', meaning: 'Redis reads its data from disk', remedy: waits },
  READONLY: {
    verdict: 'outage',
    meaning: 'this server is a replica, after a failover perhaps',
    remedy: 'Name the master by connect.redis.host; after a failover it is found by connecting anew.'
  },
  MASTERDOWN: { verdict: 'outage', meaning: 'a replica without its master', remedy: waits },
  CLUSTERDOWN: { verdict: 'outage', meaning: 'the cluster is not whole', remedy: waits },
  TRYAGAIN: { verdict: 'outage', meaning: 'keys of one command are on their way to another node', remedy: waits },
  BUSY: {
    verdict: 'outage',
    meaning: 'a script or function runs too long',
    remedy: 'SCRIPT KILL or FUNCTION KILL ends it.'
  },
  OOM: {
    verdict: 'outage',
    meaning: 'maxmemory is reached and nothing may be evicted',
    remedy: 'Raise maxmemory or delete what is not needed; a maxmemory-policy that evicts loses keys.'
  },
  MISCONF: {
    verdict: 'outage',
    meaning: 'Redis cannot save its data and takes no writes',
    remedy: "Look at Redis's log: disk full or not writable."
  },
  NOREPLICAS: {
    verdict: 'outage',
    meaning: 'fewer replicas than min-replicas-to-write',
    remedy: 'Bring the replicas back.'
  },
  NOMASTERLINK: { verdict: 'outage', meaning: 'a replica has no link to its master', remedy: waits },
  EXECABORT: {
    verdict: 'outage',
    meaning: 'a transaction was given up, and no reason was told; a reason that is told decides',
    remedy: waits
  },
  NOPERM: {
    verdict: 'server',
    meaning: 'the user may not use this command, key or channel',
    remedy: 'Give the Redis user the right to this command and key (docs/security.md lists what each mode needs).'
  },
  NOAUTH: {
    verdict: 'server',
    meaning: 'Redis asks for a password',
    remedy: 'Set connect.redis.password.'
  },
  WRONGPASS: { verdict: 'server', meaning: 'the password is wrong', remedy: 'Correct connect.redis.password.' },
  DENIED: {
    verdict: 'server',
    meaning: 'Redis runs in protected mode and takes local connections only',
    remedy: 'Set a password in Redis (requirepass) and connect.redis.password, or bind an address.'
  },
  MOVED: {
    verdict: 'server',
    meaning: 'this Redis is a node of a cluster and another node has the key',
    remedy: 'This Redis is a node of a cluster: name a server that holds all keys.'
  },
  ASK: {
    verdict: 'server',
    meaning: 'as MOVED, while the key is moved',
    remedy: 'This Redis is a node of a cluster: name a server that holds all keys.'
  },
  CROSSSLOT: {
    verdict: 'server',
    meaning: 'keys of one command belong to several nodes of a cluster',
    remedy: 'This Redis is a node of a cluster: name a server that holds all keys.'
  },
  REDIRECT: {
    verdict: 'server',
    meaning: 'the server sends its clients to another one',
    remedy: 'Name the server that it points to.'
  },
  NOSCRIPT: { verdict: 'server', meaning: 'a script is missing', remedy: 'Restart the task.' },
  NOPROTO: { verdict: 'server', meaning: 'a version of the protocol is not spoken', remedy: 'Use Redis 6 or later.' },
  NOTBUSY: { verdict: 'server', meaning: 'no script runs that could be ended', remedy: 'Restart the task.' },
  UNKILLABLE: { verdict: 'server', meaning: 'a script that has written cannot be ended', remedy: 'Restart Redis.' },
  UNBLOCKED: { verdict: 'server', meaning: 'a blocked client was let go', remedy: 'Restart the task.' },
  BUSYKEY: { verdict: 'server', meaning: 'a key to be restored is there already', remedy: 'Restart the task.' },
  BUSYGROUP: { verdict: 'server', meaning: 'a consumer group is there already', remedy: 'Restart the task.' },
  NOGROUP: { verdict: 'server', meaning: 'a consumer group is missing', remedy: 'Restart the task.' },
  NOADDR: { verdict: 'server', meaning: 'Sentinel knows no address', remedy: 'Name the master, not a Sentinel.' },
  NOQUORUM: { verdict: 'server', meaning: 'Sentinels are too few', remedy: 'Name the master, not a Sentinel.' },
  NOGOODSLAVE: { verdict: 'server', meaning: 'Sentinel knows no replica', remedy: 'Name the master, not a Sentinel.' },
  INPROG: { verdict: 'server', meaning: 'Sentinel is at a failover', remedy: 'Name the master, not a Sentinel.' },
  INVALIDOBJ: {
    verdict: 'server',
    meaning: 'Sentinel knows no such object',
    remedy: 'Name the master, not a Sentinel.'
  },
  IOERR: { verdict: 'server', meaning: 'Redis could not read or write a file', remedy: "Look at Redis's log." },
  NOTREADY: { verdict: 'outage', meaning: 'the server or its proxy is starting', remedy: waits }
}

/** Texts behind `ERR` that the commands we send can meet; the first that fits holds. Everything else behind ERR is the server's. */
export const faultsByText: readonly (Fault & { readonly text: string; readonly pattern: RegExp })[] = [
  {
    text: 'ERR value is not a valid float',
    pattern: /^ERR [\w ]{0,60}is not a valid float/,
    verdict: 'record',
    meaning: 'a score or coordinate that Redis does not take for a number',
    remedy: 'Correct the record or the statement.'
  },
  {
    text: 'ERR invalid longitude,latitude pair',
    pattern: /^ERR invalid longitude,latitude pair/,
    verdict: 'record',
    meaning: 'coordinates outside of what Redis takes',
    remedy: 'Correct the record or the statement.'
  },
  {
    text: 'ERR resulting score is not a number (NaN)',
    pattern: /^ERR resulting score is not a number/,
    verdict: 'record',
    meaning: 'a score that is no number',
    remedy: 'Correct the record or the statement.'
  },
  {
    text: "ERR wrong number of arguments for 'xadd' command",
    pattern: /^ERR wrong number of arguments for '?xadd\b/i,
    verdict: 'record',
    meaning: 'an entry without fields',
    remedy: 'Correct the record or the statement.'
  },
  {
    text: 'ERR string exceeds maximum allowed size',
    pattern: /^ERR string exceeds maximum allowed size/,
    verdict: 'record',
    meaning: 'a value larger than proto-max-bulk-len of Redis',
    remedy: 'Raise proto-max-bulk-len in Redis, or select fewer fields.'
  },
  {
    text: 'ERR Protocol error: invalid bulk length',
    pattern: /^ERR Protocol error: invalid bulk length/,
    verdict: 'record',
    meaning: 'a key or value larger than proto-max-bulk-len of Redis, which then ends the connection',
    remedy: 'Raise proto-max-bulk-len in Redis, or select fewer fields.'
  },
  {
    text: 'ERR The stream has exhausted the last possible ID',
    pattern: /^ERR The stream has exhausted the last possible ID/,
    verdict: 'record',
    meaning: 'the stream under this key takes no entry any more',
    remedy: 'Delete or rename the stream, or choose another by INSERT INTO.'
  },
  {
    text: 'ERR max number of clients reached',
    pattern: /^ERR max number of clients/,
    verdict: 'outage',
    meaning: 'Redis has as many connections as maxclients allows',
    remedy: 'Raise maxclients, or close what is not needed.'
  },
  {
    text: "ERR unknown command 'SET'",
    pattern: /^ERR unknown command/i,
    verdict: 'server',
    meaning: 'a Sentinel, a proxy, or a command that was renamed',
    remedy:
      'Name the Redis master itself (no Sentinel, and no proxy that lacks this command), or allow the command there.'
  },
  {
    text: 'ERR invalid expire time',
    pattern: /^ERR invalid expire/,
    verdict: 'server',
    meaning: 'a TTL that Redis does not take',
    remedy: "Correct the statement's TTL."
  },
  {
    text: 'ERR DB index is out of range',
    pattern: /^ERR (DB index is out of range|SELECT is not allowed)/,
    verdict: 'server',
    meaning: 'a database that this server does not have',
    remedy: 'Choose a database that the server has.'
  }
]

const unknown: Fault = {
  verdict: 'server',
  meaning: 'nobody knows whether a record could change it',
  remedy: 'Look at what Redis or the proxy before it says; no record was dropped.'
}

/** Behind `because of:` in EXEC's answer, behind the script's place in that of a script: what is wrong stands there. */
function telling({ text }: ReplyError): string {
  const reason =
    /^EXECABORT .{0,200}?because of: -?(.*)/.exec(text) ??
    /^ERR Error running script .{0,600}@user_script: ?\d{1,6}: -?(.*)/.exec(text)
  const told = reason?.[1] ?? text
  // Redis 7 puts the script behind what went wrong in it.
  return told.replace(/ script: [0-9a-f]{40}, on @user_script:\d{1,6}\.$/, '')
}

function faultOf(reply: ReplyError): Fault {
  const text = telling(reply)
  const code = /^[A-Z][A-Z0-9]*/.exec(text)?.[0] ?? ''
  if (Object.hasOwn(faultsByCode, code)) return faultsByCode[code] ?? unknown
  return faultsByText.find(({ pattern }) => pattern.test(text)) ?? unknown
}

export function verdictOf(reply: ReplyError): Verdict {
  return faultOf(reply).verdict
}

/** What ends an outage that Redis answers with `text`; null where it passes by itself, or is not known. */
export function outageRemedy(text: string): string | null {
  const { verdict, remedy } = faultOf({ text })
  return verdict === 'outage' && remedy !== waits ? remedy : null
}

/** What the user can do about it, as a sentence. */
export function remedyFor(reply: ReplyError): string {
  return faultOf(reply).remedy
}

/** Answers that another server behind the same name may not give: the connection is better made anew. */
const staleWords = new Set(['READONLY', 'CLUSTERDOWN', 'MASTERDOWN'])

export function wantsReconnect(reply: ReplyError): boolean {
  return staleWords.has(/^\S*/.exec(telling(reply))?.[0] ?? '')
}
