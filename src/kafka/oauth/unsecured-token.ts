// A JSON web token without a signature, as Java's login module makes it for test clusters.

const tokenSeconds = 3600

/** `now`: milliseconds since the epoch. */
export function unsecuredToken(sub: string, now: number, lifeSeconds = tokenSeconds): string {
  const seconds = Math.floor(now / 1000)
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none' })}.${part({ sub, iat: seconds, exp: seconds + lifeSeconds })}.`
}
