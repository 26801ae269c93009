// The Grafana board and the page of metrics in docs/: both speak of numbers that a worker tells, by labels that it has.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { familiesOf, toldText } from './kit/told-metrics.ts'

interface Target {
  readonly expr: string
  readonly legendFormat?: string
}

interface Panel {
  readonly type: string
  readonly title: string
  readonly targets?: readonly Target[]
}

interface Board {
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: unknown }[] }
}

const board = JSON.parse(readFileSync('docs/grafana.json', 'utf8')) as Board
const targets = board.panels.flatMap(({ title, targets = [] }) => targets.map(target => ({ title, ...target })))

const families = async () => familiesOf(await toldText('short'))

test('the board has panels, and each has a query', () => {
  const panels = board.panels.filter(({ type }) => type !== 'row')
  assert.ok(panels.length > 15)
  for (const { title, targets = [] } of panels) assert.ok(targets.length > 0, title)
})

test('every query asks for a number that a worker tells, by its labels', async () => {
  const told = await families()
  for (const { title, expr, legendFormat = '' } of targets) {
    const names = [...expr.matchAll(/kafka_[a-z0-9_]+/g)].map(([name]) => name)
    assert.ok(names.length > 0, `${title}: ${expr}`)
    for (const name of names) {
      const labels = told.get(name)
      assert.ok(labels !== undefined, `${title} asks for ${name}, which no worker tells`)
      const wanted = [
        ...[...expr.matchAll(/[{,]\s*(\w+)\s*=~?/g)].map(match => match[1] ?? ''),
        ...[...expr.matchAll(/ by \(([^)]*)\)/g)].flatMap(match => (match[1] ?? '').split(/,\s*/)),
        ...[...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(match => match[1] ?? '')
      ]
      for (const label of wanted) assert.ok(labels.has(label), `${title}: ${name} has no label ${label}`)
    }
    const open = [...expr].filter(character => '([{'.includes(character)).length
    const closed = [...expr].filter(character => ')]}'.includes(character)).length
    assert.equal(open, closed, `${title}: ${expr}`)
  }
})

test('the variables of the board are found, too, and used', async () => {
  const told = await families()
  for (const { name, query } of board.templating.list) {
    const asked = /kafka_\w+/.exec(JSON.stringify(query))?.[0]
    if (asked !== undefined) assert.ok(told.has(asked), asked)
    assert.ok(JSON.stringify(board.panels).includes(`$${name}`) || JSON.stringify(board.panels).includes(`\${${name}}`))
  }
})

test('docs/metrics.md has every number, and no other', async () => {
  const told = await families()
  const rows = [
    ...readFileSync('docs/metrics.md', 'utf8').matchAll(/^\| `((?:kafka|process)_\w+)` \| (.*?) ?\| (\S.*) \|$/gm)
  ]
  assert.deepEqual(rows.map(([, name]) => name).toSorted(), [...told.keys()].toSorted())
  const text = await toldText('short')
  for (const [, name = '', labels = '', says = ''] of rows) {
    const help = new RegExp(`^# HELP ${name} (.*)$`, 'm').exec(text)?.[1]
    assert.equal(says.replaceAll('`', ''), help, name)
    const documented = labels === '' ? [] : labels.split(', ')
    // A state is that of a connector, or of one of its tasks.
    const expected = [...(told.get(name) ?? [])].filter(
      label => name !== 'kafka_connect_connector_status' || label !== 'task'
    )
    assert.deepEqual(documented.toSorted(), expected.toSorted(), name)
  }
})
