import { connectAsync, type MqttClient } from 'mqtt'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { bearerOf } from '../client/session.ts'
import { sessionClaims } from '../client/signed-in-sessions.ts'
import type { Session } from '../topics/contract/session.ts'
import { askTokens, authorizeUrl, codeOf, postSession, redirectUri, signInAs } from './support/sign-in.ts'
import { staff, testStack, type TestStack } from './support/stack.ts'

let stack: TestStack
let site: string
const open: MqttClient[] = []
beforeAll(async () => {
  // A person connects more often here than AWS takes in a second.
  stack = await testStack({ quotas: 'off' })
  site = stack.urls.site
})
afterEach(async () => {
  for (const client of open.splice(0)) await client.endAsync(true)
})
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
})

/** Connects as a session says, under one of its client IDs. */
async function connect(session: Session, clientId: string = session.clientIds[0]): Promise<MqttClient> {
  const query = new URLSearchParams({
    'x-amz-customauthorizer-name': session.authorizer,
    [session.tokenKey]: session.token,
    'x-amz-customauthorizer-signature': session.signature,
  })
  const client = await connectAsync(`${session.endpoint}?${query.toString()}`, {
    protocolVersion: 5,
    reconnectPeriod: 0,
    connectTimeout: 5000,
    clientId,
  })
  client.on('error', () => {})
  open.push(client)
  return client
}

const isGranted = (client: MqttClient, topic: string): Promise<boolean> =>
  client.subscribeAsync(topic).then(
    () => true,
    () => false,
  )

/** What `GET /state` of a topic answers to whom; 404 is for who may hear it, when there is nothing yet. */
async function statusOf(topic: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return (await fetch(`${site}/state?topic=${encodeURIComponent(topic)}`, { headers })).status
}

describe('signing in', () => {
  it('gives a session with what the issuer says of the person, the same on every device', async () => {
    const [one, other] = [await signInAs(site, 'lee'), await signInAs(site, 'lee')]
    expect(one.session.principal).toMatch(/^u[a-z2-7]{26}$/)
    expect(other.session.principal).toBe(one.session.principal)
    expect(sessionClaims(one.session)).toEqual({
      principal: one.session.principal,
      signedIn: true,
      roles: ['agent', 'staff'],
      values: { agentId: 'lee' },
    })
    const leftSeconds = one.session.expiresAt - Date.now() / 1000
    expect(leftSeconds).toBeGreaterThan(3500)
    expect(leftSeconds).toBeLessThanOrEqual(3600)
  })

  it('is where GET /sign-in says, whose document a page can read from anywhere', async () => {
    const settings = (await (await fetch(`${site}/sign-in`)).json()) as { issuer: string }
    expect(settings).toEqual({
      issuer: `${site}/_fanfare/identity`,
      clientId: 'fanfare-local',
      scope: 'openid profile',
    })
    const answer = await fetch(`${settings.issuer}/.well-known/openid-configuration`)
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(await answer.json()).toMatchObject({ issuer: settings.issuer })
  })

  it.each([
    ['ada', ['agents/ada/suggestions'], ['agents/ben/suggestions', 'staff/contacts', 'staff/escalations']],
    ['sam', ['staff/contacts', 'staff/escalations'], ['agents/ada/suggestions', 'agents/sam/suggestions']],
    ['lee', ['agents/lee/suggestions', 'staff/contacts'], ['agents/ada/suggestions', 'agents/+/suggestions']],
  ])('lets %s hear %j and not %j, by MQTT and by HTTP', async (person, own, others) => {
    const { session, headers } = await signInAs(site, person)
    for (const topic of own) {
      const client = await connect((await signInAs(site, person)).session)
      expect([topic, await isGranted(client, topic), await statusOf(topic, headers)]).toEqual([
        topic,
        true,
        404,
      ])
    }
    const client = await connect(session)
    for (const topic of others) {
      const isTopic = !topic.includes('+')
      expect([topic, await isGranted(client, topic), isTopic ? await statusOf(topic, headers) : 403]).toEqual(
        [topic, false, 403],
      )
    }
  })

  it.each(['agents/ada/suggestions', 'staff/contacts'])('is wanted to read %s', async (topic) => {
    const visitor = (await (await fetch(`${site}/session`, { method: 'POST' })).json()) as Session
    expect([await statusOf(topic, {}), await statusOf(topic, { authorization: bearerOf(visitor) })]).toEqual([
      401, 403,
    ])
    expect(await isGranted(await connect(visitor), topic)).toBe(false)
  })

  it("brings an agent's messages to the agent alone", async () => {
    const [ada, ben] = [(await signInAs(site, 'ada')).session, (await signInAs(site, 'ben')).session]
    const heard: string[] = []
    const listen = async (session: Session, who: string, topic: string): Promise<MqttClient> => {
      const client = await connect(session, session.clientIds[1])
      client.on('message', (on, payload) => heard.push(`${who} hears ${on}: ${payload.toString()}`))
      await isGranted(client, topic)
      return client
    }
    await listen(ada, 'ada', 'agents/ada/suggestions')
    const bens = await listen(ben, 'ben', 'agents/ada/suggestions')
    await isGranted(bens, 'agents/ben/suggestions')
    stack.iot.publish('agents/ada/suggestions', Buffer.from('for ada'))
    stack.iot.publish('agents/ben/suggestions', Buffer.from('for ben'))
    await expect.poll(() => heard.length).toBe(2)
    expect(heard.toSorted()).toEqual([
      'ada hears agents/ada/suggestions: for ada',
      'ben hears agents/ben/suggestions: for ben',
    ])
  })

  it('lets a person connect on several devices, each under the client IDs of its own session', async () => {
    const sessions: Session[] = []
    while (new Set(sessions.map(({ clientIds }) => clientIds[0])).size < 3) {
      sessions.push((await signInAs(site, 'ben')).session)
    }
    const devices = [...new Map(sessions.map((session) => [session.clientIds[0], session])).values()]
    const clients: MqttClient[] = []
    for (const session of devices) clients.push(await connect(session, session.clientIds[0]))
    for (const client of clients) expect(await isGranted(client, 'agents/ben/suggestions')).toBe(true)
    expect(clients.map(({ connected }) => connected)).toEqual([true, true, true])
    const [one, other] = devices as [Session, Session]
    await expect(connect(one, other.clientIds[1])).rejects.toThrow('Not authorized')
  })
})

describe('a revoked person', () => {
  const revoke = (principal: string) =>
    fetch(`${site}/principals/${principal}/sessions`, { method: 'DELETE', headers: staff })

  it('is out on every device, and opens no session with the ID token of before', async () => {
    const { session, headers, idToken } = await signInAs(site, 'sam')
    const devices = [session, (await signInAs(site, 'sam')).session]
    const clients = [await connect(session, session.clientIds[0])]
    clients.push(await connect(devices[1] ?? session, devices[1]?.clientIds[1]))
    const closed = clients.map(
      (client) => new Promise<void>((resolve) => client.once('close', () => resolve())),
    )
    const answer = (await (await revoke(session.principal)).json()) as { disconnected: string[] }
    await Promise.all(closed)
    expect(answer.disconnected).toHaveLength(2)
    await expect.poll(() => statusOf('staff/contacts', headers)).toBe(401)
    await expect(connect(session)).rejects.toThrow('Not authorized')
    const refused = await postSession(site, idToken)
    expect([refused.status, await refused.json()]).toEqual([
      401,
      expect.objectContaining({ detail: 'this person was revoked after they signed in' }),
    ])
    // Signing in anew is for the issuer to allow or not. It takes two seconds to revoke somebody.
    const anew = await signInAs(site, 'sam')
    expect(await statusOf('staff/contacts', anew.headers)).toBe(404)
    expect(await statusOf('staff/contacts', headers)).toBe(401)
  })

  it('is not let in again by renewing the ID token', async () => {
    const { session, refreshToken } = await signInAs(site, 'ben')
    await revoke(session.principal)
    const renewed = await askTokens(site, { grant_type: 'refresh_token', refresh_token: refreshToken })
    const { id_token: idToken } = (await renewed.json()) as { id_token: string }
    expect((await postSession(site, idToken)).status).toBe(401)
    expect((await postSession(site, (await signInAs(site, 'ben')).idToken)).status).toBe(200)
  })
})

describe('POST /session', () => {
  it('refuses what others signed, and serves visitors all the same', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const { idToken } = await signInAs(site, 'ada')
    const { kid = '' } = JSON.parse(Buffer.from(idToken.split('.')[0] ?? '', 'base64url').toString()) as {
      kid?: string
    }
    const forge = (key: string) =>
      new SignJWT({ roles: ['staff'] })
        .setProtectedHeader({ alg: 'RS256', kid: key })
        .setIssuer(`${site}/_fanfare/identity`)
        .setAudience('fanfare-local')
        .setSubject('ada')
        .setIssuedAt()
        .setExpirationTime('1h')
        .sign(privateKey)
    const [head = '', payload = '', signature = ''] = idToken.split('.')
    const { session } = await signInAs(site, 'ada')
    const attacks = [
      await forge(kid),
      await forge('other'),
      `${head}.${payload}.`,
      `${head}.${payload}.${signature.slice(0, -4)}AAAA`,
      'x',
      `${'a'.repeat(9000)}.b.c`,
      // Our own session's token is no ID token.
      `${session.token}.${Buffer.from(session.signature, 'base64').toString('base64url')}`,
    ]
    for (const attack of attacks) {
      const answer = await postSession(site, attack)
      expect([attack.slice(0, 20), answer.status]).toEqual([attack.slice(0, 20), 401])
      expect(answer.headers.get('content-type')).toBe('application/problem+json')
    }
    expect(
      (await fetch(`${site}/session`, { method: 'POST', headers: { authorization: 'Basic YTpi' } })).status,
    ).toBe(401)
    expect((await fetch(`${site}/session`, { method: 'POST' })).status).toBe(200)
  })
})

describe('the development issuer', () => {
  const verifier = randomBytes(32).toString('base64url')
  const exchange = (form: Readonly<Record<string, string>>) =>
    askTokens(site, { grant_type: 'authorization_code', redirect_uri: redirectUri, ...form })

  it.each([
    ['a page of another machine', { redirect_uri: 'https://evil.example/console.html' }],
    ['a host that looks like ours', { redirect_uri: 'http://localhost.evil.example/' }],
    ['a name before the host', { redirect_uri: 'http://localhost@evil.example/' }],
    ['a script', { redirect_uri: 'javascript:alert(1)' }],
    ['no page', { redirect_uri: undefined }],
    ['another client', { client_id: 'other' }],
  ])('tells the person, and sends nobody anywhere, for %s', async (_, changes) => {
    const answer = await fetch(authorizeUrl(site, verifier, changes), { redirect: 'manual' })
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null])
    expect(await answer.text()).toContain('You cannot sign in like this')
  })

  it.each([
    ['invalid_request', { code_challenge: undefined }],
    ['invalid_request', { code_challenge_method: 'plain' }],
    ['invalid_request', { state: 'x'.repeat(2000) }],
    ['invalid_scope', { scope: 'email' }],
    ['unsupported_response_type', { response_type: 'token' }],
    ['login_required', { prompt: 'none' }],
  ])('tells the page %s for %j', async (error, changes) => {
    const answer = await fetch(authorizeUrl(site, verifier, changes), { redirect: 'manual' })
    const target = new URL(answer.headers.get('location') ?? 'none:')
    expect([answer.status, target.origin + target.pathname, target.searchParams.get('error')]).toEqual([
      303,
      redirectUri,
      error,
    ])
  })

  it('gives tokens once for a code, to who began, for the page it was for', async () => {
    const ways: [string, (given: { code: string; verifier: string }) => Record<string, string>][] = [
      ['another verifier', ({ code }) => ({ code, code_verifier: verifier })],
      ['no verifier', ({ code }) => ({ code })],
      [
        'another page',
        (given) => ({ code: given.code, code_verifier: given.verifier, redirect_uri: 'http://localhost/x' }),
      ],
      ['an invented code', (given) => ({ code: 'x', code_verifier: given.verifier })],
    ]
    for (const [what, way] of ways) {
      const given = await codeOf(site, 'ada')
      const answer = await exchange(way(given))
      expect([what, answer.status, await answer.json()]).toEqual([
        what,
        400,
        expect.objectContaining({ error: 'invalid_grant' }),
      ])
      // Whoever tried spent it, but for an invented one.
      const after = await exchange({ code: given.code, code_verifier: given.verifier })
      expect([what, after.status]).toEqual([what, what === 'an invented code' ? 200 : 400])
    }
    const { code, verifier: own } = await codeOf(site, 'ada')
    const both = await Promise.all([1, 2].map(() => exchange({ code, code_verifier: own })))
    expect(both.map(({ status }) => String(status)).toSorted()).toEqual(['200', '400'])
  })

  it('renews a sign-in once for a refresh token', async () => {
    const { refreshToken } = await signInAs(site, 'ada')
    const renew = () => askTokens(site, { grant_type: 'refresh_token', refresh_token: refreshToken })
    expect([(await renew()).status, (await renew()).status]).toEqual([200, 400])
  })

  it('takes a page where one picks once, and nobody for an answer', async () => {
    const page = await (await fetch(authorizeUrl(site, verifier))).text()
    const ticket = /name="ticket" value="([^"]+)"/.exec(page)?.[1] ?? ''
    const pick = (person: string) =>
      fetch(`${site}/_fanfare/identity/authorize`, {
        method: 'POST',
        body: new URLSearchParams({ ticket, person }),
        redirect: 'manual',
      })
    const nobody = new URL((await pick('')).headers.get('location') ?? 'none:')
    expect(Object.fromEntries(nobody.searchParams)).toMatchObject({
      error: 'access_denied',
      state: 'state-1',
    })
    expect((await pick('ada')).status).toBe(400)
  })

  it('writes what it is told as text', async () => {
    const nasty = 'http://localhost/%3Cscript%3E"><script>x</script>'
    const page = await (await fetch(authorizeUrl(site, verifier, { redirect_uri: nasty }))).text()
    expect(page).not.toContain('<script')
  })
})

it('is not offered where no issuer is set up, and visitors come as ever', { timeout: 30_000 }, async () => {
  await using plain = await testStack({ env: { OIDC_ISSUER: '', OIDC_CLIENT_ID: '' } })
  const settings = await fetch(`${plain.urls.site}/sign-in`)
  expect([settings.status, await settings.json()]).toEqual([
    404,
    expect.objectContaining({ remedy: expect.any(String) }),
  ])
  const refused = await postSession(plain.urls.site, 'a.b.c')
  expect([refused.status, await refused.json()]).toEqual([
    401,
    expect.objectContaining({ remedy: expect.stringContaining('OIDC_ISSUER') }),
  ])
  expect((await fetch(`${plain.urls.site}/session`, { method: 'POST' })).status).toBe(200)
})

it('is answered 503 while the issuer is away, and visitors come as ever', { timeout: 30_000 }, async () => {
  const env = { OIDC_ISSUER: 'http://127.0.0.1:9/', OIDC_CLIENT_ID: 'fanfare-local' }
  await using lonely = await testStack({ env })
  const { idToken } = await signInAs(site, 'ada')
  const answer = await postSession(lonely.urls.site, idToken)
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
  expect((await fetch(`${lonely.urls.site}/session`, { method: 'POST' })).status).toBe(200)
})
