/** Payloads that are meant for the rules. docs/aws-iot-core.md §9. */
import { afterEach, expect, test } from 'vitest'
import { type IotCore, type IotCoreOptions, startIotCore } from '../index.ts'
import { connectWire, type WireClient } from '../testing/wire-client.ts'

let iot: IotCore

afterEach(() => iot.close())

async function start(rules: IotCoreOptions['rules'], quotas: 'enforce' | 'off' = 'off'): Promise<WireClient> {
  iot = await startIotCore({ anonymous: true, quotas, ...(rules && { rules }) })
  const client = await connectWire(iot.url, 5, { clientId: 'reader' })
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'out/#', qos: 0 }] })
  await client.next()
  return client
}

test('§2.2 a rule republishes nothing that a client may not publish: too large, or with properties that are none', async () => {
  const client = await start([
    {
      name: 'large',
      sql: "SELECT VALUE encode(*, 'base64') FROM 'in'",
      sqlVersion: '2016-03-23',
      actions: [{ type: 'republish', topic: 'out/large' }],
    },
    {
      name: 'properties',
      sql: "SELECT * FROM 'in'",
      sqlVersion: '2016-03-23',
      actions: [
        { type: 'republish', topic: 'out/property', headers: { contentType: '${content}' } },
        { type: 'republish', topic: 'out/response', headers: { responseTopic: '${response}' } },
      ],
    },
  ])
  iot.publish(
    'in',
    Buffer.from(JSON.stringify({ content: 'a\0b', response: 'a/#', much: 'x'.repeat(110_000) })),
  )
  await iot.rulesIdle()
  client.send({ cmd: 'pingreq' })
  expect(await client.next()).toMatchObject({ cmd: 'pingresp' })
  expect(iot.rules()).toMatchObject([{ failed: 1 }, { failed: 2 }])
})

test('§9 ten rules that each feed ten more end, and others are served meanwhile', async () => {
  const topics = Array.from({ length: 10 }, () => ({ type: 'republish' as const, topic: 'storm' }))
  const client = await start([
    { name: 'storm', sql: "SELECT * FROM 'storm'", sqlVersion: '2016-03-23', actions: topics },
  ])
  iot.publish('storm', Buffer.from('{}'))
  const storm = { isOver: false }
  void iot.rulesIdle().then(() => (storm.isOver = true))
  let answered = 0
  while (!storm.isOver) {
    client.send({ cmd: 'pingreq' })
    expect(await client.next()).toMatchObject({ cmd: 'pingresp' })
    answered += 1
  }
  expect(iot.rules()).toMatchObject([{ failed: 0 }])
  expect(answered).toBeGreaterThan(20)
})
