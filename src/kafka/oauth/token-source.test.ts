// Tokens by a token endpoint: what is sent, what is told and never shown, when another one is fetched.
import assert from 'node:assert/strict'
import dns from 'node:dns'
import { test } from 'node:test'
import { FakeClock, middleRandom, settle } from '../../../test/kit/fake-clock.ts'
import { OauthServer } from '../../../test/kit/oauth-server.ts'
import { certificate, key } from '../../../test/kit/self-signed.ts'
import { ConfigError } from '../../connect/errors.ts'
import { silentLogger } from '../../connect/log.ts'
import { systemClock } from '../../util/clock.ts'
import { ClientProperties } from '../client-properties.ts'
import { AuthenticationFailedError, BrokerUnreachableError } from '../errors.ts'
import { readSecurity } from '../security.ts'
import { type TokenEndpoint } from './settings.ts'
import { askForToken } from './token-endpoint.ts'
import { TokenSource } from './token-source.ts'
import { unsecuredToken } from './unsecured-token.ts'

const secret = 'Sec ret/+9'

function settingsOf(more: Readonly<Record<string, string>> = {}, options = `clientId="app" clientSecret="${secret}"`) {
  const properties = new ClientProperties(
    new Map(
      Object.entries({
        'security.protocol': 'SASL_SSL',
        'sasl.mechanism': 'OAUTHBEARER',
        'sasl.jaas.config': `org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required ${options};`,
        ...more
      })
    )
  )
  const oauth = readSecurity(properties).sasl?.oauth
  assert.ok(oauth !== undefined)
  return oauth
}

function endpointOf(url: string, more: Readonly<Record<string, string>> = {}, options?: string): TokenEndpoint {
  const { source } = settingsOf({ 'sasl.oauthbearer.token.endpoint.url': url, ...more }, options)
  assert.ok(source.kind === 'endpoint')
  return source.endpoint
}

const tokenFor = (seconds: number, sub = 'app'): string => unsecuredToken(sub, Date.now(), seconds)

test('a token is asked for as Java asks: client credentials in the header, the scope in the form', async () => {
  await using server = await OauthServer.open(() => ({ body: { access_token: tokenFor(60), token_type: 'Bearer' } }))
  const url = `http://127.0.0.1:${server.port}/realms/x/token?tenant=1`
  const { token, expiresAt } = await askForToken(
    endpointOf(url, {}, `clientId="app" clientSecret="${secret}" scope="read write&x"`),
    systemClock
  )
  assert.equal(token.split('.').length, 3)
  assert.ok(expiresAt !== null && expiresAt > Date.now() && expiresAt <= Date.now() + 60_000)
  const [request] = server.requests
  assert.equal(request?.method, 'POST')
  assert.equal(request.body, 'grant_type=client_credentials&scope=read+write%26x')
  assert.equal(request.headers['content-type'], 'application/x-www-form-urlencoded')
  assert.equal(request.headers.authorization, `Basic ${Buffer.from(`app:${secret}`).toString('base64')}`)

  await askForToken(endpointOf(url, { 'sasl.oauthbearer.header.urlencode': 'true' }), systemClock)
  assert.equal(server.requests[1]?.body, 'grant_type=client_credentials')
  assert.equal(
    server.requests[1].headers.authorization,
    `Basic ${Buffer.from('app:Sec+ret%2F%2B9').toString('base64')}`
  )
})

test('a token without a readable expiry lives as long as the answer says', async () => {
  await using server = await OauthServer.open(() => ({ body: { access_token: 'opaque', expires_in: 100 } }))
  const { expiresAt } = await askForToken(endpointOf(`http://127.0.0.1:${server.port}`), new FakeClock())
  assert.equal(expiresAt, new FakeClock().now() + 100_000)
})

test('what is wrong with an answer is told with the endpoint and without the secret; only what may pass is tried again', async () => {
  const basic = Buffer.from(`app:${secret}`).toString('base64')
  const cases: readonly (readonly [status: number, body: unknown, message: RegExp, passes: boolean])[] = [
    [401, { error: 'invalid_client', error_description: `bad ${secret}\nINFO forged ${basic}` }, /answered 401 \(invalid_client: bad \[hidden\] INFO forged \[hidden\]\)\. Look at/, false], // prettier-ignore
    [503, 'away', /answered 503$/, true],
    [302, '', /answered 302\. A redirection is not followed/, false],
    [200, 'no json', /holds no access_token/, false],
    [200, { access_token: 'a\u0001auth=x' }, /no bearer token/, false],
    [200, { access_token: 'x'.repeat(2 * 1024 * 1024) }, /larger than 1048576 bytes/, true]
  ]
  for (const [status, body, message, passes] of cases) {
    await using server = await OauthServer.open(() => ({ status, body, headers: { location: 'http://127.0.0.1:1/' } }))
    const url = `http://127.0.0.1:${server.port}/token?key=${encodeURIComponent(secret)}`
    await assert.rejects(askForToken(endpointOf(url), systemClock), (error: Error) => {
      assert.match(error.message, message)
      assert.ok(error.message.includes(`127.0.0.1:${server.port}/token`) && !error.message.includes(secret))
      assert.ok(!error.message.includes('key='), 'what stands behind the path may be secret')
      assert.equal(error instanceof BrokerUnreachableError, passes)
      assert.equal(error instanceof AuthenticationFailedError, !passes)
      return true
    })
    assert.equal(server.requests.length, 1)
  }
  await assert.rejects(askForToken(endpointOf('http://127.0.0.1:1/token'), systemClock), BrokerUnreachableError)
})

test('an OAuth server that never answers is given up after sasl.login.read.timeout.ms', async () => {
  await using server = await OauthServer.open(() => null)
  const clock = new FakeClock()
  const endpoint = endpointOf(`http://127.0.0.1:${server.port}`, { 'sasl.login.read.timeout.ms': '7000' })
  const asked = askForToken(endpoint, clock)
  while (server.requests.length === 0) await settle()
  clock.advance(7000)
  await assert.rejects(asked, /no answer within 7000 ms/)
})

test('over TLS the OAuth server must be trusted: by the stores among the options of the login module', async () => {
  await using server = await OauthServer.open(() => ({ body: { access_token: tokenFor(60) } }), {
    key,
    cert: certificate
  })
  const url = `https://127.0.0.1:${server.port}/token`
  await assert.rejects(askForToken(endpointOf(url), systemClock), (error: Error) => {
    assert.ok(error instanceof AuthenticationFailedError)
    return /self.signed certificate.*ssl\.truststore/.test(error.message)
  })
  const options = `clientId="app" clientSecret="${secret}" ssl.truststore.certificates="${certificate}"`
  assert.ok((await askForToken(endpointOf(url, {}, options), systemClock)).token !== '')
})

test('an OAuth server that is not found for a while may be found again, whatever its name holds', async t => {
  for (const host of ['certificate-login.prod', 'altnames.prod', 'self-signed.prod']) {
    const lookup = Object.assign(new Error(`getaddrinfo EAI_AGAIN ${host}`), { code: 'EAI_AGAIN' })
    t.mock.method(dns, 'lookup', (_host: string, _options: unknown, done: (error: Error) => void) =>
      process.nextTick(done, lookup)
    )
    await assert.rejects(askForToken(endpointOf(`https://${host}/token`), systemClock), (error: Error) => {
      assert.ok(error instanceof BrokerUnreachableError, String(error))
      assert.ok(error.message.endsWith(`: getaddrinfo EAI_AGAIN ${host}`), error.message)
      return true
    })
    t.mock.restoreAll()
  }
})

interface Asking {
  readonly clock: FakeClock
  readonly source: TokenSource
  asked: number
  fails: Error | null
  lifeMs: number | null
}

function asking(more: Readonly<Record<string, string>> = {}): Asking {
  const clock = new FakeClock()
  const state: Asking = {
    clock,
    asked: 0,
    fails: null,
    lifeMs: 3_600_000,
    source: new TokenSource(endpointOf('http://localhost/token', more), {
      clock,
      ask() {
        state.asked += 1
        if (state.fails !== null) return Promise.reject(state.fails)
        const expiresAt = state.lifeMs === null ? null : clock.now() + state.lifeMs
        return Promise.resolve({ token: `token-${state.asked}`, expiresAt })
      },
      random: middleRandom,
      log: silentLogger,
      closing: new AbortController().signal
    })
  }
  return state
}

test('a token is kept until its refresh time, and logins of the same moment share one request', async () => {
  const state = asking()
  const { clock, source } = state
  assert.deepEqual(await Promise.all([source.get(), source.get(), source.get()]), ['token-1', 'token-1', 'token-1'])
  // 0.8 of the hour and half of the jitter of 0.05.
  clock.advance(3_600_000 * 0.825 - 1)
  assert.equal(await source.get(), 'token-1')
  clock.advance(1)
  assert.equal(await source.get(), 'token-2')
  assert.equal(state.asked, 2)
})

test('the refresh leaves sasl.login.refresh.buffer.seconds, yet never comes before the shortest period', async () => {
  const buffered = asking({ 'sasl.login.refresh.window.factor': '1.0' })
  await buffered.source.get()
  buffered.clock.advance(3_600_000 - 300_000 - 1)
  assert.equal(await buffered.source.get(), 'token-1')
  buffered.clock.advance(1)
  assert.equal(await buffered.source.get(), 'token-2')

  const short = asking()
  short.lifeMs = 120_000
  await short.source.get()
  short.clock.advance(59_999)
  assert.equal(await short.source.get(), 'token-1')
  short.clock.advance(1)
  assert.equal(await short.source.get(), 'token-2')

  const shortest = asking()
  shortest.lifeMs = 10_000
  await shortest.source.get()
  shortest.clock.advance(8_249)
  assert.equal(await shortest.source.get(), 'token-1')
  shortest.clock.advance(1)
  assert.equal(await shortest.source.get(), 'token-2')

  const unknown = asking()
  unknown.lifeMs = null
  assert.deepEqual([await unknown.source.get(), await unknown.source.get()], ['token-1', 'token-2'])
})

test('an OAuth server that is away is asked again, ever more slowly, for retry.backoff.max.ms; a token that lives bridges it', async () => {
  const state = asking({ 'sasl.login.retry.backoff.ms': '100', 'sasl.login.retry.backoff.max.ms': '1000' })
  const { clock, source } = state
  state.fails = new BrokerUnreachableError('away')
  const failed = assert.rejects(source.get(), /away/)
  const waits: number[] = []
  for (await settle(); clock.untilNext !== null; await settle()) {
    waits.push(clock.untilNext)
    clock.advance(clock.untilNext)
  }
  await failed
  assert.deepEqual(waits, [100, 200, 400, 300])

  state.fails = new AuthenticationFailedError('no')
  state.asked = 0
  await assert.rejects(source.get(), /no/)
  assert.equal(state.asked, 1, 'a refusal is final')

  state.fails = null
  await source.get()
  state.fails = new AuthenticationFailedError('no more')
  clock.advance(3_599_999)
  assert.equal(await source.get(), 'token-2')
  clock.advance(1)
  await assert.rejects(source.get(), /no more/)
})

test('settings that can’t be right name their key, and show no secret', () => {
  const url = 'sasl.oauthbearer.token.endpoint.url'
  const handler = 'sasl.login.callback.handler.class'
  const known = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler'
  const cases: readonly (readonly [Readonly<Record<string, string>>, string | undefined, string, RegExp])[] = [
    [{ [url]: 'file:///etc/token' }, undefined, url, /found file:.*token="\$\{file:/],
    [{ [url]: `nowhere ${secret}` }, undefined, url, /found no URL/],
    [{ [handler]: 'com.example.Evil' }, undefined, handler, /com\.example\.Evil is unknown/],
    [{ [handler]: known }, undefined, url, /missing/],
    [{ [url]: 'https://h/t' }, 'clientId="a"', 'sasl.jaas.config', /clientSecret="\.\.\."/],
    [{ [url]: 'https://h/t' }, `clientSecret="${secret}"`, 'sasl.jaas.config', /clientId="\.\.\."/],
    [{ [url]: 'https://h/t', 'sasl.oauthbearer.jwt.retriever.class': 'a.B' }, undefined, 'sasl.oauthbearer.jwt.retriever.class', /a\.B is unknown/], // prettier-ignore
    [{ [url]: 'https://h/t', 'sasl.login.refresh.window.factor': '2' }, undefined, 'sasl.login.refresh.window.factor', /from 0\.5 to 1/], // prettier-ignore
    [{}, `extension_auth="${secret}"`, 'sasl.jaas.config', /extension_auth/],
    [{}, 'token="t" extension_a="x\u0001y"', 'sasl.jaas.config', /extension_a /],
    [{}, '', 'sasl.jaas.config', /needs sasl\.oauthbearer\.token\.endpoint\.url/]
  ]
  for (const [more, options, at, message] of cases) {
    assert.throws(
      () => settingsOf(more, options),
      (error: Error) => {
        assert.ok(error instanceof ConfigError && error.key === at, String(error))
        assert.match(error.message, message)
        return !error.message.includes(secret)
      }
    )
  }
  // Kafka 4.1 and later: the credentials stand in keys of their own.
  const endpoint = endpointOf(
    'https://h/t',
    {
      [handler]: known,
      'sasl.oauthbearer.client.credentials.client.id': 'id',
      'sasl.oauthbearer.client.credentials.client.secret': 'pass',
      'sasl.oauthbearer.scope': 's'
    },
    'extension_logicalCluster="lkc-1"'
  )
  assert.deepEqual([endpoint.clientId, endpoint.clientSecret, endpoint.scope], ['id', 'pass', 's'])
})

test('a token endpoint that speaks the other of http and https is asked about', async () => {
  await using plain = await OauthServer.open(() => ({ body: {} }))
  await assert.rejects(
    askForToken(endpointOf(`https://127.0.0.1:${plain.port}/token`), systemClock),
    /token\.endpoint\.url begins with https: does the server speak TLS on this port\?/
  )
  await using secure = await OauthServer.open(() => ({ body: {} }), { cert: certificate, key })
  await assert.rejects(
    askForToken(endpointOf(`http://127.0.0.1:${secure.port}/token`), systemClock),
    /token\.endpoint\.url begins with http: does the server speak https on this port\?/
  )
})
