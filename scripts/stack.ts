// The command "npm run stack": starts, stops and shows real Kafka, Redis and schema registry for tests and for play.
import { parseArgs } from 'node:util'
import { StackError } from './stack/programs.ts'
import { down, startService, status, stopService, up, type Endpoints } from './stack/stack.ts'
import { services, type Service } from './stack/state.ts'

const usage = `npm run stack -- COMMAND [--name NAME] [--json]
  up [--only kafka,redis,registry] [--secure] [--foreground]   start it (and stay until Ctrl-C);
                                                    --secure: Kafka also listens for TLS and logins
  down                                              stop it and remove its files
  status                                            what runs, and where
  kill | stop | start | restart  SERVICE            one of: ${services.join(', ')}`

function asService(text: string | undefined): Service {
  const service = services.find(each => each === text)
  if (service === undefined) throw new StackError(`"${text ?? ''}" is no server of the stack.\n${usage}`)
  return service
}

function show(endpoints: Endpoints, json: boolean): void {
  if (json) {
    console.log(JSON.stringify(endpoints))
    return
  }
  const { kafka, redis, registry, dir } = endpoints
  if (kafka) console.log(`Kafka            ${kafka.bootstrap}`)
  if (kafka?.secure)
    console.log(`Kafka, SASL_SSL  ${kafka.secure.bootstrap}    (stores and client.properties in ${dir}/kafka/secrets)`)
  if (redis) console.log(`Redis            ${redis.host}:${redis.port}    (redis-cli -p ${redis.port})`)
  if (registry) console.log(`Schema registry  ${registry.url}`)
  console.log(`Files and logs   ${dir}`)
}

async function runUp(
  name: string,
  options: { only?: string; secure: boolean; foreground: boolean; json: boolean }
): Promise<number> {
  const abort = new AbortController()
  const interrupted = new Promise<void>(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        abort.abort(new StackError(`Stopped by ${signal}; nothing was left running.`))
        resolve()
      })
    }
  })
  const only = options.only?.split(',').map(asService) ?? services
  const endpoints = await up({
    name,
    only,
    secure: options.secure,
    log: line => console.error(line),
    signal: abort.signal
  })
  show(endpoints, options.json)
  if (!options.foreground) return 0
  console.error('Ctrl-C stops it.')
  // A listener alone keeps no process alive.
  const alive = setInterval(() => undefined, 1 << 30)
  await interrupted
  clearInterval(alive)
  await down(name)
  return 0
}

async function run(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      name: { type: 'string', default: 'default' },
      only: { type: 'string' },
      secure: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      foreground: { type: 'boolean', default: false }
    }
  })
  const [command, service] = positionals
  const { name } = values
  switch (command) {
    case 'up':
      return runUp(name, { ...values })
    case 'down':
      console.error((await down(name)) ? 'stopped' : 'there was none')
      return 0
    case 'status': {
      const found = status(name)
      if (values.json) console.log(JSON.stringify(found ?? { name, phase: 'none' }))
      else if (found === undefined) console.log(`There is no stack "${name}".`)
      else {
        show(found, false)
        console.log(
          `State            ${found.phase}; ${Object.entries(found.alive)
            .map(([what, is]) => `${what} ${is ? 'runs' : 'is down'}`)
            .join(', ')}`
        )
      }
      return found === undefined ? 1 : 0
    }
    case 'kill':
    case 'stop':
      await stopService(name, asService(service), command === 'kill' ? 'SIGKILL' : 'SIGTERM')
      return 0
    case 'start':
      await startService(name, asService(service))
      return 0
    case 'restart':
      await stopService(name, asService(service), 'SIGTERM')
      await startService(name, asService(service))
      return 0
    default:
      console.error(usage)
      return 2
  }
}

try {
  process.exitCode = await run()
} catch (error) {
  const isOurs = error instanceof StackError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true
  console.error(isOurs ? (error as Error).message : error)
  process.exitCode = 1
}
