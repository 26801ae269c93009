// A connector's configuration with which nothing is wrong: tests of configurations change one thing in it.

/** By key; `settings` stand over what is sound. */
export function soundConnector(settings: Readonly<Record<string, string>> = {}): Map<string, string> {
  return new Map(
    Object.entries({
      'connector.class': 'RedisSink',
      name: 'x',
      topics: 't',
      'connect.redis.host': 'redis-1',
      'connect.redis.port': '6379',
      'connect.redis.kcql': 'SELECT * FROM t PK id',
      ...settings
    })
  )
}
