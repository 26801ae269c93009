// The configuration that create, run, diff and validate read from standard input.
import { loadPropertiesUtf8 } from '../../java/properties.ts'
import { type Format } from './arguments.ts'
import { mask } from './secrets.ts'

/** The text is no configuration; one line says why. */
export class ConfigTextError extends Error {
  override readonly name = 'ConfigTextError'
}

export type ConfigText = Readonly<Record<string, string>>

export async function readAll(stdin: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

export function parseConfigText(bytes: Buffer, format: Format): ConfigText {
  const text = withoutMark(bytes)
  const config = format === 'JSON' ? fromJson(text.toString()) : fromProperties(text)
  // Ten asterisks within a value may be what a MaskField writes.
  const masked = Object.keys(config).find(key => config[key] === mask || config[key]?.includes(`://${mask}@`) === true)
  if (masked === undefined) return config
  throw new ConfigTextError(
    `${masked} holds ${mask}, which stands for a secret in what "get" prints: write the secret itself`
  )
}

/** Editors of Windows put a byte order mark before the text: it is no part of the first key. */
function withoutMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes
}

function fromProperties(bytes: Buffer): ConfigText {
  try {
    return Object.fromEntries(loadPropertiesUtf8(bytes))
  } catch (error) {
    throw new ConfigTextError(`stdin is no properties text: ${(error as Error).message}`)
  }
}

function fromJson(text: string): ConfigText {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    throw new ConfigTextError(`stdin is no JSON: ${(error as Error).message}`)
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new ConfigTextError('stdin must hold one flat JSON object of configuration keys')
  }
  return Object.fromEntries(
    Object.entries(parsed).map(([key, value]: [string, unknown]) => {
      if (typeof value === 'string') return [key, value]
      if (typeof value === 'number' || typeof value === 'boolean') return [key, String(value)]
      throw new ConfigTextError(`the value of ${key} on stdin is no text`)
    })
  )
}

/** The name on the command line is the one that counts; the text is changed, and it is said. */
export function underName(config: ConfigText, name: string, warn: (line: string) => void): ConfigText {
  const included = config['name']
  if (included === undefined || included === name) return config
  warn(`warning: changed \`name=${included}\` into \`name=${name}\``)
  return { ...config, name }
}
