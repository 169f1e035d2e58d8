import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  aClient,
  append,
  aService,
  begin,
  client,
  clock,
  gifts,
  send,
  service,
  total,
} from './testing/stage.ts'
import * as v from 'valibot'
import { signedIn, anyone, state } from '../topics/index.ts'
import { connect } from './client.ts'
import type { Session } from './session.ts'
import type { FeedItem } from './topic/feed-log.ts'

beforeEach(begin)
afterEach(() => client.close())

describe('a connection', () => {
  test('has a successor before its session ends, and misses nothing', async () => {
    aService({ sessionSeconds: 1000 })
    service.reset(0)
    service.broadcast()
    const statuses: string[] = []
    const items: FeedItem<number>[] = []
    aClient({ random: () => 0 }).feed(gifts, {}, { onItem: (item) => items.push(item) })
    await clock.advance(100)
    client.on('status', ({ state }) => statuses.push(state))
    for (let second = 0; second < 1700; second += 10) {
      append(1)
      await clock.advance(10_000)
    }
    expect(service.requests.filter((request) => request.startsWith('CONNECT'))).toEqual([
      'CONNECT visitor1-0',
      'CONNECT visitor2-1',
      'CONNECT visitor3-0',
    ])
    expect(service.links).toHaveLength(1)
    expect(statuses).toEqual([])
    expect(items).toHaveLength(170)
    expect(service.requests.filter((request) => request.startsWith('/events'))).toEqual([])
  })

  test('uses its session again while it lasts', async () => {
    append(1)
    aClient().state(total, {})
    await clock.advance(10)
    service.cut()
    await clock.advance(2000)
    expect(service.requests.filter((request) => /CONNECT|session/.test(request))).toEqual([
      '/session',
      'CONNECT visitor1-0',
      'CONNECT visitor1-1',
    ])
  })

  test('never uses a session again that was refused', async () => {
    const asked: boolean[] = []
    let refusals = 0
    aClient({
      session: async ({ fresh }) => {
        asked.push(fresh)
        return (await (await service.fetch('/session', {})).json()) as never
      },
      transport: (target, listener) => {
        if (refusals++ > 0) return service.transport(target, listener)
        clock.after(1, () => listener.lost({ code: 'session-refused', detail: '0x87' }))
        return {
          subscribe: async () => undefined,
          unsubscribe() {},
          publish: async () => undefined,
          check() {},
          close() {},
        }
      },
    })
    await clock.advance(5000)
    expect(asked).toEqual([false, true])
    expect(client.status.state).toBe('live')
  })

  test('tries again when the session fails or nothing answers, further apart each time', async () => {
    const at: number[] = []
    const from = clock.now()
    aClient({
      session: () => {
        at.push((clock.now() - from) / 1000)
        return at.length === 2 ? new Promise(() => {}) : Promise.reject(new Error('no network'))
      },
    })
    await clock.advance(50_000)
    // Half of 1, 2, 4 … 30 s, for the draw is always a half; the second attempt took its whole 15 s.
    expect(at).toEqual([0, 0.5, 16.5, 18.5, 22.5, 30.5, 45.5])
    expect(client.status).toEqual({ state: 'offline', reason: 'session-failed', detail: 'no network' })
    send('wake')
    await clock.advance(600)
    expect(at.at(-1)).toBe(50.5)
  })

  test('comes back spread over the time that the session says, and soon when it is the page that wakes', async () => {
    const at: number[] = []
    aClient({
      session: async () => ({
        ...((await (await service.fetch('/session', {})).json()) as Session),
        reconnectSpreadMs: 60_000,
      }),
      transport: (...link) => {
        at.push(clock.now())
        return service.transport(...link)
      },
    })
    await clock.advance(20_000)
    const cutAt = clock.now()
    service.cut()
    await clock.advance(29_990)
    expect(at).toHaveLength(1)
    await clock.advance(20)
    expect((at[1] ?? 0) - cutAt).toBe(30_000)
    service.cut()
    send('wake')
    await clock.advance(600)
    expect(at).toHaveLength(3)
  })

  test('a denied topic ends that subscription alone, and is not asked for again', async () => {
    aService({ denied: { topic: 'a/feed', reasonCode: 0x87 } })
    service.reset(5)
    service.broadcast()
    const handle = aClient().feed(gifts, {})
    const value = client.state(total, {})
    const refused = handle.next().then(
      () => undefined,
      (error: unknown) => error,
    )
    await clock.advance(10)
    expect(await refused).toMatchObject({ code: 'SUBSCRIPTION_DENIED', reasonCode: 0x87 })
    expect(value.current).toBe(5)
    expect(client.status.state).toBe('live')
    service.cut()
    await clock.advance(5000)
    expect(service.requests.filter((request) => request === 'SUBSCRIBE a/feed a/total')).toHaveLength(1)
    expect(service.requests.at(-1)).toBe('SUBSCRIBE a/total')
  })

  test('asks again for a topic that was refused for want of quota', async () => {
    aService({ denied: { topic: 'a/feed', reasonCode: 0x97 } })
    service.reset(0)
    aClient().feed(gifts, {})
    await clock.advance(10_000)
    const asked = service.requests.filter((request) => request === 'SUBSCRIBE a/feed')
    expect(asked.length).toBeGreaterThan(2)
    expect(asked.length).toBeLessThan(7)
  })

  test('asks for eight topics at a time', async () => {
    aClient()
    const many = state({ topic: 'many/{n}', payload: v.number(), subscribe: anyone })
    for (let n = 0; n < 20; n++) client.state(many, { n: String(n) })
    await clock.advance(10)
    const sizes = service.requests.flatMap((request) =>
      request.startsWith('SUBSCRIBE') ? request.split(' ').length - 1 : [],
    )
    expect(sizes).toEqual([8, 8, 4])
  })

  test('shows its session for a topic that not everyone may hear', async () => {
    const secret = state({ topic: 'a/total', payload: v.number(), subscribe: signedIn })
    const seen: (string | undefined)[] = []
    aService()
    aClient({
      fetch: (url, init) => {
        if (url.startsWith('/state')) seen.push((init.headers as Record<string, string>)['authorization'])
        return service.fetch(url, init)
      },
    }).state(secret, {})
    await clock.advance(3000)
    expect(seen).toEqual(['Bearer visitor1.'])
  })

  test('refuses nonsense at the door', () => {
    aClient()
    expect(() => connect({ api: '', keepAliveSeconds: 5 })).toThrow(
      'keepAliveSeconds is a number of 30 or more; got 5',
    )
    expect(() => client.state({ ...total, topic: 'a/{b}' }, { b: 'x/y' })).toThrow('parameter b')
    client.close()
    expect(() => client.state(total, {})).toThrow('closed')
  })
})
