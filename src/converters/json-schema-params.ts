// The parameters that a JSON Schema gives its Connect schemas: read once from where they stand, however many places name them.
import { decimalScaleParam, logicalNames, type SchemaOptions } from '../connect/data.ts'
import { JoinedParams } from './joined-params.ts'
import { isArray, isObject } from './json-node.ts'
import { type JsonNode } from './json-reader.ts'
import { type Facet } from './json-schema-documents.ts'
import { keyword } from './json-schema-type.ts'
import { type SchemaBudget } from './schema-budget.ts'

type Params = ReadonlyMap<string, string>

const enumParam = 'io.confluent.connect.json.Enum'

export class SchemaParams {
  readonly #budget: SchemaBudget
  readonly #known = new Map<JsonNode, Params>()

  constructor(budget: SchemaBudget) {
    this.#budget = budget
  }

  /** What Connect wrote of itself. */
  given(facets: readonly Facet[]): Params | null {
    const given = keyword(facets, 'connect.parameters')
    if (!isObject(given)) return null
    const params = this.#once(given, () => [...given].filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
    return params.size === 0 ? null : params
  } // prettier-ignore

  decimal(facets: readonly Facet[]): SchemaOptions {
    const params = this.given(facets)
    const scale = new Map([[decimalScaleParam, '0']])
    if (params === null) return { name: logicalNames.decimal, params: scale }
    return {
      name: logicalNames.decimal,
      params: params.has(decimalScaleParam) ? params : new JoinedParams(params, scale)
    }
  }

  enum(facets: readonly Facet[]): SchemaOptions {
    const symbols = keyword(facets, 'enum')
    if (!isArray(symbols)) return {}
    const params = this.#once(symbols, () => {
      const texts = symbols.filter(symbol => typeof symbol === 'string')
      return [[enumParam, ''] as const, ...texts.map(symbol => [`${enumParam}.${symbol}`, symbol] as const)]
    })
    const own = this.given(facets)
    return { params: own === null ? params : new JoinedParams(own, params) }
  }

  #once(node: JsonNode, read: () => readonly (readonly [string, string])[]): Params {
    let params = this.#known.get(node)
    if (params === undefined) {
      params = new Map(read())
      this.#budget.spend(params.size)
      this.#known.set(node, params)
    }
    return params
  }
}
