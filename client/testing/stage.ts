/**
 * One client on a service in memory, and the clock they share: what the client's tests begin with.
 *
 * @module
 */
import * as v from 'valibot'
import { anyone, feed, state } from '../../topics/index.ts'
import { type Client, connect } from '../client.ts'
import type { Problem } from '../errors.ts'
import type { ClientOptions } from '../options.ts'
import type { PageSignal } from '../page-signals.ts'
import type { FeedItem } from '../topic/feed-log.ts'
import { type ManualClock, manualClock } from './manual-clock.ts'
import { MemoryService } from './memory-service.ts'

export const gifts = feed({ topic: 'a/feed', entry: v.number(), subscribe: anyone, overflow: 'recover' })
export const total = state({ topic: 'a/total', payload: v.number(), subscribe: anyone })

export let clock: ManualClock
export let service: MemoryService<number, number>
export let problems: Problem[]
export let client: Client
export let send: (signal: PageSignal) => void

export function aService(
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

export function aClient(more: Partial<ClientOptions> = {}): Client {
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
export function append(count: number): void {
  const from = service.head
  service.append(
    Array.from({ length: count }, (_, index) => ({ value: from + index + 1 })),
    from + count,
  )
  service.broadcast()
}

export const written = (items: readonly FeedItem<number>[]): string =>
  items
    .map((item) => (item.kind === 'gap' ? `gap ${item.from}-${item.to} ${item.reason}` : item.sequence))
    .join(' ')

/** A new clock and a new service with an empty log. */
export function begin(): void {
  clock = manualClock()
  problems = []
  aService()
  service.reset(0)
}
