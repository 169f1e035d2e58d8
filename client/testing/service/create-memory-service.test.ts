import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { anyone, claim, feed, inbox, signal, state } from '../../../topics/contract/index.ts'
import type { FeedItem } from '../../index.ts'
import { createMemoryService, type InMemoryService } from '../index.ts'

const total = state({ topic: 'campaigns/{id}/total', payload: v.number(), subscribe: anyone })
const gifts = feed({ topic: 'campaigns/{id}/gifts', entry: v.string(), subscribe: anyone })
const tasks = inbox({ topic: 'agents/{agentId}/tasks', item: v.string(), subscribe: claim('agentId') })
const ask = signal({
  topic: 'sums/{id}',
  payload: v.array(v.number()),
  reply: v.number(),
  subscribe: anyone,
  publish: anyone,
})

const red = { id: 'red-nose' }
let service: InMemoryService
beforeEach(() => {
  service = createMemoryService()
})
afterEach(() => service.close())

const words = (items: readonly FeedItem<string>[]): unknown[] =>
  items.map((item) =>
    item.kind === 'entry'
      ? item.value
      : item.kind === 'retract'
        ? { retracts: item.retracts }
        : { [item.reason]: [item.from, item.to] },
  )

describe('the service in memory', () => {
  test('a state is shown, and its changes', async () => {
    service.set(total, red, 5)
    const value = service.connect().state(total, red)
    await service.settled()
    expect(value.current).toBe(5)
    service.set(total, red, 7)
    await service.settled()
    expect(value.current).toBe(7)
  })

  test('a state that was never written is missing, until it is', async () => {
    const value = service.connect().state(total, red)
    await service.settled()
    expect(value.missing).toBe(true)
    service.set(total, red, 1)
    await service.settled()
    expect(value).toMatchObject({ missing: false, current: 1 })
  })

  test('a feed begins with its last entries, and recovers what it missed while the network was cut', async () => {
    service.append(gifts, red, 'a', 'b', 'c')
    const items: FeedItem<string>[] = []
    const client = service.connect()
    client.feed(gifts, red, { last: 2, onItem: (item) => items.push(item) })
    await service.settled()
    service.cut()
    await service.settled()
    expect(client.status.state).toBe('offline')
    service.append(gifts, red, 'd')
    service.retract(gifts, red, 2)
    service.append(gifts, red, 'e')
    service.restore()
    await service.settled()
    expect(words(items)).toEqual(['b', 'c', 'd', { retracts: 2 }, 'e'])
  })

  test('what the log forgot meanwhile is a gap, and a log begun anew a reset', async () => {
    service.append(gifts, red, 'a')
    const items: FeedItem<string>[] = []
    service.connect().feed(gifts, red, { last: 1, onItem: (item) => items.push(item) })
    await service.settled()
    service.cut()
    for (const letter of 'bcd') service.append(gifts, red, letter)
    service.expire(gifts, red, 3)
    service.restore()
    await service.settled()
    service.reset(gifts, red)
    service.append(gifts, red, 'new')
    await service.settled()
    expect(words(items)).toEqual(['a', { expired: [2, 3] }, 'd', { reset: [5, 0] }, 'new'])
  })

  test('more entries than a message holds are a gap where the contract says so', async () => {
    service.append(gifts, red, 'first')
    const items: FeedItem<string>[] = []
    service.connect().feed(gifts, red, { onItem: (item) => items.push(item) })
    await service.settled()
    service.append(gifts, red, ...Array.from({ length: 60 }, (_, index) => `${index}`))
    await service.settled()
    expect(words(items)[0]).toEqual({ overflow: [2, 11] })
    expect(items).toHaveLength(51)
  })

  test('an inbox holds what was not handled, and loses what is', async () => {
    const agent = { agentId: '7' }
    service.push(tasks, agent, 'call', 'write')
    const tray = service.connect().inbox(tasks, agent)
    await service.settled()
    expect(tray.items.map(({ value }) => value)).toEqual(['call', 'write'])
    await tray.items[0]?.handled()
    await service.settled()
    expect(tray.items.map(({ value }) => value)).toEqual(['write'])
    expect(service.unhandled(tasks, agent)).toMatchObject([{ sequence: 2, value: 'write' }])
    service.retract(tasks, agent, 2)
    await service.settled()
    expect(tray).toMatchObject({ items: [], unread: 0 })
  })

  test('signals come and go, and requests are answered', async () => {
    const client = service.connect()
    const heard: unknown[] = []
    const topic = client.signal(ask, red, { onSignal: (value) => heard.push(value) })
    await service.settled()
    service.send(ask, red, [1])
    await topic.send([2, 3])
    await service.settled()
    expect(heard).toEqual([[1], [2, 3]])
    expect(service.sent(ask, red)).toEqual([[2, 3]])
    service.answer(ask, (numbers, { id }) => {
      if (numbers.length === 0) throw new Error(`nothing to add for ${id}`)
      return numbers.reduce((sum, number) => sum + number)
    })
    expect(await client.request(ask, red, [2, 3])).toBe(5)
    await expect(client.request(ask, red, [])).rejects.toThrow('nothing to add for red-nose')
  })

  test('a denied topic fails, and the others stand', async () => {
    service.set(total, red, 1)
    service.deny(gifts, red)
    const denied: string[] = []
    const client = service.connect({ onProblem: () => {} })
    client.feed(gifts, red, { onError: ({ code }) => denied.push(code) })
    const value = client.state(total, red)
    await service.settled()
    expect(denied).toEqual(['SUBSCRIPTION_DENIED'])
    expect(value.current).toBe(1)
  })

  test('a session that ends is followed by another', async () => {
    service.set(total, red, 1)
    const value = service.connect().state(total, red)
    await service.settled()
    service.endSession()
    service.set(total, red, 2)
    await service.settled()
    expect(value.current).toBe(2)
  })

  test('refuses what does not fit the contract', () => {
    expect(() => service.set(total, red, 'five' as never)).toThrow('Expected number')
    expect(() => service.append(gifts, { id: 'a/b' }, 'x')).toThrow('parameter id')
  })
})
