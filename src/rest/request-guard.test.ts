// Who is let through: tools always, pages only of this worker or of origins that were let in, names only those of this host.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { guardRequest, type GuardedRequest } from './request-guard.ts'
import { crossOrigin } from './response-headers.ts'

const tool: GuardedRequest = {
  method: 'PUT',
  secure: false,
  host: '127.0.0.1:8083',
  origin: undefined,
  localAddress: '127.0.0.1',
  known: false
}
const open = { crossOrigin: crossOrigin('http://ui.example', ''), names: ['connect.internal'], changesNeedLogin: false }

const cases: readonly (readonly [what: string, request: Partial<GuardedRequest>, passes: boolean])[] = [
  ['a tool', {}, true],
  ['its own page', { origin: 'http://127.0.0.1:8083' }, true],
  ['its own page over TLS', { origin: 'https://127.0.0.1:8083', secure: true }, true],
  ['the page of another scheme', { origin: 'https://127.0.0.1:8083' }, false],
  ['the page of another port', { origin: 'http://127.0.0.1:9999' }, false],
  ['a page that is let in', { origin: 'http://ui.example' }, true],
  ['a page that is not', { origin: 'http://evil.example' }, false],
  ['a sandboxed page', { origin: 'null' }, false],
  ['a foreign page that only reads', { origin: 'http://evil.example', method: 'GET' }, true],
  ['a borrowed name', { host: 'evil.example:8083' }, false],
  ['a borrowed name that reads', { host: 'evil.example', method: 'GET' }, false],
  ['a borrowed name over IPv6', { host: 'evil.example', localAddress: '::1' }, false],
  ['a borrowed name over IPv4 in IPv6', { host: 'evil.example', localAddress: '::ffff:127.0.0.1' }, false],
  ['a name that looks like an address', { host: '127.0.0.1.evil.example' }, false],
  ['a name that has a colon as addresses have', { host: 'evil.example:x' }, false],
  ['a name behind a login', { host: '127.0.0.1@evil.example' }, false],
  ['a known name', { host: 'Connect.Internal:80' }, true],
  ['localhost', { host: 'localhost' }, true],
  ['an IPv6 address', { host: '[::1]:8083' }, true],
  ['no name, as HTTP/1.0 has none', { host: '' }, true],
  ['any name on an address of the network', { host: 'connect.example', localAddress: '10.0.0.9' }, true]
]

for (const [what, request, passes] of cases) {
  test(`${what} ${passes ? 'passes' : 'does not pass'}`, () => {
    const guard = (): void => guardRequest({ ...tool, ...request }, open)
    if (passes) assert.doesNotThrow(guard)
    else assert.throws(guard, { code: 'HTTP', status: 403 })
  })
}

test('where changes need a login, who is not known may only read', () => {
  const closed = { ...open, changesNeedLogin: true }
  for (const method of ['PUT', 'POST', 'PATCH', 'DELETE']) {
    assert.throws(() => guardRequest({ ...tool, method }, closed), { code: 'HTTP', status: 403 })
    assert.doesNotThrow(() => guardRequest({ ...tool, method, known: true }, closed))
  }
  for (const method of ['GET', 'HEAD', 'OPTIONS']) assert.doesNotThrow(() => guardRequest({ ...tool, method }, closed))
})
