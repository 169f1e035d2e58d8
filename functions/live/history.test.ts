import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import {
  anyone,
  type Claims,
  claim,
  feed,
  messageContentType,
  role,
  state,
} from '../../topics/contract/index.ts'
import type { Head, Segment } from '../platform/live-table.ts'
import { encodeLog } from './head-message.ts'
import { type EventsQuery, type HistoryPorts, readEvents, readState } from './history.ts'

const epoch = '01JEPOCH000000000000000000'
const gifts = feed({ topic: 'c/{id}/gifts', entry: v.string(), subscribe: anyone, maxBytes: 1024 })
const contracts = [
  gifts,
  state({ topic: 'c/{id}/total', payload: v.number(), subscribe: anyone }),
  feed({ topic: 'agents/{agentId}/log', entry: v.string(), subscribe: claim('agentId') }),
  state({ topic: 'desk/{id}', payload: v.number(), subscribe: role('staff') }),
]
const agent: Claims = { principal: 'p', signedIn: true, roles: [], values: { agentId: 'ann' } }

/** A feed of `c/1` with entries `g1` to `g<count>`, in segments of `size`; those before `kept` are gone. */
function aTable(count: number, { size = 4, floor = 0, lost = 0 } = {}): HistoryPorts {
  const segments: Segment[] = []
  for (let first = 1; first <= count; first += size) {
    const last = Math.min(first + size - 1, count)
    if (last <= floor || first === lost) continue
    const entries = Array.from({ length: last - first + 1 }, (_, index) => ({ value: `g${first + index}` }))
    segments.push({ epoch, first, last, entries: JSON.stringify(entries), at: 'now' })
  }
  const head = (topic: string): Head => ({ topic, epoch, sequence: count, at: 'now', floor })
  const heads = new Map<string, Head>([
    ['c/1/gifts', head('c/1/gifts')],
    ['agents/ann/log', head('agents/ann/log')],
    ['c/1/total', { ...head('c/1/total'), value: '7' }],
    ['desk/1', { ...head('desk/1'), value: '1' }],
  ])
  return {
    contracts,
    verify: (bearer) => Promise.resolve(bearer === 'ann' ? agent : undefined),
    table: {
      head: (topic) => Promise.resolve(heads.get(topic)),
      async *entriesNewestFirst(_, after) {
        for (const { first, entries } of segments.toReversed()) {
          const list = (JSON.parse(entries) as { value: string }[]).map(
            (entry, index) => [first + index, entry] as const,
          )
          for (const pair of list.toReversed()) if (pair[0] > after) yield await Promise.resolve(pair)
        }
      },
      async *segments(_, after) {
        for (const segment of segments) if (segment.last > after) yield await Promise.resolve(segment)
      },
    },
  }
}

const ask = (ports: HistoryPorts, query: EventsQuery = {}, bearer?: string) =>
  readEvents({ topic: 'c/1/gifts', ...query }, bearer, ports)

describe('GET /events', () => {
  it('answers what came after, in order, and where the next page begins', async () => {
    const { answer, cacheControl } = await ask(aTable(10), { after: '2', limit: '5' })
    expect(answer).toMatchObject({ epoch, head: 10, floor: 0, complete: true, next: 7 })
    expect(answer.events.map(({ sequence }) => sequence)).toEqual([3, 4, 5, 6, 7])
    expect(answer.events[0]?.entry).toEqual({ value: 'g3' })
    expect(cacheControl).toBe('no-store')
  })

  it('answers the newest without after', async () => {
    const { answer } = await ask(aTable(10), { limit: '3' })
    expect(answer).toMatchObject({ complete: true, next: null })
    expect(answer.events.map(({ sequence }) => sequence)).toEqual([8, 9, 10])
    expect((await ask(aTable(0))).answer).toMatchObject({ events: [], complete: true, next: null })
  })

  it('may be kept for ever when it is a closed range, and only then', async () => {
    const kept = async (query: EventsQuery) => (await ask(aTable(10), query)).cacheControl
    expect(await kept({ epoch, after: '2', limit: '5' })).toBe('public, max-age=31536000, immutable')
    expect(await kept({ epoch, after: '2', limit: '8' })).toBe('no-store')
    expect(await kept({ epoch, after: '2', limit: '9' })).toBe('no-store')
    expect(await kept({ epoch, limit: '3' })).toBe('no-store')
  })

  it('is kept nowhere when it is not for anyone, lest a browser show it to whoever comes next', async () => {
    const own = { topic: 'agents/ann/log', epoch, after: '0', limit: '2' }
    expect((await ask(aTable(10), own, 'ann')).cacheControl).toBe('no-store')
  })

  it('is not complete below the floor, across a hole, in another epoch or beyond the head', async () => {
    expect((await ask(aTable(10, { floor: 4 }), { after: '2' })).answer).toMatchObject({
      complete: false,
      floor: 4,
    })
    expect((await ask(aTable(10, { floor: 4 }), { after: '4' })).answer).toMatchObject({ complete: true })
    expect((await ask(aTable(12, { lost: 5 }), { after: '0' })).answer).toMatchObject({ complete: false })
    expect((await ask(aTable(12, { lost: 9 }), { after: '0' })).answer).toMatchObject({ complete: false })
    const other = '01JEPOCH000000000000000001'
    expect((await ask(aTable(10), { epoch: other, after: '1' })).answer).toEqual({
      epoch,
      events: [],
      head: 10,
      floor: 0,
      complete: false,
      next: null,
      version: 1,
    })
    expect((await ask(aTable(10), { after: '11' })).answer).toMatchObject({ complete: false, events: [] })
  })

  it('pages through the whole log, each entry once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(40),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        async (count, size, limit) => {
          const ports = aTable(count, { size })
          const read: number[] = []
          for (let after: number | null = 0; after !== null;) {
            const { answer }: Awaited<ReturnType<typeof ask>> = await ask(ports, {
              after: String(after),
              limit: String(limit),
            })
            expect(answer.complete).toBe(true)
            read.push(...answer.events.map(({ sequence }) => sequence))
            after = answer.next
          }
          expect(read).toEqual(Array.from({ length: count }, (_, index) => index + 1))
        },
      ),
    )
  })

  it.each<[EventsQuery, number]>([
    [{ topic: '' }, 400],
    [{ topic: 'c/1/total' }, 400],
    [{ topic: 'c/1/other' }, 404],
    [{ topic: 'c/+/gifts' }, 404],
    [{ topic: 'c/2/gifts' }, 404],
    [{ limit: '0' }, 400],
    [{ limit: '501' }, 400],
    [{ limit: 'many' }, 400],
    [{ after: '-1' }, 400],
    [{ after: '9007199254740993' }, 400],
    [{ epoch: 'x' }, 400],
  ])('refuses %j with %d and a remedy', async (query, status) => {
    await expect(ask(aTable(3), query)).rejects.toMatchObject({
      status,
      remedy: expect.any(String) as string,
    })
  })

  it('lets nobody read what they may not hear', async () => {
    const topic = 'agents/ann/log'
    await expect(ask(aTable(3), { topic })).rejects.toMatchObject({ status: 401 })
    await expect(ask(aTable(3), { topic }, 'forged')).rejects.toMatchObject({ status: 401 })
    await expect(ask(aTable(3), { topic: 'agents/bob/log' }, 'ann')).rejects.toMatchObject({ status: 403 })
    expect((await ask(aTable(3), { topic }, 'ann')).answer.events).toHaveLength(3)
  })
})

describe('GET /state', () => {
  it('answers what a joiner would have got', async () => {
    const total = JSON.parse(await readState('c/1/total', undefined, aTable(3))) as object
    expect(total).toMatchObject({ subject: 'c/1/total', epoch, sequence: '0000000000000003', data: 7 })
    const newest = JSON.parse(await readState('c/1/gifts', undefined, aTable(3))) as object
    expect(newest).toMatchObject({
      first: '0000000000000001',
      data: [{ value: 'g1' }, { value: 'g2' }, { value: 'g3' }],
    })
    expect(newest).not.toHaveProperty('previous')
  })

  it('enforces the same rule', async () => {
    await expect(readState('desk/1', undefined, aTable(3))).rejects.toMatchObject({ status: 401 })
    await expect(readState('desk/1', 'ann', aTable(3))).rejects.toMatchObject({ status: 403 })
  })
})

describe('a feed message', () => {
  it('holds as many of the newest entries as fit to the byte, and names what it left out', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'binary', maxLength: 400 }), { maxLength: 30 }),
        fc.nat(5),
        async (values, before) => {
          const head = { topic: 'c/1/gifts', epoch, sequence: before + values.length, at: 'now', floor: 0 }
          const entries = async function* entries() {
            for (let index = values.length - 1; index >= 0; index--) {
              yield await Promise.resolve([before + index + 1, { value: values[index] }] as const)
            }
          }
          const encode = async (maxBytes: number) =>
            JSON.parse(await encodeLog({ ...gifts, maxBytes }, head, before, entries(), { gap: true })) as {
              data: unknown[]
              previous?: string
            }
          const whole = await encode(1_000_000)
          expect(whole.data).toEqual(values.map((value) => ({ value })))
          expect(whole.previous).toBeUndefined()
          // The topic's name and the content type are metered too.
          const besides = Buffer.byteLength(head.topic) + Buffer.byteLength(messageContentType)
          const bytes = Buffer.byteLength(JSON.stringify(whole)) + besides
          expect(await encode(bytes)).toEqual(whole)
          const text = await encodeLog({ ...gifts, maxBytes: 1024 }, head, before, entries(), { gap: true })
          expect(Buffer.byteLength(text) + besides).toBeLessThanOrEqual(1024)
          const { data, previous } = JSON.parse(text) as { data: unknown[]; previous?: string }
          expect(data).toEqual(whole.data.slice(values.length - data.length))
          expect(previous).toBe(data.length < values.length ? String(before).padStart(16, '0') : undefined)
        },
      ),
    )
  })
})
