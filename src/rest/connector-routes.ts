// The routes below /connectors.
import {
  type ConnectorInfo,
  type CreateRequest,
  type Herder,
  type TargetState,
  type TaskId
} from '../runtime/herder.ts'
import { connectorEntity, statusEntity, taskEntity, taskStateEntity } from './entities.ts'
import { httpMessage } from './errors.ts'
import { HttpError } from './http-error.ts'
import { completeConfig, isObject, type Json, parseJson, sentConfig, textOf } from './request-body.ts'
import { flag, ok, param, type RestAnswer, type RestRequest, type Route } from './routes.ts'
import { withWarnings } from './warning-headers.ts'

export const connectorRoutes: readonly Route[] = [
  { path: '/connectors', handlers: { GET: list, POST: create } },
  {
    path: '/connectors/:name',
    handlers: {
      GET: async (request, herder) => ok(connectorEntity(await herder.connectorInfo(nameOf(request)))),
      DELETE: async (request, herder) => {
        await herder.deleteConnector(nameOf(request))
        return { status: 204 }
      }
    }
  },
  {
    path: '/connectors/:name/config',
    handlers: {
      GET: async (request, herder) => ok(Object.fromEntries(await herder.connectorConfig(nameOf(request)))),
      PUT: put,
      PATCH: async (request, herder) => {
        const name = nameOf(request)
        const patch = sentConfig(parseJson(request.body), 'A patch of a configuration')
        mustBear(name, patch.get('name') ?? name)
        return answerOf(200, await herder.patchConnectorConfig(name, patch))
      }
    }
  },
  {
    path: '/connectors/:name/status',
    handlers: { GET: async (request, herder) => ok(statusEntity(await herder.connectorStatus(nameOf(request)))) }
  },
  {
    path: '/connectors/:name/tasks',
    handlers: { GET: async (request, herder) => ok((await herder.taskInfos(nameOf(request))).map(taskEntity)) }
  },
  {
    path: '/connectors/:name/tasks/:task/status',
    handlers: { GET: async (request, herder) => ok(taskStateEntity(await herder.taskStatus(taskOf(request)))) }
  },
  {
    path: '/connectors/:name/tasks/:task/restart',
    handlers: {
      POST: async (request, herder) => {
        await herder.restartTask(taskOf(request))
        return { status: 204 }
      }
    }
  },
  { path: '/connectors/:name/restart', handlers: { POST: restart } },
  {
    path: '/connectors/:name/pause',
    handlers: { PUT: (request, herder) => done(202, herder.pauseConnector(nameOf(request))) }
  },
  {
    path: '/connectors/:name/resume',
    handlers: { PUT: (request, herder) => done(202, herder.resumeConnector(nameOf(request))) }
  },
  {
    path: '/connectors/:name/stop',
    handlers: { PUT: (request, herder) => done(204, herder.stopConnector(nameOf(request))) }
  },
  {
    path: '/connectors/:name/topics',
    handlers: {
      GET: async (request, herder) => {
        const name = nameOf(request)
        return ok({ [name]: { topics: await herder.activeTopics(name) } })
      }
    }
  },
  {
    path: '/connectors/:name/topics/reset',
    handlers: { PUT: (request, herder) => done(202, herder.resetActiveTopics(nameOf(request))) }
  }
]

async function done(status: number, change: Promise<void>): Promise<RestAnswer> {
  await change
  return { status }
}

function nameOf(request: RestRequest): string {
  return param(request, 'name')
}

function taskOf(request: RestRequest): TaskId {
  const text = param(request, 'task')
  // A number that is none is no task's path at all.
  if (!/^\d{1,9}$/.test(text)) throw new HttpError(404, httpMessage(404))
  return { connector: nameOf(request), task: Number(text) }
}

async function list({ query }: RestRequest, herder: Herder): Promise<RestAnswer> {
  const names = await herder.connectors()
  if (!query.has('expand')) return ok(names)
  const wanted = new Set(query.getAll('expand'))
  const entries = await Promise.all(names.map(async name => [name, await expanded(name, wanted, herder)] as const))
  // One that is deleted, or has no status yet, while we ask is left out.
  return ok(Object.fromEntries(entries.filter(([, entity]) => entity !== null)))
}

async function expanded(name: string, wanted: ReadonlySet<string>, herder: Herder): Promise<object | null> {
  try {
    return {
      ...(wanted.has('status') ? { status: statusEntity(await herder.connectorStatus(name)) } : {}),
      ...(wanted.has('info') ? { info: connectorEntity(await herder.connectorInfo(name)) } : {})
    }
  } catch {
    return null
  }
}

const initialStates: ReadonlyMap<string, TargetState> = new Map([
  ['RUNNING', 'STARTED'],
  ['PAUSED', 'PAUSED'],
  ['STOPPED', 'STOPPED']
])

async function create(request: RestRequest, herder: Herder): Promise<RestAnswer> {
  const info = await herder.createConnector(createRequest(parseJson(request.body)))
  const location = `${request.origin}/connectors/${encodeURIComponent(info.name)}`
  return answerOf(201, info, { location })
}

function answerOf(status: number, info: ConnectorInfo, headers: Record<string, string> = {}): RestAnswer {
  return withWarnings({ status, body: connectorEntity(info), headers }, info.warnings)
}

function createRequest(body: Json): CreateRequest {
  if (!isObject(body)) throw new HttpError(400, 'Expected {"name": "...", "config": {...}}')
  const unknown = Object.keys(body).find(key => !['name', 'config', 'initial_state'].includes(key))
  if (unknown !== undefined) {
    throw new HttpError(400, `Unrecognized field "${unknown}"; there are "name", "config" and "initial_state"`)
  }
  const name = (textOf(body['name']) ?? '').trim()
  const config = completeConfig(sentConfig(body['config'], 'The "config" of a connector'))
  const state = body['initial_state'] ?? null
  const initialState = state === null ? null : (initialStates.get((textOf(state) ?? '').toUpperCase()) ?? undefined)
  if (initialState === undefined) {
    throw new HttpError(400, `"initial_state" is ${JSON.stringify(state)}; there are RUNNING, PAUSED and STOPPED`)
  }
  return { name, config: named(name, config), ...(initialState === null ? {} : { initialState }) }
}

async function put(request: RestRequest, herder: Herder): Promise<RestAnswer> {
  const name = nameOf(request)
  const body = parseJson(request.body)
  if (isObject(body) && isObject(body['config'])) {
    throw new HttpError(
      400,
      'The value of config is an object; expected a text. PUT takes the configuration alone: send what stands in "config", without "name" and "config" around it'
    )
  }
  const config = named(name, completeConfig(sentConfig(body, 'A configuration')))
  const { created, info } = await herder.putConnectorConfig(name, config)
  if (!created) return answerOf(200, info)
  return answerOf(201, info, { location: `${request.origin}/connectors/${encodeURIComponent(name)}` })
}

/** A stored configuration always holds its name, and no other one. */
function named(name: string, config: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const included = config.get('name')
  if (included === undefined) return new Map([...config, ['name', name]])
  mustBear(name, included)
  return config
}

function mustBear(name: string, included: string): void {
  if (included === name) return
  throw new HttpError(
    400,
    `Connector name configuration (${included}) doesn't match connector name in the URL (${name})`
  )
}

async function restart(request: RestRequest, herder: Herder): Promise<RestAnswer> {
  const name = nameOf(request)
  const includeTasks = flag(request, 'includeTasks')
  const onlyFailed = flag(request, 'onlyFailed')
  if (!includeTasks && !onlyFailed) return done(204, herder.restartConnector(name))
  const status = await herder.restartConnectorAndTasks(name, { includeTasks, onlyFailed })
  return { status: 202, body: statusEntity(status) }
}
