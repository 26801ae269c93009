// The connection itself: login, greetings, who is connected, and who is not any more.
import { type Answer, arityError, errors, ok, RedisError, Status } from './answer.ts'
import { type Client } from './client.ts'
import { type Command, type Server } from './command.ts'
import { integerOf } from './numbers.ts'

const always = { whileLoading: true, whileBusy: true, withoutLogin: true } as const
export const redisVersion = '7.0.15'
const pong = new Status('PONG')

function auth([, first = '', second, ...more]: readonly string[], { moods }: Server, client: Client): Answer {
  if (more.length > 0) return errors.syntax
  if (second === undefined && moods.password === null) {
    return new RedisError(
      'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?'
    )
  }
  const isDefault = second === undefined || first === 'default'
  if (!isDefault || (moods.password !== null && (second ?? first) !== moods.password))
    return new RedisError('WRONGPASS invalid username-password pair or user is disabled.')
  client.isLoggedIn = true
  return ok
}

/** Only the second version of the protocol is spoken. */
function hello([, version, ...more]: readonly string[], { moods }: Server, client: Client): Answer {
  if ((version !== undefined && version !== '2') || more.length > 0)
    return new RedisError('NOPROTO unsupported protocol version')
  if (moods.password !== null && !client.isLoggedIn) {
    return new RedisError(
      'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to ' +
        'authenticate the client and select the RESP protocol version at the same time'
    )
  }
  const facts: readonly Answer[] = ['server', 'redis', 'version', redisVersion, 'proto', 2, 'id', client.id]
  return [...facts, 'mode', 'standalone', 'role', 'master', 'modules', []]
}

function select([, word = '']: readonly string[]): Answer {
  const index = integerOf(word)
  if (index === null) return errors.notInteger
  return index === 0 ? ok : new RedisError('ERR DB index is out of range')
}

function info({ data, moods, port, runId, startedAt, clients }: Server, now: number): string {
  const lines = [
    ...['# Server', `redis_version:${redisVersion}`, 'redis_mode:standalone', `run_id:${runId}`, `tcp_port:${port}`],
    `uptime_in_seconds:${Math.floor((now - startedAt) / 1000)}`,
    ...['', '# Clients', `connected_clients:${clients.length}`],
    ...['', '# Persistence', `loading:${moods.has('loading') ? 1 : 0}`],
    ...['', '# Replication', `role:${moods.has('readonly') ? 'slave' : 'master'}`],
    ...['', '# Keyspace', `db0:keys=${data.size},expires=0,avg_ttl=0`, '']
  ]
  return lines.join('\r\n')
}

/** As CLIENT LIST shows it. */
function lineOf({ id, addr, name, openedAt, queue }: Client, { address, data }: Server): string {
  const age = Math.floor((data.now - openedAt) / 1000)
  const multi = queue === null ? -1 : queue.length
  return (
    `id=${id} addr=${addr} laddr=${address} fd=${7 + id} name=${name} age=${age} idle=0 flags=${queue === null ? 'N' : 'x'} db=0 sub=0 psub=0 ssub=0 ` +
    `multi=${multi} qbuf=26 qbuf-free=20448 argv-mem=10 multi-mem=0 rbs=16384 rbp=16384 obl=0 oll=0 omem=0 tot-mem=37658 events=r cmd=client|info ` +
    'user=default redir=-1 resp=2\n'
  )
}

/** `CLIENT KILL addr`, or `CLIENT KILL ID id ADDR addr LADDR addr SKIPME yes|no`, in which all must fit. */
function kill([, , ...args]: readonly string[], server: Server, client: Client): Answer {
  const [only = ''] = args
  if (args.length === 1) {
    const found = server.clients.find(({ addr }) => addr === only)
    if (found === undefined) return new RedisError('ERR No such client')
    server.kill(found)
    return ok
  }
  if (args.length % 2 !== 0) return errors.syntax
  let spares = true
  let victims = server.clients
  for (let at = 0; at < args.length; at += 2) {
    const value = args[at + 1] ?? ''
    switch ((args[at] ?? '').toUpperCase()) {
      case 'ID': {
        const id = integerOf(value)
        if (id === null || id <= 0) return new RedisError('ERR client-id should be greater than 0')
        victims = victims.filter(each => each.id === id)
        break
      }
      case 'ADDR':
        victims = victims.filter(({ addr }) => addr === value)
        break
      case 'LADDR':
        victims = value === server.address ? victims : []
        break
      case 'SKIPME':
        spares = value.toLowerCase() !== 'no'
        break
      default:
        return errors.syntax
    }
  }
  const killed = victims.filter(each => !spares || each !== client)
  for (const victim of killed) server.kill(victim)
  return killed.length
}

export const connectionCommands: readonly Command[] = [
  { name: 'ping', arity: -1, run: ([, text, ...more]) => (more.length > 0 ? arityError('ping') : (text ?? pong)) },
  { name: 'echo', arity: 2, whileLoading: true, run: ([, text = '']) => text },
  { name: 'auth', arity: -2, ...always, run: auth },
  { name: 'hello', arity: -1, ...always, run: hello },
  { name: 'select', arity: 2, whileLoading: true, run: words => select(words) },
  { name: 'info', arity: -1, whileLoading: true, run: (_, server) => info(server, server.data.now) },
  {
    name: 'quit',
    arity: -1,
    ...always,
    atOnce: true,
    run(_, server, client) {
      server.kill(client)
      return ok
    }
  }
]

/** Behind CLIENT. */
export const clientCommands: readonly Command[] = [
  { name: 'client|id', arity: 2, whileLoading: true, run: (_, __, client) => client.id },
  { name: 'client|info', arity: 2, whileLoading: true, run: (_, server, client) => lineOf(client, server) },
  {
    name: 'client|list',
    arity: 2,
    whileLoading: true,
    run: (_, server) => server.clients.map(client => lineOf(client, server)).join('')
  },
  { name: 'client|kill', arity: -3, whileLoading: true, run: kill },
  { name: 'client|getname', arity: 2, whileLoading: true, run: (_, __, { name }) => (name === '' ? null : name) },
  {
    name: 'client|setname',
    arity: 3,
    whileLoading: true,
    run([, , name = ''], _, client) {
      client.name = name
      return ok
    }
  }
]
