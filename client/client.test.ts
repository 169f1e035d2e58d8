import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import * as v from 'valibot'
import { anyone, feed, signedIn, state } from '../topics/index.ts'
import { type Client, connect } from './client.ts'
import type { Problem } from './errors.ts'
import type { ClientOptions } from './options.ts'
import { type ManualClock, manualClock } from './testing/manual-clock.ts'
import { MemoryService } from './testing/memory-service.ts'
import type { FeedItem } from './topic/feed-log.ts'

const gifts = feed({ topic: 'a/feed', entry: v.number(), subscribe: anyone, overflow: 'recover' })
const total = state({ topic: 'a/total', payload: v.number(), subscribe: anyone })

let clock: ManualClock
let service: MemoryService<number, number>
let problems: Problem[]
let client: Client
let send: (signal: 'wake' | 'doubt') => void

function aService(
  more: { sessionSeconds?: number; denied?: { topic: string; reasonCode: number } } = {},
): void {
  service = new MemoryService({
    clock,
    random: () => 0.5,
    feed: { contract: gifts, topic: 'a/feed' },
    state: { contract: total, topic: 'a/total' },
    messageEntriesMax: 5,
    ...more,
  })
}

function aClient(more: Partial<ClientOptions> = {}): Client {
  client = connect({
    api: '',
    clock,
    random: () => 0.5,
    transport: service.transport,
    fetch: service.fetch,
    onProblem: (problem) => problems.push(problem),
    signals: (listener) => {
      send = listener
      return () => {}
    },
    ...more,
  })
  return client
}

/** Writes the next `count` entries, their value their sequence. */
function append(count: number): void {
  const from = service.head
  service.append(
    Array.from({ length: count }, (_, index) => ({ value: from + index + 1 })),
    from + count,
  )
  service.broadcast()
}

const written = (items: readonly FeedItem<number>[]): string =>
  items
    .map((item) => (item.kind === 'gap' ? `gap ${item.from}-${item.to} ${item.reason}` : item.sequence))
    .join(' ')

beforeEach(() => {
  clock = manualClock()
  problems = []
  aService()
  service.reset(0)
})
afterEach(() => client.close())

describe('a state', () => {
  test('has the current value at once, and newer ones as they come', async () => {
    append(3)
    const values: number[] = []
    const handle = aClient().state(total, {}, { onValue: (value) => values.push(value) })
    expect(handle.current).toBeUndefined()
    await clock.advance(10)
    expect(handle.current).toBe(3)
    append(1)
    await clock.advance(10)
    expect(values).toEqual([3, 4])
    expect(handle.position).toEqual({ epoch: 'epoch-0001', sequence: 2 })
  })

  test('asks the API when no retained message comes', async () => {
    append(3)
    service.faults.forgetRetained = 1
    const handle = aClient().state(total, {})
    await clock.advance(1990)
    expect(handle.current).toBeUndefined()
    expect(client.status).toMatchObject({ state: 'catching-up', reason: 'recovering' })
    await clock.advance(20)
    expect(handle.current).toBe(3)
    expect(client.status.state).toBe('live')
  })

  test('says when there is none, and has it when it is made', async () => {
    aService()
    let missing = 0
    const handle = aClient().state(total, {}, { onMissing: () => missing++ })
    await clock.advance(3000)
    expect([missing, handle.missing, client.status.state]).toEqual([1, true, 'live'])
    service.reset(7)
    service.broadcast()
    await clock.advance(10)
    expect([handle.current, handle.missing]).toEqual([7, false])
  })

  test('reports what does not fit and keeps what it has', async () => {
    append(3)
    const handle = aClient().state(total, {})
    await clock.advance(10)
    service.publishRaw('a/total', { specversion: '1.0', epoch: 'z', sequence: '0000000000000009', data: 'x' })
    await clock.advance(10)
    expect(handle.current).toBe(3)
    expect(problems).toMatchObject([{ code: 'unfit-message', topic: 'a/total' }])
  })

  test('is iterated: the newest value the reader has time for', async () => {
    append(1)
    const handle = aClient().state(total, {})
    await clock.advance(10)
    const values = handle[Symbol.asyncIterator]()
    expect(await values.next()).toEqual({ done: false, value: 1 })
    append(1)
    append(1)
    await clock.advance(10)
    expect(await values.next()).toEqual({ done: false, value: 3 })
    const waiting = values.next()
    handle.close()
    expect(await waiting).toEqual({ done: true, value: undefined })
  })

  test('shares a subscription, and a late listener has the value too', async () => {
    append(2)
    aClient().state(total, {})
    await clock.advance(10)
    const late = client.state(total, {})
    await clock.advance(0)
    expect(late.current).toBe(2)
    expect(service.requests.filter((request) => request.startsWith('SUBSCRIBE'))).toHaveLength(1)
    late.close()
    expect(service.requests).not.toContain('UNSUBSCRIBE a/total')
  })

  test('ends with its signal', async () => {
    const abort = new AbortController()
    aClient().state(total, {}, { signal: abort.signal })
    await clock.advance(10)
    abort.abort()
    expect(service.requests).toContain('UNSUBSCRIBE a/total')
  })
})

describe('a feed', () => {
  test('begins with the last entries, read from the log where the head does not hold them', async () => {
    append(20)
    const items: FeedItem<number>[] = []
    aClient().feed(gifts, {}, { last: 8, onItem: (item) => items.push(item) })
    await clock.advance(10)
    expect(written(items)).toBe('13 14 15 16 17 18 19 20')
    expect(service.requests).toContain('/events topic=a/feed after=12 epoch=epoch-0001 limit=3')
  })

  test('recovers what it missed while it was away', async () => {
    append(3)
    const items: FeedItem<number>[] = []
    aClient().feed(gifts, {}, { onItem: (item) => items.push(item) })
    await clock.advance(10)
    service.cut()
    expect(client.status).toMatchObject({ state: 'offline', reason: 'connection-lost' })
    append(1200)
    await clock.advance(600)
    expect(client.status.state).toBe('catching-up')
    await clock.advance(5000)
    expect(client.status.state).toBe('live')
    expect(items).toHaveLength(1200)
    // Closed ranges, by pages that a cache can keep.
    expect(service.requests.filter((request) => request.startsWith('/events'))).toHaveLength(3)
  })

  test('waits for what may still be on its way before it reads', async () => {
    append(3)
    const items: FeedItem<number>[] = []
    aClient({ recoveryJitterMs: 0 }).feed(gifts, {}, { onItem: (item) => items.push(item) })
    await clock.advance(10)
    service.faults.drop = 1
    append(2)
    service.faults.drop = 0
    append(2)
    await clock.advance(140)
    expect(written(items)).toBe('')
    expect(client.status.state).toBe('live')
    await clock.advance(20)
    expect(written(items)).toBe('4 5 6 7')
  })

  test('goes on trying while the API fails', async () => {
    append(3)
    const items: FeedItem<number>[] = []
    aClient().feed(gifts, {}, { onItem: (item) => items.push(item) })
    await clock.advance(10)
    service.faults.httpError = 1
    append(9)
    await clock.advance(30_000)
    expect(client.status).toMatchObject({ state: 'catching-up', reason: 'recovering' })
    expect(problems.length).toBeGreaterThan(3)
    expect(problems.length).toBeLessThan(15)
    service.faults.httpError = 0
    await clock.advance(30_000)
    expect(written(items)).toBe('4 5 6 7 8 9 10 11 12')
    expect(client.status.state).toBe('live')
  })

  test('tells a slow reader what gave way, and reads no faster than it does', async () => {
    append(3)
    const handle = aClient({ bufferEntries: 4 }).feed(gifts, {})
    await clock.advance(10)
    for (let turn = 0; turn < 3; turn++) {
      append(3)
      await clock.advance(10)
    }
    const items: FeedItem<number>[] = []
    for (let turn = 0; turn < 5; turn++) items.push((await handle.next()).value as FeedItem<number>)
    expect(written(items)).toBe('gap 4-8 overflow 9 10 11 12')
    append(20)
    await clock.advance(10_000)
    const reads = service.requests.filter((request) => request.startsWith('/events'))
    expect(reads).toHaveLength(1)
    for (let turn = 0; turn < 8; turn++) {
      items.push((await handle.next()).value as FeedItem<number>)
      await clock.advance(1000)
    }
    expect(written(items.slice(5))).toBe('13 14 15 16 17 18 19 20')
  })

  test('goes back page by page', async () => {
    append(20)
    const handle = aClient().feed(gifts, {}, { last: 3 })
    await clock.advance(10)
    const older = async (count: number): Promise<string> => {
      const answer = handle.older(count)
      await clock.advance(10)
      return written(await answer)
    }
    expect(await older(5)).toBe('13 14 15 16 17')
    service.expire(8)
    expect(await older(10)).toBe('gap 3-8 expired 9 10 11 12')
    expect(await older(10)).toBe('gap 1-2 expired')
    expect(await older(10)).toBe('')
  })

  test('makes a gap of what does not fit', async () => {
    append(3)
    const items: FeedItem<number>[] = []
    aClient().feed(gifts, {}, { onItem: (item) => items.push(item) })
    await clock.advance(10)
    service.append([{ value: 'not a number' as unknown as number }, { value: 5 }], 5)
    service.broadcast()
    await clock.advance(5000)
    expect(written(items)).toBe('gap 4-4 invalid 5')
    expect(problems.map(({ code }) => code)).toContain('unfit-message')
  })

  test('keeps going though a listener throws', async () => {
    append(3)
    const items: FeedItem<number>[] = []
    const handle = aClient().feed(
      gifts,
      {},
      {
        onItem: () => {
          throw new Error('oh')
        },
      },
    )
    handle.on((item) => items.push(item))
    await clock.advance(10)
    append(2)
    await clock.advance(10)
    expect(written(items)).toBe('4 5')
    expect(problems).toMatchObject([{ code: 'listener-failed' }, { code: 'listener-failed' }])
  })
})

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
        return { subscribe: async () => undefined, unsubscribe() {}, check() {}, close() {} }
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
