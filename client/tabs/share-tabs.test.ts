import { beforeEach, describe, expect, test } from 'vitest'
import * as v from 'valibot'
import { anyone, feed, state } from '../../topics/contract/index.ts'
import { type Client, connect } from '../client.ts'
import type { ClientError } from '../errors.ts'
import { type ManualClock, manualClock } from '../testing/manual-clock.ts'
import { MemoryService } from '../testing/memory-service.ts'
import { MemoryBrowser, type MemoryTab } from '../testing/memory-tabs.ts'
import type { ClientOptions } from '../options.ts'
import { shareTabs, type ShareTabsOptions } from './share-tabs.ts'

const gifts = feed({ topic: 'a/feed', entry: v.number(), subscribe: anyone, overflow: 'recover' })
const total = state({ topic: 'a/total', payload: v.number(), subscribe: anyone })

let clock: ManualClock
let service: MemoryService<number, number>
let browser: MemoryBrowser

beforeEach(() => {
  clock = manualClock()
  browser = new MemoryBrowser(clock)
  serve()
})

function serve(more: { denied?: { topic: string; reasonCode: number } } = {}): void {
  service = new MemoryService({
    clock,
    random: Math.random,
    feed: { contract: gifts, topic: 'a/feed' },
    state: { contract: total, topic: 'a/total' },
    messageEntriesMax: 5,
    ...more,
  })
  service.reset(0)
  service.broadcast()
}

interface Opened {
  readonly tab: MemoryTab
  readonly client: Client
  readonly statuses: string[]
}

function open(options: Partial<ClientOptions> = {}, share: ShareTabsOptions = {}): Opened {
  const tab = browser.open()
  const client = connect({
    api: '',
    clock: tab.clock,
    transport: tab.transport(service.transport),
    fetch: tab.fetch(service.fetch),
    signals: tab.signals,
    onProblem: () => {},
    connection: shareTabs({ locks: tab.locks, openChannel: tab.openChannel, ...share }),
    ...options,
  })
  const statuses: string[] = []
  client.on('status', ({ state }) => statuses.push(state))
  return { tab, client, statuses }
}

function write(value: number): void {
  service.append([{ value }], value)
  service.broadcast()
}

const asked = (what: RegExp): string[] => service.requests.filter((request) => what.test(request))

describe('tabs of a site', () => {
  test('have one session, one connection and one subscription a topic', async () => {
    const values: (number | undefined)[] = []
    for (let tab = 0; tab < 5; tab++) {
      const { client } = open()
      const value = client.state(total, {})
      await clock.advance(100)
      values.push(value.current)
    }
    expect(values).toEqual([0, 0, 0, 0, 0])
    expect(service.requests).toEqual(['/session', 'CONNECT visitor1-0', 'SUBSCRIBE a/total'])
  })

  test('give up a topic when the last tab that hears it is closed', async () => {
    const [first, second] = [open(), open()]
    await clock.advance(100)
    const one = first.client.state(total, {})
    second.client.state(total, {})
    await clock.advance(100)
    one.close()
    await clock.advance(100)
    expect(asked(/UNSUBSCRIBE/)).toEqual([])
    second.client.close()
    await clock.advance(100)
    expect(asked(/UNSUBSCRIBE/)).toEqual(['UNSUBSCRIBE a/total'])
  })

  test.each(['close', 'crash', 'hide'] as const)(
    'go on when the leader does this: %s, at once and under the same session',
    async (how) => {
      const [leader, other] = [open(), open()]
      const items: number[] = []
      other.client.feed(gifts, {}, { onItem: (item) => items.push(item.kind === 'entry' ? item.value : 0) })
      await clock.advance(100)
      write(1)
      await clock.advance(100)
      if (how === 'close') leader.client.close()
      else leader.tab[how]()
      write(2)
      await clock.advance(1200)
      write(3)
      await clock.advance(100)
      expect(items).toEqual([1, 2, 3])
      expect(other.client.status.state).toBe('live')
      expect(asked(/session|CONNECT/)).toEqual(['/session', 'CONNECT visitor1-0', 'CONNECT visitor1-0'])
      expect(other.statuses).not.toContain('offline')
    },
  )

  test('take the lead from a tab that does not answer, and it does not trouble them when it wakes', async () => {
    const [leader, other, third] = [open(), open(), open()]
    const value = other.client.state(total, {})
    await clock.advance(100)
    leader.tab.freeze()
    service.cut()
    write(7)
    await clock.advance(9100)
    expect(value.current).toBe(7)
    const statuses = other.statuses.length
    leader.tab.thaw()
    await clock.advance(1000)
    expect(other.statuses.length).toBe(statuses)
    write(8)
    await clock.advance(100)
    expect(value.current).toBe(8)
    expect(leader.client.status.state).toBe('live')
    expect(third.client.status.state).toBe('live')
    expect(service.links).toHaveLength(1)
  })

  test('a tab that slept for long finds itself forgotten, and is current again', async () => {
    const [, other] = [open(), open()]
    const value = other.client.state(total, {})
    await clock.advance(100)
    other.tab.freeze()
    await clock.advance(600_000)
    expect(asked(/UNSUBSCRIBE/)).toEqual(['UNSUBSCRIBE a/total'])
    write(7)
    other.tab.thaw()
    await clock.advance(6000)
    expect(value.current).toBe(7)
    write(8)
    await clock.advance(100)
    expect(value.current).toBe(8)
  })

  test('a page that comes back from the back/forward cache joins again', async () => {
    const alone = open()
    const value = alone.client.state(total, {})
    await clock.advance(100)
    alone.tab.hide()
    await clock.advance(10)
    expect(service.links).toEqual([])
    expect(browser.locks).toEqual([])
    alone.tab.freeze()
    write(5)
    await clock.advance(60_000)
    alone.tab.thaw()
    alone.tab.show()
    await clock.advance(1000)
    expect(value.current).toBe(5)
    expect(alone.client.status.state).toBe('live')
  })

  test('a denied topic fails in each tab that wants it, and in no other way', async () => {
    serve({ denied: { topic: 'a/feed', reasonCode: 0x87 } })
    const [first, second] = [open(), open()]
    const errors: ClientError[] = []
    await clock.advance(100)
    first.client.feed(gifts, {}, { onError: (error) => errors.push(error) })
    second.client.feed(gifts, {}, { onError: (error) => errors.push(error) })
    const value = second.client.state(total, {})
    await clock.advance(100)
    expect(errors.map(({ code, reasonCode }) => [code, reasonCode])).toEqual([
      ['SUBSCRIPTION_DENIED', 0x87],
      ['SUBSCRIPTION_DENIED', 0x87],
    ])
    expect(value.current).toBe(0)
  })

  test('of another person, or of another API, do not share', async () => {
    for (const [api, key] of [
      ['', 'a'],
      ['', 'b'],
      ['https://other.example', 'a'],
    ] as const) {
      const session = async (): Promise<never> =>
        (await (await service.fetch('/session', {})).json()) as never
      open({ api, session }, { key })
    }
    await clock.advance(100)
    expect(service.links).toHaveLength(3)
    expect(() => open({ session: () => Promise.reject(new Error('unused')) })).toThrow('needs a key')
  })

  test('that may not ask for a lock connect, and ask no more', async () => {
    const tab = browser.open()
    let asked = 0
    const locks = {
      request: () => {
        if (++asked > 10) throw new Error('asked again and again')
        // A sandboxed frame, or Firefox without cookies.
        return Promise.reject(new DOMException('the request was denied', 'SecurityError'))
      },
    }
    const client = connect({
      api: '',
      clock,
      transport: service.transport,
      fetch: service.fetch,
      signals: () => () => {},
      connection: shareTabs({ openChannel: tab.openChannel, locks }),
    })
    const value = client.state(total, {})
    await clock.advance(60_000)
    expect([client.status.state, value.current, asked]).toEqual(['live', 0, 1])
    client.close()
    await clock.advance(1000)
    expect(service.links).toEqual([])
  })

  test.each([
    { hub: Infinity, do: 'pong' },
    { hub: 1e300, do: 'state', state: { status: 'connected' }, generation: 7 },
    { hub: '99999999999999', do: 'end' },
    { hub: Number.NaN, do: 'message', topic: 'a/total', payload: null },
    { hub: 0, do: 'codes', id: 1, codes: [0x87] },
    { from: 'nobody', do: 'subscribe', id: 1, topics: ['a/total'] },
    { from: 'nobody', do: 'bye' },
    { something: 'else' },
  ])('live on when another script of the origin says %j', async (junk) => {
    const tabs = [open(), open()]
    await clock.advance(100)
    const values = tabs.map(({ client }) => client.state(total, {}))
    await clock.advance(100)
    const [name = ''] = browser.locks
    const script = browser.open().openChannel(name, () => {})
    script.post(junk as never)
    await clock.advance(30_000)
    write(7)
    await clock.advance(1000)
    expect(values.map(({ current }) => current)).toEqual([7, 7])
    expect(tabs.map(({ client }) => client.status.state)).toEqual(['live', 'live'])
    expect(service.links).toHaveLength(1)
  })

  test('without locks each have a connection of their own', async () => {
    const tabs = [1, 2].map(() => {
      const tab = browser.open()
      return connect({
        api: '',
        clock,
        transport: service.transport,
        fetch: service.fetch,
        signals: () => () => {},
        connection: shareTabs({ openChannel: tab.openChannel, locks: undefined }),
      })
    })
    await clock.advance(100)
    expect(tabs.map(({ status }) => status.state)).toEqual(['live', 'live'])
  })
})
