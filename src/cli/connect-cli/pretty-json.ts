// JSON as the old command line printed it: two blanks, arrays of plain values on one line, nulls left out.

export type JsonValue =
  null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue | undefined }

export function prettyJson(value: JsonValue, indent = ''): string {
  if (Array.isArray(value))
    return `[${(value as readonly JsonValue[]).map(item => prettyJson(item, indent)).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const inner = `${indent}  `
  const members = Object.entries(value as Readonly<Record<string, JsonValue | undefined>>).flatMap(([key, item]) =>
    item === undefined || item === null ? [] : [`${inner}${JSON.stringify(key)}: ${prettyJson(item, inner)}`]
  )
  return `{\n${members.join(',\n')}\n${indent}}`
}
