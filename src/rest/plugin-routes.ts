// The routes below /connector-plugins: what there is, what it takes, and whether a configuration would do.
import { type Config } from '../connect/plugin.ts'
import { BadRequestError } from '../runtime/herder-errors.ts'
import { keyEntity, pluginEntity, reportEntity } from './entities.ts'
import { HttpError } from './http-error.ts'
import { parseJson, sentConfig, type SentConfig } from './request-body.ts'
import { flag, ok, param, type Route } from './routes.ts'
import { withWarnings } from './warning-headers.ts'

export const pluginRoutes: readonly Route[] = [
  {
    path: '/connector-plugins',
    handlers: {
      GET: (request, herder) =>
        Promise.resolve(ok(herder.plugins(flag(request, 'connectorsOnly', true)).map(pluginEntity)))
    }
  },
  {
    path: '/connector-plugins/:plugin/config',
    handlers: {
      GET: (request, herder) => {
        const keys = herder.pluginConfig(param(request, 'plugin'), request.query.get('version') ?? undefined)
        return Promise.resolve(ok(keys.map(keyEntity)))
      }
    }
  },
  {
    path: '/connector-plugins/:plugin/config/validate',
    handlers: {
      PUT: async (request, herder) => {
        const sent = sentConfig(parseJson(request.body), 'A configuration to validate')
        const included = sent.get('connector.class') ?? null
        if (included !== null) mustMatch(included, param(request, 'plugin'))
        const report = await validated(withoutNulls(sent), config => herder.validateConfig(config))
        return withWarnings(ok(reportEntity(report)), report.warnings)
      }
    }
  }
]

/** The plugin of the path is the class of the body or its end, `Connector` left out or not. */
function mustMatch(included: string, requested: string): void {
  const short = (name: string): string => (name.endsWith('Connector') ? name.slice(0, -'Connector'.length) : name)
  if (short(included.trim()).endsWith(short(requested))) return
  throw new HttpError(400, `Included connector type ${included} does not match request type ${requested}`)
}

/** What cannot be validated at all is answered here, alone of all endpoints, as a fault of the server. */
async function validated<T>(config: Config, ask: (config: Config) => Promise<T>): Promise<T> {
  try {
    return await ask(config)
  } catch (error) {
    if (!(error instanceof BadRequestError)) throw error
    throw new HttpError(500, `${error.javaClass}: ${error.message}`)
  }
}

/** A key without a value counts as not given, here alone. */
function withoutNulls(sent: SentConfig): Config {
  return new Map([...sent].flatMap(([key, value]) => (value === null ? [] : [[key, value] as const])))
}
