// Scripts that the sink sends, recognised by their text.
import { createHash } from 'node:crypto'
import { type Answer, errors, RedisError } from './answer.ts'
import { type Command, type Server } from './command.ts'
import { expire } from './key-commands.ts'
import { integerOf } from './numbers.ts'
import { UnknownToStandIn } from './unknown.ts'
import { zadd } from './zset-commands.ts'

const addAndExpire =
  "local n=redis.call('ZADD',KEYS[1],ARGV[1],ARGV[2]) if n==1 then redis.call('EXPIRE',KEYS[1],ARGV[3]) end return n"
const nothing = 'return 1'

/** Behind the error of a command that a script has called. */
const placeOf = new Map([addAndExpire].map(text => [text, ` script: ${sha1(text)}, on @user_script:1.`]))

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex')
}

function evaluate([, script = '', countWord = '', ...args]: readonly string[], server: Server): Answer {
  const count = integerOf(countWord)
  if (count === null) return errors.notInteger
  if (count > args.length) return new RedisError("ERR Number of keys can't be greater than number of args")
  if (count < 0) return new RedisError("ERR Number of keys can't be negative")
  if (script === nothing) return 1
  if (script !== addAndExpire) throw new UnknownToStandIn(`the script ${script}`)
  if (count !== 1 || args.length !== 4) throw new UnknownToStandIn('that script with other arguments')
  const reply = addThenExpire(args, server)
  return reply instanceof RedisError ? new RedisError(reply.text + (placeOf.get(script) ?? '')) : reply
}

function addThenExpire([key = '', score = '', member = '', seconds = '']: readonly string[], server: Server): Answer {
  const { data, moods } = server
  const refusal = moods.scriptRefusal('zadd', { writes: true, grows: true })
  if (refusal !== null) return refusal
  const added = zadd(['ZADD', key, score, member], data)
  if (added !== 1) return added
  // What ZADD did stays, whatever becomes of this.
  const denial = moods.scriptRefusal('expire', { writes: true })
  if (denial !== null) return denial
  const expired = expire(['EXPIRE', key, seconds], data, 1000)
  return expired instanceof RedisError ? expired : added
}

export const scriptCommands: readonly Command[] = [
  { name: 'eval', arity: -3, acts: true, run: (words, server) => evaluate(words, server) }
]
