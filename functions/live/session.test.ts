import { generateKeyPairSync, randomBytes } from 'node:crypto'
import type { IoTCustomAuthorizerEvent } from 'aws-lambda'
import { describe, expect, it } from 'vitest'
import { contracts } from '../../topics/index.ts'
import { createAddressLimit } from '../platform/address-limit.ts'
import { addressGroup } from '../platform/address.ts'
import { verifyBearer } from '../platform/session-token/bearer-token.ts'
import { readPublicKeys, signToken } from '../platform/session-token/token-signature.ts'
import { clockSkewMs, makeToken, parseToken, type Token } from '../platform/session-token/token.ts'
import { accountSpreadMs } from './account-spread.ts'
import { authorise } from './authorizer.ts'
import { openSession } from './session.ts'

const now = Date.UTC(2026, 0, 1)
const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = keys.publicKey.export({ type: 'spki', format: 'pem' }).toString()
const otherKeys = generateKeyPairSync('rsa', { modulusLength: 2048 })
const options = {
  endpoint: 'wss://iot/mqtt',
  authorizer: 'fanfare',
  sessionSeconds: 3600,
  reconnectSpreadMs: 5667,
}

const open = (request: { address?: string; idToken?: string } = {}, wait?: number) =>
  openSession(
    { address: '192.0.2.1', idToken: undefined, ...request },
    {
      sign: (token) => signToken(token, keys.privateKey),
      limit: () => Promise.resolve(wait),
      randomBytes,
      now: () => now,
    },
    options,
  )

const base64url = (signature: string) => Buffer.from(signature, 'base64').toString('base64url')

describe('POST /session', () => {
  it('gives a signed token, two client IDs and when it ends', async () => {
    const session = await open()
    expect(session.principal).toMatch(/^v[A-Za-z0-9]{22}$/)
    expect(session).toMatchObject({
      endpoint: 'wss://iot/mqtt',
      authorizer: 'fanfare',
      tokenKey: 'token',
      reconnectSpreadMs: 5667,
    })
    expect(session.clientIds).toEqual([`${session.principal}-0`, `${session.principal}-1`])
    expect(session.expiresAt).toBe(now / 1000 + 3600)
    expect(parseToken(session.token)).toEqual({
      claims: { principal: session.principal, signedIn: false, roles: [], values: {} },
      issuedAt: now / 1000,
      expiresAt: session.expiresAt,
    })
    const bearer = `${session.token}.${base64url(session.signature)}`
    expect(verifyBearer(bearer, [keys.publicKey], now)?.claims.principal).toBe(session.principal)
  })

  it('refuses a bearer token, and an address that had its share', async () => {
    await expect(open({ idToken: 'a.b.c' })).rejects.toMatchObject({ status: 401 })
    await expect(open({}, 17)).rejects.toMatchObject({ status: 429, headers: { 'retry-after': '17' } })
  })
})

it('spreads the return of those cut off by the quotas of the Region, or by those that AWS has raised', () => {
  const unset = { CONNECTS_PER_SECOND: 0, SUBSCRIBES_PER_SECOND: 0 }
  const small = accountSpreadMs(contracts, unset, 'eu-north-1')
  expect(small).toBeGreaterThan(10 * accountSpreadMs(contracts, unset, 'eu-west-1'))
  expect(
    accountSpreadMs(contracts, { CONNECTS_PER_SECOND: 200, SUBSCRIBES_PER_SECOND: 400 }, 'eu-north-1'),
  ).toBe(small / 2)
})

describe('the limit of sessions', () => {
  const aLimit = (count: () => Promise<number>) => createAddressLimit(count, 2)

  it('counts in the instance first, and asks the table nothing about a flood', async () => {
    let asked = 0
    const limit = aLimit(() => Promise.resolve(++asked))
    const answers: (number | undefined)[] = []
    for (let index = 0; index < 5; index++) answers.push(await limit('a', now + 15_000))
    expect(answers).toEqual([undefined, undefined, 45, 45, 45])
    expect(asked).toBe(2)
    expect(await limit('b', now)).toBe(60)
  })

  it('minds what other instances counted, and starts again each minute', async () => {
    const limit = aLimit(() => Promise.resolve(3))
    expect(await limit('a', now)).toBe(60)
    expect(await aLimit(() => Promise.resolve(1))('a', now + 60_000)).toBeUndefined()
  })

  it('lets in when the table cannot be asked, up to its own count', async () => {
    const limit = aLimit(() => Promise.reject(new Error('no table')))
    expect([await limit('a', now), await limit('a', now), await limit('a', now)]).toEqual([
      undefined,
      undefined,
      60,
    ])
    expect(await limit('a', now + 60_000)).toBeUndefined()
  })
})

describe('an address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:DB8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['unknown', 'unknown'],
  ])('%s counts as %s', (address, group) => {
    expect(addressGroup(address)).toBe(group)
  })
})

describe('a token', () => {
  const claims = { principal: 'p1', signedIn: true, roles: ['staff'], values: { agentId: 'ann' } }
  const issuedAt = now / 1000
  const token = makeToken({ claims, issuedAt, expiresAt: issuedAt + 60 })
  const good = { v: 1, principal: 'ab', signedIn: true, roles: [], values: {}, issuedAt: 1, expiresAt: 2 }
  const encode = (payload: unknown) => Buffer.from(JSON.stringify(payload)).toString('base64url')

  it.each([
    '',
    '!',
    encode(null),
    encode({ v: 2 }),
    encode({ ...good, principal: 'a-b' }),
    encode({ ...good, principal: 'ab\n' }),
    encode({ ...good, signedIn: 'true' }),
    encode({ ...good, roles: 'staff' }),
    encode({ ...good, roles: ['sta*'] }),
    encode({ ...good, values: { agentId: '*' } }),
    encode({ ...good, values: { agentId: 7 } }),
    encode({ ...good, values: { 'agent/Id': 'ann' } }),
    encode({ ...good, expiresAt: 1.5 }),
    encode({ ...good, expiresAt: '2' }),
    encode({ ...good, issuedAt: undefined }),
    encode({ ...good, issuedAt: -1 }),
    // It would outlive its revocation.
    encode({ ...good, expiresAt: 86_402 }),
  ])('is not read from %j', (text) => {
    expect(parseToken(encode(good))).toBeDefined()
    expect(parseToken(text)).toBeUndefined()
  })

  it('of a clock far ahead is none yet', async () => {
    const bearer = `${token}.${base64url(await signToken(token, keys.privateKey))}`
    const at = (time: number) => verifyBearer(bearer, [keys.publicKey], time)?.claims
    expect([at(now - clockSkewMs), at(now - clockSkewMs - 1)]).toEqual([claims, undefined])
  })

  it('is taken with a signature of either key, in its time, unchanged', async () => {
    const bearer = `${token}.${base64url(await signToken(token, keys.privateKey))}`
    const verify = (text: string, publicKeys = [keys.publicKey], at = now) =>
      verifyBearer(text, publicKeys, at)?.claims
    expect(verify(bearer)).toEqual(claims)
    expect(verify(bearer, [otherKeys.publicKey, keys.publicKey])).toEqual(claims)
    expect(verify(bearer, [otherKeys.publicKey])).toBeUndefined()
    expect(verify(bearer, [keys.publicKey], now + 60_000)).toBeUndefined()
    const forged = makeToken({ claims: { ...claims, roles: ['admin'] }, issuedAt, expiresAt: issuedAt + 60 })
    expect(verify(bearer.replace(token, forged))).toBeUndefined()
    expect(verify(token)).toBeUndefined()
  })

  it('is verified with keys from PEM blocks or a JSON map of them', () => {
    expect(readPublicKeys(`${pem}\n${pem}`)).toHaveLength(2)
    expect(readPublicKeys(JSON.stringify({ current: pem, next: '' }))).toHaveLength(1)
    expect(() => readPublicKeys('none')).toThrow(/no PEM block/)
  })
})

describe('the authorizer', () => {
  const token = makeToken({
    claims: { principal: 'v1', signedIn: false, roles: [], values: {} },
    issuedAt: now / 1000,
    expiresAt: now / 1000 + 3600,
  })
  const anEvent = (
    changes: Partial<IoTCustomAuthorizerEvent> = {},
    mqtt: object = {},
  ): IoTCustomAuthorizerEvent => ({
    token,
    signatureVerified: true,
    protocols: ['mqtt'],
    protocolData: { mqtt: { clientId: 'v1-0', ...mqtt } },
    connectionMetadata: { id: 'x' },
    ...changes,
  })
  const notRevoked = (_token: Token) => Promise.resolve(false)
  const ask = (event: IoTCustomAuthorizerEvent, at = now, isRevoked = notRevoked) =>
    authorise(event, at, { contracts, arnPrefix: 'arn:aws:iot:eu-west-1:1', isRevoked })
  const signedEvent = () => {
    const claims = { principal: 'p1', signedIn: true, roles: [], values: {} }
    const signed = makeToken({ claims, issuedAt: now / 1000, expiresAt: now / 1000 + 3600 })
    return anEvent({ token: signed }, { clientId: 'p1-0' })
  }

  it('lets a visitor in until its token ends, and never asks again', async () => {
    expect(await ask(anEvent())).toMatchObject({
      isAuthenticated: true,
      principalId: 'v1',
      disconnectAfterInSeconds: 3600,
      refreshAfterInSeconds: 86_400,
    })
    expect(await ask(anEvent(), now + 3_590_000)).toMatchObject({ disconnectAfterInSeconds: 300 })
    expect(await ask(anEvent({}, { clientId: 'v1-1', username: `page?token=${token}` }))).toMatchObject({
      isAuthenticated: true,
    })
  })

  it.each<[string, IoTCustomAuthorizerEvent, number?]>([
    ['signature not verified', anEvent({ signatureVerified: false })],
    ['no token', anEvent({ token: '' })],
    ['two tokens', anEvent({}, { username: 'page?token=other' })],
    ['two tokens', anEvent({}, { username: `page?token=${token}&token=other` })],
    ['not a token of ours', anEvent({ token: 'x' })],
    ['token expired', anEvent(), now + 3_600_000],
    ['token of the future', anEvent(), now - 60_000],
    ['client ID not of this token', anEvent({}, { clientId: 'v2-0' })],
    ['client ID not of this token', anEvent({}, { clientId: 'v1' })],
    ['client ID not of this token', anEvent({ protocolData: {} })],
  ])('refuses: %s', async (refused, event, at) => {
    expect(await ask(event, at)).toEqual({ refused })
  })

  it('asks again about someone signed in', async () => {
    expect(await ask(signedEvent())).toMatchObject({ refreshAfterInSeconds: 900 })
  })

  it('refuses who is revoked, signed in or not', async () => {
    const isRevoked = ({ claims }: Token) => Promise.resolve(['v1', 'p1'].includes(claims.principal))
    expect(await ask(anEvent(), now, isRevoked)).toEqual({ refused: 'revoked' })
    expect(await ask(signedEvent(), now, isRevoked)).toEqual({ refused: 'revoked' })
  })

  it('lets only visitors in while it cannot be looked up who is revoked', async () => {
    const isRevoked = () => Promise.reject(new Error('the table is away'))
    expect(await ask(anEvent(), now, isRevoked)).toMatchObject({ isAuthenticated: true })
    expect(await ask(signedEvent(), now, isRevoked)).toEqual({ refused: 'revocation not known' })
  })
})
