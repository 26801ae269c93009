// The rules of the house as a test: which room may know which, how long things get, and where the world comes in.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { findings, idleDoors, type Rules } from './kit/tidy.ts'

const everything = [
  'kcql',
  'java',
  'connect',
  'util',
  'kafka',
  'converters',
  'transforms',
  'providers',
  'redis',
  'runtime',
  'rest'
]

const rules: Rules = {
  roots: ['main', 'plugins', 'task-thread', 'thread-options', 'explain', 'kcql-modes'],
  // Arrows point down only; ARCHITECTURE.md draws them. "util" is open to all.
  arrows: {
    // The subcommand kcql shows the language itself, and by kcql-modes what the sink makes of it.
    // explain runs a task's own converters, transforms and plans on a record, without a worker: a root beside main, which needs no herder.
    // connect-cli reads Java's properties from standard input, and meets the worker over HTTP alone.
    // connect-standalone starts a task thread before it loads the worker, which makes further ones just so.
    cli: ['main', 'thread-options', 'explain', 'kcql-modes', 'kcql', 'java', 'util'],
    explain: ['plugins', ...everything],
    'kcql-modes': ['redis', 'kcql'],
    main: ['plugins', 'task-thread', 'thread-options', ...everything],
    'task-thread': ['plugins', ...everything],
    'thread-options': [],
    plugins: everything,
    rest: ['runtime', 'connect', 'java', 'util'],
    runtime: ['kafka', 'connect', 'util'],
    redis: ['kcql', 'connect', 'java', 'util'],
    converters: ['connect', 'java', 'util'],
    transforms: ['connect', 'java', 'util'],
    providers: ['connect', 'util'],
    kafka: ['java', 'connect', 'util'],
    kcql: ['util'],
    // Values as Java prints and orders them (src/connect/values) serve converters and transforms alike.
    connect: ['java', 'util'],
    java: ['util'],
    util: []
  },
  forbidden: [
    ['src/redis/modes/', /^src\/redis\/plan/, 'modes are pure and know no plan compiler'],
    [
      'src/kafka/',
      /^src\/connect\/(?!errors\.ts|log\.ts|waits\.ts)/,
      'kafka knows only the errors and the log of the contract, and how a wait is told'
    ]
  ],
  packageDoors: {
    '@platformatic/kafka': ['src/kafka/login-connection.ts'],
    ioredis: ['src/redis/client.ts'],
    avsc: ['src/converters/'],
    protobufjs: ['src/converters/'],
    ajv: ['src/converters/json-schema-validator.ts'],
    re2js: ['src/java/'],
    commander: ['src/cli/'],
    fastify: ['src/rest/app.ts'],
    'node:timers': ['src/util/'],
    'node:timers/promises': ['src/util/'],
    'node:child_process': [],
    'node:net': ['src/kafka/frame-connection.ts', 'src/redis/client.ts'],
    'node:tls': ['src/kafka/frame-connection.ts', 'src/redis/client.ts', 'src/redis/tls-options.ts'],
    'node:http': [
      'src/rest/',
      'src/converters/registry-client.ts',
      'src/kafka/oauth/token-endpoint.ts',
      'src/cli/connect-cli/api.ts'
    ],
    'node:https': [
      'src/rest/',
      'src/converters/registry-client.ts',
      'src/kafka/oauth/token-endpoint.ts',
      'src/cli/connect-cli/api.ts'
    ]
  },
  globalDoors: {
    'Date.now': ['src/util/'],
    'new Date': ['src/util/'],
    'performance.now': ['src/util/'],
    'process.hrtime': ['src/util/'],
    'Math.random': ['src/util/'],
    'crypto.randomUUID': ['src/util/'],
    setTimeout: ['src/util/'],
    setInterval: ['src/util/'],
    fetch: []
  },
  fileLinesMax: 500,
  functionLinesMax: 70,
  longFunctions: {}
}

function project(): Map<string, string> {
  const paths = ['src', 'test', 'scripts', 'bench', 'examples'].flatMap(folder => globSync(`${folder}/**/*.{ts,mjs}`))
  return new Map(paths.map(path => [path.replaceAll('\\', '/'), readFileSync(path, 'utf8')]))
}

test('the house is tidy', () => {
  const files = project()
  assert.ok(files.has('test/tidy.test.ts') && files.has('src/util/clock.ts'), 'run from the root of the project')
  const found = [...findings(files, rules), ...idleDoors(files, rules)]
  const list = found.map(({ file, line, message }) => `${file}:${line}  ${message}`)
  if (list.length > 0) assert.fail(`\n${list.join('\n')}`)
})

// What each rule must find, planted: file → text, and "file:line" with a part of the message.
const good = '// A caption.\nexport const a = 1\n'
const planted: readonly { what: string; files: Record<string, string>; found: readonly [string, RegExp][] }[] = [
  { what: 'a good file', files: { 'src/util/a.ts': good }, found: [] },
  {
    what: 'no caption',
    files: { 'src/util/a.ts': 'export const a = 1\n' },
    found: [['src/util/a.ts:1', /first line/]]
  },
  {
    what: 'a caption without an end',
    files: { 'src/util/a.ts': '// A caption\n' },
    found: [['src/util/a.ts:1', /first line/]]
  },
  {
    what: 'a long file',
    files: { 'src/util/a.ts': good + '\n'.repeat(500) + '// End.\n' },
    found: [['src/util/a.ts:500', /at most 500/]]
  },
  {
    what: 'a long function',
    files: { 'src/util/a.ts': `${good}export function long() {\n${'  a\n'.repeat(69)}}\n` },
    found: [['src/util/a.ts:3', /^long has 71 lines/]]
  },
  {
    what: 'a function of just 70',
    files: { 'src/util/a.ts': `${good}export function long() {\n${'  a\n'.repeat(68)}}\n` },
    found: []
  },
  {
    what: 'a long method and a long arrow function',
    files: {
      'src/util/a.ts': `${good}class A {\n  run() {\n${'a\n'.repeat(70)}}\n}\nconst b = () => {\n${'a\n'.repeat(70)}}\n`
    },
    found: [
      ['src/util/a.ts:4', /^run has/],
      ['src/util/a.ts:77', /^b has/]
    ]
  },
  { what: 'an index file', files: { 'src/util/index.ts': good }, found: [['src/util/index.ts:1', /no index/]] },
  {
    what: 'a barrel',
    files: { 'src/util/a.ts': good, 'src/util/b.ts': "// B.\nexport { a } from './a.ts'\n" },
    found: [['src/util/b.ts:2', /no barrels/]]
  },
  {
    what: 'default exports',
    files: { 'src/util/a.ts': '// A.\nexport default function a() {}\n', 'src/util/b.ts': '// B.\nexport default 1\n' },
    found: [
      ['src/util/a.ts:2', /default/],
      ['src/util/b.ts:2', /default/]
    ]
  },
  {
    what: 'a promise to oneself',
    files: { 'src/util/a.ts': `// A.\n// ${'TO' + 'DO'}: later.\n` },
    found: [['src/util/a.ts:2', /open an issue/]]
  },
  {
    what: 'an arrow upward, by type only',
    files: { 'src/connect/a.ts': "// A.\nimport { type B } from '../redis/b.ts'\n", 'src/redis/b.ts': good },
    found: [['src/connect/a.ts:2', /connect → redis/]]
  },
  {
    what: 'an arrow upward, by import() as a type and as a call',
    files: { 'src/util/a.ts': "// A.\ntype B = import('../redis/b.ts').B\nawait import('../kcql/b.ts')\n" },
    found: [
      ['src/util/a.ts:2', /util → redis/],
      ['src/util/a.ts:3', /util → kcql/]
    ]
  },
  {
    what: 'arrows that are allowed',
    files: {
      'src/redis/a.ts': "// A.\nimport '../kcql/b.ts'\nimport '../util/c.ts'\n",
      'src/main.ts': "// M.\nimport './redis/a.ts'\n"
    },
    found: []
  },
  {
    what: 'sources that lean on tests',
    files: {
      'src/redis/a.ts': "// A.\nimport '../../test/kit/b.ts'\n",
      'src/redis/a.test.ts': "// A.\nimport '../../test/kit/b.ts'\n"
    },
    found: [['src/redis/a.ts:2', /redis → test/]]
  },
  { what: 'an unknown room', files: { 'src/common/a.ts': good }, found: [['src/common/a.ts:1', /no room/]] },
  {
    what: 'kafka that knows more of the contract than its errors',
    files: { 'src/kafka/a.ts': "// A.\nimport '../connect/errors.ts'\nimport '../connect/record.ts'\n" },
    found: [['src/kafka/a.ts:3', /only the errors and the log/]]
  },
  {
    what: 'packages past their door',
    files: {
      'src/kafka/a.ts': "// A.\nimport { Admin } from '@platformatic/kafka'\nimport 'left-pad'\n",
      'src/kafka/login-connection.ts': "// W.\nimport { Admin } from '@platformatic/kafka'\n",
      'src/redis/a.ts': "// A.\nimport { setTimeout } from 'node:timers/promises'\n",
      'src/kafka/b.ts':
        "// B.\nimport { type TlsOptions } from 'node:tls'\nimport type { A } from '@platformatic/kafka'\n",
      'src/kafka/c.ts': "// C.\nimport { type TlsOptions, connect } from 'node:tls'\n"
    },
    found: [
      ['src/kafka/a.ts:2', /only src\/kafka\/login-connection.ts/],
      ['src/kafka/a.ts:3', /left-pad has no door/],
      ['src/kafka/c.ts:2', /may import node:tls/],
      ['src/redis/a.ts:2', /only src\/util/]
    ]
  },
  {
    what: 'time and chance past their door',
    files: {
      'src/redis/a.ts':
        '// A.\nDate.now()\nMath.random()\nsetTimeout(f, 1)\nnew Date()\nnew Date(5)\nclock.setTimeout(f)\nconst later = setTimeout\n',
      'src/util/a.ts': '// A.\nDate.now()\n',
      'src/redis/a.test.ts': '// A.\nDate.now()\n'
    },
    found: [
      ['src/redis/a.ts:2', /Date.now/],
      ['src/redis/a.ts:3', /Math.random/],
      ['src/redis/a.ts:4', /setTimeout/],
      ['src/redis/a.ts:5', /new Date/],
      ['src/redis/a.ts:8', /setTimeout/]
    ]
  },
  {
    what: 'a circle, closed by a type',
    files: {
      'src/util/a.ts': "// A.\nimport './b.ts'\n",
      'src/util/b.ts': "// B.\nimport './c.ts'\n",
      'src/util/c.ts': "// C.\nimport { type A } from './a.ts'\n"
    },
    found: [['src/util/c.ts:2', /circle.*a.ts → src\/util\/b.ts → src\/util\/c.ts → src\/util\/a.ts/]]
  }
]

for (const { what, files, found } of planted) {
  test(`the tidy rules on ${what}`, () => {
    const actual = findings(new Map(Object.entries(files)), { ...rules, longFunctions: {} })
    assert.deepEqual(
      actual.map(({ file, line }) => `${file}:${line}`),
      found.map(([place]) => place),
      JSON.stringify(actual)
    )
    for (const [index, [, message]] of found.entries()) assert.match(actual[index]?.message ?? '', message)
  })
}

test('a door must lead somewhere: to a file that is there and uses what it alone may', () => {
  const files = new Map([
    ['src/redis/client.ts', "// C.\nimport { Redis } from 'ioredis'\n"],
    ['src/redis/other.ts', "// O.\nimport { type TcpSocket } from 'ioredis'\n"],
    ['src/util/clock.ts', '// C.\nDate.now()\n']
  ])
  const doors = (packageDoors: Rules['packageDoors'], globalDoors: Rules['globalDoors']): string[] =>
    idleDoors(files, { ...rules, packageDoors, globalDoors }).map(({ message }) => message)
  assert.deepEqual(doors({ ioredis: ['src/redis/client.ts'], ajv: [] }, { 'Date.now': ['src/util/'] }), [])
  assert.deepEqual(
    doors({ ioredis: ['src/redis/client.ts', 'src/redis/other.ts'] }, { fetch: ['src/rest/leader.ts'] }),
    [
      'src/redis/other.ts does not use ioredis: take it out of the doors',
      'src/rest/leader.ts, a door for fetch, does not exist: take it out of the doors'
    ]
  )
  assert.match(doors({}, { 'Date.now': ['src/util/clock.ts', 'src/util/random.ts'] })[0] ?? '', /random.ts, a door for/)
})

test('an exception for a long function holds, and must go when it is not needed', () => {
  const long = new Map([['src/kcql/a.ts', `// A.\nfunction scan() {\n${'a\n'.repeat(80)}}\n`]])
  const excepted = { ...rules, longFunctions: { 'src/kcql/a.ts#scan': 'a scanner loop' } }
  assert.deepEqual(findings(long, excepted), [])
  assert.match(findings(new Map([['src/kcql/a.ts', good]]), excepted)[0]?.message ?? '', /not needed/)
})
