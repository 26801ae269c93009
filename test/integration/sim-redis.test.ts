// The simulator's Redis beside a real one: the same commands, drawn by chance, get the same answers byte by byte, and leave the same data.
import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { expireScript } from '../../src/redis/writer/flight.ts'
import { seed } from '../kit/seed.ts'
import { startRedis } from '../kit/stack.ts'
import { Chance } from '../sim/engine/chance.ts'
import { type Mood } from '../sim/redis/moods.ts'
import { AnswerReader, type RawClient, RedisWorld, requestBytes } from '../sim/redis/redis-world.ts'

type Words = readonly string[]
/** What one of the clients asks, or what becomes of the server. */
type Step =
  | { readonly client: number; readonly words: Words }
  | { readonly mood: Mood; readonly isOn: boolean }
  | { readonly command: string; readonly isDenied: boolean }

const clientCount = 3
const keys = ['a', 'b', 'c', 'z1', 'z2', 'x1', 'clé', "''"]
const members = [
  'm',
  'n',
  'é',
  '',
  '{"id":1}',
  'line\r\nline',
  'long'.repeat(20),
  ...Array.from({ length: 150 }, (_, n) => `m${n}`)
]
const scores = [
  '0',
  '-0',
  '1',
  '-1',
  '5.',
  '.5',
  '+3',
  '1e22',
  '1e-7',
  'inf',
  '-inf',
  'Infinity',
  'nan',
  'x',
  '',
  '1e400',
  '1e-400',
  '0.1',
  ' 1',
  '1 '
]
const denied = ['set', 'mset', 'zadd', 'expire', 'eval', 'multi', 'exec', 'watch', 'client|id', 'publish']

function score(chance: Chance): string {
  if (chance.happens(0.5)) return chance.pick(scores)
  const value = (chance.next() - 0.5) * 10 ** chance.between(-12, 20)
  return chance.happens(0.3) ? String(Math.round(value)) : String(value)
}

function degrees(chance: Chance, max: number): string {
  if (chance.happens(0.05)) return chance.pick(scores)
  return String((chance.next() - 0.5) * max * 2.02)
}

/** Pairs and the like: some of each, now and then one word too few. */
function several(chance: Chance, one: () => Words): Words {
  const words = Array.from({ length: chance.between(1, chance.happens(0.05) ? 200 : 3) }, one).flat()
  return chance.happens(0.05) ? words.slice(1) : words
}

/** Whole thousands of seconds, so that a slow machine does not show. */
function seconds(chance: Chance): string {
  return chance.happens(0.2)
    ? chance.pick(['0', '-1', 'x', '', '01', '9999999999999999', '99999999999999999999'])
    : `${chance.between(1, 9)}000`
}

const makers: Readonly<Record<string, (chance: Chance) => Words>> = {
  SET: chance => [
    chance.pick(keys),
    chance.pick(members),
    ...chance.pick([[], [], [], ['NX'], ['XX'], ['EX', seconds(chance)], ['EX'], ['KEEPTTL'], ['FOO']])
  ],
  MSET: chance => several(chance, () => [chance.pick(keys), chance.pick(members)]),
  SETEX: chance => [chance.pick(keys), seconds(chance), chance.pick(members)],
  GET: chance => [chance.pick(keys)],
  ZADD: chance => [chance.pick(keys), ...several(chance, () => [score(chance), chance.pick(members)])],
  ZREM: chance => [chance.pick(keys), ...several(chance, () => [chance.pick(members)])],
  ZSCORE: chance => [chance.pick(keys), chance.pick(members)],
  ZCARD: chance => [chance.pick(keys)],
  ZRANGE: chance => [
    chance.pick(keys),
    String(chance.between(-5, 5)),
    String(chance.between(-5, 5)),
    ...chance.pick([[], ['WITHSCORES']])
  ],
  GEOADD: chance => [
    chance.pick(keys),
    ...several(chance, () => [degrees(chance, 180), degrees(chance, 85.05), chance.pick(members)])
  ],
  XADD: chance => [
    chance.pick(keys),
    chance.pick([
      `${chance.between(0, 20)}-${chance.between(0, 3)}`,
      String(chance.between(0, 20)),
      'x',
      '1-x',
      '-1-1'
    ]),
    ...several(chance, () => [chance.pick(members), chance.pick(members)])
  ],
  XRANGE: chance => [chance.pick(keys), '-', '+'],
  XLEN: chance => [chance.pick(keys)],
  DEL: chance => several(chance, () => [chance.pick(keys)]),
  EXISTS: chance => several(chance, () => [chance.pick(keys)]),
  TYPE: chance => [chance.pick(keys)],
  EXPIRE: chance => [chance.pick(keys), seconds(chance)],
  PERSIST: chance => [chance.pick(keys)],
  PUBLISH: chance => ['channel', chance.pick(members)],
  EVAL: chance =>
    chance.pick([
      [expireScript, '1', chance.pick(keys), score(chance), chance.pick(members), seconds(chance)],
      ['return 1', '1', chance.pick(keys)],
      ['return 1', 'x'],
      ['return 1', '2', 'a'],
      ['return 1', '-1']
    ]),
  WATCH: chance => several(chance, () => [chance.pick(keys)]),
  UNWATCH: () => [],
  MULTI: () => [],
  EXEC: chance => (chance.happens(0.02) ? ['x'] : []),
  DISCARD: () => [],
  PING: chance => chance.pick([[], ['x'], ['x', 'y']]),
  ECHO: chance => [chance.pick(members)],
  SELECT: chance => [chance.pick(['0', '16', 'x'])],
  AUTH: chance => chance.pick([['x'], ['default', 'x'], ['nobody', 'x'], ['a', 'b', 'c']]),
  CLIENT: chance =>
    chance.pick([
      [],
      ['FOO', 'x'],
      ['KILL', 'ID', '0'],
      ['KILL', 'ID', 'x'],
      ['KILL', 'ID', '99999', 'ADDR', '1.2.3.4:5'],
      ['KILL', '1.2.3.4:5'],
      ['KILL', 'FOO', 'x'],
      ['GETNAME'],
      ['SETINFO', 'LIB-NAME', 'x']
    ]),
  DBSIZE: () => [],
  FOO: chance => several(chance, () => [chance.pick(members)])
}

function draw(chance: Chance, count: number): readonly Step[] {
  const names = Object.keys(makers)
  const on = new Set<Mood>()
  const off = new Set<string>()
  return Array.from({ length: count }, (): Step => {
    if (chance.happens(on.size > 0 ? 0.1 : 0.01)) {
      const mood = chance.pick(['oom', 'readonly'] as const)
      const isOn = !on.delete(mood)
      if (isOn) on.add(mood)
      return { mood, isOn }
    }
    if (chance.happens(off.size > 0 ? 0.1 : 0.01)) {
      const command = off.size > 0 ? chance.pick([...off]) : chance.pick(denied)
      const isDenied = !off.delete(command)
      if (isDenied) off.add(command)
      return { command, isDenied }
    }
    const often = chance.pick([...names, 'MULTI', 'EXEC', 'EXEC', 'EXEC', 'ZADD', 'ZADD', 'XADD', 'SET', 'EVAL'])
    return { client: chance.between(0, clientCount - 1), words: [often, ...(makers[often]?.(chance) ?? [])] }
  })
}

/** What every key holds, and about how long. */
const looks: readonly Words[] = keys.flatMap(key => [
  ['TYPE', key],
  ['GET', key],
  ['ZRANGE', key, '0', '-1', 'WITHSCORES'],
  ['XRANGE', key, '-', '+'],
  ['TTL', key]
])

/** Where words ask how long a key lives: in thousands of seconds. */
function rounded(words: Words, answer: string): string {
  return words[0] === 'TTL' && !answer.startsWith(':-') ? `${Math.ceil(Number(answer.slice(1)) / 1000)}000` : answer
}

async function simulated(steps: readonly Step[], chance: string): Promise<readonly string[]> {
  const world = new RedisWorld(chance)
  world.path.splits = 0.3
  const answers: string[] = []
  await world.play(async () => {
    const clients: RawClient[] = []
    for (let n = 0; n < clientCount; n++) clients.push(await world.connect())
    for (const step of steps) {
      if ('mood' in step) world.redis.set(step.mood, step.isOn)
      else if (!('command' in step)) {
        const client = clients[step.client]
        client?.send(step.words)
        answers.push(rounded(step.words, (await client?.answers(1))?.[0] ?? 'closed'))
      } else if (step.isDenied) world.redis.deny(step.command)
      else world.redis.allow(step.command)
    }
  })
  return answers
}

class RealClient {
  readonly #socket: Socket
  readonly #reader = new AnswerReader()
  #answers: string[] = []
  #wake: (() => void) | null = null

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.on('data', chunk => {
      this.#answers.push(...this.#reader.push(chunk))
      this.#wake?.()
    })
  }

  async ask(words: Words): Promise<string> {
    this.#socket.write(requestBytes([words]))
    while (this.#answers.length === 0) await new Promise<void>(resolve => (this.#wake = resolve))
    return this.#answers.shift() ?? ''
  }

  end(): void {
    this.#socket.destroy()
  }
}

/** How a real server comes to be as the stand-in is told to be. */
function orders(step: Exclude<Step, { words: Words }>): Words {
  if ('command' in step) return ['ACL', 'SETUSER', 'default', `${step.isDenied ? '-' : '+'}${step.command}`]
  if (step.mood === 'oom') return ['CONFIG', 'SET', 'maxmemory', step.isOn ? '1' : '0']
  return step.isOn ? ['REPLICAOF', '127.0.0.1', '1'] : ['REPLICAOF', 'NO', 'ONE']
}

async function real(steps: readonly Step[], port: number): Promise<readonly string[]> {
  const admin = new RealClient(port)
  const clients = Array.from({ length: clientCount }, () => new RealClient(port))
  const answers: string[] = []
  try {
    await admin.ask(['FLUSHALL'])
    for (const step of steps) {
      if ('words' in step) answers.push(rounded(step.words, (await clients[step.client]?.ask(step.words)) ?? ''))
      else assert.equal(await admin.ask(orders(step)), '+OK')
    }
  } finally {
    for (const client of [admin, ...clients]) client.end()
  }
  return answers
}

test('what the sink sends, and what could go wrong with it, has the same answers and leaves the same data', async () => {
  await using server = await startRedis()
  for (let round = 0; round < 8; round++) {
    const name = `sim-redis ${seed} ${round}`
    const drawn = draw(new Chance(name), 1500)
    // At the end everything is well again, and a client that is in no transaction looks.
    const well: readonly Step[] = [
      ...denied.map(command => ({ command, isDenied: false })),
      ...(['oom', 'readonly'] as const).map(mood => ({ mood, isOn: false })),
      ...[['MULTI'], ['DISCARD'], ...looks].map(words => ({ client: 0, words }))
    ]
    const steps = [...drawn, ...well]
    const [ours, theirs] = [await simulated(steps, name), await real(steps, server.port)]
    const asked = steps.filter(step => 'words' in step)
    for (const [index, { client, words }] of asked.entries())
      assert.equal(
        ours[index],
        theirs[index],
        `${name}, step ${index}, client ${client}: ${words.join(' ').slice(0, 300)}`
      )
  }
})
