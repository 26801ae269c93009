// The states that a task passes through before and while it runs, as statuses show them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../../connect/log.ts'
import { type Config } from '../../connect/plugin.ts'
import { type ConnectorOffsets } from '../connector-offsets.ts'
import { type TaskConfigDoors } from '../task-configs.ts'
import { type TaskEvents, type TaskNumbers, type TaskStart, type Worker } from '../worker.ts'
import { type WorkerAnswers } from '../worker-answers.ts'
import { StandaloneHerder } from './standalone-herder.ts'

const report = { name: 'C', errorCount: 0, groups: [], entries: [], warnings: [] }

/** A herder whose tasks run when the test says so. */
function newHerder(numbers: readonly Pick<TaskNumbers, 'id' | 'waits' | 'skips'>[] = []) {
  const holder: { events: TaskEvents | null } = { events: null }
  const started: TaskStart[] = []
  const worker = {
    startTask: (start: TaskStart) => void started.push(start),
    stopTasks: () => Promise.resolve(),
    setPaused: () => undefined,
    startConnector: (start: () => unknown) => start(),
    numbers: () => numbers
  } as unknown as Worker
  const connector = { className: 'C', create: () => ({ taskConfigs: (config: Config) => [config] }) }
  const herder = new StandaloneHerder({
    identity: { workerId: () => 'w:8083', version: '1.0' },
    newWorker(events) {
      holder.events = events
      return worker
    },
    answers: {
      validateConfig: () => Promise.resolve(report),
      warnOfUnknownKeys: () => undefined
    } as unknown as WorkerAnswers,
    offsets: {} as ConnectorOffsets,
    doors: { registry: { connector: () => connector }, plugins: {} } as unknown as TaskConfigDoors,
    topicTracking: { enabled: true, resetAllowed: true },
    log: silentLogger,
    mask: text => text.replace('sesame', '[hidden]')
  })
  const states = async () => {
    const { connector, tasks } = await herder.connectorStatus('c')
    return [connector, ...tasks].map(({ state, version }) => `${state} ${String(version)}`)
  }
  const tell = (state: 'RUNNING' | 'PAUSED' | 'FAILED', trace: string | null = null): void =>
    holder.events?.onState({ connector: 'c', task: 0 }, state, trace)
  return { herder, started, states, tell }
}

test('a task is UNASSIGNED, without a version, until it runs, RESTARTING while it is about to, and FAILED until somebody restarts it', async () => {
  const { herder, started, states, tell } = newHerder()
  await herder.createConnector({ name: 'c', config: new Map([['connector.class', 'C']]) })
  assert.deepEqual(await states(), ['RUNNING 1.0', 'UNASSIGNED null'])
  tell('RUNNING')
  assert.deepEqual(await states(), ['RUNNING 1.0', 'RUNNING 1.0'])
  tell('FAILED', 'trace')
  await herder.restartConnector('c')
  assert.deepEqual(await states(), ['RUNNING 1.0', 'FAILED 1.0'], 'the connector alone')

  const answer = await herder.restartConnectorAndTasks('c', { includeTasks: true, onlyFailed: true })
  assert.deepEqual(
    answer.tasks.map(({ state, version, trace }) => [state, version, trace]),
    [['RESTARTING', '1.0', null]],
    'as Java says it: the version that is to be started again'
  )
  assert.equal(answer.connector.state, 'RUNNING', 'what did not fail goes on')
  // Whatever is asked next comes behind the restart.
  await herder.restartConnector('c')
  assert.deepEqual([started.length, ...(await states())], [2, 'RUNNING 1.0', 'UNASSIGNED null'])
  tell('RUNNING')

  await herder.restartTask({ connector: 'c', task: 0 })
  assert.deepEqual([started.length, ...(await states())], [3, 'RUNNING 1.0', 'UNASSIGNED null'])
  tell('PAUSED')
  assert.deepEqual(await states(), ['RUNNING 1.0', 'PAUSED 1.0'])
  await herder.stopConnector('c')
  assert.deepEqual(await states(), ['STOPPED 1.0'])
})

test('nothing that is paused or stopped is started by a restart', async () => {
  const { herder, started, states } = newHerder()
  await herder.createConnector({ name: 'c', config: new Map([['connector.class', 'C']]), initialState: 'STOPPED' })
  await herder.restartConnectorAndTasks('c', { includeTasks: true, onlyFailed: false })
  await herder.restartConnector('c')
  assert.deepEqual([started.length, ...(await states())], [0, 'STOPPED 1.0'])
  await herder.pauseConnector('c')
  await herder.restartConnectorAndTasks('c', { includeTasks: true, onlyFailed: false })
  await herder.restartConnector('c')
  assert.deepEqual([started.length, ...(await states())], [0, 'PAUSED 1.0'])
  await herder.resumeConnector('c')
  assert.deepEqual([started.length, ...(await states())], [1, 'RUNNING 1.0', 'UNASSIGNED null'])
})

test('health has what tasks wait for and what they passed over, without secrets', () => {
  const wait = { for: 'redis', what: 'Redis at r:1', since: 0, attempts: 2, reason: 'sesame' } as const
  const skip = { why: 'refused', count: 2, since: 0, first: 'sesame-0@1', last: 't-0@7' }
  const { herder } = newHerder([{ id: { connector: 'c', task: 3 }, waits: [wait], skips: [skip] }])
  const { waits, skips } = herder.health()
  const start = '1970-01-01T00:00:00.000Z'
  assert.deepEqual(waits, [`Task c-3 is waiting for Redis at r:1 since ${start}, attempt 2: [hidden]`])
  assert.deepEqual(skips, [`Task c-3 skipped 2 records since ${start} (first [hidden]-0@1, last t-0@7): refused`])
})
