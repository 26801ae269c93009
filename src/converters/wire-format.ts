// Where a registry's schema id stands in a record: before the payload (id or GUID), or in a header of its own.
import { SerializationError } from '../connect/errors.ts'

/** A schema's name in the registry: a number, or a GUID of the newer form. */
export type SchemaKey = { readonly id: number } | { readonly guid: string }

export interface Framed {
  readonly key: SchemaKey
  /** Where the payload begins in the record's bytes. */
  readonly start: number
}

type Headers = (() => readonly { key: string; value: Uint8Array | null }[]) | undefined

const idFrameLength = 5
const guidFrameLength = 17

/** Finds the schema of `bytes`: in the header that newer serializers write, else in the frame before the payload. */
export function readFrame(bytes: Uint8Array, headers: Headers, isKey: boolean): Framed {
  const name = isKey ? '__key_schema_id' : '__value_schema_id'
  const header = headers?.().findLast(each => each.key === name)?.value ?? null
  const inHeader = header === null ? null : frameAt(header)
  if (inHeader !== null) return { key: inHeader.key, start: 0 }
  const framed = frameAt(bytes)
  if (framed === null) throw new SerializationError('Unknown magic byte!')
  return framed
}

function frameAt(bytes: Uint8Array): Framed | null {
  if (bytes[0] === 0 && bytes.length >= idFrameLength) {
    return { key: { id: new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getInt32(1) }, start: idFrameLength }
  }
  if (bytes[0] !== 1 || bytes.length < guidFrameLength) return null
  const hex = Buffer.from(bytes.subarray(1, guidFrameLength)).toString('hex')
  const guid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  return { key: { guid }, start: guidFrameLength }
}

/** How a schema is called in messages. */
export function keyText(key: SchemaKey): string {
  return 'id' in key ? `id ${key.id}` : `GUID ${key.guid}`
}
