// Which commands of Redis the statements send, mode by mode, and on which keys: what a user must be allowed.
import { type BoundStatement } from '../settings.ts'

/** One command and where it goes. */
export interface Need {
  /** The command with arguments that are right, as it might be sent. */
  readonly words: readonly string[]
  /** The keys or channels, as the rule of an ACL: `~orders:*`, `&*`. */
  readonly rule: string
  /** The statement writes exactly this key; else it is only one that its keys might look like. */
  readonly exact: boolean
  /** `without`: done without where it is refused, though slower. `script`, `watch`: for sorted sets with a TTL one of the two ways will do. */
  readonly use: 'always' | 'without' | 'script' | 'watch'
}

/** Stands behind a statement's prefix, where records would put their keys. */
const nameTried = 'kafka-connect-redis'

/** What the statements send, each once. */
export function neededCommands(statements: readonly BoundStatement[]): readonly Need[] {
  const needs = new Map<string, Need>()
  for (const need of statements.flatMap(needsOf)) needs.set(`${need.words[0]} ${need.rule}`, need)
  return [...needs.values()]
}

function needsOf(statement: BoundStatement): readonly Need[] {
  const { mode, target, ttl } = statement
  const exact = mode === 'sortedSet' || mode === 'stream'
  const key = exact ? target : target + nameTried
  const rule = mode === 'pubSub' ? '&*' : `~${escapedGlob(target)}${exact ? '' : '*'}`
  const need = (words: readonly string[], use: Need['use'] = 'always'): Need => ({ words, rule, exact, use })
  switch (mode) {
    case 'cache':
      if (ttl > 0n) return [need(['SETEX', key, ttl.toString(), ''])]
      return [need(['SET', key, '']), need(['MSET', key, ''], 'without')]
    case 'sortedSet':
    case 'sortedSets': {
      const zadd = need(['ZADD', key, '0', ''])
      if (ttl === 0n) return [zadd]
      const ways = [need(['EVAL', 'return 1', '1', key], 'script'), need(['ZSCORE', key, ''], 'watch')]
      return [zadd, need(['EXPIRE', key, ttl.toString()]), ...ways]
    }
    case 'geo':
      return [need(['GEOADD', key, '0', '0', ''])]
    case 'stream':
      return [need(['XADD', key, '*', 'field', ''])]
    case 'pubSub':
      return [need(['PUBLISH', nameTried, ''])]
  }
}

function escapedGlob(text: string): string {
  return text.replace(/[*?[\]\\]/g, String.raw`\$&`)
}
