// The documents of a JSON Schema: what a `$ref` leads to, and what holds at one place, a schema with all that `$ref` and `allOf` add to it.
import { DataError } from '../connect/errors.ts'
import { isArray, isObject } from './json-node.ts'
import { type JsonNode, type JsonObject, readJson } from './json-reader.ts'
import { type SchemaBudget } from './schema-budget.ts'

/** One schema object that holds at a place, and the document that its local references mean. */
export interface Facet {
  readonly node: JsonObject
  readonly document: Document
}

export class Document {
  readonly root: JsonNode
  /** By `$id` and by `#anchor`, found when first asked for. */
  #names: ReadonlyMap<string, JsonObject> | null = null

  constructor(text: string) {
    try {
      this.root = readJson(Buffer.from(text), 'exact') ?? null
    } catch (cause) {
      throw new DataError('Invalid JSON Schema: it is no JSON', { cause })
    }
  }

  named(name: string): JsonObject | undefined {
    this.#names ??= namesIn(this.root)
    return this.#names.get(name)
  }
}

/** Draft 7 writes an anchor as `$id`, `#name`; later ones as `$anchor`. Of a name given twice the first counts. */
function namesIn(root: JsonNode): ReadonlyMap<string, JsonObject> {
  const names = new Map<string, JsonObject>()
  const waiting: JsonNode[] = [root]
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (isArray(node)) {
      for (let index = node.length - 1; index >= 0; index--) waiting.push(node[index] ?? null)
    } else if (isObject(node)) {
      const [id, anchor] = [node.get('$id') ?? node.get('id'), node.get('$anchor')]
      const own = [typeof id === 'string' ? id.replace(/#$/, '') : '', typeof anchor === 'string' ? `#${anchor}` : '']
      for (const name of own) if (name !== '' && !names.has(name)) names.set(name, node)
      for (const value of [...node.values()].reverse()) waiting.push(value)
    }
  }
  return names
}

/** A schema and what the registry says that it refers to, by the names it uses. Nothing is ever fetched. */
export class Documents {
  readonly root: Document
  readonly #references: ReadonlyMap<string, Document>
  readonly #budget: SchemaBudget

  constructor(
    text: string,
    references: readonly { readonly name: string; readonly text: string }[],
    budget: SchemaBudget
  ) {
    this.root = new Document(text)
    this.#references = new Map(references.map(reference => [reference.name, new Document(reference.text)]))
    this.#budget = budget
  }

  /**
   * All that holds at a place, the nearest first: the schema itself, what its `$ref` leads to, the members of its `allOf`, and theirs. Each counts once,
   * however often it is named, so that what leads to itself comes to an end.
   */
  facets(given: JsonNode | undefined, document: Document): readonly Facet[] {
    const facets: Facet[] = []
    const met = new Set<JsonNode>()
    const waiting: { node: JsonNode | undefined; document: Document }[] = [{ node: given, document }]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { node } = next
      if (!isObject(node)) throw new DataError('Invalid JSON Schema: expected an object')
      if (met.has(node)) continue
      met.add(node)
      this.#budget.spend()
      facets.push({ node, document: next.document })
      const all = node.get('allOf')
      if (isArray(all)) for (const member of all.toReversed()) waiting.push({ node: member, document: next.document })
      const ref = node.get('$ref')
      if (typeof ref === 'string') waiting.push(this.#target(ref, next.document))
    }
    return facets
  }

  #target(ref: string, document: Document): { node: JsonNode; document: Document } {
    const hash = ref.indexOf('#')
    const name = hash < 0 ? ref : ref.slice(0, hash)
    const pointer = hash < 0 ? '' : ref.slice(hash + 1)
    const target = name === '' ? document : this.#references.get(name)
    const within = target === undefined ? this.#embedded(name, document) : { node: target.root, document: target }
    if (within === null)
      throw new DataError(`The JSON Schema refers to ${name}, which is none of its references: register it as one`)
    const node = pointer === '' || pointer.startsWith('/') ? pointed(within.node, pointer) : within.document.named(`#${pointer}`)
    if (node === undefined) throw new DataError(`Invalid JSON Schema: $ref ${ref} leads nowhere`)
    return { node, document: within.document }
  } // prettier-ignore

  /** A schema within the documents that has such an `$id`. */
  #embedded(name: string, document: Document): { node: JsonNode; document: Document } | null {
    for (const each of [document, this.root, ...this.#references.values()]) {
      const node = each.named(name)
      if (node !== undefined) return { node, document: each }
    }
    return null
  }
}

function pointed(root: JsonNode, pointer: string): JsonNode | undefined {
  let node: JsonNode | undefined = root
  for (const step of pointer.split('/').slice(1)) {
    const key = decoded(step).replaceAll('~1', '/').replaceAll('~0', '~')
    node = isObject(node) ? node.get(key) : isArray(node) ? node[Number(key)] : undefined
  }
  return node
}

function decoded(step: string): string {
  try {
    return decodeURIComponent(step)
  } catch {
    return step
  }
}
