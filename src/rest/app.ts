// The routes on Fastify, the only file that knows it: limits, guards and Connect's ways with methods, bodies and errors.
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { type TLSSocket } from 'node:tls'
import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { type Logger } from '../connect/log.ts'
import { type Herder } from '../runtime/herder.ts'
import { type Clock } from '../util/clock.ts'
import { accessLine } from './access-log.ts'
import { type Authenticate } from './basic-auth.ts'
import { addressGroup } from './connection-places.ts'
import { errorAnswer, httpMessage } from './errors.ts'
import { HttpError } from './http-error.ts'
import { type RateLimit } from './rate-limit.ts'
import { guardRequest, type GuardSettings } from './request-guard.ts'
import { type headerRules } from './response-headers.ts'
import { type Method, type RestAnswer, type RestRequest, type Route } from './routes.ts'

export interface AppOptions {
  readonly routes: readonly Route[]
  readonly herder: Herder
  readonly guard: GuardSettings
  readonly authenticate: Authenticate | null
  /** null: as often as anybody likes. */
  readonly requestLimit: RateLimit | null
  /** GET /health has its own: who asks too much else is told all the same whether the worker lives. */
  readonly healthLimit: RateLimit | null
  readonly headerRules: ReturnType<typeof headerRules>
  readonly clock: Clock
  readonly log: Logger
  /** What an error says to whoever asked, without what config providers gave. */
  readonly mask: (text: string) => string
}

const bodyBytesMax = 1024 * 1024
const operationMsMax = 90_000
// Names of connectors stand in paths, and may be long.
const parameterLengthMax = 8192
// The order in which Connect's server lists methods.
const methodOrder = ['HEAD', 'DELETE', 'POST', 'GET', 'OPTIONS', 'PUT', 'PATCH']

/** What answers requests; the sockets are somebody else's. */
export async function buildApp(options: AppOptions): Promise<RequestListener> {
  const { fastify } = await import('fastify')
  let listener: RequestListener | null = null
  const app = fastify({
    serverFactory(handler) {
      listener = handler
      return createServer()
    },
    bodyLimit: bodyBytesMax,
    exposeHeadRoutes: false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: parameterLengthMax },
    frameworkErrors: (error, _request, reply) => void sendError(reply, error, options)
  })
  // Bodies reach the routes as bytes: what they mean is Connect's to say, not the content type's.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  addHooks(app, options)
  for (const route of options.routes) addRoute(app, route, options)
  app.setNotFoundHandler(() => {
    throw new HttpError(404, httpMessage(404))
  })
  app.setErrorHandler((error, _request, reply) => sendError(reply, error, options))
  await app.ready()
  return listener ?? (() => undefined)
}

function addHooks(
  app: FastifyInstance,
  { guard, authenticate, requestLimit, healthLimit, headerRules, clock, log }: AppOptions
): void {
  const accessLog = log.named('org.apache.kafka.connect.runtime.rest.RestServer')
  const started = new WeakMap<IncomingMessage, number>()
  const users = new WeakMap<IncomingMessage, string>()
  app.addHook('onRequest', async (request, reply) => {
    started.set(request.raw, clock.monotonic())
    for (const rule of headerRules) {
      rule({
        set: (name, value) => void reply.header(name, value),
        add: (name, value) => reply.raw.appendHeader(name, value)
      })
    }
    const address = addressGroup(request.raw.socket.remoteAddress)
    const limit = /^\/health\/?(?:\?|$)/.test(request.raw.url ?? '') ? healthLimit : requestLimit
    if (limit?.take(address) === false) {
      throw new HttpError(429, 'Too many requests from this address (rest.requests.per.second.max).', {
        'retry-after': String(limit.waitSeconds(address))
      })
    }
    const { origin, host = '', authorization } = request.headers
    const { crossOrigin } = guard
    if (origin !== undefined && crossOrigin?.allows(origin) === true) {
      const preflight = request.method === 'OPTIONS' && 'access-control-request-method' in request.headers
      void reply.headers(crossOrigin.headers(origin, preflight))
    }
    const localAddress = request.raw.socket.localAddress ?? ''
    const user = authenticate?.(authorization, address)
    const known = user !== undefined || (request.raw.socket as Partial<TLSSocket>).authorized === true
    guardRequest({ method: request.method, secure: isSecure(request), host, origin, localAddress, known }, guard)
    if (user !== undefined) users.set(request.raw, user)
    return Promise.resolve()
  })
  app.addHook('onResponse', (request, reply, done) => {
    const tookMs = clock.monotonic() - (started.get(request.raw) ?? clock.monotonic())
    if (accessLog.enabled('INFO')) {
      const bytes = reply.getHeader('content-length')
      accessLog.info(
        accessLine(
          request.raw,
          users.get(request.raw),
          reply.statusCode,
          Array.isArray(bytes) ? bytes[0] : bytes,
          clock.now(),
          tookMs
        )
      )
    }
    done()
  })
}

function addRoute(app: FastifyInstance, { path, plain, handlers }: Route, options: AppOptions): void {
  const methods = new Set<string>([...Object.keys(handlers), 'OPTIONS', ...('GET' in handlers ? ['HEAD'] : [])])
  const allow = methodOrder.filter(method => methods.has(method)).join(',')
  app.route({
    method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    url: path,
    handler: async (request, reply) => {
      const method = request.method === 'HEAD' ? 'GET' : request.method
      if (method === 'OPTIONS') return reply.headers({ allow, 'content-type': 'text/plain' }).send(Buffer.from(allow))
      const handler = handlers[method as Method]
      if (handler === undefined) throw new HttpError(405, httpMessage(405), { allow })
      const asked = restRequest(request)
      if (plain !== true && !acceptsJson(request.headers.accept)) throw new HttpError(406, httpMessage(406))
      const answer = await inTime(handler(asked, options.herder), options)
      return send(reply, answer)
    }
  })
}

function restRequest(request: FastifyRequest): RestRequest {
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  if (body.length > 0 && !isJson(request.headers['content-type']))
    throw new HttpError(415, `${httpMessage(415)}. Send the body with the header Content-Type: application/json`)
  const { raw, headers } = request
  const question = raw.url?.indexOf('?') ?? -1
  return {
    params: request.params as Readonly<Record<string, string>>,
    query: new URLSearchParams(question < 0 ? '' : (raw.url?.slice(question + 1) ?? '')),
    body,
    origin: `${isSecure(request) ? 'https' : 'http'}://${headers.host ?? ''}`
  }
}

function isSecure(request: FastifyRequest): boolean {
  return 'encrypted' in request.raw.socket
}

function isJson(contentType: string | undefined): boolean {
  return /^\s*application\/json\s*(?:;|$)/i.test(contentType ?? '')
}

const jsonRanges = new Set(['*', '*/*', 'application/*', 'application/json'])

/** Whether a client takes what all our answers are. `*` alone is what Java's own client calls any type. */
function acceptsJson(accept: string | undefined): boolean {
  if (accept === undefined || accept.trim() === '') return true
  return accept.split(',').some(range => {
    const [type = '', ...parameters] = range.split(';').map(part => part.trim().toLowerCase())
    return (
      jsonRanges.has(type) &&
      !parameters.some(parameter => parameter.startsWith('q=') && Number(parameter.slice(2)) === 0)
    )
  })
}

async function inTime(answer: Promise<RestAnswer>, { clock, herder }: AppOptions): Promise<RestAnswer> {
  const settled = new AbortController()
  const late = clock.sleep(operationMsMax, settled.signal).then(() => {
    if (settled.signal.aborted) return answer
    throw new HttpError(500, `Request timed out. ${herder.health().stage}`.trim())
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    settled.abort()
  }
}

function send(reply: FastifyReply, { status, body, text, headers = {} }: RestAnswer): FastifyReply {
  void reply.code(status).headers(headers)
  if (text !== undefined) return reply.header('content-type', text.contentType).send(Buffer.from(text.content))
  if (body === undefined) return reply.send()
  // As bytes, so that the content type stays exactly this: clients compare it.
  return reply.header('content-type', 'application/json').send(Buffer.from(JSON.stringify(body)))
}

function sendError(reply: FastifyReply, error: unknown, { mask }: AppOptions): FastifyReply {
  const { status, body, headers } = errorAnswer(error)
  return send(reply, { status, body: { ...body, message: mask(body.message) }, headers })
}
