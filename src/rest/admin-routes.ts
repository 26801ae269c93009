// The routes below /admin: levels of loggers, while the worker runs.
import { NotFoundError } from '../connect/errors.ts'
import { type LoggerLevel } from '../runtime/herder.ts'
import { HttpError } from './http-error.ts'
import { isObject, parseJson, textOf } from './request-body.ts'
import { ok, param, type Route } from './routes.ts'

export const adminRoutes: readonly Route[] = [
  {
    path: '/admin/loggers',
    handlers: {
      GET: async (_, herder) => {
        const levels = await herder.loggerLevels()
        return ok(Object.fromEntries([...levels].map(([name, level]) => [name, levelEntity(level)])))
      }
    }
  },
  {
    path: '/admin/loggers/:logger',
    handlers: {
      GET: async (request, herder) => {
        const name = param(request, 'logger')
        const level = await herder.loggerLevel(name)
        if (level === null) throw new NotFoundError(`Logger ${name} not found.`)
        return ok(levelEntity(level))
      },
      PUT: async (request, herder) => {
        const name = param(request, 'logger')
        const body = parseJson(request.body)
        const level = isObject(body) ? textOf(body['level']) : null
        if (level === null) throw new HttpError(400, "Desired 'level' parameter was not specified in request.")
        if (request.query.get('scope')?.toLowerCase() === 'cluster') {
          await herder.setClusterLoggerLevel(name, level)
          return { status: 204 }
        }
        return ok(await herder.setLoggerLevel(name, level))
      }
    }
  }
]

function levelEntity({ level, lastModified }: LoggerLevel) {
  return { level, last_modified: lastModified }
}
