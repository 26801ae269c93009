// What a Redis that lets connections be killed says to a fence, for doors of tests and benches that have no Redis behind them.
import { type RedisLink } from '../../src/redis/link.ts'

/** The part of a link that a fence uses. */
export const killable: Pick<RedisLink, 'ask' | 'end'> = {
  ask: words => Promise.resolve(words[1] === 'INFO' ? 'id=1 addr=127.0.0.1:1 laddr=127.0.0.1:2' : 0),
  end: () => undefined
}
