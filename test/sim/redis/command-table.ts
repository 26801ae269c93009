// All commands by name, and what Redis says of one that it does not know.
import { arityError, RedisError } from './answer.ts'
import { type Command } from './command.ts'
import { clientCommands, connectionCommands } from './connection-commands.ts'
import { keyCommands } from './key-commands.ts'
import { scriptCommands } from './script-commands.ts'
import { streamCommands } from './stream-commands.ts'
import { stringCommands } from './string-commands.ts'
import { transactionCommands } from './transaction-commands.ts'
import { zsetCommands } from './zset-commands.ts'

const table = byName([
  ...[...connectionCommands, ...keyCommands, ...scriptCommands, ...streamCommands],
  ...[...stringCommands, ...transactionCommands, ...zsetCommands]
])
const clientTable = byName(clientCommands)

function byName(commands: readonly Command[]): ReadonlyMap<string, Command> {
  // In capitals as well, as nearly everybody writes them.
  return new Map(commands.flatMap(each => [each.name, each.name.toUpperCase()].map(name => [name, each] as const)))
}

const argsShownMax = 128

/** The command that `words` begin with; an error where there is none, or they are too many or few. */
export function commandOf(words: readonly string[]): Command | RedisError {
  const [name = '', sub = ''] = words
  let command = table.get(name) ?? table.get(name.toLowerCase())
  if (command === undefined && name.toLowerCase() === 'client') {
    if (words.length < 2) return arityError('client')
    command = clientTable.get(`client|${sub.toLowerCase()}`)
    if (command === undefined) return errorOf(`unknown subcommand '${sub.slice(0, 128)}'. Try CLIENT HELP.`)
  }
  if (command === undefined) return unknown(words)
  const { arity, name: fullName } = command
  const fits = arity < 0 ? words.length >= -arity : words.length === arity
  return fits ? command : arityError(fullName)
}

function unknown([name = '', ...args]: readonly string[]): RedisError {
  let shown = ''
  for (const arg of args) {
    if (shown.length >= argsShownMax) break
    shown += `'${arg.slice(0, argsShownMax - shown.length)}' `
  }
  return errorOf(`unknown command '${name.slice(0, 128)}', with args beginning with: ${shown}`)
}

/** On one line. */
function errorOf(text: string): RedisError {
  return new RedisError(`ERR ${text.replaceAll('\r', ' ').replaceAll('\n', ' ')}`)
}
