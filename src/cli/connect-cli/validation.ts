// What connect-cli prints of a validation: that there are no errors, or the whole answer and each of its messages.
import { type Colours } from './blocks.ts'
import { prettyJson, type JsonValue } from './pretty-json.ts'

type Fields = { readonly [key: string]: JsonValue | undefined }

export interface ValidationAnswer {
  readonly name: string
  readonly error_count: number
  readonly groups: readonly string[]
  readonly configs: readonly {
    /** null: nobody defines that name, as with settings of clients. */
    readonly definition: Fields | null
    readonly value: Fields & { readonly errors: readonly string[] }
  }[]
}

export function validationBlock(answer: ValidationAnswer, { green, red, yellow, reset }: Colours): string {
  if (answer.error_count === 0) return `${green} ${answer.name} \n No validation errors. ${yellow}${reset}\n`
  const messages = answer.configs.flatMap(({ value }) => value.errors)
  return [wholeAnswer(answer), `${red}Validation failed.`, ...messages, `${reset}`, ''].join('\n')
}

/** The fields that the old command line knew. */
export function wholeAnswer({ name, error_count: errorCount, groups, configs }: ValidationAnswer): string {
  const definitionFields = [
    'name',
    'type',
    'required',
    'default_value',
    'importance',
    'group',
    'display_name',
    'dependents',
    'order'
  ]
  const valueFields = ['name', 'value', 'recommended_values', 'errors', 'visible']
  return prettyJson({
    name,
    error_count: errorCount,
    groups,
    configs: configs.map(({ definition, value }) => ({
      definition: definition === null ? null : picked(definition, definitionFields),
      value: picked(value, valueFields)
    }))
  })
}

function picked(from: Fields, names: readonly string[]): JsonValue {
  return Object.fromEntries(names.map(name => [name, from[name]]))
}
