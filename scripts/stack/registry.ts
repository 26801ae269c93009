// The schema registry (Apicurio, with Confluent's API): how it is started and asked whether it answers.
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { launch, type Server } from './processes.ts'
import { StackError } from './programs.ts'

export type RegistryPlace = {
  readonly java: string
  readonly folder: string
  readonly dir: string
  readonly port: number
}

// The quick compiler alone shortens the start; nobody measures the registry.
const jvmOptions = ['-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData']

export function startRegistry({ java, folder, dir, port }: RegistryPlace, logFile: string): Server {
  mkdirSync(dir, { recursive: true })
  const runner = readdirSync(folder).find(file => file.endsWith('-runner.jar'))
  if (runner === undefined) throw new StackError(`${folder} holds no registry. Remove that folder and start again.`)
  return launch({
    program: java,
    args: [...jvmOptions, `-Djava.io.tmpdir=${dir}`, '-jar', join(folder, runner)],
    env: {
      QUARKUS_HTTP_HOST: '127.0.0.1',
      QUARKUS_HTTP_PORT: String(port),
      REGISTRY_DATASOURCE_URL: 'jdbc:h2:mem:registry_db'
    },
    cwd: dir,
    logFile
  })
}

export function registryUrl(port: number): string {
  return `http://127.0.0.1:${port}/apis/ccompat/v7`
}

export async function isRegistryAnswering(port: number): Promise<boolean> {
  const answer = await fetch(`${registryUrl(port)}/subjects`, { signal: AbortSignal.timeout(5_000) })
  return answer.ok && Array.isArray(await answer.json())
}
