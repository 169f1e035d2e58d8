import { createHash, generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { parseServiceTokens } from '../platform/service-tokens.ts'
import { admitBearer } from '../platform/session-token/bearer-token.ts'
import { anybodyKeptMs } from '../platform/session-token/revocation-lookup.ts'
import { signToken } from '../platform/session-token/token-signature.ts'
import { makeToken } from '../platform/session-token/token.ts'
import { VirtualTime } from '../testing/virtual-time.ts'
import { revokePrincipal, secondLookMs } from './revocation.ts'

const tokens = parseServiceTokens(`ann:staff:${sha256('boss')},till:service:${sha256('till')}`)

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

async function revoke(principal: string | undefined, bearer: string | undefined) {
  const time = new VirtualTime()
  const done: string[] = []
  const ports = {
    time,
    record: (who: string, revokedAt: number) => {
      done.push(`record ${who} at ${revokedAt - time.now() / 1000} s from now`)
      return Promise.resolve()
    },
    disconnect: (clientId: string) => {
      done.push(`disconnect ${clientId}`)
      return Promise.resolve(clientId === 'v1-1')
    },
  }
  const answer = await time.run(revokePrincipal({ principal, bearer }, ports, tokens))
  return { answer, done }
}

describe('revoking', () => {
  const everyOne = Array.from({ length: 10 }, (_, digit) => `disconnect v1-${digit}`)

  it('refuses the tokens first, then ends the connections, and looks once more', async () => {
    expect(await revoke('v1', 'boss')).toEqual({
      answer: { principal: 'v1', revokedAt: '2026-01-01T00:00:00.000Z', disconnected: ['v1-1'] },
      done: ['record v1 at 0 s from now', ...everyOne, ...everyOne],
    })
  })

  it('looks once more when every instance knows of it', () => {
    expect(secondLookMs).toBeGreaterThan(anybodyKeptMs)
  })

  it.each([
    ['v1', undefined, 401],
    ['v1', 'other', 401],
    ['v1', 'till', 403],
    ['v-1', 'boss', 400],
    ['*', 'boss', 400],
    [undefined, 'boss', 400],
  ])('of %j with the token %j is answered %i', async (principal, bearer, status) => {
    await expect(revoke(principal, bearer)).rejects.toMatchObject({ status })
  })
})

describe('a bearer token', () => {
  it('of who is revoked counts no more, and not at all while that cannot be looked up', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const claims = { principal: 'p1', signedIn: true, roles: [], values: {} }
    const token = makeToken({ claims, issuedAt: 0, expiresAt: 3600 })
    const signature = Buffer.from(await signToken(token, privateKey), 'base64').toString('base64url')
    const admit = (isRevoked: () => Promise<boolean>) =>
      admitBearer(`${token}.${signature}`, {
        publicKeys: () => Promise.resolve([publicKey]),
        isRevoked,
        now: () => 0,
      })
    expect(await admit(() => Promise.resolve(false))).toEqual(claims)
    expect(await admit(() => Promise.resolve(true))).toBeUndefined()
    await expect(admit(() => Promise.reject(new Error('away')))).rejects.toThrow('away')
  })
})
