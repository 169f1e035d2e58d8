/**
 * A topic of kind `feed`: every entry once, in order, or the exact gap. `feed-log.ts` has the rules; this carries them
 * out with timers and reads.
 *
 * @module
 */
import type { FeedContract } from '../../topics/contract/contract.ts'
import { type LogPage, logPageEntries } from '../../topics/contract/log-page.ts'
import { type FeedEntry, readFeedEntry, readFeedMessage } from '../../topics/contract/message.ts'
import { readSequence } from '../../topics/contract/sequence.ts'
import { backoffMs } from '../connection/backoff.ts'
import { ClientError } from '../errors.ts'
import { invalid } from '../options.ts'
import { createFeedLog, type FeedItem } from './feed-log.ts'
import { createItemQueue } from './item-queue.ts'
import { callListeners } from './listeners.ts'
import { openTopic, type TopicHandle, type TopicOptions } from './open-topic.ts'
import type { TopicPorts } from './ports.ts'

export interface FeedTopicOptions<Entry> extends TopicOptions {
  /** Entries before now to begin with. Default: 0. */
  readonly last?: number
  /** Called with each item. With it, or with `on`, items do not wait for iteration. */
  readonly onItem?: FeedListener<Entry>
}

export type FeedListener<Entry> = (item: FeedItem<Entry>) => void

/**
 * A live feed. Iterate it once, or listen; not both. While nobody listens, at most `bufferEntries` items wait: then the
 * oldest give way, and the reader gets one gap (`overflow`) in their place.
 */
export interface FeedTopic<Entry> extends AsyncIterableIterator<FeedItem<Entry>, undefined>, TopicHandle {
  /** How long until the topic may speak again, ms, where its contract's pace is `auto`. */
  readonly paceMs: number | undefined
  /**
   * Up to `count` items before the oldest handed on so far, in order; empty at the beginning of the log. Rejects with
   * ClientError: when the API fails, or `LOG_RESET` when the log was begun anew.
   */
  older(count: number): Promise<FeedItem<Entry>[]>
  /** Calls `listener` with each item from now on, first those that wait; the answer removes it. */
  on(listener: FeedListener<Entry>): () => void
}

/** Subscribes to a topic of kind `feed`. Throws ClientError `CLOSED` after the client was closed. */
export function openFeed<Entry>(
  ports: TopicPorts,
  contract: FeedContract<string, Entry>,
  topic: string,
  options: FeedTopicOptions<Entry>,
): FeedTopic<Entry> {
  const { last = 0 } = options
  if (!(last >= 0)) invalid('last', 'a number of 0 or more', last)
  const log = createFeedLog<Entry>({
    last,
    overflow: contract.overflow,
    waitingMax: ports.bufferEntries,
  })
  const queue = createItemQueue<Entry>(ports.bufferEntries)
  const listeners = new Set<FeedListener<Entry>>(options.onItem ? [options.onItem] : [])
  /** `patient`: the hole may still close by itself. `paused`: until the reader has made room. */
  let recovery: 'none' | 'patient' | 'waiting' | 'reading' | 'paused' = 'none'
  let failures = 0
  let cancelRecovery = (): void => {}
  let paceMs: number | undefined
  /** The lowest sequence that `older` has not gone below. */
  let oldest: { epoch: string; sequence: number } | undefined

  const open = openTopic(ports, contract, topic, options, {
    take(raw) {
      const received = readFeedMessage(contract, raw)
      if ('message' in received) {
        ;({ paceMs } = received.message)
        proceed(log.acceptMessage(received.message))
        return true
      }
      open.report(received)
      // Where it stands can be known though what it says cannot: the log may have it better.
      const { epoch, sequence } = (raw ?? {}) as { epoch?: unknown; sequence?: unknown }
      const place = readSequence(sequence)
      if (typeof epoch !== 'string' || !epoch || place === undefined) return false
      proceed(log.acceptUnreadable(epoch, place))
      return true
    },
    missing() {
      log.acceptMissing()
      proceed([])
    },
    // A hole that may still close by itself is no catching up yet, if there was nothing to catch up with before.
    complete: (before) => !log.hole || (before && recovery === 'patient'),
    subscribed() {
      // The network is back: what failed without it need not wait for its back-off.
      if (recovery === 'waiting' && failures > 0) readAfter(ports.random() * ports.recoveryJitterMs)
    },
    closed: () => cancelRecovery(),
  })

  function proceed(items: readonly FeedItem<Entry>[]): void {
    for (const item of items) {
      if (listeners.size > 0) callListeners(listeners, ports, topic, item)
      else queue.push(item)
    }
    open.wake()
    recover()
    open.settle()
  }

  /** Starts, leaves alone or gives up the recovery of what is missing. */
  function recover(): void {
    const { hole } = log
    if (open.ended() || recovery === 'reading') return
    if (!hole) {
      cancelRecovery()
      recovery = 'none'
      failures = 0
    } else if (recovery === 'none') {
      // What one joiner asked for is read at once. A hole may be filled by a message still on its way, and many clients have it.
      if (hole.joining) readAfter(0)
      else readAfter(ports.reorderWaitMs + ports.random() * ports.recoveryJitterMs, 'patient')
    }
  }

  function readAfter(ms: number, stage: 'patient' | 'waiting' = 'waiting'): void {
    recovery = stage
    cancelRecovery()
    cancelRecovery = ports.clock.after(ms, () => void readHole())
  }

  async function readHole(): Promise<void> {
    const { hole } = log
    // A reader who is behind already gets no more from the log until there is room.
    const room = listeners.size > 0 ? logPageEntries.max : queue.room
    recovery = hole ? (room > 0 ? 'reading' : 'paused') : 'none'
    if (!hole || room <= 0) return
    open.settle()
    const { after, epoch, to } = hole
    const before = log.next
    let items: FeedItem<Entry>[] = []
    try {
      const limit = Math.min(logPageEntries.max, room, to - after)
      const page = await ports.history.readLog(contract, topic, { after, epoch, limit })
      if (open.ended()) return
      items = log.acceptPage(hole, page, entriesOf(page))
      if (log.next === before && log.epoch === epoch) {
        throw new Error(`/events has nothing from ${after} to ${to}`)
      }
      failures = 0
      recovery = 'none'
      // Several pages are read one after the other, without waiting in between.
      if (log.hole) readAfter(0)
    } catch (cause) {
      if (open.ended()) return
      open.readFailed(cause)
      readAfter(backoffMs(failures++, ports, ports.random))
    }
    proceed(items)
  }

  /** Reads the entries of a page by the contract; one that does not fit is reported. */
  function entriesOf({
    version = 1,
  }: LogPage): (raw: unknown, sequence: number) => FeedEntry<Entry> | undefined {
    // An entry of another meaning is not guessed at: it is told, and a gap.
    const newer = version > contract.version
    if (newer)
      open.report({ code: 'newer-version', problem: `the log has version ${version}: reload the page` })
    return (raw, sequence) => {
      if (newer) return undefined
      const received = readFeedEntry(contract, raw)
      if ('message' in received) return received.message
      open.report(received, `entry ${sequence} of the log `)
      return undefined
    }
  }

  async function older(count: number): Promise<FeedItem<Entry>[]> {
    const { epoch } = log
    if (oldest?.epoch !== epoch) oldest = { epoch, sequence: log.start }
    const to = oldest.sequence - 1
    if (epoch === '' || to < 1 || count < 1) return []
    const after = Math.max(0, to - Math.min(count, logPageEntries.max))
    const page = await ports.history.readLog(contract, topic, { after, epoch, limit: to - after })
    if (page.epoch !== epoch) throw new ClientError('LOG_RESET', `the log of ${topic} was begun anew`)
    oldest = { epoch, sequence: after + 1 }
    // A log of its own, of which only these entries are due.
    const part = createFeedLog<Entry>({
      last: to - after,
      overflow: 'recover',
      waitingMax: logPageEntries.max,
    })
    part.acceptUnreadable(epoch, to)
    // An answer may go past what was asked for, where the log begins later.
    const events = page.events.filter(({ sequence }) => sequence <= to)
    return part.hole ? part.acceptPage(part.hole, { ...page, events }, entriesOf(page)) : []
  }

  function shift(): { readonly value: FeedItem<Entry> } | undefined {
    const value = queue.shift()
    if (value && recovery === 'paused') readAfter(0)
    return value && { value }
  }

  return {
    ...open.handle,
    ...open.iterate(shift),
    get paceMs() {
      return paceMs
    },
    older,
    on(listener) {
      for (let item = shift(); item; item = shift()) callListeners([listener], ports, topic, item.value)
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
