import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  aClient,
  append,
  aService,
  begin,
  client,
  clock,
  gifts,
  problems,
  service,
  total,
  written,
} from './testing/stage.ts'
import type { FeedItem } from './topic/feed-log.ts'

beforeEach(begin)
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
