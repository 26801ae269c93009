// What a broker may make us do before it has proved anything: a bounded number of iterations, for our own nonce alone.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { saslScramSha, type Connection, type SASLCustomAuthenticator } from '@platformatic/kafka'
import { causeChain } from '../connect/errors.ts'
import { boundedScram } from './scram-bounds.ts'

/** What becomes of a login whose first message is answered by `answer`, given the nonce that was sent. */
function login(answer: (nonce: string) => string): Promise<string> {
  const scram = boundedScram('SCRAM-SHA-256', saslScramSha)
  assert.ok(scram !== null)
  return new Promise(resolve => {
    let messages = 0
    const broker = (
      _connection: unknown,
      message: Buffer,
      callback: (error: unknown, answer: unknown) => void
    ): void => {
      messages += 1
      const nonce = /r=([^,]*)/.exec(message.toString())?.[1] ?? ''
      // The second message holds the proof: whoever gets it may go on guessing at home.
      if (messages === 2) resolve('proved')
      else callback(null, { authBytes: Buffer.from(answer(nonce)) })
    }
    const connection = {} as Connection
    scram(
      'SCRAM-SHA-256',
      connection,
      broker as unknown as Parameters<SASLCustomAuthenticator>[2],
      'user',
      'pass',
      undefined,
      error => {
        resolve(causeChain(error))
      }
    )
  })
}

test('a broker gets a proof only for our nonce and for a bounded number of iterations', async () => {
  assert.equal(await login(nonce => `r=${nonce}x,s=c2FsdA==,i=4096`), 'proved')
  assert.match(await login(nonce => `r=${nonce}x,s=c2FsdA==,i=1000001`), /1000001 SCRAM iterations, at most 1000000/)
  assert.match(await login(nonce => `r=${nonce}x,s=c2FsdA==,i=4095`), /at least 4096/)
  assert.match(await login(() => 'r=other,s=c2FsdA==,i=4096'), /nonce/)
  assert.equal(boundedScram('PLAIN', saslScramSha), null)
})
