import { type IClientOptions, connectAsync, type MqttClient } from 'mqtt'
import { generateKeyPairSync, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Session } from '../topics/contract/index.ts'
import { declaredSpreadMs } from '../topics/cost/reconnect-spread.ts'
import { contracts } from '../topics/registry.ts'
import { testStack, type TestStack } from './support/stack.ts'

let stack: TestStack
const open: MqttClient[] = []
beforeAll(async () => {
  stack = await testStack()
  await stack.campaign('red-nose')
})
afterAll(async () => {
  for (const client of open) await client.endAsync(true)
  await stack[Symbol.asyncDispose]()
})

async function session(): Promise<Session> {
  const answer = await fetch(`${stack.urls.site}/session`, { method: 'POST' })
  expect(answer.status).toBe(200)
  return (await answer.json()) as Session
}

/** Connects with mqtt.js, another implementation than ours, as the session says. */
async function visit(of: Session, options: IClientOptions = {}): Promise<MqttClient> {
  const query = new URLSearchParams({
    'x-amz-customauthorizer-name': of.authorizer,
    [of.tokenKey]: of.token,
    'x-amz-customauthorizer-signature': of.signature,
  })
  const client = await connectAsync(`${of.endpoint}?${query.toString()}`, {
    protocolVersion: 5,
    reconnectPeriod: 0,
    connectTimeout: 5000,
    clientId: of.clientIds[0],
    ...options,
  })
  client.on('error', () => {})
  open.push(client)
  return client
}

/** Reason code 135 in mqtt.js's words. */
const notAuthorized = 'Not authorized'

const closed = (client: MqttClient): Promise<void> =>
  new Promise((resolve) => client.once('close', () => resolve()))

describe("a visitor's session", () => {
  it('is what the fixed points say', async () => {
    const made = await session()
    expect(made).toEqual({
      endpoint: stack.urls.mqtt,
      authorizer: 'fanfare-dev',
      tokenKey: 'token',
      token: expect.any(String),
      signature: expect.any(String),
      clientIds: [`${made.principal}-0`, `${made.principal}-1`],
      principal: expect.stringMatching(/^[A-Za-z0-9]{1,128}$/),
      expiresAt: expect.any(Number),
      reconnectSpreadMs: declaredSpreadMs(contracts, 'eu-west-1'),
    })
  })

  it('hears a public topic, its retained message first', async () => {
    const client = await visit(await session())
    const heard = new Promise<string>((resolve) =>
      client.once('message', (_, payload) => resolve(payload.toString())),
    )
    await client.subscribeAsync('campaigns/red-nose/total')
    expect(JSON.parse(await heard)).toMatchObject({
      subject: 'campaigns/red-nose/total',
      data: { donations: 0 },
    })
  })

  it.each([
    'campaigns/+/total',
    'campaigns/#',
    'campaigns/red-nose/+',
    '#',
    '+/+/total',
    'campaigns/red-nose/secrets',
    'agents/7/suggestions',
    '$share/group/campaigns/red-nose/total',
    '$aws/events/presence/connected/+',
  ])('cannot subscribe to %s, and stays connected', async (filter) => {
    const client = await visit(await session())
    await expect(client.subscribeAsync(filter)).rejects.toThrow(notAuthorized)
    await client.subscribeAsync('campaigns/red-nose/total')
  })

  it('cannot publish, at QoS 0 or 1, retained or not', async () => {
    const before = JSON.stringify(
      await (await fetch(`${stack.urls.site}/state?topic=campaigns%2Fred-nose%2Ftotal`)).json(),
    )
    for (const options of [{ qos: 1 }, { qos: 1, retain: true }] as const) {
      const client = await visit(await session())
      await expect(client.publishAsync('campaigns/red-nose/total', 'forged', options)).rejects.toThrow(
        notAuthorized,
      )
    }
    const client = await visit(await session())
    const ended = closed(client)
    client.publish('campaigns/red-nose/total', 'forged', { qos: 0, retain: true })
    await ended
    const listener = await visit(await session())
    const heard = new Promise<string>((resolve) =>
      listener.once('message', (_, payload) => resolve(payload.toString())),
    )
    await listener.subscribeAsync('campaigns/red-nose/total')
    expect(JSON.stringify(JSON.parse(await heard))).toBe(before)
  })

  it('cannot publish by a Will', async () => {
    const will = {
      topic: 'campaigns/red-nose/total',
      payload: Buffer.from('forged'),
      qos: 0,
      retain: true,
    } as const
    await expect(visit(await session(), { will })).rejects.toThrow(notAuthorized)
  })

  it("cannot connect under another's client ID, nor one of its own making", async () => {
    const [own, other] = [await session(), await session()]
    for (const clientId of [other.clientIds[0], `${own.principal}-2`, own.principal, 'x', '+', '']) {
      await expect(visit(own, { clientId }), `client ID ${clientId}`).rejects.toThrow(notAuthorized)
    }
  })

  it('holds no more than two connections', async () => {
    const own = await session()
    const first = await visit(own)
    const second = await visit(own, { clientId: own.clientIds[1] })
    expect([first.connected, second.connected]).toEqual([true, true])
    const taken = closed(first)
    // AWS takes one CONNECT a second and client ID.
    await new Promise((resolve) => setTimeout(resolve, 1100))
    const third = await visit(own)
    await taken
    expect([second.connected, third.connected]).toEqual([true, true])
  })

  it('cannot connect with a forged, unsigned or altered token, and the authorizer is not asked', async () => {
    const own = await session()
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const claims = JSON.parse(Buffer.from(own.token, 'base64url').toString()) as Record<string, unknown>
    const altered = Buffer.from(JSON.stringify({ ...claims, roles: ['staff'], signedIn: true })).toString(
      'base64url',
    )
    const forged = sign('sha256', Buffer.from(altered), privateKey).toString('base64')
    const invocations = (): number | undefined => stack.host.stats().functions['liveAuthorizer']?.invocations
    const asked = invocations()
    for (const change of [
      { token: altered },
      { token: altered, signature: forged },
      { signature: '' },
      { signature: 'x' },
    ]) {
      await expect(visit({ ...own, ...change })).rejects.toThrow(notAuthorized)
    }
    await expect(
      connectAsync(own.endpoint, { protocolVersion: 5, reconnectPeriod: 0, clientId: own.clientIds[0] }),
    ).rejects.toThrow(notAuthorized)
    expect(invocations()).toBe(asked)
  })

  it('reads by HTTP what it may hear, and no more', async () => {
    const own = await session()
    const bearer = `Bearer ${own.token}.${Buffer.from(own.signature, 'base64').toString('base64url')}`
    const read = (path: string, authorization?: string): Promise<Response> =>
      fetch(`${stack.urls.site}${path}`, authorization === undefined ? {} : { headers: { authorization } })
    expect((await read('/state?topic=campaigns%2Fred-nose%2Ftotal', bearer)).status).toBe(200)
    expect((await read('/state?topic=campaigns%2Fred-nose%2Ftotal')).status).toBe(200)
    for (const topic of ['agents/7/suggestions', 'campaigns/+/total', '$aws/things']) {
      for (const path of ['/state', '/events']) {
        const answer = await read(`${path}?topic=${encodeURIComponent(topic)}`, bearer)
        expect([401, 403, 404], `${path} ${topic}`).toContain(answer.status)
      }
    }
  })
})

describe('sessions', () => {
  it('are limited per address, and say when to come back', async () => {
    await using limited = await testStack({ env: { SESSIONS_PER_MINUTE: '5' } })
    const answers = []
    for (let index = 0; index < 8; index++)
      answers.push(await fetch(`${limited.urls.site}/session`, { method: 'POST' }))
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThanOrEqual(2)
    expect(refused[0]?.headers.get('retry-after')).toMatch(/^\d+$/)
    expect(refused[0]?.headers.get('content-type')).toMatch(/problem\+json/)
  })

  it('do not open a connection after their time', async () => {
    const own = await session()
    const claims = JSON.parse(Buffer.from(own.token, 'base64url').toString()) as Record<string, unknown>
    const expired = { ...claims, expiresAt: Math.floor(Date.now() / 1000) - 1 }
    const token = Buffer.from(JSON.stringify(expired)).toString('base64url')
    const key = readFileSync(join(stack.dataDir, 'keys', 'current.pem'))
    const signature = sign('sha256', Buffer.from(token), key).toString('base64')
    await expect(visit({ ...own, token, signature })).rejects.toThrow(notAuthorized)
  })
})
