import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { startIotCore } from '../../local/iot/index.ts'
import { anAnswer, anAuthorizer } from '../../local/iot/testing/an-authorizer.ts'
import type { Flood, LoadPlan } from '../plan.ts'
import { aGroup, aPhase, aPlan, runOn } from '../testing/a-plan.ts'
import { attackerTokens } from './attacker-tokens.ts'

const folder = mkdtempSync(join(tmpdir(), 'fanfare-flood-'))
afterAll(() => rmSync(folder, { recursive: true }))

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const keyFile = join(folder, 'key.pem')
writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }))

const flood = (name: string, changes: Partial<Flood>): Flood => ({
  name,
  kind: 'connect',
  atMs: 0,
  durationMs: 500,
  perSecond: 20,
  addresses: 1,
  ...changes,
})

/** A plan of these floods against a target whose sessions say this. */
function planOf(url: string, sessionUrl: string, floods: readonly Flood[]): LoadPlan {
  const plan = aPlan(url, [aPhase({ subscribers: [aGroup({ from: 0, to: 0 })], floods })])
  return { ...plan, target: { ...plan.target, authentication: { kind: 'session', url: sessionUrl } } }
}

async function sessionServer(answer: (at: number) => { status: number; body: string }) {
  let asked = 0
  const server = createServer((_, response) => {
    const { status, body } = answer((asked += 1))
    response.writeHead(status).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/session`,
    close: () => server.close(),
  }
}

test('forged tokens are refused by the real authorizer’s signature check, expired ones by the authorizer itself', async () => {
  const claims = { issuedAt: Math.floor(Date.now() / 1000), expiresAt: Math.floor(Date.now() / 1000) + 600 }
  const token = Buffer.from(JSON.stringify(claims)).toString('base64url')
  const session = {
    authorizer: 'visitors',
    tokenKey: 'token',
    token,
    signature: sign('RSA-SHA256', Buffer.from(token), privateKey).toString('base64'),
    clientIds: ['visitor1-0', 'visitor1-1'],
  }
  // The session is had before the floods: what they are refused stands in nobody's way.
  const sessions = await sessionServer((at) =>
    at === 1 ? { status: 200, body: JSON.stringify(session) } : { status: 429, body: '{}' },
  )
  const seen: { expiresAt: number }[] = []
  const authorizer = anAuthorizer(
    (event) => {
      const shown = (event as { token: string }).token
      seen.push(JSON.parse(Buffer.from(shown, 'base64url').toString()) as { expiresAt: number })
      return anAnswer({ isAuthenticated: false })
    },
    { publicKeys: { key: publicKey.export({ type: 'spki', format: 'pem' }).toString() } },
  )
  const iot = await startIotCore({ authorizers: [authorizer], quotas: 'off' })
  const statusUrl = `http://localhost:${iot.port}/_fanfare/iot`
  const plan = planOf(iot.url, sessions.url, [
    flood('forged', {}),
    flood('expired', { token: 'expired' }),
    flood('sessions', { kind: 'session' }),
  ])
  const outcome = await runOn(
    iot,
    { ...plan, target: { ...plan.target, statusUrl } },
    { env: { LOAD_SIGNING_KEY: keyFile } },
  )
  sessions.close()
  const refused = [{ reason: 'CONNACK 0x87', count: 10 }]
  expect(outcome.total.floods).toMatchObject([
    { name: 'forged', attempted: 10, accepted: 0, refused },
    { name: 'expired', attempted: 10, accepted: 0, refused },
    { name: 'sessions', attempted: 10, accepted: 0, refused: [{ reason: 'HTTP 429', count: 10 }] },
  ])
  // The forged ones never reached the authorizer; the expired ones did.
  expect(seen).toHaveLength(10)
  expect(seen[0]?.expiresAt).toBeLessThan(Date.now() / 1000 - 3000)
  expect(outcome.target?.denials).toEqual([
    { reason: expect.stringMatching(/^iot:Connect: SIGNATURE_INVALID/) as string, count: 10 },
    { reason: expect.stringMatching(/^iot:Connect: NOT_AUTHENTICATED/) as string, count: 10 },
  ])
})

test('without a session there is nothing to forge, and the flood says so', async () => {
  const sessions = await sessionServer(() => ({ status: 200, body: 'hello' }))
  const iot = await startIotCore({ quotas: 'off' })
  const outcome = await runOn(iot, planOf(iot.url, sessions.url, [flood('forged', { perSecond: 4 })]))
  sessions.close()
  const [figures] = outcome.total.floods
  expect(figures).toMatchObject({ accepted: 0, refused: [{ count: 2 }] })
  expect(figures?.refused[0]?.reason).toMatch(/^not made: no session to make its token of: not readable/)
})

test.each([
  ['no key of a target elsewhere', {}, 'endpoint', /set LOAD_SIGNING_KEY to the PEM file/],
  [
    'no file',
    { LOAD_SIGNING_KEY: join(folder, 'none.pem') },
    'local',
    /none\.pem \(ENOENT\); set LOAD_SIGNING/,
  ],
  ['no data folder', { FANFARE_DATA: folder }, 'local', /current\.pem \(ENOENT\).*or FANFARE_DATA/],
] as const)(
  'expired tokens without their key are refused before anything is sent: %s',
  (_, env, kind, message) => {
    const plan = planOf('ws://localhost:1/mqtt', 'http://localhost:1/session', [
      flood('expired', { token: 'expired' }),
    ])
    expect(() => attackerTokens({ ...plan, target: { ...plan.target, kind } }, env)).toThrow(message)
  },
)
