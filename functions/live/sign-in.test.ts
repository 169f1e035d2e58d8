import { createHmac, createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type JWTPayload, SignJWT } from 'jose'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parameterPattern } from '../../topics/contract/pattern.ts'
import { parseClaimValues, parseIssuer } from '../platform/oidc-variables.ts'
import { parseToken } from '../platform/session-token/token.ts'
import { idTokenLengthMax } from './id-token.ts'
import { identityOf, principalOf } from './identity.ts'
import { failureCooldownMs, keysFreshMs, keysKeptMs, unknownKeyCooldownMs } from './issuer-keys.ts'
import { openSession } from './session.ts'
import { createSignIn } from './sign-in.ts'

const clientId = 'pages'
const first = generateKeyPairSync('rsa', { modulusLength: 2048 })
const second = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 })

/** An issuer on a real socket, whose keys and words a test changes. */
class Issuer {
  keys: object[] = [jwk(first.publicKey, 'one')]
  asked: string[] = []
  status = 200
  issuer: string | undefined
  keysUrl: string | undefined
  body: string | undefined
  readonly #server: Server

  constructor() {
    this.#server = createServer((request, response) => {
      this.asked.push(request.url ?? '')
      const document = request.url?.endsWith('openid-configuration')
        ? { issuer: this.issuer ?? this.url, jwks_uri: this.keysUrl ?? `${this.url}/keys` }
        : { keys: this.keys }
      const good = request.url?.startsWith('/good/') === true
      response.writeHead(good ? 200 : this.status, {
        // Where all would be well.
        location: `${this.url}/good${request.url}`,
        'content-type': 'application/json',
      })
      response.end(this.body ?? JSON.stringify(document))
    })
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

function jwk(key: KeyObject, kid: string): object {
  return { ...key.export({ format: 'jwk' }), kid, use: 'sig' }
}

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

let issuer: Issuer
let now: number
beforeEach(async () => {
  issuer = new Issuer()
  await issuer.open()
  now = Date.UTC(2026, 0, 1)
})
afterEach(() => issuer.close())

const settings = () => ({
  OIDC_ISSUER: issuer.url,
  OIDC_CLIENT_ID: clientId,
  OIDC_SCOPE: 'openid',
  OIDC_ROLES_CLAIM: 'roles',
  OIDC_VALUES: parseClaimValues('agentId'),
})

function signIn() {
  const made = createSignIn(settings(), { fetch, now: () => now })
  if (!made) throw new Error('signing in is set up')
  return (idToken: string) => made.identify(idToken, now)
}

type Changes = Readonly<Record<string, unknown>>

/** Payload of a good token; a test changes it. `undefined` takes a claim away. */
const claims = (changes: Changes = {}): JWTPayload => ({
  iss: issuer.url,
  aud: clientId,
  sub: 'ada',
  iat: now / 1000 - 10,
  exp: now / 1000 + 3600,
  roles: ['agent'],
  agentId: 'ada',
  ...changes,
})

interface Signing {
  readonly header?: { readonly alg?: string; readonly kid?: string; readonly typ?: string }
  readonly key?: KeyObject | Uint8Array
}

function token(
  changes: Changes = {},
  { header = {}, key = first.privateKey }: Signing = {},
): Promise<string> {
  const payload = Object.fromEntries(
    Object.entries(claims(changes)).filter(([, value]) => value !== undefined),
  )
  return new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: 'one', ...header }).sign(key)
}

describe('an ID token', () => {
  it('of the issuer, for this client, in its time says who signed in', async () => {
    expect(await signIn()(await token())).toEqual({
      principal: principalOf(issuer.url, 'ada'),
      roles: ['agent'],
      values: { agentId: 'ada' },
      leftOut: [],
      expiresAt: now / 1000 + 3600,
      authenticatedAt: now / 1000 - 10,
    })
  })

  it('says when the person proved who they are, which is before it was issued', async () => {
    const at = async (authTime: number) =>
      (await signIn()(await token({ auth_time: authTime }))).authenticatedAt
    expect([await at(now / 1000 - 50), await at(now / 1000 + 5000)]).toEqual([
      now / 1000 - 50,
      now / 1000 - 10,
    ])
  })

  it.each<[string, () => string | Promise<string>, RegExp]>([
    ['signed with another key', () => token({}, { key: stranger.privateKey }), /signature is wrong/],
    [
      'with a changed payload',
      async () => {
        const [head = '', , signature = ''] = (await token()).split('.')
        return [head, base64url(claims({ roles: ['staff'] })), signature].join('.')
      },
      /signature is wrong/,
    ],
    [
      'with alg none',
      () => `${base64url({ alg: 'none', kid: 'one' })}.${base64url(claims())}.`,
      /no signed JWT|not allowed/,
    ],
    [
      'with alg none and a signature',
      async () => [base64url({ alg: 'none', kid: 'one' }), ...(await token()).split('.').slice(1)].join('.'),
      /not allowed/,
    ],
    [
      'with HS256 over the public key, as PEM',
      () => {
        const head = `${base64url({ alg: 'HS256', kid: 'one' })}.${base64url(claims())}`
        const pem = first.publicKey.export({ type: 'spki', format: 'pem' })
        return `${head}.${createHmac('sha256', pem).update(head).digest('base64url')}`
      },
      /not allowed/,
    ],
    [
      'with a key of its own in the header',
      async () => {
        const header = { alg: 'RS256', jwk: jwk(stranger.publicKey, 'x') } as object
        return new SignJWT(claims()).setProtectedHeader(header as { alg: string }).sign(stranger.privateKey)
      },
      /signature is wrong/,
    ],
    [
      "with the address of another's keys in the header",
      () =>
        new SignJWT(claims())
          .setProtectedHeader({ alg: 'RS256', kid: 'one', jku: 'http://127.0.0.1:9/keys' })
          .sign(stranger.privateKey),
      /signature is wrong/,
    ],
    [
      'with a critical header that nobody knows',
      async () =>
        [
          base64url({ alg: 'RS256', kid: 'one', crit: ['x'], x: 1 }),
          ...(await token()).split('.').slice(1),
        ].join('.'),
      /no signed JWT/,
    ],
    ['for another client', () => token({ aud: 'others' }), /for another client/],
    ['for nobody', () => token({ aud: undefined }), /for another client/],
    [
      'for others as well, and it does not say who got it',
      () => token({ aud: [clientId, 'others'] }),
      /given to another client/,
    ],
    ['that another client got', () => token({ azp: 'others' }), /given to another client/],
    ['of another issuer', () => token({ iss: 'https://evil.example' }), /another issuer/],
    ["of the issuer's name with a slash", () => token({ iss: `${issuer.url}/` }), /another issuer/],
    ['that expired', () => token({ exp: now / 1000 - 6 }), /expired/],
    ['that expired a second ago, whatever the clocks', () => token({ exp: now / 1000 - 1 }), /expired/],
    ['that never expires', () => token({ exp: undefined }), /exp is missing/],
    ['of the future', () => token({ iat: now / 1000 + 60 }), /future/],
    ['that does not say when', () => token({ iat: undefined }), /does not say when/],
    ['not valid yet', () => token({ nbf: now / 1000 + 60 }), /not come/],
    [
      'of two days ago, with a year to go',
      () => token({ iat: now / 1000 - 172_800, exp: now / 1000 + 3e7 }),
      /too long ago/,
    ],
    ['of nobody', () => token({ sub: undefined }), /sub is missing/],
    ['with an auth_time that is none', () => token({ auth_time: 'today' }), /auth_time/],
    ['of an empty name', () => token({ sub: '' }), /sub is none/],
    ['of a name too long', () => token({ sub: 'x'.repeat(256) }), /sub is none/],
    ['for another use', () => token({}, { header: { typ: 'at+jwt' } }), /another use/],
    [
      'that is an access token of RFC 9068',
      () => token({}, { header: { typ: 'application/at+jwt' } }),
      /another use/,
    ],
    ['that is huge', () => token({ note: 'x'.repeat(idTokenLengthMax) }), /characters, and 8192/],
    ['that is a megabyte of dots', () => '.'.repeat(1_000_000), /characters/],
    ['that is none', () => 'hello', /no signed JWT/],
    ['that is empty', () => '', /no signed JWT/],
    ['that is encrypted', () => 'a.b.c.d.e', /no signed JWT/],
    [
      'whose payload is a list',
      () => `${base64url({ alg: 'RS256', kid: 'one' })}.${base64url([])}.eA`,
      /signature is wrong|no signed JWT/,
    ],
  ])('%s is refused with 401', async (_, make, reason) => {
    const refusal = signIn()(await make())
    await expect(refusal).rejects.toMatchObject({ status: 401, code: 'unauthorised' })
    await expect(refusal).rejects.toThrow(reason)
  })

  it('is taken from a clock that is a little ahead', async () => {
    expect(await signIn()(await token({ iat: now / 1000 + 4, nbf: now / 1000 + 4 }))).toBeDefined()
  })

  it('signed by a shared secret is refused, though the issuer lists it', async () => {
    const secret = createSecretKey(Buffer.alloc(32, 7))
    issuer.keys = [{ ...secret.export({ format: 'jwk' }), kid: 'one' }]
    const forged = await token({}, { header: { alg: 'HS256' }, key: secret })
    await expect(signIn()(forged)).rejects.toThrow(/not allowed/)
  })

  it('of arbitrary text is refused, and never a fault of ours', async () => {
    const identify = signIn()
    await fc.assert(
      fc.asyncProperty(fc.array(fc.base64String(), { maxLength: 5 }), async (parts) => {
        await expect(identify(parts.join('.'))).rejects.toMatchObject({ status: 401 })
      }),
      { numRuns: 200 },
    )
  })
})

describe("the issuer's keys", () => {
  it('are asked for once, however many sign in at once, and again when they are old', async () => {
    const identify = signIn()
    const idToken = await token({ exp: now / 1000 + 40_000 })
    await Promise.all(Array.from({ length: 20 }, () => identify(idToken)))
    expect(issuer.asked).toEqual(['/.well-known/openid-configuration', '/keys'])
    now += keysFreshMs
    await identify(idToken)
    expect(issuer.asked).toHaveLength(4)
  })

  it('are rotated: a new one is found, but an invented one is not looked for at every token', async () => {
    const identify = signIn()
    await identify(await token())
    issuer.keys = [jwk(second.publicKey, 'two')]
    const rotated = () => token({}, { header: { alg: 'ES256', kid: 'two' }, key: second.privateKey })
    await expect(identify(await rotated())).rejects.toThrow(/no key of the issuer/)
    expect(issuer.asked).toHaveLength(2)
    now += unknownKeyCooldownMs
    expect(await identify(await rotated())).toBeDefined()
    expect(issuer.asked).toHaveLength(4)
    // The old one is gone with it.
    await expect(identify(await token())).rejects.toThrow(/no key of the issuer/)
    for (let index = 0; index < 100; index++) {
      const invented = await token({}, { header: { kid: `invented-${index}` }, key: stranger.privateKey })
      await expect(identify(invented)).rejects.toMatchObject({ status: 401 })
    }
    expect(issuer.asked).toHaveLength(4)
  })

  it('serve on for an hour while the issuer is away', async () => {
    const identify = signIn()
    const idToken = await token({ exp: now / 1000 + 40_000 })
    await identify(idToken)
    issuer.status = 500
    now += keysKeptMs
    expect(await identify(idToken)).toBeDefined()
    now += failureCooldownMs + 1
    await expect(identify(idToken)).rejects.toMatchObject({ status: 503 })
    issuer.status = 200
    now += failureCooldownMs
    expect(await identify(idToken)).toBeDefined()
  })

  it.each<[string, () => void]>([
    ['that answers 500', () => (issuer.status = 500)],
    ['that sends elsewhere', () => (issuer.status = 302)],
    ['that answers no JSON', () => (issuer.body = '<html>')],
    ['that answers half a megabyte', () => (issuer.body = JSON.stringify({ issuer: 'x'.repeat(500_000) }))],
    ["whose document is another issuer's", () => (issuer.issuer = 'https://other.example')],
    ['whose keys are elsewhere without TLS', () => (issuer.keysUrl = 'http://127.0.0.1:9/keys')],
    ['whose keys are no address', () => (issuer.keysUrl = 'file')],
    [
      'without keys',
      () => (issuer.body = JSON.stringify({ issuer: issuer.url, jwks_uri: `${issuer.url}/keys` })),
    ],
  ])('of an issuer %s: 503 and when to come back, and it is left in peace', async (_, spoil) => {
    spoil()
    const identify = signIn()
    const idToken = await token()
    for (let index = 0; index < 5; index++) {
      await expect(identify(idToken)).rejects.toMatchObject({ status: 503, headers: { 'retry-after': '5' } })
    }
    expect(issuer.asked.length).toBeLessThanOrEqual(2)
  })
})

describe('claims', () => {
  const names = { roles: 'roles', values: parseClaimValues('agentId') }
  const of = (more: Readonly<Record<string, unknown>>, from = names) =>
    identityOf({ iss: 'https://issuer.example', sub: 'ada', ...more }, from)

  it('name a principal as coreutils would', () => {
    // printf 'https://issuer.example\nada' | sha256sum | xxd -r -p | base32 | tr A-Z a-z | cut -c1-26
    expect(of({}).principal).toBe('u5elwlp5yk37ry3ttjnzoozujuw')
    expect(principalOf('https://issuer.example', 'ada')).not.toBe(principalOf('https://other.example', 'ada'))
  })

  it('are found where issuers put them', () => {
    const cognito = { roles: 'cognito:groups', values: parseClaimValues('agentId=custom:agentId') }
    expect(of({ 'cognito:groups': ['staff'], 'custom:agentId': 'ada' }, cognito)).toMatchObject({
      roles: ['staff'],
      values: { agentId: 'ada' },
    })
    const auth0 = {
      roles: 'https://example.org/roles',
      values: parseClaimValues('agentId = https://example.org/agentId, team'),
    }
    expect(
      of(
        { 'https://example.org/roles': ['staff'], 'https://example.org/agentId': 'ada', team: 'north' },
        auth0,
      ),
    ).toMatchObject({ roles: ['staff'], values: { agentId: 'ada', team: 'north' } })
    const keycloak = { roles: 'realm_access.roles', values: names.values }
    expect(of({ realm_access: { roles: ['staff', 'offline_access'] } }, keycloak).roles).toEqual([
      'staff',
      'offline_access',
    ])
    expect(of({ roles: 'staff' }).roles).toEqual(['staff'])
  })

  it('that are no words are left out, and it is said which, not what', () => {
    const { roles, values, leftOut } = of({
      roles: ['agent', 'agent', 'Domain Admins', 7, null],
      agentId: 'a/#',
    })
    expect([roles, values]).toEqual([['agent'], {}])
    expect(leftOut).toHaveLength(4)
    expect(leftOut.join()).not.toMatch(/Domain|#/)
  })

  it('never bring anything into a policy but words, whatever an issuer says', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (roles, agentId) => {
        const identity = of({ roles, agentId })
        for (const word of [...identity.roles, ...Object.values(identity.values)])
          expect(word).toMatch(parameterPattern)
      }),
    )
  })
})

describe('a session of who signed in', () => {
  const seats = (draw: number) => () => Uint8Array.of(draw)
  const open = async (
    changes: {
      limit?: (key: string) => number | undefined
      idToken?: string
      sessionSeconds?: number
      draw?: number
      revokedAt?: number
    } = {},
  ) => {
    const identify = signIn()
    return openSession(
      { address: '192.0.2.1', idToken: changes.idToken ?? (await token()) },
      {
        sign: () => Promise.resolve('signature'),
        limit: (key) => Promise.resolve(changes.limit?.(key)),
        identify,
        isRevoked: ({ issuedAt }) => Promise.resolve(issuedAt <= (changes.revokedAt ?? 0)),
        randomBytes: seats(changes.draw ?? 0),
        now: () => now,
      },
      {
        endpoint: 'wss://iot/mqtt',
        authorizer: 'a',
        sessionSeconds: changes.sessionSeconds ?? 7200,
        reconnectSpreadMs: 1,
      },
    )
  }
  const principal = () => principalOf(issuer.url, 'ada')

  it('says who, and ends no later than the ID token', async () => {
    const session = await open()
    expect(session).toMatchObject({ principal: principal(), expiresAt: now / 1000 + 3600 })
    expect(parseToken(session.token)?.claims).toEqual({
      principal: principal(),
      signedIn: true,
      roles: ['agent'],
      values: { agentId: 'ada' },
    })
    expect((await open({ sessionSeconds: 600 })).expiresAt).toBe(now / 1000 + 600)
  })

  it('has one of five pairs of client IDs', async () => {
    const pairs = await Promise.all([0, 1, 4, 5, 255].map(async (draw) => (await open({ draw })).clientIds))
    const at = (digit: number) => [`${principal()}-${digit}`, `${principal()}-${digit + 1}`]
    expect(pairs).toEqual([at(0), at(2), at(8), at(0), at(0)])
  })

  it('is limited per address before anything is verified, and per person', async () => {
    await expect(open({ idToken: 'forged', limit: () => 7 })).rejects.toMatchObject({ status: 429 })
    expect(issuer.asked).toEqual([])
    const limit = (key: string) => (key === principal() ? 9 : undefined)
    await expect(open({ limit })).rejects.toMatchObject({ status: 429, headers: { 'retry-after': '9' } })
  })

  it('is refused to who was revoked since they signed in, and given to who signed in since', async () => {
    await expect(open({ revokedAt: now / 1000 - 10 })).rejects.toMatchObject({ status: 401 })
    expect(await open({ revokedAt: now / 1000 - 11 })).toBeDefined()
    // A token that was renewed since is no new sign-in.
    const renewed = await token({ auth_time: now / 1000 - 60 })
    await expect(open({ idToken: renewed, revokedAt: now / 1000 - 30 })).rejects.toMatchObject({
      status: 401,
    })
  })

  it('is refused when its roles fit no token', async () => {
    const roles = Array.from({ length: 60 }, (_, index) => `${'r'.repeat(60)}${index}`)
    await expect(open({ idToken: await token({ roles }) })).rejects.toMatchObject({
      status: 403,
      code: 'claims-too-large',
    })
  })
})

describe('the settings', () => {
  it('are whole, or nobody signs in', () => {
    const made = (changes: object) => createSignIn({ ...settings(), ...changes }, { fetch, now: () => now })
    expect(made({ OIDC_ISSUER: '', OIDC_CLIENT_ID: '' })).toBeUndefined()
    expect(() => made({ OIDC_ISSUER: '' })).toThrow(/OIDC_ISSUER is not set/)
    expect(() => made({ OIDC_CLIENT_ID: '' })).toThrow(/OIDC_CLIENT_ID is not set/)
    expect(made({})?.settings).toEqual({ issuer: issuer.url, clientId, scope: 'openid' })
  })

  it.each([
    'http://example.org',
    'https://example.org?x',
    'https://example.org#x',
    'example.org',
    'http://localhost.evil.example',
  ])('take no issuer %s', (text) => {
    expect(() => parseIssuer(text)).toThrow(/https address/)
  })

  it('take issuers of this machine and of the world', () => {
    for (const text of ['', 'http://localhost:4000/_fanfare/identity', 'https://tenant.example/'])
      expect(parseIssuer(text)).toBe(text)
  })

  it.each(['agent-id', 'agentId=', '=x', 'a,a'])('take no values %s', (text) => {
    expect(() => parseClaimValues(text)).toThrow(/write name|twice/)
  })
})
