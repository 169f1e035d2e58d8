import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Claims } from '../../topics/contract/index.ts'
import { callerOfRole, signedInClaims } from './admission.ts'
import type { HttpEvent } from './http.ts'
import { parseServiceTokens } from './service-tokens.ts'

const lee: Claims = {
  principal: 'ulee',
  signedIn: true,
  roles: ['agent', 'staff'],
  values: { agentId: 'lee' },
}
const ada: Claims = { ...lee, principal: 'uada', roles: ['agent'] }
const visitor: Claims = { principal: 'v1', signedIn: false, roles: ['staff'], values: {} }
const sessions: Readonly<Record<string, Claims>> = { lee, ada, visitor }
const verify = (bearer: string) => Promise.resolve(sessions[bearer])
const hash = (text: string) => createHash('sha256').update(text).digest('hex')
const tokens = parseServiceTokens(`till:service:${hash('till-token')},ann:staff:${hash('ann-token')}`)

const asking = (bearer?: string, scheme = 'Bearer'): HttpEvent => ({
  version: '2.0',
  routeKey: 'GET /x',
  rawPath: '/x',
  rawQueryString: '',
  headers: bearer === undefined ? {} : { authorization: `${scheme} ${bearer}` },
  requestContext: {} as HttpEvent['requestContext'],
  isBase64Encoded: false,
})

describe('a route for people who signed in', () => {
  it('is told their claims', async () => {
    expect(await signedInClaims(asking('ada'), verify)).toEqual(ada)
  })

  it.each([
    ['nobody', asking()],
    ['another scheme', asking('ada', 'Basic')],
    ['a token that is not valid', asking('unknown')],
    ['a visitor', asking('visitor')],
    ['a service', asking('ann-token')],
  ])('refuses %s with 401', async (_, event) => {
    await expect(signedInClaims(event, verify)).rejects.toMatchObject({ status: 401 })
  })

  it('lets nobody in while it cannot be looked up who is revoked', async () => {
    const away = () => Promise.reject(new Error('the table is away'))
    await expect(signedInClaims(asking('ada'), away)).rejects.toThrow('the table is away')
  })
})

describe('a route for a role', () => {
  it('lets in who has it, and a service of it where services may', async () => {
    expect(await callerOfRole(asking('lee'), 'staff', verify)).toEqual({ name: 'ulee', claims: lee })
    expect(await callerOfRole(asking('ann-token'), 'staff', verify, tokens)).toEqual({ name: 'ann' })
    expect(await callerOfRole(asking('till-token'), 'service', verify, tokens)).toEqual({ name: 'till' })
  })

  it.each([
    ['who has it not', 403, asking('ada')],
    ['a service of another', 403, asking('till-token')],
    ['a visitor, whatever the token says', 401, asking('visitor')],
    ['nobody', 401, asking()],
  ])('refuses %s with %i', async (_, status, event) => {
    await expect(callerOfRole(event, 'staff', verify, tokens)).rejects.toMatchObject({ status })
  })

  it("takes no service's token where services may not", async () => {
    await expect(callerOfRole(asking('ann-token'), 'staff', verify)).rejects.toMatchObject({ status: 401 })
  })
})
