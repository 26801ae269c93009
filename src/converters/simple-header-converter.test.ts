// SimpleHeaderConverter against what Java's own answered (test/vectors/headers.jsonl).
import { test } from 'node:test'
import { checkVectors, type Deviations } from '../../test/kit/check-vectors.ts'
import {
  bytesOf,
  schemaOf,
  valueOf,
  type VectorBytes,
  type VectorSchema,
  vectorSchema,
  type VectorValue,
  vectorValue,
  vectorBytes
} from '../../test/kit/connect-values.ts'
import { createSimpleHeaderConverter } from './simple-header-converter.ts'

type Input = { fn: string; bytes: VectorBytes; schema: VectorSchema; value: VectorValue }

const deviations: Deviations = {
  'where elements have no common schema a number has no width: integers are bigint, decimals double': [
    ...[
      'head-00165',
      'head-00167',
      'head-00199',
      'head-00200',
      'head-00227',
      'head-00275',
      'head-00294',
      'head-00312',
      'head-00327'
    ],
    ...[
      'head-00374',
      'head-00406',
      'head-00425',
      'head-00435',
      'head-00439',
      'head-00444',
      'head-00446',
      'head-00464',
      'head-00473'
    ],
    ...[
      'head-00474',
      'head-00478',
      'head-00486',
      'head-00497',
      'head-00510',
      'head-00546',
      'head-00575',
      'head-00614',
      'head-00637'
    ],
    ...['head-00647', 'head-00698']
  ]
}
const converter = createSimpleHeaderConverter(new Map(), false)

test('guesses what Java guesses', () => {
  checkVectors<Input, unknown>(
    'headers',
    input => {
      const data = converter.toConnectHeader('t', 'h', bytesOf(input.bytes))
      // Java answers a null header for `null`, which then has neither schema nor value.
      if (data.schema === null && data.value === null && input.bytes !== null) return null
      return { schema: vectorSchema(data.schema), value: vectorValue(data.value, data.schema) }
    },
    deviations,
    vector => vector.input.fn === 'toConnectHeader'
  )
})

test('writes what Java writes', () => {
  checkVectors<Input, unknown>(
    'headers',
    input => {
      const schema = schemaOf(input.schema)
      return vectorBytes(converter.fromConnectHeader('t', 'h', schema, valueOf(input.value, schema)))
    },
    { 'number text of JDK 19, not of JDK 17': ['head-00795', 'head-00876'] },
    vector => vector.input.fn === 'fromConnectHeader'
  )
})
