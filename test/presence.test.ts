import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { fileURLToPath } from 'node:url'
import { type IClientOptions, connectAsync, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dynamoDbPresence, listDue } from '../functions/live/presence/dynamodb-presence.ts'
import type { Session } from '../topics/contract/index.ts'
import { noFaults } from '../local/faults.ts'
import { readTemplateFile } from '../local/template/read-template.ts'
import { eventually, testStack, type TestStack } from './support/stack.ts'

let stack: TestStack
const open: MqttClient[] = []
beforeAll(async () => {
  stack = await testStack()
})
afterAll(async () => {
  for (const client of open) await client.endAsync(true)
  await stack[Symbol.asyncDispose]()
})

async function session(on = stack): Promise<Session> {
  const answer = await fetch(`${on.urls.site}/session`, { method: 'POST' })
  expect(answer.status).toBe(200)
  return (await answer.json()) as Session
}

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

async function watch(campaignId: string, options: IClientOptions = {}, of?: Session): Promise<MqttClient> {
  const client = await visit(of ?? (await session()), options)
  await client.subscribeAsync([`campaigns/${campaignId}/total`, `campaigns/${campaignId}/donations`])
  return client
}

/** Everything that a hearer of the campaign's count is told, in order. */
async function hearCount(campaignId: string): Promise<number[]> {
  const counts: number[] = []
  const client = await visit(await session())
  client.on('message', (_, payload) => {
    const { data } = JSON.parse(payload.toString()) as { data: { watching: number } }
    counts.push(data.watching)
  })
  await client.subscribeAsync(`campaigns/${campaignId}/watching`)
  return counts
}

/** Waits until the newest that was told is `count`: within ten seconds, though the machine is busy. */
const told = (counts: readonly number[], count: number) =>
  eventually(() => expect(counts.at(-1)).toBe(count), 10_000)

describe.concurrent('on the whole stack, the count of who watches a campaign', () => {
  it('follows who comes, goes, is cut, changes over and looks away', { timeout: 60_000 }, async () => {
    await stack.campaign('tide')
    const counts = await hearCount('tide')
    const clean = await watch('tide')
    const cut = await watch('tide')
    const of = await session()
    const first = await watch('tide', {}, of)
    await told(counts, 3)

    // The successor is there before its predecessor goes: one person, all the time.
    await watch('tide', { clientId: of.clientIds[1] }, of)
    await first.endAsync()
    await clean.endAsync()
    await told(counts, 2)

    cut.stream.destroy()
    await told(counts, 1)

    const looksAway = await watch('tide')
    await told(counts, 2)
    await looksAway.unsubscribeAsync('campaigns/tide/total')
    await told(counts, 1)

    expect(counts.every((count) => count >= 0 && count <= 3)).toBe(true)
  })

  it(
    'has its own client back under the same client ID, and kicks nobody out of the count',
    { timeout: 60_000 },
    async () => {
      await stack.campaign('back')
      const counts = await hearCount('back')
      const of = await session()
      await watch('back', {}, of)
      await told(counts, 1)
      // Takes the client ID over: the old one's end may be told after the new one's beginning.
      const again = await watch('back', {}, of)
      await watch('back')
      await told(counts, 2)
      await again.endAsync()
      await told(counts, 1)
    },
  )

  it(
    'is repaired when the lease runs out: a lost end, a lost unsubscribe, a lost return',
    { timeout: 60_000 },
    async () => {
      await stack.campaign('lease')
      const counts = await hearCount('lease')
      const queue = stack.messaging.queue('fanfare-dev-presence')
      const tell = (clientId: string, eventType: string, sessionIdentifier: string) => {
        const topics = eventType === 'disconnected' ? {} : { topics: ['campaigns/lease/total'] }
        const timestamp = Date.now() - 60_000
        queue.send(JSON.stringify({ clientId, eventType, sessionIdentifier, timestamp, ...topics }))
      }
      const away = await session()
      await visit(away)
      const back = await session()
      const sessions = new Map<string, string>()
      const stopListening = stack.iot.onLifecycle(({ clientId, sessionIdentifier }) =>
        sessions.set(clientId, sessionIdentifier),
      )
      const backAgain = await watch('lease', {}, back)
      stopListening()
      // One who came and whose end is lost; one who is there and looks at something else by now.
      tell('gone-0', 'subscribed', 's1')
      tell(away.clientIds[0], 'subscribed', 's2')
      await told(counts, 3)
      // One who was taken for gone, and is there.
      tell(back.clientIds[0], 'disconnected', sessions.get(back.clientIds[0]) ?? '')
      await told(counts, 2)

      await endLeases()
      await stack.host.invoke('livePresenceSweep', { sweep: 'all' })
      await told(counts, 1)
      await backAgain.endAsync()
      await told(counts, 0)
    },
  )

  it(
    'is told of campaigns only, and takes what is no event to the dead letters alone',
    { timeout: 60_000 },
    async () => {
      await stack.campaign('real')
      const counts = await hearCount('real')
      stack.messaging.queue('fanfare-dev-presence').send('{"clientId":"x-0"}')
      await watch('no-such-campaign')
      await watch('real')
      await told(counts, 1)
      const answer = await fetch(`${stack.urls.site}/state?topic=campaigns/no-such-campaign/watching`)
      expect(answer.status).toBe(404)
      await eventually(() => {
        expect(stack.messaging.queue('fanfare-dev-presence-dlq').counts().visible).toBe(1)
      }, 40_000)
    },
  )
})

it.concurrent(
  'is exact though events come twice and out of order, and functions die',
  { timeout: 60_000 },
  async () => {
    const faults = noFaults()
    await using troubled = await testStack({ faults })
    await troubled.campaign('storm')
    Object.assign(faults.messages, { double: 0.5, delayMs: 300, reorder: true })
    Object.assign(faults.tables, { conflict: 0.1, throttle: 0.02 })
    Object.assign(faults.iot, { doubleAction: 0.5 })
    Object.assign(faults.workers, {
      kill: 0.1,
      killAt: 'either',
      most: 20,
      only: ['livePresence', 'livePresenceTell'],
    })
    const sessions = await Promise.all(Array.from({ length: 20 }, () => session(troubled)))
    const people = await Promise.all(sessions.map((of) => watch('storm', {}, of)))
    // Half are cut, and half of those are back at once under their other client ID; some of the others leave.
    for (const [index, client] of people.entries()) {
      if (index % 2 === 0) client.stream.destroy()
      else if (index % 5 === 0) await client.endAsync()
    }
    await Promise.all(
      sessions
        .filter((_, index) => index % 4 === 0)
        .map((of) => watch('storm', { clientId: of.clientIds[1] }, of)),
    )
    await eventually(async () => {
      const answer = await fetch(`${troubled.urls.site}/state?topic=campaigns/storm/watching`)
      expect(await answer.json()).toMatchObject({ data: { watching: 13 } })
    }, 40_000)
    // Nothing is on its way that would change it.
    Object.assign(faults, noFaults())
    await troubled.idle()
    const answer = await fetch(`${troubled.urls.site}/state?topic=campaigns/storm/watching`)
    expect(await answer.json()).toMatchObject({ data: { watching: 13 } })
  },
)

it('is not taken at all with PRESENCE=off', () => {
  const file = fileURLToPath(new URL('../serverless.yml', import.meta.url))
  const attributes = { IotEndpoints: { Mqtt: 'ws://localhost', Data: 'http://localhost' } }
  const enabled = (env: Record<string, string>) =>
    readTemplateFile(file, { env, attributes })
      .rules.filter(({ name }) => name.includes('Presence'))
      .map((rule) => rule.enabled)
  expect(enabled({})).toEqual([true, true])
  expect(enabled({ PRESENCE: 'off' })).toEqual([false, false])
  expect(() => enabled({ PRESENCE: 'no' })).toThrow('presenceRulesDisabled')
})

/** Every person's lease is over now. */
async function endLeases(): Promise<void> {
  const table = stack.template.functions['livePresence']?.environment['PRESENCE_TABLE'] ?? ''
  const client = new DynamoDBClient({
    endpoint: stack.urls.aws,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  })
  for await (const people of listDue(client, table, Number.MAX_SAFE_INTEGER)) {
    const changes = people.map((before) => ({
      before,
      after: { ...before, version: before.version + 1, dueAt: 0 },
    }))
    if (changes.length === 0) continue
    expect(await dynamoDbPresence(client, table).commit(changes)).toBe('committed')
  }
  client.destroy()
}
