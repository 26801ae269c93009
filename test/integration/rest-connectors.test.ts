// Connectors over REST on a real worker: created, changed, paused, stopped, failed, restarted, deleted; each answer as Connect gives it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import kafkajs from 'kafkajs'
import { startRedis, uniqueName } from '../kit/stack.ts'
import { type Answered, restOf } from '../kit/rest.ts'
import { oldClass, openKafka, openRedis, startWorker, until } from '../kit/worker.ts'

function error(answered: Answered): string {
  const { error_code: code, message } = answered.json as { error_code: number; message: string }
  assert.equal(code, answered.status, 'error_code is the status')
  assert.equal(answered.headers['content-type'], 'application/json')
  return `${code} ${message}`
}

function config(topic: string, port: number): Record<string, string> {
  return {
    'connector.class': oldClass,
    topics: topic,
    'connect.redis.host': '127.0.0.1',
    'connect.redis.port': String(port),
    'connect.redis.kcql': `SELECT * FROM ${topic} PK id`
  }
}

/** A member of a group that is not ours, reading that topic; it leaves with the scope. */
async function joinGroup(bootstrap: string, groupId: string, topic: string) {
  const kafka = new kafkajs.Kafka({ brokers: [bootstrap], logLevel: kafkajs.logLevel.NOTHING })
  const consumer = kafka.consumer({ groupId })
  const joined = new Promise<void>(resolve => consumer.on(consumer.events.GROUP_JOIN, () => resolve()))
  await consumer.connect()
  await consumer.subscribe({ topic })
  // It commits nothing: what the group holds stays the connector's.
  await consumer.run({ autoCommit: false, eachMessage: () => Promise.resolve() })
  await joined
  return { groupId, [Symbol.asyncDispose]: () => consumer.disconnect() }
}

interface Status {
  connector: { state: string; worker_id: string; version: string }
  tasks: { id: number; state: string; version: string; trace?: string }[]
}

/** A key of a plugin as a UI is told of it. */
interface Shown {
  name: string
  required: boolean
  default_value: string | null
  group: string | null
  order: number
  width: string
}

test('a connector lives and dies over REST, its states and answers those of Connect', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis()
  await using redis = openRedis(server.port)
  await using worker = await startWorker([])
  const rest = await restOf(worker)
  const topic = await kafka.createTopic('rest-life')
  const name = uniqueName('rest-life')
  const own = config(topic, server.port)
  const status = async (): Promise<Status> => (await rest.get(`/connectors/${name}/status`)).json as Status
  const states = async (): Promise<string> => {
    const { connector, tasks } = await status()
    return [connector.state, ...tasks.map(task => task.state)].join(' ')
  }
  const becomes = (wanted: string): Promise<boolean> => until(async () => (await states()) === wanted)

  // Created: Location with the host the client used, the configuration with its name and nothing else.
  const created = await rest.ask('POST', '/connectors', { body: { name, config: own } })
  assert.equal(created.status, 201)
  assert.equal(created.headers['location'], `${rest.base}/connectors/${name}`)
  assert.deepEqual(created.json, {
    name,
    config: { ...own, name },
    tasks: [{ connector: name, task: 0 }],
    type: 'sink'
  })
  await becomes('RUNNING RUNNING')
  assert.deepEqual((await status()).connector.worker_id, rest.base.replace('http://', ''))
  assert.deepEqual((await rest.get('/connectors')).json, [name])
  assert.deepEqual(((await rest.get('/connectors?expand=info')).json as Record<string, object>)[name], {
    info: { name, config: { ...own, name }, tasks: [{ connector: name, task: 0 }], type: 'sink' }
  })
  assert.deepEqual((await rest.get('/connectors?expand=bogus')).json, { [name]: {} })
  assert.equal(
    error(await rest.ask('POST', '/connectors', { body: { name, config: own } })),
    `409 Connector ${name} already exists`
  )

  // Paused: what is sent stays unread until it is resumed.
  const paused = await rest.ask('PUT', `/connectors/${name}/pause`)
  assert.deepEqual([paused.status, paused.text], [202, ''])
  await becomes('PAUSED PAUSED')
  await kafka.send(topic, [{ value: '{"id":1}' }])
  await rest.ask('PUT', `/connectors/${name}/resume`, { body: '{}' })
  await becomes('RUNNING RUNNING')
  await until(async () => (await redis.get('1')) === '{"id":1}')

  // Topics: those of which a record was read; forgotten, then met again.
  await until(async () => (await rest.get(`/connectors/${name}/topics`)).text === `{"${name}":{"topics":["${topic}"]}}`)
  assert.equal((await rest.ask('PUT', `/connectors/${name}/topics/reset`)).status, 202)
  assert.deepEqual((await rest.get(`/connectors/${name}/topics`)).json, { [name]: { topics: [] } })
  await kafka.send(topic, [{ value: '{"id":2}' }])
  await until(async () => (await rest.get(`/connectors/${name}/topics`)).text.includes(topic))

  // Changed: two tasks, then one key taken away again.
  const patched = await rest.ask('PATCH', `/connectors/${name}/config`, { body: { 'tasks.max': 2 } })
  assert.equal((patched.json as { config: Record<string, string> }).config['tasks.max'], '2')
  await becomes('RUNNING RUNNING RUNNING')
  assert.equal(
    error(await rest.ask('PATCH', `/connectors/${name}/config`, { body: { name: 'other' } })),
    `400 Connector name configuration (other) doesn't match connector name in the URL (${name})`
  )
  await rest.ask('PATCH', `/connectors/${name}/config`, { body: { 'tasks.max': null, name } })
  await becomes('RUNNING RUNNING')
  const put = await rest.ask('PUT', `/connectors/${name}/config`, { body: { ...own, 'tasks.max': '2' } })
  assert.equal(put.status, 200)
  await becomes('RUNNING RUNNING RUNNING')
  const tasks = (await rest.get(`/connectors/${name}/tasks`)).json as { id: object; config: Record<string, string> }[]
  assert.deepEqual(
    tasks.map(({ id }) => id),
    [0, 1].map(task => ({ connector: name, task }))
  )
  assert.equal(tasks[0]?.config['task.class'], oldClass.replace('Connector', 'Connector').replace(/Connector$/, 'Task'))

  // Restarted: the old form silently, the other with the states that will be.
  assert.deepEqual((await rest.ask('POST', `/connectors/${name}/restart`)).status, 204)
  const { version } = (await status()).connector
  const all = await rest.ask('POST', `/connectors/${name}/restart?includeTasks=True`)
  assert.equal(all.status, 202)
  const restarting = all.json as Status
  assert.deepEqual(
    [restarting.connector.state, ...restarting.tasks.map(task => task.state)],
    ['RESTARTING', 'RESTARTING', 'RESTARTING']
  )
  assert.deepEqual(
    [restarting.connector.version, ...restarting.tasks.map(task => task.version)],
    [version, version, version],
    'the version that is started again'
  )
  await becomes('RUNNING RUNNING RUNNING')
  const none = (await rest.ask('POST', `/connectors/${name}/restart?onlyFailed=true&includeTasks=true`)).json as Status
  assert.deepEqual([none.connector.state, ...none.tasks.map(task => task.state)], ['RUNNING', 'RUNNING', 'RUNNING'])
  assert.equal((await rest.ask('POST', `/connectors/${name}/tasks/1/restart`)).status, 204)
  await becomes('RUNNING RUNNING RUNNING')

  // Stopped: no task, and offsets may be changed; PUT changes nothing of that.
  assert.deepEqual((await rest.ask('PUT', `/connectors/${name}/stop`)).status, 204)
  await becomes('STOPPED')
  await rest.ask('PUT', `/connectors/${name}/config`, { body: own })
  assert.equal(await states(), 'STOPPED')

  const deleted = await rest.ask('DELETE', `/connectors/${name}`)
  assert.deepEqual([deleted.status, deleted.text], [204, ''])
  assert.deepEqual((await rest.get('/connectors')).json, [])
  await worker.stop()
})

test('offsets are those of the consumer group: read, altered, reset', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis()
  await using redis = openRedis(server.port)
  await using worker = await startWorker([])
  const rest = await restOf(worker)
  const topic = await kafka.createTopic('rest-offsets')
  const name = uniqueName('rest-offsets')
  const path = `/connectors/${name}/offsets`
  const body = { name, config: config(topic, server.port), initial_state: 'stopped' }
  assert.equal((await rest.ask('POST', '/connectors', { body })).status, 201)
  assert.equal((await rest.get(path)).text, '{"offsets":[]}')
  await kafka.send(
    topic,
    [1, 2, 3].map(id => ({ value: JSON.stringify({ id }) }))
  )

  const at = (offset: unknown, partition: unknown = 0, where: unknown = topic): object => ({
    partition: { kafka_topic: where, kafka_partition: partition },
    offset: offset === null ? null : { kafka_offset: offset }
  })
  const patch = (...offsets: unknown[]): Promise<Answered> => rest.ask('PATCH', path, { body: { offsets } })
  assert.equal(
    (await patch(at('1'))).text,
    '{"message":"The offsets for this connector have been altered successfully"}'
  )
  assert.deepEqual((await rest.get(path)).json, {
    offsets: [{ partition: { kafka_partition: 0, kafka_topic: topic }, offset: { kafka_offset: 1 } }]
  })
  await rest.ask('PUT', `/connectors/${name}/resume`)
  await until(async () => (await redis.get('3')) !== null)
  assert.equal(await redis.get('1'), null, 'read from the offset that was set')
  assert.equal(
    error(await patch(at(0))),
    '400 Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified ' +
      `connector by issuing a 'PUT' request to the '/connectors/${name}/stop' endpoint`
  )

  /** Connect's own word for "too early": the members of a stopped connector leave in their own time. */
  const settled = (ask: () => Promise<Answered>): Promise<Answered> =>
    until(async () => {
      const answer = await ask()
      return !answer.text.includes('this operation can be safely retried') && answer
    })
  await rest.ask('PUT', `/connectors/${name}/stop`)
  assert.equal((await settled(() => patch(at(null)))).status, 200)
  assert.equal((await rest.get(path)).text, '{"offsets":[]}')
  assert.equal(error(await patch()), '400 Partitions / offsets need to be provided for an alter offsets request')
  assert.equal(
    error(await patch({ offset: null })),
    '400 The partition for a sink connector offset cannot be null or missing'
  )
  assert.match(
    error(await patch(at(0, 'x'))),
    /^400 Failed to parse the following Kafka partition value in the provided offsets: 'x'\./
  )
  assert.match(
    error(await patch(at('x'))),
    /^400 Failed to parse the following Kafka offset value in the provided offsets: 'x'\./
  )
  assert.match(error(await patch(at(0, 0, null))), /^400 Kafka topic names must be valid strings/)
  assert.equal(error(await patch(at(-1))), `500 Failed to modify offsets for sink connector ${name}`)
  assert.equal(
    error(await patch(at(0, 99))),
    `500 Failed to alter consumer group offsets for connector ${name}: There is no partition ${topic}-99`
  )

  {
    // Somebody else's consumer in the connector's own group, as a zombie would be.
    await using member = await joinGroup(kafka.bootstrap, `connect-${name}`, topic)
    assert.equal(await kafka.membersOf(member.groupId), 1)
    const before = (await rest.get(path)).json
    for (const [what, refused] of [
      ['alter', () => patch(at(1))],
      ['alter', () => patch(at(null))],
      ['reset', () => rest.ask('DELETE', path)]
    ] as const) {
      assert.equal(
        error(await refused()),
        `500 Failed to ${what} consumer group offsets for connector ${name} either because its tasks haven't stopped completely yet ` +
          `or the connector was resumed before the request to ${what} its offsets could be successfully completed. If the connector ` +
          "is in a stopped state, this operation can be safely retried. If it doesn't eventually succeed, the Connect cluster may " +
          'need to be restarted to get rid of the zombie sink tasks.'
      )
    }
    assert.deepEqual((await rest.get(path)).json, before)
  }
  assert.equal((await settled(() => patch(at(2)))).status, 200)
  assert.equal(
    (await rest.ask('DELETE', path)).text,
    '{"message":"The offsets for this connector have been reset successfully"}'
  )
  assert.equal((await rest.get(path)).text, '{"offsets":[]}')
  assert.equal((await rest.ask('DELETE', path)).status, 200, 'no group is a group without offsets')
})

test('a failed task says why, stays failed, and comes back by a restart', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis()
  await using redis = openRedis(server.port)
  const topic = await kafka.createTopic('rest-failed')
  const name = uniqueName('rest-failed')
  await kafka.send(topic, [{ value: 'no json' }])
  await using worker = await startWorker([{ ...config(topic, server.port), name }])
  const rest = await restOf(worker)
  const failed = async (): Promise<boolean> => {
    const { tasks } = (await rest.get(`/connectors/${name}/status`)).json as Status
    return (
      tasks[0]?.state === 'FAILED' &&
      (tasks[0].trace ?? '').startsWith('org.apache.kafka.connect.errors.ConnectException')
    )
  }
  await until(failed)
  const { trace } = (await rest.get(`/connectors/${name}/tasks/0/status`)).json as { trace: string }
  assert.match(trace, /Exiting WorkerSinkTask|Tolerance exceeded/)
  // Pausing and resuming revive nothing.
  await rest.ask('PUT', `/connectors/${name}/pause`)
  await rest.ask('PUT', `/connectors/${name}/resume`)
  assert.ok(await failed())
  await rest.ask('PUT', `/connectors/${name}/config`, {
    body: { ...config(topic, server.port), 'errors.tolerance': 'all' }
  })
  await kafka.send(topic, [{ value: '{"id":7}' }])
  await until(async () => (await redis.get('7')) !== null)
})

test('what is not there, and what is wrong, is told in the words that scripts know', async () => {
  await using worker = await startWorker([])
  const rest = await restOf(worker)
  const put = (body: unknown): Promise<Answered> => rest.ask('PUT', '/connectors/c/config', { body })
  const cases: readonly (readonly [string, string, unknown, string | RegExp])[] = [
    ['GET', '/connectors/nope', undefined, '404 Connector nope not found'],
    ['GET', '/connectors/nope/config', undefined, '404 Connector nope not found'],
    ['GET', '/connectors/nope/tasks', undefined, '404 Connector nope not found'],
    ['GET', '/connectors/nope/offsets', undefined, '404 Connector nope not found'],
    ['DELETE', '/connectors/nope', undefined, '404 Connector nope not found'],
    ['PATCH', '/connectors/nope/config', {}, '404 Connector nope not found'],
    ['GET', '/connectors/nope/status', undefined, '404 No status found for connector nope'],
    ['GET', '/connectors/nope/tasks/0/status', undefined, '404 No status found for task nope-0'],
    ['PUT', '/connectors/nope/pause', undefined, '404 Unknown connector nope'],
    ['PUT', '/connectors/nope/resume', undefined, '404 Unknown connector nope'],
    ['PUT', '/connectors/nope/stop', undefined, '404 Unknown connector nope'],
    ['POST', '/connectors/nope/restart', undefined, '404 Unknown connector: nope'],
    ['POST', '/connectors/nope/restart?includeTasks=true', undefined, '404 Unknown connector: nope'],
    ['POST', '/connectors/nope/tasks/0/restart', undefined, '404 Unknown connector: nope'],
    ['GET', '/connectors/nope/tasks/x/status', undefined, '404 HTTP 404 Not Found'],
    ['GET', '/connectors/nope/tasks-config', undefined, '404 HTTP 404 Not Found'],
    ['GET', '/connector-plugins/Nope/config', undefined, '404 Unknown plugin Nope.'],
    ['GET', '/admin/loggers/no.such', undefined, '404 Logger no.such not found.'],
    ['PUT', '/admin/loggers/root', {}, "400 Desired 'level' parameter was not specified in request."],
    ['PUT', '/admin/loggers/root', { level: 'FOO' }, "404 invalid log level 'FOO'."],
    ['POST', '/connectors', { name: 'c', config: {} }, '400 Connector config {name=c} contains no connector type'],
    [
      'POST',
      '/connectors',
      { name: 'c', config: { topics: 't', 'tasks.max': '1', 'errors.tolerance': 'all', 'key.converter': 'k' } },
      // The order of Java's HashMap.
      '400 Connector config {name=c, errors.tolerance=all, key.converter=k, topics=t, tasks.max=1} contains no connector type'
    ],
    ['POST', '/connectors', { name: 'c' }, /^400 The "config" of a connector must be/],
    ['POST', '/connectors', { name: 'c', config: {}, typo: 1 }, /^400 Unrecognized field "typo"/],
    ['POST', '/connectors', { name: 'c', config: {}, initial_state: 'BOGUS' }, /^400 .*BOGUS/],
    [
      'POST',
      '/connectors',
      { name: 'a', config: { name: 'b' } },
      "400 Connector name configuration (b) doesn't match connector name in the URL (a)"
    ],
    [
      'POST',
      '/connectors',
      { name: 'c', config: { 'connector.class': 'Nope' } },
      /^400 Failed to find any class that implements Connector and which name matches Nope, available connectors are: PluginDesc\{klass=class /
    ],
    ['POST', '/connectors', '{"name":', /^400 The request is no JSON/],
    ['POST', '/connectors', '[]', /^400 /],
    ['POST', '/connectors', { name: 'c', config: { a: {} } }, /^400 The value of a is an object/],
    [
      'PUT',
      '/connectors/c/config',
      { name: 'c', config: { a: 'b' } },
      /^400 .*send what stands in "config", without "name" and "config" around it/
    ],
    [
      'POST',
      '/connectors',
      { name: 'c', config: { a: null } },
      /^400 Connector configuration is invalid and contains the following 1 error\(s\):\nNull value can not be supplied as the configuration value\.\n/
    ]
  ]
  for (const [method, path, body, expected] of cases) {
    const said = error(await rest.ask(method, path, { body }))
    const where = `${method} ${path} ${JSON.stringify(body)}`
    if (typeof expected === 'string') assert.equal(said, expected, where)
    else assert.match(said, expected, where)
  }
  assert.equal((await rest.get('/connectors/nope/topics')).text, '{"nope":{"topics":[]}}')
  const invalid = error(
    await put({
      'connector.class': 'RedisSink',
      'connect.redis.host': 'h',
      'connect.redis.port': '1',
      'connect.redis.kcql': 'SELECT * FROM t PK id',
      'tasks.max': '0'
    })
  )
  assert.match(invalid, /^400 Connector configuration is invalid and contains the following \d+ error\(s\):\n/)
  assert.match(invalid, /\nInvalid value 0 for configuration tasks\.max: Value must be at least 1\n/)
  assert.match(invalid, /\nMust configure one of topics or topics\.regex\n/)
  assert.match(
    invalid,
    /\nYou can also find the above list of errors at the endpoint `\/connector-plugins\/\{connectorType\}\/config\/validate`$/
  )
  assert.deepEqual((await rest.get('/connectors')).json, [])
})

test('names with slashes, blanks, dots and other characters work like any other', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis()
  await using worker = await startWorker([])
  const rest = await restOf(worker)
  const topic = await kafka.createTopic('rest-names')
  const names = ['a/b', 'a b', '..', '%2e%2e', 'ünï', '__proto__', 'constructor', `long${'x'.repeat(300)}`, 'a?b#c']
  for (const name of names) {
    const body = { name, config: config(topic, server.port), initial_state: 'STOPPED' }
    const created = await rest.ask('POST', '/connectors', { body })
    assert.equal(created.status, 201, `${name}: ${created.text}`)
    const path = `/connectors/${name === '..' ? '%2E%2E' : encodeURIComponent(name)}`
    if (name === '..') {
      // Every URL parser takes the dots for a step up, encoded or not; it can be seen in the list all the same.
      continue
    }
    assert.equal(created.headers['location'], rest.base + path)
    assert.equal(((await rest.get(`${path}/status`)).json as { name: string }).name, name)
    assert.equal(((await rest.get(`${path}/`)).json as { name: string }).name, name)
  }
  assert.deepEqual((await rest.get('/connectors')).json, names)
  const expanded = (await rest.get('/connectors?expand=status')).text
  for (const name of names) assert.ok(expanded.includes(`"name":${JSON.stringify(name)}`), name)
  const control = await rest.ask('POST', '/connectors', {
    body: { name: 'a\u0001b', config: config(topic, server.port) }
  })
  assert.match(error(control), /400 .*String may not contain control sequences/s)
  const empty = await rest.ask('POST', '/connectors', { body: { name: '  ', config: config(topic, server.port) } })
  assert.match(error(empty), /400 .*String may not be empty/s)
})

test('plugins are listed by kind and name, and say what they take', async () => {
  await using worker = await startWorker([])
  const rest = await restOf(worker)
  const connectors = (await rest.get('/connector-plugins')).json as { class: string; type: string; version: string }[]
  assert.deepEqual(
    connectors.map(plugin => `${plugin.type} ${plugin.class}`),
    [
      'sink com.datamountaineer.streamreactor.connect.redis.sink.RedisSinkConnector',
      'sink connect.redis.RedisSinkConnector',
      'sink io.lenses.streamreactor.connect.redis.sink.RedisSinkConnector'
    ]
  )
  const version = connectors[0]?.version ?? ''
  const all = (await rest.get('/connector-plugins?connectorsOnly=False')).json as { class: string; type: string }[]
  const kinds = [...new Set(all.map(({ type }) => type))]
  assert.deepEqual(kinds, ['sink', 'transformation', 'predicate', 'converter', 'header_converter'])
  for (const kind of kinds) {
    const names = all.filter(({ type }) => type === kind).map(plugin => plugin.class)
    assert.deepEqual(names, names.toSorted(), kind)
  }
  const json = all.filter(plugin => plugin.class === 'org.apache.kafka.connect.json.JsonConverter')
  assert.deepEqual(
    json.map(({ type }) => type),
    ['converter', 'header_converter']
  )

  const keys = async (plugin: string): Promise<string[]> =>
    ((await rest.get(`/connector-plugins/${encodeURIComponent(plugin)}/config`)).json as { name: string }[]).map(
      ({ name }) => name
    )
  const looks = async (plugin: string): Promise<string[]> =>
    ((await rest.get(`/connector-plugins/${plugin}/config`)).json as Shown[]).map(
      ({ name, required, default_value: value, group, order, width }) =>
        `${name} ${required ? 'required' : value} ${group} ${order} ${width}`
    )
  const own = await keys('RedisSink')
  assert.ok(own.indexOf('connect.redis.kcql') < own.indexOf('tasks.max'), "the plugin's own keys come first")
  assert.deepEqual(await keys('org.apache.kafka.connect.transforms.HoistField$Value'), ['field'])
  assert.deepEqual(await looks('JsonConverter'), [
    'converter.type required null -1 NONE',
    'schemas.enable true Schemas 0 MEDIUM',
    'schemas.cache.size 1000 Schemas 1 MEDIUM',
    'schema.content null Schemas 2 MEDIUM',
    'decimal.format BASE64 Serialization 0 MEDIUM',
    'replace.null.with.default true Serialization 1 MEDIUM',
    'values.strict false null -1 NONE'
  ])
  assert.deepEqual(await looks('StringConverter'), [
    'converter.type required null -1 NONE',
    'converter.encoding UTF-8 null -1 MEDIUM'
  ])
  assert.deepEqual(await keys('SimpleHeaderConverter'), [])
  // What the worker has instead shows in a validation; here, as in Java, is what holds for every worker.
  const framework = (await looks('RedisSink')).filter(line => /^(?:key|value|header)\.converter/.test(line))
  assert.deepEqual(framework, [
    'key.converter null Common 6 SHORT',
    'key.converter.plugin.version null Common 7 SHORT',
    'value.converter null Common 8 SHORT',
    'value.converter.plugin.version null Common 9 SHORT',
    'header.converter null Common 10 SHORT',
    'header.converter.plugin.version null Common 11 SHORT'
  ])
  assert.equal((await rest.get(`/connector-plugins/RedisSink/config?version=${version}`)).status, 200)
  const range = await rest.get('/connector-plugins/RedisSink/config?version=[999,)')
  assert.match(
    error(range),
    /^400 Plugin \S+ not found that matches the version range \[999,\), available versions: \[/
  )
})

test('topics are not told where tracking is off, and not forgotten where that is forbidden', async () => {
  await using off = await startWorker([], { 'topic.tracking.enable': 'false' })
  const rest = await restOf(off)
  assert.equal(error(await rest.get('/connectors/x/topics')), '403 Topic tracking is disabled.')
  assert.equal(error(await rest.ask('PUT', '/connectors/x/topics/reset')), '403 Topic tracking is disabled.')
  await using kept = await startWorker([], { 'topic.tracking.allow.reset': 'false' })
  const other = await restOf(kept)
  assert.equal(error(await other.ask('PUT', '/connectors/x/topics/reset')), '403 Topic tracking reset is disabled.')
})
