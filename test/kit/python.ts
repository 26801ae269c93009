// Python programs in tests: the pinned packages of scripts/stack/python, put once into the cache that all clones share.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const requirements = 'scripts/stack/python/requirements.txt'

/** Why no Python program can be run here; null: one can. */
export async function whyNoPython(): Promise<string | null> {
  try {
    await run('python3', ['-m', 'pip', '--version'])
    return null
  } catch {
    return 'python3 with pip is not here (Debian: apt-get install python3-pip)'
  }
}

/** Runs a program with the pinned packages at hand; what it printed, or its error. */
export async function runPython(program: string, args: readonly string[]): Promise<string> {
  const packages = await pinnedPackages()
  // Away from the machine's own packages and user settings.
  const env = { ...process.env, PYTHONPATH: packages, PYTHONNOUSERSITE: '1', PYTHONDONTWRITEBYTECODE: '1' }
  const { stdout } = await run('python3', [program, ...args], { env })
  return stdout
}

async function pinnedPackages(): Promise<string> {
  const key = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 16)
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'kafka-connect-redis')
  const folder = join(cache, `python-${key}`)
  if (existsSync(folder)) return folder
  mkdirSync(cache, { recursive: true })
  const draft = mkdtempSync(join(cache, 'draft-'))
  try {
    // Each file is held to its hash; wheels of pure Python run nothing while they are installed.
    const pure = ['--only-binary=:all:', '--platform', 'any', '--abi', 'none', '--implementation', 'py']
    const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--require-hashes']
    await run('python3', [...args, ...pure, '--target', draft, '-r', requirements])
    renameSync(draft, folder)
  } catch (error) {
    if (!existsSync(folder)) throw error
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
  return folder
}
