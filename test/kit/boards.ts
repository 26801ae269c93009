// Boards of Kafka Connect that people have: the numbers that their queries ask for (test/vectors/boards.jsonl).
import { readFileSync } from 'node:fs'
import { type Spelling } from '../../src/rest/prometheus.ts'

/** A board: where it was read, and how it spells. */
export interface Board {
  readonly board: string
  readonly spelling: Spelling
  readonly source: string
}

/** A name in a board's queries, with the labels they go by; or why no standalone worker of a sink tells it. */
export interface Asked {
  readonly board: string
  readonly name: string
  readonly labels: readonly string[]
  readonly left_out?: string
}

const texts = readFileSync('test/vectors/boards.jsonl', 'utf8').trim().split('\n')
const lines = texts.map(text => JSON.parse(text) as Board | Asked)

export const boards: readonly Board[] = lines.filter(line => 'source' in line)
export const asked: readonly Asked[] = lines.filter(line => 'name' in line)

/** What the board of that name asks for and should find, and does not among these families. */
export function missing(board: string, families: ReadonlyMap<string, ReadonlySet<string>>): readonly Asked[] {
  return asked
    .filter(line => line.board === board && line.left_out === undefined)
    .filter(({ name, labels }) => !families.has(name) || !labels.every(label => families.get(name)?.has(label)))
}
