/**
 * A topic of kind `feed`: every entry once, in order, or the exact gap. `feed-log.ts` has the rules; this carries them
 * out with timers and reads.
 *
 * @module
 */
import type { FeedContract } from '../../topics/contract/contract.ts'
import { type LogPage, logPageEntries } from '../../topics/contract/log-page.ts'
import { readFeedEntry, readFeedMessage } from '../../topics/contract/message.ts'
import { readSequence } from '../../topics/contract/sequence.ts'
import { backoffMs } from '../connection/backoff.ts'
import { ClientError, describeError } from '../errors.ts'
import { type FeedItem, FeedLog, type ReadPage } from './feed-log.ts'
import { createHeadWait } from './head-wait.ts'
import { ItemQueue } from './item-queue.ts'
import { callListeners } from './listeners.ts'
import type { TopicPorts } from './ports.ts'

export interface FeedTopicOptions<Entry> {
  /** Entries before now to begin with. Default: 0. */
  readonly last?: number
  /** Called with each item. With it, or with `on`, items do not wait for iteration. */
  readonly onItem?: FeedListener<Entry>
  /** Called once if the broker denies the topic. Iteration throws the same error. */
  readonly onError?: (error: ClientError) => void
  /** Closes the topic when aborted. */
  readonly signal?: AbortSignal
}

export type FeedListener<Entry> = (item: FeedItem<Entry>) => void

/** A live feed. Iterate it once, or listen; not both. */
export interface FeedTopic<Entry> extends AsyncIterableIterator<FeedItem<Entry>, undefined>, AsyncDisposable {
  readonly topic: string
  /**
   * Up to `count` items before the oldest handed on so far, in order; empty at the beginning of the log. Rejects with
   * ClientError: when the API fails, or `LOG_RESET` when the log was begun anew.
   */
  older(count: number): Promise<FeedItem<Entry>[]>
  /** Calls `listener` with each item from now on, first those that wait; the answer removes it. */
  on(listener: FeedListener<Entry>): () => void
  /** Ends the subscription and the iteration. */
  close(): void
}

/** A feed as the client holds it: `settled` is false while entries may be missing. */
export interface OpenFeed<Entry> {
  readonly handle: FeedTopic<Entry>
  readonly settled: () => boolean
}

/** Subscribes to a topic of kind `feed`. `closed` is called when it ends. */
export function openFeed<Entry>(
  ports: TopicPorts,
  contract: FeedContract<string, Entry>,
  topic: string,
  options: FeedTopicOptions<Entry>,
  closed: () => void,
): OpenFeed<Entry> {
  const log = new FeedLog<Entry>({
    last: options.last ?? 0,
    overflow: contract.overflow,
    waitingMax: ports.bufferEntries,
  })
  const queue = new ItemQueue<Entry>(ports.bufferEntries)
  const listeners = new Set<FeedListener<Entry>>(options.onItem ? [options.onItem] : [])
  const readers: { resolve: () => void }[] = []
  let headSeen = false
  let settled = false
  let ended = false
  let error: ClientError | undefined
  /** `patient`: the hole may still close by itself. `paused`: until the reader has made room. */
  let recovery: 'none' | 'patient' | 'waiting' | 'reading' | 'paused' = 'none'
  let failures = 0
  let cancelRecovery = (): void => {}
  /** The lowest sequence that `older` has not gone below. */
  let oldest: { epoch: string; sequence: number } | undefined

  const headWait = createHeadWait(ports, contract, topic, (raw) => {
    if (raw === undefined) {
      log.acceptMissing()
      headSeen = true
      proceed([])
    } else take(raw)
  })
  const remove = ports.subscriptions.add(topic, {
    message: take,
    subscribed() {
      // The retained message may have come together with the SUBACK, and then it is here already.
      if (!headSeen) headWait.begin()
      // The network is back: what failed without it need not wait for its back-off.
      if (recovery === 'waiting' && failures > 0) readAfter(ports.random() * ports.recoveryJitterMs)
      settle()
    },
    lost() {
      headWait.end()
      headSeen = false
      settle()
    },
    failed(denied) {
      error = denied
      close()
      options.onError?.(denied)
    },
  })

  function take(raw: unknown): void {
    const received = readFeedMessage(contract, raw)
    if ('message' in received) {
      headWait.end()
      headSeen = true
      proceed(log.acceptMessage(received.message))
      return
    }
    ports.onProblem({ code: 'unfit-message', topic, detail: received.problem })
    // Where it stands can be known though what it says cannot: the log may have it better.
    const { epoch, sequence } = raw as { epoch?: unknown; sequence?: unknown }
    const place = readSequence(sequence)
    if (typeof epoch === 'string' && epoch !== '' && place !== undefined) {
      headWait.end()
      headSeen = true
      proceed(log.acceptUnreadable(epoch, place))
    }
  }

  function proceed(items: readonly FeedItem<Entry>[]): void {
    for (const item of items) {
      if (listeners.size > 0) callListeners(listeners, ports, topic, item)
      else queue.push(item)
    }
    if (items.length > 0) wake()
    recover()
    settle()
  }

  /** Starts, leaves alone or gives up the recovery of what is missing. */
  function recover(): void {
    const { hole } = log
    if (ended || recovery === 'reading') return
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
    const room = listeners.size > 0 ? logPageEntries.max : queue.room
    if (!hole) {
      recovery = 'none'
      return
    }
    if (room <= 0) {
      // A reader who is behind already gets no more from the log until there is room.
      recovery = 'paused'
      return
    }
    recovery = 'reading'
    settle()
    const before = log.next
    let items: FeedItem<Entry>[] = []
    let problem: { detail: string; cause?: unknown } | undefined
    try {
      const limit = Math.min(logPageEntries.max, room, hole.to - hole.after)
      const page = await ports.history.readLog(contract, topic, {
        after: hole.after,
        epoch: hole.epoch,
        limit,
      })
      if (ended) return
      items = log.acceptPage(hole, readPage(page))
      if (log.next === before && log.epoch === hole.epoch) {
        problem = { detail: `/events has nothing after ${hole.after}, yet ${hole.to} was announced` }
      }
    } catch (cause) {
      if (ended) return
      problem = { detail: describeError(cause), cause }
    }
    recovery = 'none'
    if (problem && log.hole) {
      ports.onProblem({ code: 'read-failed', topic, ...problem })
      readAfter(backoffMs(failures++, ports, ports.random))
    } else {
      failures = 0
      // Several pages are read one after the other, without waiting in between.
      if (log.hole) readAfter(0)
    }
    proceed(items)
  }

  function readPage(page: LogPage): ReadPage<Entry> {
    const events = page.events.map(({ sequence, entry }) => {
      const received = readFeedEntry(contract, entry)
      if ('message' in received) return { sequence, entry: received.message }
      ports.onProblem({
        code: 'unfit-message',
        topic,
        detail: `entry ${sequence} of the log ${received.problem}`,
      })
      return { sequence, entry: undefined }
    })
    return { epoch: page.epoch, events, head: page.head, floor: page.floor }
  }

  function settle(): void {
    // A hole that may still close by itself is no catching up yet, if there was nothing to catch up with before.
    const now = headSeen && (!log.hole || (settled && recovery === 'patient'))
    if (settled === now) return
    settled = now
    ports.changed()
  }

  function wake(): void {
    for (const { resolve } of readers.splice(0)) resolve()
  }

  function close(): void {
    if (ended) return
    ended = true
    headWait.end()
    cancelRecovery()
    remove()
    options.signal?.removeEventListener('abort', close)
    wake()
    closed()
  }

  async function next(): Promise<IteratorResult<FeedItem<Entry>, undefined>> {
    for (;;) {
      const value = ended && !error ? undefined : queue.shift()
      if (value) {
        if (recovery === 'paused') readAfter(0)
        return { done: false, value }
      }
      if (error) throw error
      if (ended) return { done: true, value: undefined }
      await new Promise<void>((resolve) => readers.push({ resolve }))
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
    const part = new FeedLog<Entry>({ last: to - after, overflow: 'recover', waitingMax: logPageEntries.max })
    const items = part.acceptUnreadable(epoch, to)
    const hole = part.hole
    // An answer may go past what was asked for, where the log begins later.
    const events = page.events.filter(({ sequence }) => sequence <= to)
    if (hole) items.push(...part.acceptPage(hole, readPage({ ...page, events })))
    return items
  }

  if (options.signal?.aborted) close()
  else options.signal?.addEventListener('abort', close)

  const handle: FeedTopic<Entry> = {
    topic,
    older,
    on(listener) {
      for (let item = queue.shift(); item; item = queue.shift()) callListeners([listener], ports, topic, item)
      listeners.add(listener)
      if (recovery === 'paused') readAfter(0)
      return () => listeners.delete(listener)
    },
    close,
    next,
    return() {
      close()
      return Promise.resolve({ done: true, value: undefined })
    },
    [Symbol.asyncIterator]() {
      return handle
    },
    [Symbol.asyncDispose]() {
      close()
      return Promise.resolve()
    },
  }
  return { handle, settled: () => settled }
}
