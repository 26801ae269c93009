// The modes of statements as a connector judges them: for the subcommand kcql, which has no connector.
import { type KcqlReading } from './kcql/parser.ts'
import { kcqlModes, type KcqlModes } from './redis/config-read.ts'
import { type Contract } from './redis/settings.ts'

/** `text` is what the statements were read from. */
export function modesOf(
  text: string,
  read: Pick<KcqlReading, 'statements' | 'warnings'>,
  contract: Contract
): KcqlModes {
  return kcqlModes(text, read, contract)
}
