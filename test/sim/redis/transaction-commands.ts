// Transactions, and the keys that are watched for them.
import { type Answer, nullArray, ok, RedisError } from './answer.ts'
import { type Client } from './client.ts'
import { type Command, type Server } from './command.ts'

const always = { whileLoading: true, whileBusy: true, atOnce: true } as const
const deniedMeanwhile = new RedisError(
  'NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command is no longer allowed for the following ' +
    'reason: no permission to execute the command or subcommand'
)

function multi(client: Client): Answer {
  if (client.queue !== null) return new RedisError('ERR MULTI calls can not be nested')
  client.queue = []
  return ok
}

function exec(server: Server, client: Client): Answer {
  const { queue } = client
  if (queue === null) return new RedisError('ERR EXEC without MULTI')
  client.meetWatched(server.data)
  const { isAborted, isDirty } = client
  client.endTransaction(server.data)
  if (isAborted) return new RedisError('EXECABORT Transaction discarded because of previous errors.')
  if (isDirty) return nullArray
  return queue.map(({ name, execute }) => (server.moods.isDenied(name) ? deniedMeanwhile : execute()))
}

function discard(server: Server, client: Client): Answer {
  if (client.queue === null) return new RedisError('ERR DISCARD without MULTI')
  client.endTransaction(server.data)
  return ok
}

function watch(keys: readonly string[], server: Server, client: Client): Answer {
  if (client.queue !== null) return new RedisError('ERR WATCH inside MULTI is not allowed')
  // Once a key was touched, EXEC will do nothing: further keys are as good as watched.
  for (const key of keys) client.watch(server.data, key)
  return ok
}

export const transactionCommands: readonly Command[] = [
  { name: 'multi', arity: 1, ...always, run: (_, __, client) => multi(client) },
  { name: 'exec', arity: 1, whileLoading: true, atOnce: true, run: (_, server, client) => exec(server, client) },
  { name: 'discard', arity: 1, ...always, run: (_, server, client) => discard(server, client) },
  { name: 'watch', arity: -2, ...always, run: ([, ...keys], server, client) => watch(keys, server, client) },
  {
    name: 'unwatch',
    arity: 1,
    whileLoading: true,
    whileBusy: true,
    run(_, { data }, client) {
      client.unwatch(data)
      return ok
    }
  }
]
