// The one way in for every npm script: installs what is missing, finds a fitting Node, then runs the task under it.
// Plain JavaScript without dependencies, because this file itself must run on whatever Node (20 and later) is there.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const home = dirname(dirname(fileURLToPath(import.meta.url)))

/** What each task runs: a program with its first arguments; the caller's own arguments follow. */
const tasks = {
  node: ['node'],
  'node-24': ['node'],
  stack: ['node', 'scripts/stack.ts'],
  quickstart: ['node', 'scripts/quickstart.ts'],
  produce: ['node', 'scripts/produce.ts'],
  build: ['node', 'scripts/build.ts'],
  check: ['node', 'scripts/check.ts'],
  format: ['prettier', '--write', '.'],
  test: ['node', 'scripts/test.ts'],
  bench: ['node', 'bench/bench.ts'],
  'bench:pairs': ['node', 'bench/pairs.ts'],
  'bench:raw': ['node', 'bench/raw-way.ts'],
  'bench:consumer': ['node', 'bench/consumer.ts'],
  soak: ['node', 'bench/soak.ts'],
  sim: ['node', 'test/sim/sim.ts'],
  'sim:mutants': ['node', 'test/sim/mutants/run.ts'],
  install: undefined
}

function fail(message) {
  console.error(message)
  process.exit(1)
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

/**
 * Whether node_modules holds just what the lock file names. npm writes node_modules/.package-lock.json as its last step,
 * so an install that was cut short counts as missing, and one that a person made by hand counts as good.
 */
function isInstalled(folder) {
  const wanted = readJson(join(folder, 'package-lock.json'))?.packages
  const found = readJson(join(folder, 'node_modules/.package-lock.json'))?.packages
  if (wanted === undefined || found === undefined) return false
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    if (path === '') return true
    const there = found[path]
    return there === undefined ? optional === true : there.version === version && there.integrity === integrity
  })
}

function install(folder, what, nodeDir) {
  console.error(`Installing ${what} ...`)
  const env = nodeDir === undefined ? process.env : { ...process.env, PATH: nodeDir + delimiter + process.env.PATH }
  // Standard output belongs to the task (it may be JSON that a program reads), so npm's goes to standard error.
  const options = { cwd: folder, env, stdio: ['ignore', 2, 2] }
  const { status, error } = spawnSync('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], options)
  if (error !== undefined) fail(`npm could not be started (${error.message}). Install npm, then run this again.`)
  if (status !== 0) fail(`npm ci failed in ${folder}; its own words stand above.`)
}

/** Whether this Node is one that package.json's "engines" allows. */
function isFitting(version) {
  const [major, minor] = version.replace(/^v/, '').split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 22)
}

/** The Node that a folder of tools/ pins, installed where it is not yet. */
function pinnedNode(folder, forWhat) {
  // The packages are named after platform and architecture; which of them exist stands in the folder's package.json.
  const names = Object.keys(readJson(join(folder, 'package.json'))?.optionalDependencies ?? {})
  const name = names.find(each => each.endsWith(`${process.platform}-${process.arch}`))
  if (name === undefined) {
    fail(
      `For ${process.platform}-${process.arch} no Node is pinned here, and this one is ${process.version}: install Node 26 (22.22 or later will do).`
    )
  }
  const node = join(folder, 'node_modules', name, 'bin/node')
  if (!isInstalled(folder) || !existsSync(node)) install(folder, `${forWhat} (this one is ${process.version})`)
  return node
}

function findNode(task) {
  if (task === 'node-24') return pinnedNode(join(home, 'tools/node-24'), 'the older Node for unit tests')
  return isFitting(process.version) ? process.execPath : pinnedNode(join(home, 'tools/node'), 'Node for development')
}

const [name = '', ...args] = process.argv.slice(2)
if (!Object.hasOwn(tasks, name)) fail(`No task "${name}". There are: ${Object.keys(tasks).join(', ')}.`)
const node = findNode(name)
if (!isInstalled(home)) install(home, 'npm packages', dirname(node))
if (tasks[name] === undefined) process.exit(0)

const [program, ...first] = tasks[name]
const child = spawn(program === 'node' ? node : program, [...first, ...args], {
  cwd: home,
  stdio: 'inherit',
  env: {
    ...process.env,
    PATH: [dirname(node), join(home, 'node_modules/.bin'), process.env.PATH].join(delimiter),
    // Node 22 warns about running TypeScript; npm's notes about its own version help nobody here.
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --disable-warning=ExperimentalWarning`.trim()
  }
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  // A terminal sends Ctrl-C to the whole group: passing it on would make it two, and two mean "at once" to many programs.
  process.on(signal, () => (signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal)))
}
child.on('error', error => fail(`${program} could not be started: ${error.message}`))
child.on('exit', (code, signal) => {
  if (signal === null) process.exit(code)
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
})
