import { createHash } from 'node:crypto'
import { afterEach, expect, test } from 'vitest'
import { type IotCore, type IotCoreOptions, startIotCore } from '../index.ts'
import { anAnswer, anAuthorizer, tokenQuery } from '../testing/an-authorizer.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { connectWire } from '../testing/wire-client.ts'
import type { Snapshot } from './snapshot.ts'

let iot: IotCore

afterEach(() => iot.close())

async function start(options: IotCoreOptions = {}): Promise<void> {
  iot = await startIotCore({ anonymous: true, clock: manualClock(), ...options })
}

const get = (query = '', accept = '*/*'): Promise<Response> =>
  fetch(`http://localhost:${iot.port}/_fanfare/iot${query}`, { headers: { accept } })

const snapshot = async (query = ''): Promise<Snapshot> => (await (await get(query)).json()) as Snapshot

test('tells connections, subscriptions, retained messages, quotas and rules, each list with its total', async () => {
  await start({
    rules: [
      {
        name: 'r',
        sql: "SELECT * FROM 'x'",
        sqlVersion: '2016-03-23',
        actions: [{ type: 'republish', topic: 'y' }],
      },
    ],
  })
  const clients = await Promise.all(
    ['one', 'two', 'three'].map((clientId) => connectWire(iot.url, 5, { clientId })),
  )
  for (const client of clients) {
    client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'a/#', qos: 0 }] })
    await client.next()
  }
  for (const topic of ['kept/1', 'kept/2', 'kept/3'])
    iot.publish(topic, Buffer.from('é'.repeat(300)), { retain: true })
  const told = await snapshot('?limit=2')
  expect(told).toMatchObject({ region: 'eu-west-1', quotaMode: 'enforce', stats: { connections: 3 } })
  expect(told.connections).toHaveLength(2)
  expect(told.subscriptions).toEqual({ total: 1, first: [{ filter: 'a/#', subscribers: 3 }] })
  expect(told.retained).toMatchObject({
    total: 3,
    first: [{ topic: 'kept/1', bytes: 600, preview: 'é'.repeat(200) }, {}],
  })
  expect(told.rules).toMatchObject([{ name: 'r', matched: 0 }])
  expect(told.quotas.find(({ id }) => id === 'connections')).toMatchObject({
    used: 3,
    value: 500_000,
    hits: 0,
  })
  const one = await snapshot('?clientId=three&clientId=nobody')
  expect(one.connections.map(({ clientId }) => clientId)).toEqual(['three'])
})

test('a denial says who, what, on which resource, and which statement decided', async () => {
  await start({ anonymous: false, authorizers: [anAuthorizer(() => anAnswer())] })
  const client = await connectWire(`${iot.url}?${tokenQuery('t')}`, 5, { clientId: 'visitor1-0' })
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'private/a', qos: 0 }] })
  expect(await client.next()).toMatchObject({ granted: [0x87] })
  const { denials } = await snapshot()
  expect(denials).toMatchObject({
    total: 1,
    first: [
      {
        clientId: 'visitor1-0',
        principal: 'visitor1',
        action: 'iot:Subscribe',
        resource: 'arn:aws:iot:eu-west-1:000000000000:topicfilter/private/a',
        times: 1,
      },
    ],
  })
})

test('a browser gets a page that runs its own script alone, whatever topics and client IDs hold', async () => {
  await start()
  await connectWire(iot.url, 5, { clientId: '<script>alert(1)</script>' })
  const answer = await get('', 'text/html,application/xhtml+xml')
  const html = await answer.text()
  expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(html).not.toContain('alert(1)')
  const policy = answer.headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'")
  for (const name of ['style', 'script'] as const) {
    const inside = new RegExp(`<${name}>([^]*)</${name}>`).exec(html)?.[1] ?? ''
    expect(inside.length).toBeGreaterThan(1000)
    expect(policy).toContain(`${name}-src 'sha256-${createHash('sha256').update(inside).digest('base64')}'`)
  }
  // Text is put in as text: nothing of the script makes markup of data.
  expect(html).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write/)
})

test('only GET is answered', async () => {
  await start()
  const answer = await fetch(`http://localhost:${iot.port}/_fanfare/iot`, { method: 'POST' })
  expect(answer.status).toBe(405)
})
