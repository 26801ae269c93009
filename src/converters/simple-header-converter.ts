// SimpleHeaderConverter, the default for headers: text whose type is guessed.
import { type Config, type HeaderConverter } from '../connect/plugin.ts'
import { parseHeaderText } from '../connect/values/header-text.ts'
import { headerText } from '../connect/values/header-values.ts'
import { decodeUtf8, encodeUtf8 } from './java-utf8.ts'

export function createSimpleHeaderConverter(_config: Config, _isKey: boolean): HeaderConverter {
  return {
    neverFails: true,
    toConnectHeader: (_topic, _key, bytes) =>
      (bytes === null ? null : parseHeaderText(decodeUtf8(bytes))) ?? { schema: null, value: null },
    fromConnectHeader: (_topic, _key, schema, value) => (value === null ? null : encodeUtf8(headerText(schema, value)))
  }
}
