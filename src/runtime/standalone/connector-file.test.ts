// Connector files: properties and both of Connect's JSON forms; every fault names its file and what to write.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseConnectorFile } from './connector-file.ts'

const read = (text: string, path = 'sink.properties') => parseConnectorFile(path, Buffer.from(text))

test('properties, the flat map and the request of REST say the same', () => {
  const config = new Map([
    ['topics', 't'],
    ['tasks.max', '2'],
    ['name', 'x']
  ])
  const texts = [
    'topics=t\ntasks.max=2\nname=x\n',
    '{"topics":"t","tasks.max":2,"name":"x"}',
    '\uFEFF {"name":"x","config":{"topics":"t","tasks.max":"2"}}'
  ]
  for (const text of texts) {
    const file = read(text)
    assert.deepEqual(new Map([...file.config].sort()), new Map([...config].sort()), text)
    assert.deepEqual([file.name, file.initialState], ['x', 'STARTED'])
  }
  assert.equal(read('{"name":"x","config":{},"initial_state":"paused"}').initialState, 'PAUSED')
})

test('a properties file that is none is told with its name', () => {
  assert.throws(() => read('name=x\n\ntopics=\\u12', 'a.properties'), {
    code: 'CONFIG',
    message:
      /^a\.properties: Malformed \\uxxxx encoding\. Line 3 has a \\u that four hexadecimal digits do not follow; for a backslash write \\\\\.$/
  })
})

const faults: readonly (readonly [text: string, path: string, says: RegExp])[] = [
  ['topics=t', 'a.properties', /^a\.properties: no name\. Add a line such as name=/],
  ['{"topics"', 'a.json', /^a\.json: no JSON: /],
  ['topics=t', 'a.json', /^a\.json: no JSON: /],
  ['[]', 'a.json', /^a\.json: expected a JSON object/],
  ['{"name":"x","config":{"a":{}}}', 'a.json', /^a\.json: the value of a is no text/],
  ['{"name":"x","config":{"a":null}}', 'a.json', /^a\.json: the value of a is no text/],
  ['{"name":"x","config":{},"initial_stat":"PAUSED"}', 'a.json', /^a\.json: unknown key initial_stat/],
  [
    '{"name":"x","config":{},"initial_state":"ON"}',
    'a.json',
    /initial_state is 'ON', expected RUNNING, PAUSED or STOPPED/
  ],
  ['{"name":"x","config":{"name":"y"}}', 'a.json', /the name 'x' stands beside name 'y'/]
]

for (const [text, path, says] of faults) {
  test(`${path} with ${text} is refused`, () => {
    assert.throws(() => parseConnectorFile(path, Buffer.from(text)), { code: 'CONFIG', message: says })
  })
}
