// npm run sim:mutants: plants one fault after another in a copy of the sources and asks how many worlds it takes until a checker sees it.
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Mutant } from './mutant.ts'
import { mutants } from './mutants.ts'

const home = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    seeds: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string' }
  }
})

/** What the worlds made of a mutant. */
interface Found {
  /** How many worlds were run until one broke a promise; null: none did. */
  readonly seeds: number | null
  readonly checker: string
}

function plant({ also = [], ...first }: Mutant): string {
  const copy = mkdtempSync(join(tmpdir(), 'kcr-mutant-'))
  for (const part of ['src', 'test/sim', 'package.json'])
    cpSync(join(home, part), join(copy, part), { recursive: true })
  symlinkSync(join(home, 'node_modules'), join(copy, 'node_modules'))
  for (const { file, find, replace } of [first, ...also]) {
    const path = join(copy, file)
    const text = readFileSync(path, 'utf8')
    const times = text.split(find).length - 1
    if (times !== 1) throw new Error(`${file} holds the text ${times} times, expected once: ${find}`)
    writeFileSync(
      path,
      text.replace(find, () => replace)
    )
  }
  return copy
}

function hunt(copy: string): Promise<Found> {
  const first = Number(values.seed)
  const args = ['test/sim/sim.ts', '--seed', String(first), '--seeds', values.seeds, '--first']
  if (values.jobs !== undefined) args.push('--jobs', values.jobs)
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: copy, stdio: ['ignore', 'pipe', 'ignore'] })
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.on('close', () => {
      const seed = /Seed (\d+) breaks a promise/.exec(out)?.[1]
      // One that does not even start would count as not found.
      if (seed === undefined && !new RegExp(`^${values.seeds} worlds`, 'm').test(out)) return reject(new Error(`its worlds do not run: ${out}`)) // prettier-ignore
      const checker = /\d s ([a-z-]+): /.exec(out)?.[1] ?? ''
      resolve({ seeds: seed === undefined ? null : Number(seed) - first + 1, checker })
    })
  })
}

const missed: string[] = []
console.log('| fault | worlds needed | checker |\n|---|---|---|')
for (const mutant of mutants) {
  if (values.only !== undefined && !mutant.name.includes(values.only)) continue
  const copy = plant(mutant)
  try {
    const { seeds, checker } = await hunt(copy)
    if (seeds === null) missed.push(mutant.name)
    console.log(`| ${mutant.name}: ${mutant.what} | ${seeds ?? `none of ${values.seeds}`} | ${checker} |`)
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}
if (missed.length > 0) {
  console.log(`\nNot found: ${missed.join(', ')}`)
  process.exitCode = 1
}
