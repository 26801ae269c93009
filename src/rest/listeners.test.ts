// Listeners as they are written, and what a worker is called by others.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { workerConfigDefs } from '../runtime/worker-config.ts'
import { adminListeners, advertisedAddress, isLoopback, listenerText, mainListeners } from './listeners.ts'

function config(settings: Readonly<Record<string, string>>) {
  const required = { 'key.converter': 'x', 'value.converter': 'x', 'offset.storage.file.filename': 'x' }
  return workerConfigDefs.standalone.parse(new Map(Object.entries({ ...required, ...settings })), 'test')
}

test('listeners are read in any spelling that Java takes', () => {
  const read = (listeners: string): string[] => mainListeners(config({ listeners })).map(listenerText)
  assert.deepEqual(read('http://:8083'), ['http://:8083'])
  assert.deepEqual(read(''), ['http://:8083'])
  assert.deepEqual(read('HTTP://0.0.0.0:80, https://[::1]:8443/,http://my-host.example:1'), [
    'http://0.0.0.0:80',
    'https://[::1]:8443',
    'http://my-host.example:1'
  ])
  for (const wrong of ['8083', 'ftp://:1', 'http://:99999', 'http://a b:1', 'http://x']) {
    assert.throws(() => read(wrong), { code: 'CONFIG', key: 'listeners' }, wrong)
  }
})

test('the admin listeners: unset, switched off, or apart', () => {
  assert.equal(adminListeners(config({})), null)
  assert.deepEqual(adminListeners(config({ 'admin.listeners': '' })), [])
  assert.deepEqual(adminListeners(config({ 'admin.listeners': 'http://localhost:1' }))?.map(listenerText), [
    'http://localhost:1'
  ])
})

test('a worker is called by its advertised name, else by what it listens on, else by its address', () => {
  const http = { protocol: 'http', host: 'a.example', port: 1 } as const
  const https = { protocol: 'https', host: '::1', port: 2 } as const
  assert.equal(advertisedAddress(config({}), [http, https]), 'a.example:1')
  assert.equal(advertisedAddress(config({ 'rest.advertised.listener': 'HTTPS' }), [http, https]), '[::1]:2')
  const named = { 'rest.advertised.host.name': 'worker-1', 'rest.advertised.port': '80' }
  assert.equal(advertisedAddress(config(named), [http]), 'worker-1:80')
  assert.match(advertisedAddress(config({}), [{ ...http, host: '' }]), /^\d+\.\d+\.\d+\.\d+:1$/)
})

test('loopback is told from what only looks like it', () => {
  for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '::1']) assert.ok(isLoopback(host), host)
  for (const host of ['', '0.0.0.0', '127.0.0.1.evil.example', '10.0.0.1', 'localhost.evil.example'])
    assert.ok(!isLoopback(host), host)
})
