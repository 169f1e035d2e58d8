/**
 * A topic of kind `inbox`: one person's durable queue. `GET /inbox` says what is unhandled, its log says what changed
 * since, in the same order on every tab and device; what was handled is recorded by `POST /inbox`.
 *
 * @module
 */
import type { InboxContract } from '../../topics/contract/contract.ts'
import { handledAtOnceMax, type InboxPage } from '../../topics/contract/inbox-page.ts'
import { checkValue, readInboxMessage, received, type ReceivedInbox } from '../../topics/contract/message.ts'
import { comparePositions, readSequence } from '../../topics/contract/sequence.ts'
import { backoffMs } from '../connection/backoff.ts'
import { ClientError, failure } from '../errors.ts'
import { callListeners } from './listeners.ts'
import { openTopic, type TopicHandle, type TopicOptions } from './open-topic.ts'
import type { TopicPorts } from './ports.ts'

export interface InboxItem<Item> {
  readonly sequence: number
  readonly value: Item
  /** When it was written, RFC 3339. */
  readonly at: string
  /**
   * Records that the person handled it, tried again until it is recorded; then it is gone on every tab and device.
   * Rejects with ClientError `CLOSED` when the topic is closed before, `LOG_RESET` when the inbox was begun anew.
   */
  handled(): Promise<void>
}

export interface InboxTopicOptions<Item> extends TopicOptions {
  /**
   * Called with each unhandled item, all that there are at once. When it resolves the item is recorded as handled; when
   * it rejects the item stays, and comes again after the next reconnect. No item comes again while its handler runs.
   */
  readonly onItem?: (item: InboxItem<Item>) => Promise<void>
  /** Called after each change of `items` or `unread`. */
  readonly onChange?: () => void
}

/**
 * A live inbox. Iterate it, listen, or look at `items`. It holds at most the newest 1000 unhandled items; older ones
 * come when those are handled. Iteration yields each item once, and again after a reconnect if it is still unhandled.
 */
export interface InboxTopic<Item> extends AsyncIterableIterator<InboxItem<Item>, undefined>, TopicHandle {
  /** What is unhandled, in order: another array after each change. */
  readonly items: readonly InboxItem<Item>[]
  /** How many items are unhandled, those that are not held included; undefined until it is known. */
  readonly unread: number | undefined
  /** Calls `listener` after each change of `items` or `unread`; the answer removes it. */
  on(listener: () => void): () => void
}

interface Held<Item> {
  readonly item: InboxItem<Item>
  /** `due`: to be handed on. `running`: its handler runs. `seen`: handed on. */
  stage: 'due' | 'running' | 'seen'
  /** To be recorded; told when it is. */
  settle: ((error?: ClientError) => void)[]
}

/** Subscribes to an inbox. Throws ClientError `CLOSED` after the client was closed. */
export function openInbox<Item>(
  ports: TopicPorts,
  contract: InboxContract<string, Item>,
  topic: string,
  options: InboxTopicOptions<Item>,
): InboxTopic<Item> {
  const { clock, random } = ports
  const listeners = new Set<() => void>(options.onChange ? [options.onChange] : [])
  const held = new Map<number, Held<Item>>()
  let items: readonly InboxItem<Item>[] = []
  let unread: number | undefined
  /** Where the log was read to; an empty epoch before the first page. */
  let position = { epoch: '', sequence: 0 }
  /** Whether `held` is what the inbox holds at `position`. */
  let synced = false
  /** What came while a page was on its way. */
  let waiting: ReceivedInbox<Item>[] = []
  let reading = false
  /** Recorded as handled while a page was on its way, which may list them still. */
  const recorded = new Set<number>()
  /** No link had the topic since the last page: what was handed on and not handled comes again. */
  let again = false
  let readFailures = 0
  let cancelRead = (): void => {}
  let recording = false
  let writeFailures = 0
  let cancelRecord: (() => void) | undefined

  const open = openTopic(ports, contract, topic, options, {
    take(raw) {
      const read = readInboxMessage(contract, raw)
      if ('problem' in read) {
        open.report(read)
        if (read.code === 'unfit-message') readSoon(ports.reorderWaitMs)
        return false
      }
      if (!synced) waiting = [...waiting, read.message].slice(-ports.bufferEntries)
      else if (!apply(read.message)) readSoon(ports.reorderWaitMs)
      return true
    },
    missing() {},
    complete: () => synced,
    subscribed: () => readSoon(0),
    lost() {
      synced = false
      again = true
      cancelRead()
    },
    closed() {
      cancelRead()
      cancelRecord?.()
      for (const entry of held.values()) forget(entry, new ClientError('CLOSED', `${topic} was closed`))
    },
  })

  /** What changed since the position. False when something is missing in between. */
  function apply(message: ReceivedInbox<Item>): boolean {
    const { epoch, sequence, first, entries, time } = message
    if (comparePositions(message, position) <= 0) return true
    if (epoch !== position.epoch || first > position.sequence + 1) return false
    for (const [index, entry] of entries.entries()) {
      const at = first + index
      if (at <= position.sequence) continue
      if ('value' in entry) hold(at, entry.value, time)
      else gone(readSequence('handles' in entry ? entry.handles : entry.retracts) ?? 0)
    }
    position = { epoch, sequence }
    ;({ unread } = message)
    changed()
    // Those that did not fit in a page before.
    if (held.size === 0 && unread > 0) readSoon(0)
    return true
  }

  function readSoon(ms: number): void {
    if (reading || open.ended()) return
    cancelRead()
    cancelRead = clock.after(ms, () => void read())
  }

  async function read(): Promise<void> {
    reading = true
    recorded.clear()
    synced = false
    open.settle()
    try {
      const answer = (await ports.history.request(contract, '/inbox', { topic })) as InboxPage | undefined
      if (open.ended()) return
      // No head: nothing was ever written to it.
      adopt(answer ?? { epoch: '', sequence: 0, unread: 0, items: [], version: 1 })
      reading = false
      readFailures = 0
      const came = waiting
      waiting = []
      synced = true
      if (!came.every(apply)) readSoon(ports.reorderWaitMs)
      open.heard()
    } catch (cause) {
      reading = false
      if (open.ended()) return
      open.readFailed(cause)
      readSoon(backoffMs(readFailures++, ports, random))
    }
  }

  function adopt(page: InboxPage): void {
    if (!Array.isArray(page.items)) {
      throw new ClientError('HTTP_ANSWER', '/inbox answered without items')
    }
    // A page from before what is known already, a replica's perhaps: what is held stands.
    if (page.epoch < position.epoch) return
    if (page.version > contract.version) {
      open.report({
        code: 'newer-version',
        problem: `the inbox has version ${page.version}: reload the page`,
      })
      return
    }
    if (page.epoch !== position.epoch) {
      for (const entry of held.values()) {
        forget(entry, new ClientError('LOG_RESET', `${topic} was begun anew`))
      }
      held.clear()
      recorded.clear()
    }
    const listed = page.items.filter(({ sequence }) => !recorded.has(sequence))
    const present = new Set(listed.map(({ sequence }) => sequence))
    for (const sequence of held.keys()) if (!present.has(sequence)) gone(sequence)
    for (const { sequence, value, at } of listed) {
      const entry = held.get(sequence)
      if (again && entry?.stage === 'seen' && entry.settle.length === 0) entry.stage = 'due'
      if (entry) continue
      const read = received(() => checkValue(topic, contract.item, value))
      if ('problem' in read) open.report(read, `item ${sequence} `)
      else hold(sequence, read.message, at)
    }
    again = false
    position = { epoch: page.epoch, sequence: page.sequence }
    unread = page.unread - (page.items.length - listed.length)
    changed()
  }

  function hold(sequence: number, value: Item, at: string): void {
    if (held.has(sequence)) return
    const entry: Held<Item> = {
      item: {
        sequence,
        value,
        at,
        handled: () =>
          new Promise((resolve, reject) => {
            // Handled already, here or elsewhere.
            if (held.get(sequence) !== entry) resolve()
            else if (open.ended()) reject(new ClientError('CLOSED', `${topic} was closed`))
            else {
              entry.settle.push((error) => (error ? reject(error) : resolve()))
              recordSoon(0)
            }
          }),
      },
      stage: 'due',
      settle: [],
    }
    held.set(sequence, entry)
  }

  function gone(sequence: number): void {
    const entry = held.get(sequence)
    held.delete(sequence)
    if (entry) forget(entry)
  }

  function forget(entry: Held<Item>, error?: ClientError): void {
    for (const settle of entry.settle.splice(0)) settle(error)
  }

  /** Shows what there is now, and hands on what is due. */
  function changed(): void {
    items = [...held.values()].map(({ item }) => item).sort((a, b) => a.sequence - b.sequence)
    callListeners(listeners, ports, topic)
    if (options.onItem) for (const { sequence } of items) void handle(options.onItem, sequence)
    open.wake()
  }

  async function handle(
    onItem: NonNullable<InboxTopicOptions<Item>['onItem']>,
    sequence: number,
  ): Promise<void> {
    const entry = held.get(sequence)
    if (entry?.stage !== 'due') return
    entry.stage = 'running'
    try {
      await onItem(entry.item)
      entry.stage = 'seen'
      // What becomes of it is known by the item's going; a topic that was closed meanwhile has it again when it is opened.
      entry.item.handled().catch(() => {})
    } catch (cause) {
      entry.stage = 'seen'
      ports.onProblem(failure('listener-failed', topic, cause))
    }
  }

  function recordSoon(ms: number): void {
    if (recording) return
    // Items that are handled in one go share a request.
    cancelRecord ??= clock.after(ms, () => void record())
  }

  async function record(): Promise<void> {
    cancelRecord = undefined
    const due = [...held].flatMap(([sequence, { settle }]) => (settle.length > 0 ? [sequence] : []))
    const handled = due.slice(0, handledAtOnceMax)
    if (handled.length === 0) return
    recording = true
    try {
      await ports.history.request(
        contract,
        '/inbox',
        { topic },
        {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ epoch: position.epoch, handled }),
        },
      )
      writeFailures = 0
      recording = false
      // The log tells it too, but the page need not wait for that, if it has not been told already.
      const told = handled.filter((sequence) => !held.has(sequence)).length
      for (const sequence of handled) {
        if (reading) recorded.add(sequence)
        gone(sequence)
      }
      if (unread !== undefined) unread = Math.max(0, unread - handled.length + told)
      changed()
      // What did not fit, and what was handled meanwhile.
      recordSoon(0)
    } catch (cause) {
      recording = false
      if (open.ended()) return
      ports.onProblem(failure('write-failed', topic, cause))
      // Another epoch: the page says which, and what is held of the old one is told so.
      if (cause instanceof ClientError && cause.status === 409) readSoon(0)
      recordSoon(backoffMs(writeFailures++, ports, random))
    }
  }

  function due(): { readonly value: InboxItem<Item> } | undefined {
    for (const { sequence } of items) {
      const entry = held.get(sequence)
      if (entry?.stage !== 'due') continue
      entry.stage = 'seen'
      return { value: entry.item }
    }
    return undefined
  }

  return {
    ...open.handle,
    ...open.iterate(due),
    get items() {
      return items
    },
    get unread() {
      return unread
    },
    on(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
