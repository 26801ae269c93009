// What README and examples tell people to write must be read by us, without a warning.
import assert from 'node:assert/strict'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { text as readText } from 'node:stream/consumers'
import { test } from 'node:test'
import { explainCommand } from '../src/cli/explain-command.ts'
import { parseKcql } from '../src/kcql/parser.ts'

const pages = ['README.md', ...globSync('examples/**/*.properties')]

let read = 0
for (const page of pages) {
  const text = readFileSync(page, 'utf8')
  const statements = [...text.matchAll(/^connect\.redis\.kcql=(.*)$/gm)].map(([, kcql = '']) => kcql)
  read += statements.length
  for (const kcql of statements) {
    test(`${page}: ${kcql}`, () => {
      const { errors, warnings } = parseKcql(kcql, 'old')
      assert.deepEqual([...errors, ...warnings], [])
    })
  }
}

test('statements are found on the pages', () => {
  assert.ok(pages.length > 1 && read > pages.length / 2)
})

test('the commands of README are those of package.json, its links lead somewhere', () => {
  const text = readFileSync('README.md', 'utf8')
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
  const found = (pattern: RegExp): readonly string[] => {
    const all = [...text.matchAll(pattern)].map(([, word = '']) => word)
    assert.ok(all.length > 0, `${String(pattern)} finds something`)
    return all
  }
  for (const name of found(/npm run ([a-z:]+)/g)) assert.ok(name in scripts, name)
  for (const path of [...found(/\]\(([\w./-]+)\)/g), ...found(/^(bin\/[\w-]+)/gm)]) assert.ok(existsSync(path), path)
})

/** What `explain` says a record becomes under the class of README's own connector: `SET FX-USDGBP {"price":0.7943}`. */
async function explained(kcql: string, record: string): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'kafka-connect-redis-readme-'))
  try {
    const file = join(dir, 'sink.properties')
    const topic = / FROM (\S+)/.exec(kcql)?.[1] ?? ''
    const own = /```properties\n# redis-sink\.properties\n([^`]*)```/.exec(readFileSync('README.md', 'utf8'))?.[1] ?? ''
    const lines = own.replace(/^topics=.*$/m, `topics=${topic}`).replace(/^connect\.redis\.kcql=.*$/m, '')
    writeFileSync(
      file,
      `${lines}\nconnect.redis.kcql=${kcql}\nvalue.converter=org.apache.kafka.connect.json.JsonConverter\nvalue.converter.schemas.enable=false\n`
    )
    const stdout = new PassThrough()
    const stderr = new PassThrough()
    const said = Promise.all([readText(stdout), readText(stderr)])
    await explainCommand([file, '--record', record], { stdin: Readable.from(['']), stdout, stderr })
    stdout.end()
    stderr.end()
    const [out, error] = await said
    const command = out.trimEnd().split('\n').at(-1)?.trim() ?? ''
    assert.equal(error, '')
    return command.replaceAll("'", '')
  } finally {
    rmSync(dir, { recursive: true })
  }
}

test('each record in README becomes the command behind its arrow', async () => {
  const text = readFileSync('README.md', 'utf8')
  const examples = [...text.matchAll(/^connect\.redis\.kcql=(.*)\n```\n\n`(\{.*\})` →\s+`([^`]+)`/gm)]
  assert.equal(examples.length, 6)
  for (const [, kcql = '', record = '', command = ''] of examples)
    assert.equal(await explained(kcql, record), command, kcql)
})
