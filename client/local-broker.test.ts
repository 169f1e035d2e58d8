import { afterEach, expect, test, vi } from 'vitest'
import { noFaults } from '../local/faults.ts'
import { type IotCore, startIotCore } from '../local/iot/index.ts'
import { anAnswer, anAuthorizer, signature } from '../local/iot/testing/an-authorizer.ts'
import { anyone, feed, feedMessage, state, stateMessage } from '../topics/index.ts'
import * as v from 'valibot'
import { type Client, connect } from './client.ts'
import type { Session } from './session.ts'
import type { FeedItem } from './topic/feed-log.ts'

const total = state({ topic: 'public/{id}/total', payload: v.number(), subscribe: anyone })
const secret = state({ topic: 'secret/{id}', payload: v.number(), subscribe: anyone })
const gifts = feed({ topic: 'public/{id}/gifts', entry: v.number(), subscribe: anyone })

let iot: IotCore
let client: Client

afterEach(async () => {
  client.close()
  await iot.close()
})

const head = (topic: string, sequence: number) => ({ topic, epoch: 'a', sequence, time: '' })

function publish(topic: string, message: object): void {
  iot.publish(topic, Buffer.from(JSON.stringify(message)), { retain: true })
}

const publishTotal = (value: number): void =>
  publish('public/x/total', stateMessage(total, head('public/x/total', value), value))

function publishGifts(first: number, last: number): void {
  const entries = Array.from({ length: last - first + 1 }, (_, index) => ({ value: first + index }))
  publish('public/x/gifts', feedMessage(gifts, head('public/x/gifts', last), entries))
}

/** A client of the local broker, whose log holds every gift up to 100. */
async function start(faults = noFaults().iot, strict = false): Promise<void> {
  iot = await startIotCore({
    port: 0,
    dataFile: ':memory:',
    authorizers: [anAuthorizer(() => anAnswer())],
    quotas: 'off',
    faults,
    strict,
  })
  let tokens = 0
  const session = (token = `token${++tokens}`): Session => ({
    endpoint: iot.url,
    authorizer: 'visitors',
    tokenKey: 'token',
    token,
    signature: signature(token),
    clientIds: ['visitor1-0', 'visitor1-1'],
    principal: 'visitor1',
    expiresAt: Date.now() / 1000 + 3600,
  })
  client = connect({
    api: '',
    session: async () => session(),
    fetch: async (url) => {
      const query = new URL(url, 'http://api').searchParams
      const after = Number(query.get('after'))
      const events = Array.from({ length: Number(query.get('limit')) }, (_, index) => ({
        sequence: after + index + 1,
        entry: { value: after + index + 1 },
      }))
      return Response.json({ epoch: 'a', events, head: 100, floor: 0, complete: true, next: null })
    },
    backoffBaseMs: 50,
    recoveryJitterMs: 50,
    onProblem: () => {},
  })
}

test('hears a state and a feed from the local broker, is denied what is not its own, and recovers when kicked', async () => {
  await start()
  publishTotal(1)
  publishGifts(1, 3)
  const items: FeedItem<number>[] = []
  const value = client.state(total, { id: 'x' })
  client.feed(gifts, { id: 'x' }, { last: 2, onItem: (item) => items.push(item) })
  const denied = new Promise((resolve) => {
    client.state(secret, { id: 'x' }, { onError: resolve })
  })
  await vi.waitFor(() => expect([value.current, items.length]).toEqual([1, 2]))
  expect(await denied).toMatchObject({ code: 'SUBSCRIPTION_DENIED', reasonCode: 0x87 })
  expect(client.status.state).toBe('live')

  publishTotal(2)
  publishGifts(4, 4)
  await vi.waitFor(() => expect([value.current, items.length]).toEqual([2, 3]))

  expect(iot.kick('visitor1-0')).toBe(true)
  publishTotal(3)
  publishGifts(5, 6)
  publishGifts(7, 7)
  await vi.waitFor(() => expect([value.current, items.length]).toEqual([3, 6]))
  expect(items.map((item) => (item.kind === 'gap' ? item : item.sequence))).toEqual([2, 3, 4, 5, 6, 7])
  expect(iot.connections().map(({ clientId }) => clientId)).toEqual(['visitor1-1'])
})

test('a broker that ends the connection at a denied topic is told from one that is gone: the topic fails, the others live on', async () => {
  await start(noFaults().iot, true)
  publishTotal(1)
  const value = client.state(total, { id: 'x' })
  const denied = new Promise((resolve) => {
    client.state(secret, { id: 'x' }, { onError: resolve })
  })
  expect(await denied).toMatchObject({ code: 'SUBSCRIPTION_DENIED', reasonCode: 0x87 })
  await vi.waitFor(() => expect([value.current, client.status.state]).toEqual([1, 'live']), { timeout: 5000 })
  const { length } = iot.connections()
  expect(length).toBe(1)
})

test('has every gift once and in order through doubled, dropped and delayed deliveries', async () => {
  await start({ ...noFaults().iot, double: 0.3, drop: 0.3, delayMs: 40 })
  const items: FeedItem<number>[] = []
  publishGifts(1, 1)
  client.feed(gifts, { id: 'x' }, { last: 1, onItem: (item) => items.push(item) })
  await vi.waitFor(() => expect(client.status.state).toBe('live'), { timeout: 5000 })
  for (let gift = 2; gift <= 60; gift++) {
    publishGifts(gift, gift)
    if (gift % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  }
  // The head comes once more, as broadcast sends it when a topic falls quiet, until it is heard.
  await vi.waitFor(
    () => {
      publishGifts(60, 60)
      expect(items.at(-1)).toEqual({ kind: 'entry', sequence: 60, value: 60 })
    },
    { timeout: 10_000, interval: 100 },
  )
  expect(items.map((item) => (item.kind === 'gap' ? item : item.sequence))).toEqual(
    Array.from({ length: 60 }, (_, index) => index + 1),
  )
})
