// Checks documents against their JSON Schema where `json.fail.invalid.schema` asks for it; schema and work are bounded.
import { DataError } from '../connect/errors.ts'
import { compileJavaRegex } from '../java/regex.ts'
import { JavaRegexError } from '../java/regex-syntax.ts'
import { type RegisteredSchema } from './registry-client.ts'
import { SchemaBudget } from './schema-budget.ts'

/** What is wrong with a payload, or null. */
export type FindFault = (payload: Uint8Array) => string | null

/** The library writes code for each part of a schema: it takes a thousand times the schema's bytes. */
const partsMax = 20_000
/** References followed for one document, some for each of its bytes: definitions that double would take for ever. */
const stepsMin = 100_000
const stepsPerByte = 100
const stepKeyword = 'kcr-step'
/** Their values are data, whatever they look like. */
const dataKeys: ReadonlySet<string> = new Set(['enum', 'const', 'default', 'examples'])
/** Their values are schemas by name, whatever the name. */
const namedKeys: ReadonlySet<string> = new Set([
  ...['properties', 'patternProperties', 'definitions', '$defs', 'dependentSchemas', 'dependencies']
])

class StepsSpent extends Error {}

/** Texts of any length: what goes back and tries again on all of one takes more. */
const stepsPerCharacter = 100

/** Patterns as Java's: V8's own would try for ever on the right text. */
const regExp = Object.assign(
  (pattern: string) => {
    const regex = compileJavaRegex(pattern, { perCharacter: stepsPerCharacter })
    // The library takes those that print alike for one.
    return { test: (text: string) => regex.find(text), toString: () => pattern }
  },
  { code: 'undefined' }
)

/** The library is loaded only here: it takes memory. It never fetches what a schema refers to. */
export async function jsonSchemaValidator(schema: RegisteredSchema): Promise<FindFault> {
  const { Ajv } = await import('ajv')
  const ajv = new Ajv({ strict: false, validateFormats: false, logger: false, inlineRefs: false, code: { regExp } })
  let stepsLeft = 0
  ajv.addKeyword({
    keyword: stepKeyword,
    // What follows a keyword that fails is not looked at.
    before: '$ref',
    validate: () => {
      if (--stepsLeft < 0) throw new StepsSpent()
      return true
    }
  })
  ajv.removeKeyword('uniqueItems')
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    error: { message: 'must NOT have duplicate items' },
    validate: (wanted: boolean, items: readonly unknown[]) => !wanted || areUnique(items)
  })
  try {
    const counted = counter(new SchemaBudget(partsMax))
    for (const { name, text } of schema.references) ajv.addSchema(counted(text), name)
    const validate = ajv.compile(counted(schema.text))
    return payload => {
      const stepsMax = stepsMin + stepsPerByte * payload.length
      stepsLeft = stepsMax
      try {
        if (validate(JSON.parse(Buffer.from(payload).toString()))) return null
      } catch (error) {
        if (error instanceof JavaRegexError) return error.message
        if (!(error instanceof StepsSpent)) throw error
        return `checking it takes more than ${stepsMax} steps; set json.fail.invalid.schema=false, or name definitions less often`
      }
      const [error] = validate.errors ?? []
      return `${error?.instancePath === '' ? 'the value' : (error?.instancePath ?? '')} ${error?.message ?? ''}`
    }
  } catch (cause) {
    if (cause instanceof DataError) throw cause
    throw new DataError('Invalid JSON Schema: records cannot be checked against it', { cause })
  }
}

/** A schema text as the library takes it, each reference in it counted when it is followed. */
function counter(budget: SchemaBudget): (text: string) => object {
  const visit = (node: unknown, areNames: boolean): void => {
    if (typeof node !== 'object' || node === null) return
    budget.spend(Array.isArray(node) ? node.length + 1 : 1)
    for (const [key, value] of Object.entries(node)) {
      if (areNames || !dataKeys.has(key)) visit(value, !areNames && namedKeys.has(key))
    }
    if (!areNames && '$ref' in node && typeof node.$ref === 'string') Object.assign(node, { [stepKeyword]: true })
  }
  return text => {
    const schema = JSON.parse(text) as object
    visit(schema, false)
    return schema
  }
}

/** In linear time: the library compares each with each. */
function areUnique(items: readonly unknown[]): boolean {
  return new Set(items.map(canonical)).size === items.length
}

/** The same text for equal values: names in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each
  )
}
