// connect-cli against a real worker: every command's words, lines and exit code.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { run, type Run, type RunOptions } from '../kit/child.ts'
import { restOf } from '../kit/rest.ts'
import { startRedis, uniqueName } from '../kit/stack.ts'
import { oldClass, openKafka, openRedis, startWorker, until } from '../kit/worker.ts'

const cli = (args: readonly string[], options?: RunOptions): Promise<Run> => run('bin/connect-cli', args, options)

test('the manual: a connector is created, looked at, changed and removed from the command line', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis()
  await using redis = openRedis(server.port)
  await using worker = await startWorker([])
  const { base } = await restOf(worker)
  const asked = (args: readonly string[], stdin = ''): Promise<Run> =>
    cli(args, { stdin, env: { KAFKA_CONNECT_REST: base } })
  const said = async (args: readonly string[], stdin = ''): Promise<string> => {
    const { code, stdout, stderr } = await asked(args, stdin)
    assert.equal(code, 0, `${args.join(' ')}: ${stdout}${stderr}`)
    return stdout
  }
  /** Asks until the answer is this: a task follows its connector, and a group its members, in their own time. */
  const comes = (args: readonly string[], answer: string): Promise<boolean> =>
    until(async () => (await said(args)) === answer)
  const topic = await kafka.createTopic('cli')
  const name = uniqueName('cli')
  const properties = [
    "# The manual's file.",
    'name = other',
    `connector.class=${oldClass}`,
    `topics=${topic}`,
    'connect.redis.host=127.0.0.1',
    `connect.redis.port=${server.port}`,
    `connect.redis.kcql=SELECT * FROM ${topic} \\`,
    '  PK id',
    'connect.redis.password='
  ].join('\n')

  assert.equal(await said(['ps']), 'No running connectors\n\n')
  const created = await asked(['create', name], properties)
  assert.equal(created.code, 0, created.stdout)
  assert.equal(created.stderr, `warning: changed \`name=other\` into \`name=${name}\`\n`)
  const [first, second, ...info] = created.stdout.split('\n')
  assert.equal(first, `Connector properties valid. Creating connector ${name}`)
  assert.equal(second, `#Connector \`${name}\`:`)
  assert.ok(info.includes(`connect.redis.kcql=SELECT * FROM ${topic} PK id`), created.stdout)
  assert.ok(info.includes('connect.redis.password=**********'))
  assert.deepEqual(info.slice(-2), ['#task ids: 0', ''])
  assert.equal(await said(['ps']), `${name}\n`)

  await kafka.send(topic, [{ value: '{"id":1}' }])
  await until(async () => (await redis.get('1')) !== null)
  const workerId = base.replace('http://', '')
  const running = `connectorState:  RUNNING\nworkerId: ${workerId}\nnumberOfTasks: 1\ntasks:\n  - taskId: 0\n    taskState: RUNNING\n    workerId: ${workerId}\n\n`
  await comes(['status', name], running)
  await comes(['task_status', name, '0'], `taskId: 0\ntaskState: RUNNING\nworkerId: ${workerId}\n\n`)
  assert.match(
    await said(['task_ps', name]),
    new RegExp(`^\\n  - ${name} task 0\\n(      \\S+: .*\\n)+\\n\\n     \\n$`)
  )
  assert.equal(await said(['task_restart', name, '0']), '')
  assert.match(await said(['restart', name, '--include-tasks']), /^Waiting for restart\nconnectorState: {2}RUNNING\n/)
  assert.match(await said(['-e', base, 'pause', name]), /^Waiting for pause\nconnectorState: {2}PAUSED\n/)
  // The command waits for the task, but no longer than a few seconds.
  await until(async () => (await said(['status', name])).includes('taskState: PAUSED\n'))
  assert.match(await said(['resume', name]), /^Waiting for resume\nconnectorState: {2}RUNNING\n/)
  await until(async () => (await said(['status', name])).includes('taskState: RUNNING\n'))
  assert.equal(await said(['topics', name]), `${topic}\n`)

  const changed = properties.replace('name = other\n', '').replace('connect.redis.password=', 'tasks.max=2')
  const diff = await said(['diff', name], changed)
  assert.match(
    diff,
    /^Connector properties valid\. Diffing connector \S+ against provided config\n\n#current config:\n/
  )
  assert.match(diff, /#entry value diffs:\n\n#entries only in current config:\n/)
  assert.match(diff, /#entries only in provided config:\ntasks\.max -> 2\n\n$/)
  assert.match(await said(['run', name], changed), /#task ids: 0; 1\n$/)
  assert.match(await said(['get', name]), /^#Connector `/)

  assert.match(await said(['stop', name]), /^Waiting for stop\nconnectorState: {2}STOPPED\n.*\nnumberOfTasks: 0\n/)
  await comes(['offsets', name], `${topic}-0 -> 1\n`)
  const back = { offsets: [{ partition: { kafka_topic: topic, kafka_partition: 0 }, offset: { kafka_offset: 0 } }] }
  // Connect says of itself that it may be too early: the members of a stopped connector leave in their own time.
  const passes = (args: readonly string[], stdin = ''): Promise<string | false> =>
    until(async () => {
      const { code, stdout } = await asked(args, stdin)
      assert.ok(code === 0 || stdout.includes('this operation can be safely retried'), stdout)
      return code === 0 && stdout
    })
  assert.match(String(await passes(['offsets_alter', name], JSON.stringify(back))), /altered successfully/)
  await comes(['offsets', name], `${topic}-0 -> 0\n`)
  assert.match(String(await passes(['offsets_reset', name])), /reset successfully/)
  assert.equal(await said(['topics_reset', name]), '')
  assert.equal(await said(['topics', name]), '')
  assert.equal(await said(['rm', name]), '')
  assert.equal(await said(['ps']), 'No running connectors\n\n')
})

test('plugins, validation, loggers, health and versions are told', async () => {
  await using worker = await startWorker([])
  const { base } = await restOf(worker)
  const asked = (args: readonly string[], stdin = ''): Promise<Run> =>
    cli([...args, '--endpoint', `${base}/`], { stdin })
  const plugins = (await asked(['plugins'])).stdout
  assert.match(
    plugins,
    new RegExp(`^Class name: ${oldClass.replaceAll('.', '\\.')}, Type: sink, Version: \\d+\\.\\d+\\.\\d+$`, 'm')
  )
  const described = await asked(['describe', oldClass])
  assert.equal(described.code, 0)
  const whole = JSON.parse(described.stdout) as { configs: { definition: { name: string } }[] }
  assert.ok(whole.configs.some(({ definition }) => definition.name === 'connect.redis.kcql'))
  assert.doesNotMatch(described.stdout, /"documentation"/)
  assert.match(described.stdout, /^ \{\n {2}"name"/, 'a blank stands before it, as it did')

  const good = {
    'connector.class': oldClass,
    name: 'x',
    topics: 't',
    'connect.redis.host': 'h',
    'connect.redis.port': 1,
    'connect.redis.kcql': 'SELECT * FROM t PK id',
    'consumer.override.any': 'x'
  }
  const valid = await asked(['validate', oldClass, '-f', 'json'], JSON.stringify(good))
  assert.deepEqual([valid.code, valid.stdout], [0, ` ${oldClass} \n No validation errors. \n`])
  const bad = JSON.stringify({ ...good, 'tasks.max': 'x' })
  const invalid = await asked(['validate', oldClass, '--format=JSON'], bad)
  assert.equal(invalid.code, 0, 'as it was: the answer is printed, and that is all')
  assert.match(invalid.stdout, /^\{\n {2}"name": /)
  assert.match(
    invalid.stdout,
    /\nValidation failed\.\nInvalid value x for configuration tasks\.max: Not a number of type INT\n/
  )
  assert.equal((await asked(['validate', oldClass, '--strict', '-f', 'JSON'], bad)).code, 1)

  assert.match(
    (await asked(['loggers'])).stdout,
    /^org\.apache\.kafka\.connect\.runtime\.rest\.RestServer: INFO$(?:.|\n)*^root: INFO$/m
  )
  assert.match((await asked(['logger', 'root', 'debug'])).stdout, /^root: DEBUG$/m)
  assert.equal((await asked(['logger', 'root'])).stdout, 'root: DEBUG\n')
  assert.equal((await asked(['health'])).stdout, 'Worker has completed startup and is ready to handle requests.\n')
  assert.match(
    (await asked(['version'])).stdout,
    /^connect-cli: \d+\.\d+\.\d+\nworker: 4\.3\.1 \(commit \S+\)\nKafka cluster: \S+\n$/
  )
})

test('wrong words end with exit code 1, one clean line and where help is', async () => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [[], 'Command expected.'],
    [['frobnicate'], 'Command expected.'],
    [['get'], 'Please specify the connector-name'],
    [['get', ''], 'Please specify the connector-name'],
    [['run', '', 'x'], 'Please specify the connector-name'],
    [['describe'], 'Please specify the connector-name'],
    [['task_status', 'x'], 'Please specify the task-id'],
    [['task_status', 'x', 'y'], "The task-id must be a number, not 'y'"],
    [['ps', '-j'], 'Unknown option -j'],
    [['ps', '--format', 'yaml'], "Option --format failed when given 'yaml'. There are PROPERTIES and JSON"],
    [['ps', '-e', 'nonsense'], "'nonsense' is no URL such as http://localhost:8083/"]
  ]
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await cli(args, { env: { KAFKA_CONNECT_REST: 'http://127.0.0.1:1' } })
    assert.deepEqual(
      [code, stdout, stderr],
      [1, '', `Error: ${message}\nTry --help for more information.\n`],
      args.join(' ')
    )
  }
  const help = await cli(['--help'])
  assert.equal(help.code, 0)
  assert.match(help.stdout, /^kafka-connect-cli/)
  const format = await cli(['ps'], { env: { KAFKA_CONNECT_FORMAT: 'bogus' } })
  assert.deepEqual(
    [format.code, format.stderr.split('\n')[0]],
    [1, "Error: Option --format failed when given 'bogus'. There are PROPERTIES and JSON"]
  )
})

test('what the worker refuses is printed on standard output, with exit code 1', async () => {
  await using worker = await startWorker([])
  const { base } = await restOf(worker)
  const asked = (args: readonly string[], stdin = ''): Promise<Run> => cli(['--endpoint', base, ...args], { stdin })
  const refused = (message: string): Run => ({
    code: 1,
    stdout: ` Error: the Kafka Connect API returned: ${message} \n`,
    stderr: ''
  })
  assert.deepEqual(await asked(['get', 'nope']), refused('Connector nope not found (404)'))
  assert.deepEqual(await asked(['status', 'nope']), refused('No status found for connector nope (404)'))
  assert.deepEqual(await asked(['pause', 'nope']), refused('Unknown connector nope (404)'))
  assert.deepEqual(await asked(['task_status', 'nope', '0']), refused('No status found for task nope-0 (404)'))
  assert.match((await asked(['create', 'x', '-f', 'json'], '{"a"')).stdout, /^Error: stdin is no JSON/)
  assert.match((await asked(['create', 'x'], 'a=\\u12')).stdout, /^Error: stdin is no properties text/)
  const masked = await asked(['run', 'x'], 'connect.redis.password=**********\n')
  assert.deepEqual([masked.code, /stands for a secret/.test(masked.stdout)], [1, true])
})

test('the path of the endpoint, its user and an answer that is no JSON are dealt with', async () => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`)
    if (request.url === '/kc/connectors') response.end('["a","b"]')
    else if (request.url?.startsWith('/other/')) response.end('[]')
    else response.writeHead(503).end('<html>')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = server.address() as AddressInfo
    const listed = await cli(['ps', '-e', `http://user:p%40ss@127.0.0.1:${port}/kc`])
    assert.deepEqual([listed.code, listed.stdout], [0, 'a\nb\n'])
    assert.deepEqual(asked, [`GET /kc/connectors Basic ${Buffer.from('user:p@ss').toString('base64')}`])
    const broken = await cli(['get', 'a/b', '-e', `http://127.0.0.1:${port}`])
    assert.deepEqual([broken.code, broken.stdout], [1, 'Error: the Kafka Connect API returned status code 503\n'])
    assert.equal(asked[1]?.split(' ')[1], '/connectors/a%2Fb')
    const other = `http://127.0.0.1:${port}/other`
    for (const words of [
      ['get', 'x'],
      ['status', 'x'],
      ['task_ps', 'x'],
      ['task_status', 'x', '0'],
      ['health'],
      ['version'],
      ['offsets', 'x'],
      ['topics', 'x']
    ]) {
      const { code, stdout, stderr } = await cli([...words, '-e', other])
      assert.doesNotMatch(stdout + stderr, /\n\s+at /, words.join(' '))
      if (words[0] === 'get')
        assert.deepEqual([code, stdout], [1, `Error: what answers at ${other}/ is no Kafka Connect API\n`])
    }
  } finally {
    server.close()
  }
  const nobody = await cli(['ps', '-e', 'http://127.0.0.1:1/'])
  assert.equal(nobody.code, 1)
  assert.match(nobody.stdout, /^Connection refused\nError: no worker answers at http:\/\/127\.0\.0\.1:1\//)
  assert.doesNotMatch(nobody.stderr, /\n\s+at /)
})

test('pause and resume are waited for until the tasks have followed', async () => {
  const shown: string[] = []
  const server = createServer((request, response) => {
    if (request.method !== 'GET') {
      response.writeHead(202).end()
      return
    }
    const state = shown.shift() ?? 'RUNNING'
    const place = { worker_id: 'w:8083' }
    const tasks = [{ ...place, id: 0, state }]
    response.end(JSON.stringify({ name: 'c', connector: { ...place, state: 'RUNNING' }, tasks, type: 'sink' }))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  try {
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    shown.push('PAUSED', 'UNASSIGNED', 'PAUSED')
    assert.match((await cli(['resume', 'c', '-e', endpoint])).stdout, /taskState: RUNNING\n/)
    assert.deepEqual(shown, [])
  } finally {
    server.close()
  }
})

test('create, run and validate show what the log of the worker warns of, which says it once for ten tasks', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis()
  await using worker = await startWorker([])
  const { base } = await restOf(worker)
  const topic = await kafka.createTopic('warned')
  const name = uniqueName('warned')
  const lines = [
    `connector.class=${oldClass}`,
    `topics=${topic}`,
    'tasks.max=10',
    'connect.redis.host=127.0.0.1',
    `connect.redis.port=${server.port}`,
    `connect.redis.kcql=SELECT * FROM ${topic} PK id TTL=60 and more`,
    'value.converter=org.apache.kafka.connect.json.JsonConverter',
    'value.converter.schema.enable=false',
    'consumer.override.fetch.maximum=1'
  ]
  const stdin = lines.join('\n')
  const env = { KAFKA_CONNECT_REST: base }
  for (const words of [['validate', oldClass], ['create', name], ['run', name]]) {
    const { code, stdout, stderr } = await cli(words, { stdin, env })
    assert.equal(code, 0, stdout + stderr)
    assert.match(stderr, /^warning: value\.converter\.schema\.enable has no effect: did you mean value\.converter\.schemas\.enable\?$/m)
    assert.match(stderr, /^warning: warning at statement 1.*$/m)
    assert.match(stderr, /^warning: consumer\.override\.fetch\.maximum has no effect/m)
  }
  const refused = await cli(['create', `${name}-2`], { stdin: `${stdin}\nconnect.redis.db=3`, env })
  assert.equal(refused.code, 1)
  assert.match(refused.stdout, /connect\.redis\.db=3: another database than 0 can't be chosen yet/)
  await worker.said(/consumer.*fetch\.maximum has no effect/i)
  await worker.stop()
  // Put in force twice, the second time without a change.
  worker.saidTimes(/WARN .*schema\.enable has no effect/, 2)
  worker.saidTimes(/WARN .*warning at statement 1/, 1)
  worker.saidTimes(/WARN .*fetch\.maximum has no effect/, 1)
}) // prettier-ignore
