/** What a broken server, page or clock does to a client: no more than harm one message, one topic or one attempt. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import * as v from 'valibot'
import { anyone, signal, signalMessage, signedIn, state, stateMessage } from '../topics/contract/index.ts'
import type { LinkListener, Transport } from './connection/transport.ts'
import type { Session } from './session.ts'
import { aClient, append, begin, client, clock, gifts, problems, service, total } from './testing/stage.ts'

beforeEach(begin)
afterEach(() => client.close())

const typing = signal({ topic: 'a/typing', payload: v.string(), subscribe: anyone, publish: anyone })

/** A broker by hand: it grants everything, and says what a test lets it say. */
function byHand(): {
  transport: Transport
  listeners: LinkListener[]
  sent: string[]
  say: (message: unknown, topic?: string) => void
} {
  const listeners: LinkListener[] = []
  const sent: string[] = []
  return {
    listeners,
    sent,
    say(message, topic = 'a/total') {
      listeners
        .at(-1)
        ?.message(
          topic,
          new TextEncoder().encode(typeof message === 'string' ? message : JSON.stringify(message)),
        )
    },
    transport: (_target, listener) => {
      listeners.push(listener)
      clock.after(1, () => listener.opened())
      return {
        subscribe: async (topics) => {
          sent.push(`SUBSCRIBE ${topics.join(' ')}`)
          return topics.map(() => 0)
        },
        unsubscribe: (topics) => sent.push(`UNSUBSCRIBE ${topics.join(' ')}`),
        publish: async () => (sent.push('PUBLISH'), 0),
        check() {},
        close() {},
      }
    },
  }
}

const aValue = (sequence: number, value = sequence) =>
  stateMessage(total, { topic: 'a/total', epoch: 'epoch-0001', sequence, time: '' }, value)

describe('a message', () => {
  test('too deep for words is a problem of its topic, and the link stays', async () => {
    const { transport, say, listeners } = byHand()
    const handle = aClient({ transport }).state(total, {})
    await clock.advance(10)
    const deep = '['.repeat(30_000) + ']'.repeat(30_000)
    expect(() => say(`{"specversion":${deep}}`)).not.toThrow()
    say(aValue(7))
    expect([problems[0]?.code, handle.current, listeners.length]).toEqual(['unfit-message', 7, 1])
  })

  test('that makes the schema throw is one, too', async () => {
    const { transport, say } = byHand()
    const throwing = v.pipe(
      v.number(),
      v.transform((value) => {
        if (value === 13) throw new Error('unlucky')
        return value
      }),
    )
    const unlucky = state({ topic: 'a/total', payload: throwing, subscribe: anyone })
    const handle = aClient({ transport }).state(unlucky, {})
    await clock.advance(10)
    expect(() => say(aValue(1, 13))).not.toThrow()
    say(aValue(2))
    expect([problems[0]?.code, problems[0]?.detail, handle.current]).toEqual(['unfit-message', 'unlucky', 2])
  })

  test.each(['__proto__', 'constructor', 'prototype'])(
    'with the key %s changes nothing but itself',
    async (key) => {
      const { transport, say } = byHand()
      const handle = aClient({ transport }).state(total, {})
      await clock.advance(10)
      say(JSON.stringify({ ...aValue(3), extra: 1 }).replace('"extra"', `"${key}":{"polluted":true},"extra"`))
      expect([handle.current, ({} as { polluted?: true }).polluted]).toEqual([3, undefined])
    },
  )
})

describe("the page's own functions", () => {
  const fail = (): never => {
    throw new Error('of the page')
  }

  test('may throw, onProblem too, and the client goes on', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => {})
    append(1)
    aClient({ onProblem: fail })
    client.on('status', fail)
    const handle = client.state(total, {}, { onValue: fail })
    await clock.advance(10)
    service.cut()
    append(1)
    await clock.advance(5000)
    expect([handle.current, client.status.state]).toEqual([2, 'live'])
    expect(said).toHaveBeenCalled()
    said.mockRestore()
  })

  test('onMissing is called once, though it throws', async () => {
    let called = 0
    const { transport } = byHand()
    aClient({
      transport,
      fetch: (url, init) =>
        url.startsWith('/session')
          ? service.fetch(url, init)
          : Promise.resolve(new Response('', { status: 404 })),
    }).state(
      total,
      {},
      {
        onMissing() {
          called++
          fail()
        },
      },
    )
    await clock.advance(60_000)
    expect([called, client.status.state]).toEqual([1, 'live'])
    expect(problems.map(({ code }) => code)).toEqual(['listener-failed'])
  })

  test("onError that throws harms no other topic's answer", async () => {
    const { transport } = byHand()
    aClient({
      transport: (target, listener) => ({
        ...transport(target, listener),
        subscribe: async (topics) => topics.map((topic) => (topic === 'a/total' ? 0x87 : 0)),
      }),
    })
    let subscribed = false
    client.state(total, {}, { onError: fail })
    client.feed(gifts, {})
    await clock.advance(2500)
    subscribed = service.requests.some((request) => request.startsWith('/state topic=a/feed'))
    expect(subscribed).toBe(true)
    expect(problems.map(({ code }) => code)).toContain('listener-failed')
  })
})

describe('a session', () => {
  test('that ends at once by a clock that is an hour ahead is not asked for again and again', async () => {
    const { transport, listeners } = byHand()
    aClient({
      transport,
      session: async () => ({
        ...((await (await service.fetch('/session', {})).json()) as Session),
        expiresAt: clock.now() / 1000 + 0.1,
      }),
    })
    await clock.advance(60_000)
    expect(listeners.length).toBeLessThan(25)
  })

  test.each([Number.NaN, Infinity, 1e12, -1, '5000'])(
    'with reconnectSpreadMs %s makes nobody hammer, and nobody stay away',
    async (reconnectSpreadMs) => {
      const { transport, listeners } = byHand()
      aClient({
        transport: (target, listener) => {
          const link = transport(target, listener)
          clock.after(2, () => listener.lost({ code: 'connection-lost', detail: '' }))
          return link
        },
        session: async () => ({
          ...((await (await service.fetch('/session', {})).json()) as Session),
          // Of an application's own callback: nobody checked it.
          reconnectSpreadMs: reconnectSpreadMs as number,
        }),
      })
      await clock.advance(3 * 3_600_000)
      expect(listeners.length).toBeGreaterThan(3)
      expect(listeners.length).toBeLessThan(2000)
    },
  )
})

describe('pages of the log', () => {
  test.each([
    ['sequences that are none', { events: [{ sequence: 'x', entry: { value: 1 } }] }],
    ['sequences beyond counting', { events: [{ sequence: 1e300, entry: { value: 1 } }] }],
    ['events that are none', { events: [null] }],
    ['no head', { epoch: 'epoch-9999', head: undefined, events: [] }],
  ])('with %s are refused, and a good one is taken afterwards', async (_what, wrong) => {
    append(20)
    let broken = true
    const values: unknown[] = []
    aClient({
      fetch: async (url, init) => {
        const answer = await service.fetch(url, init)
        if (!broken || !url.includes('/events')) return answer
        return Response.json({ ...((await answer.json()) as object), ...wrong })
      },
    }).feed(gifts, {}, { last: 20, onItem: (item) => values.push('value' in item ? item.value : item) })
    await clock.advance(5000)
    broken = false
    await clock.advance(60_000)
    expect(values).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
    expect(client.status.state).toBe('live')
  })
})

describe('signals', () => {
  const aSignal = (value: string) => signalMessage(typing, { id: value, topic: 'a/typing', time: '' }, value)

  test('of before come to nobody who listens later', async () => {
    const { transport, say } = byHand()
    const heard: string[] = []
    aClient({ transport }).signal(typing, {}, { onSignal: (value) => heard.push(`first ${value}`) })
    await clock.advance(10)
    say(aSignal('old'), 'a/typing')
    client.signal(typing, {}, { onSignal: (value) => heard.push(`second ${value}`) })
    await clock.advance(10)
    say(aSignal('new'), 'a/typing')
    expect(heard).toEqual(['first old', 'first new', 'second new'])
  })

  test('are sent after the clock was put back an hour', async () => {
    const { transport } = byHand()
    const handle = aClient({ transport }).signal(typing, {})
    await clock.advance(10)
    clock.jump(-3_600_000)
    expect(await handle.send('a')).toBe(true)
  })

  test('may be slower than one a second', async () => {
    const { transport } = byHand()
    const handle = aClient({ transport }).signal(typing, {}, { perSecond: 0.5 })
    await clock.advance(10)
    expect([await handle.send('a'), await handle.send('b')]).toEqual([true, false])
    await clock.advance(2000)
    expect(await handle.send('c')).toBe(true)
  })
})

describe('many topics', () => {
  test('opened and closed at once ask for nothing that is not wanted, and for nothing twice', async () => {
    const { transport, sent } = byHand()
    aClient({ transport })
    await clock.advance(10)
    for (let cycle = 0; cycle < 10_000; cycle++) client.state(total, {}).close()
    client.state(total, {})
    await clock.advance(10)
    expect(sent).toEqual(['SUBSCRIBE a/total'])
  })

  test('leave nothing behind', async () => {
    const { transport } = byHand()
    aClient({ transport })
    await clock.advance(3000)
    const before = clock.waiting
    for (let cycle = 0; cycle < 100; cycle++) {
      const handles = Array.from({ length: 10 }, () => client.feed(gifts, {}, { last: 5 }))
      await clock.advance(1)
      for (const handle of handles) handle.close()
    }
    await clock.advance(10)
    expect(clock.waiting).toBe(before)
  })
})

describe('options', () => {
  test('that are undefined are not given', async () => {
    append(1)
    aClient({ headWaitMs: undefined, WebSocket: undefined, session: undefined } as never)
    const handle = client.state(total, {})
    await clock.advance(10)
    expect(handle.current).toBe(1)
  })

  test.each([Number.NaN, -1])('last: %s is refused', (last) => {
    aClient()
    expect(() => client.feed(gifts, {}, { last })).toThrow(/last is .*; got/)
  })

  test('a signal that was aborted before ends a topic before it begins', async () => {
    const { transport, sent } = byHand()
    aClient({ transport })
    await clock.advance(10)
    const values = client.state(total, {}, { signal: AbortSignal.abort() })
    for await (const value of values) expect(value).toBeUndefined()
    await clock.advance(10)
    expect(sent).toEqual([])
  })
})

describe('a read', () => {
  const mine = state({ topic: 'a/total', payload: v.number(), subscribe: signedIn })

  test.each(['session', 'fetch'])(
    'whose %s never answers ends in its time, and is tried again',
    async (what) => {
      append(1)
      let hangs = false
      const { transport } = byHand()
      const never = new Promise<never>(() => {})
      aClient({
        transport,
        session: async () => {
          if (hangs && what === 'session') return never
          const session = (await (await service.fetch('/session', {})).json()) as Session
          // Over by the time of the read, so that another is asked for.
          return what === 'session' ? { ...session, expiresAt: clock.now() / 1000 + 1 } : session
        },
        fetch: (url, init) => (hangs && what === 'fetch' ? never : service.fetch(url, init)),
      })
      await clock.advance(100)
      hangs = true
      const handle = client.state(mine, {})
      await clock.advance(20_000)
      expect(problems.map(({ code }) => code)).toContain('read-failed')
      hangs = false
      await clock.advance(60_000)
      expect(handle.current).toBe(1)
    },
  )
})
