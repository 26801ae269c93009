// What connect-cli hides is what the worker's definitions call a secret; where the worker can't say, what sounds like one.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { Api } from './api.ts'
import { colourless, diffBlock } from './blocks.ts'
import { shownBy } from './secrets.ts'

async function openApi(status: number, answer: unknown) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.writeHead(status).end(JSON.stringify(answer))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const api = new Api(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return { api, asked, [Symbol.dispose]: () => void server.close() }
}

const key = (name: string, type: string) => ({ definition: { name, type } })
const config = {
  'connector.class': 'a.B',
  'transforms.password.replacement': 'orders',
  'ssl.keystore.key': 'PEM',
  'connect.redis.connection.password': 'pw',
  'schema.registry.url': 'http://u:p@a,http://b/x@y'
}

test('a key is a secret by its definition, an undefined one by its name', async () => {
  const definitions = [key('transforms.password.replacement', 'STRING'), key('ssl.keystore.key', 'PASSWORD')]
  using world = await openApi(200, { configs: [...definitions, { definition: null }] })
  const shown = await shownBy(world.api, config)
  assert.deepEqual(world.asked, ['PUT /connector-plugins/a.B/config/validate'])
  assert.deepEqual(
    Object.entries(config).map(([name, value]) => shown(name, value)),
    ['a.B', 'orders', '**********', '**********', 'http://**********@a,http://b/x@y']
  )
})

test('a worker that refuses to validate leaves the names', async () => {
  using world = await openApi(500, { message: 'no' })
  const shown = await shownBy(world.api, config)
  assert.deepEqual([shown('ssl.key.password', 'x'), shown('topics', 'x')], ['**********', 'x'])
  for (const key of [
    'consumer.override.ssl.keystore.key',
    'a.ssl.keystore.certificate.chain',
    'x.credential',
    'basic.auth.user.info'
  ])
    assert.equal(shown(key, 'x'), '**********', key)
  for (const key of ['key.converter', 'connect.redis.host', 'transforms.key.type'])
    assert.equal(shown(key, 'x'), 'x', key)
})

test('logins in addresses are hidden by the rule of the worker', async () => {
  using world = await openApi(500, { message: 'no' })
  const shown = await shownBy(world.api, config)
  for (const [text, hidden] of [
    ['http://u:p,w@h', 'http://**********@h'],
    ['http://u:p/w@h/x', 'http://**********@h/x'],
    ['http://h:80/a@b,http://h?c@d', 'http://h:80/a@b,http://h?c@d']
  ] as const)
    assert.equal(shown('url', text), hidden)
})

test('differences say that secrets differ, and not how', () => {
  const shown = (name: string, value: string): string => (name === 'p' ? '***' : value)
  const block = diffBlock({ p: 'old-secret', a: '1' }, { p: 'new-secret', a: '2' }, shown, colourless)
  assert.doesNotMatch(block, /-secret/)
  assert.match(block, /p -> \(\*\*\*, \*\*\*\)/)
})
