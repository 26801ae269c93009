// Fetches the pinned jars of Kafka and the registry through Maven, once, into a cache that all clones share.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { StackError, findProgram, runToEnd } from './programs.ts'

const mavenFolder = join(import.meta.dirname, 'maven')
const fetchAttemptsMax = 3

export type Artifacts = { readonly kafkaClasspath: string; readonly registryFolder: string }

/** Returns where the jars stand, after fetching, checking and unpacking them if this machine has none yet. */
export async function ensureArtifacts(log: (line: string) => void, signal?: AbortSignal): Promise<Artifacts> {
  const sums = readFileSync(join(mavenFolder, 'SHA256SUMS'), 'utf8')
  const pom = readFileSync(join(mavenFolder, 'pom.xml'), 'utf8')
  // The folder's name is what it must hold, so another version of the project never meets these jars.
  const key = createHash('sha256').update(sums).update(pom).digest('hex').slice(0, 16)
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'kafka-connect-redis')
  const folder = join(cache, `stack-${key}`)
  if (!existsSync(folder)) await fill(cache, folder, sums, log, signal)
  return { kafkaClasspath: join(folder, 'kafka', '*'), registryFolder: join(folder, 'registry') }
}

async function fill(cache: string, folder: string, sums: string, log: (line: string) => void, signal?: AbortSignal) {
  await mkdir(cache, { recursive: true })
  const draft = await mkdtemp(join(cache, 'draft-'))
  try {
    await fetchWithMaven(draft, log, signal)
    log('checking every file against its SHA-256 ...')
    const archives = await verify(draft, sums)
    log('unpacking the registry ...')
    const registry = join(draft, 'registry')
    for (const archive of archives.filter(each => each.endsWith('.tar.gz'))) {
      await runToEnd('tar', ['-xzf', join(draft, archive), '-C', registry], signal)
      await rm(join(draft, archive))
    }
    // The rename is the only step that others see: a cut short download leaves no half cache behind.
    await rename(draft, folder).catch((error: NodeJS.ErrnoException) => {
      if (!existsSync(folder)) throw error
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

async function fetchWithMaven(out: string, log: (line: string) => void, signal?: AbortSignal): Promise<void> {
  const maven = findProgram('mvn', 'Apache Maven (Debian: apt-get install maven; macOS: brew install maven)')
  // Maven writes a target folder beside the pom in some setups; a copy keeps the clone clean.
  await writeFile(join(out, 'pom.xml'), readFileSync(join(mavenFolder, 'pom.xml')))
  const args = ['-B', '--strict-checksums', '-f', join(out, 'pom.xml'), `-Dstack.out=${out}`, 'package']
  for (let attempt = 1; ; attempt++) {
    log('fetching Apache Kafka and the schema registry through Maven (about 200 MB, only this once) ...')
    const { status, tail } = await runMaven(maven, args, log, signal)
    if (status === 0) return
    signal?.throwIfAborted()
    if (attempt === fetchAttemptsMax) {
      throw new StackError(`Maven could not fetch the jars (exit code ${status}). Its last lines:\n${tail.join('\n')}`)
    }
    log(`Maven failed, attempt ${attempt + 1} of ${fetchAttemptsMax} follows`)
  }
}

function runMaven(program: string, args: string[], log: (line: string) => void, signal?: AbortSignal) {
  return new Promise<{ status: number | null; tail: string[] }>((resolve, reject) => {
    const options = { stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'] }
    const child = spawn(program, args, signal === undefined ? options : { ...options, signal })
    const tail: string[] = []
    let files = 0
    const take = (chunk: Buffer) => {
      for (const line of chunk.toString().split('\n').filter(Boolean)) {
        tail.push(line)
        if (tail.length > 30) tail.shift()
        if (/^Downloaded .*\.(jar|gz)/.test(line.replace('[INFO] ', '')) && ++files % 20 === 0)
          log(`  ${files} files ...`)
      }
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.on('error', reject)
    child.on('close', status => resolve({ status, tail }))
  })
}

/** Compares what was fetched with the committed list, in both directions, and returns the names in it. */
async function verify(folder: string, sums: string): Promise<string[]> {
  const wanted = new Map(
    sums
      .trim()
      .split('\n')
      .map(line => [line.slice(66), line.slice(0, 64)] as const)
  )
  for (const [name, sum] of wanted) {
    const path = join(folder, name)
    if (!existsSync(path)) throw new StackError(`Maven fetched no ${name}, which scripts/stack/maven/SHA256SUMS names.`)
    const found = await sha256(path)
    if (found !== sum) throw new StackError(`${name} has SHA-256 ${found}, expected ${sum}: it was not used.`)
  }
  for (const room of ['kafka', 'registry']) {
    const extra = (await readdir(join(folder, room))).find(file => !wanted.has(`${room}/${file}`))
    if (extra !== undefined)
      throw new StackError(`Maven fetched ${extra}, which scripts/stack/maven/SHA256SUMS does not name.`)
  }
  return [...wanted.keys()]
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
