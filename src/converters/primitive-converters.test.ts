// String-, ByteArray-, number and BooleanConverter against what Java's own answered (test/vectors/converters.jsonl).
import assert from 'node:assert/strict'
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
  vectorValue
} from '../../test/kit/connect-values.ts'
import { type Config, type Converter } from '../connect/plugin.ts'
import { createByteArrayConverter } from './byte-array-converter.ts'
import {
  createBooleanConverter,
  createDoubleConverter,
  createFloatConverter,
  createIntegerConverter,
  createLongConverter,
  createShortConverter
} from './number-converters.ts'
import { createStringConverter } from './string-converter.ts'

type Input = {
  converter: string
  config: Record<string, string>
  fn: 'toConnectData' | 'fromConnectData'
  bytes: VectorBytes
  schema: VectorSchema
  value: VectorValue
}

const factories: Record<string, (config: Config, isKey: boolean) => Converter> = {
  StringConverter: createStringConverter,
  ByteArrayConverter: createByteArrayConverter,
  IntegerConverter: createIntegerConverter,
  LongConverter: createLongConverter,
  ShortConverter: createShortConverter,
  FloatConverter: createFloatConverter,
  DoubleConverter: createDoubleConverter,
  BooleanConverter: createBooleanConverter
}

const deviations: Deviations = {
  'Java prints the identity of a byte array, which differs at every run': ['conv-00688', 'conv-00689', 'conv-00742'],
  'JavaScript has one type of number: its width is that of the schema, without one it is a double or a long': [
    ...['conv-00697', 'conv-00744', 'conv-00745', 'conv-00755', 'conv-00816', 'conv-00860', 'conv-00878', 'conv-00919'],
    ...['conv-00922', 'conv-00940', 'conv-00981', 'conv-00983', 'conv-00984', 'conv-00990', 'conv-00991', 'conv-01002'],
    ...[
      'conv-01043',
      'conv-01052',
      'conv-01053',
      'conv-01063',
      'conv-01107',
      'conv-01108',
      'conv-01114',
      'conv-01126',
      'conv-01169'
    ]
  ],
  'there is one type of bytes, and no ByteBuffer to name': ['conv-00870', 'conv-01056', 'conv-01118']
}

test('read and write what Java reads and writes', () => {
  checkVectors<Input, unknown>(
    'converters',
    input => {
      const converter = factories[input.converter]?.(new Map(Object.entries(input.config)), false)
      assert.ok(converter !== undefined, input.converter)
      if (input.fn === 'toConnectData') {
        const data = converter.toConnectData('t', bytesOf(input.bytes))
        return { schema: vectorSchema(data.schema), value: vectorValue(data.value, data.schema) }
      }
      const schema = schemaOf(input.schema)
      const bytes = converter.fromConnectData('t', schema, valueOf(input.value, schema))
      return bytes === null ? null : { base64: Buffer.from(bytes).toString('base64') }
    },
    deviations
  )
})
