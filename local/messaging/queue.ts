import { hash, randomUUID } from 'node:crypto'
import type { Chance } from '../chance.ts'
import type { Clock } from '../clock.ts'
import type { Faults } from '../faults.ts'
import { messagingLimits } from './limits.ts'
import type { MessageAttributes } from './message-attributes.ts'
import { attributesBytes } from './message-attributes.ts'
import type { MessageStore } from './message-store.ts'
import type { QueueSettings } from './queue-definition.ts'
import { readReceiptHandle, writeReceiptHandle } from './receipt-handle.ts'
import { Visibility, newEntry } from './visibility.ts'
import type { Entry } from './visibility.ts'

/** What travels with a body. */
export interface MessageDetails {
  readonly attributes?: MessageAttributes
  /** AWSTraceHeader, the X-Ray header. */
  readonly traceHeader?: string
  /** ARN of the queue that a dead letter came from. */
  readonly deadLetterSource?: string
}

export interface SendOptions extends MessageDetails {
  /** Default: the queue's. */
  readonly delaySeconds?: number
}

export interface ReceiveOptions {
  readonly max: number
  /** The batch closes before it holds more bytes of body and attributes, but has one message at least. Default: no bound. */
  readonly maxBytes?: number
  /** How long the messages are hidden, ms. Default: the queue's visibility time-out. */
  readonly visibilityMs?: number
}

export interface ReceivedMessage {
  readonly messageId: string
  readonly receiptHandle: string
  readonly body: string
  readonly details: MessageDetails
  /** Ms since 1970. */
  readonly sentAt: number
  readonly receives: number
  /** Ms since 1970. */
  readonly firstReceivedAt: number
}

/** Messages by their state, as the Approximate… attributes count them; here the counts are exact. */
export interface QueueCounts {
  readonly visible: number
  readonly inFlight: number
  readonly delayed: number
}

/** What a queue needs of its surroundings. */
export interface QueueContext {
  readonly store: MessageStore
  readonly clock: Clock
  readonly chance: Chance
  readonly faults: Pick<Faults, 'messages'>
  /** The queue of an ARN or a name; undefined when there is none. */
  readonly find: (arnOrName: string) => LocalQueue | undefined
}

/**
 * One standard SQS queue. Messages become visible when the transaction that holds them is committed; those that were
 * in flight when the process died are visible again at once when it starts: a standard queue delivers at least once
 * and may deliver again at any time, and nobody is left who could still hold them.
 */
export class LocalQueue {
  readonly name: string
  readonly arn: string
  readonly url: string
  #settings: QueueSettings
  readonly #context: QueueContext
  readonly #entries = new Map<number, Entry>()
  readonly #visibility: Visibility
  #written: Entry[] = []
  #emptyWaiters: (() => void)[] = []

  constructor(settings: QueueSettings, arn: string, url: string, context: QueueContext) {
    this.name = settings.name
    this.arn = arn
    this.url = url
    this.#settings = settings
    this.#context = context
    this.#visibility = new Visibility(context.clock)
    const now = context.clock.now()
    for (const { availableAt, ...summary } of context.store.summaries(this.name)) {
      const entry = { ...newEntry, ...summary }
      this.#entries.set(entry.id, entry)
      // Only a delayed one can be due later: a clock that was set back must not hide the others.
      if (availableAt > Math.max(now, entry.sentAt)) this.#visibility.hide(entry, availableAt, true)
      else this.#visibility.show(entry)
    }
  }

  get settings(): QueueSettings {
    return this.#settings
  }

  /** Takes new settings for the messages to come. */
  configure(settings: QueueSettings): void {
    this.#settings = settings
  }

  /**
   * Stores a message; it is safe when `store.committed()` resolves. The answer is the message ID.
   * Characters that SQS cannot hold become U+FFFD, as there.
   */
  send(body: string, options: SendOptions = {}): string {
    const { delaySeconds = this.#settings.delaySeconds, ...details } = options
    const { chance, faults } = this.#context
    const messageId = randomUUID()
    const text = storable(body)
    const entry = this.#write(messageId, text, details, delaySeconds * 1000)
    if (chance.happens(faults.messages.double)) {
      // A second copy beside it, or the same once more after it was deleted: AWS does both.
      if (chance.next() < 0.5) this.#write(messageId, text, details, delaySeconds * 1000)
      else entry.again = true
    }
    return messageId
  }

  /** What is visible now, oldest first, hidden from others until its time-out; empty when nothing is. */
  receive(options: ReceiveOptions): ReceivedMessage[] {
    const { clock, chance, faults, store } = this.#context
    const now = clock.now()
    this.#expire(now)
    const visibilityMs = options.visibilityMs ?? this.#settings.visibilityTimeoutSeconds * 1000
    const taken: Entry[] = []
    const messages: ReceivedMessage[] = []
    let bytes = 0
    while (taken.length < options.max) {
      const entry = faults.messages.reorder
        ? this.#visibility.ready.at(Math.floor(chance.next() * this.#visibility.ready.size))
        : this.#visibility.ready.peek()
      if (!entry) break
      const { redrive } = this.#settings
      const isPoison = redrive !== undefined && entry.receives >= redrive.maxReceiveCount
      if (isPoison && this.#bury(entry, redrive.deadLetterTargetArn)) continue
      bytes += entry.bytes
      if (taken.length > 0 && bytes > (options.maxBytes ?? Number.POSITIVE_INFINITY)) break
      this.#visibility.ready.remove(entry)
      entry.receives += 1
      entry.firstReceivedAt ||= now
      store.received(entry.id, entry.receives, entry.firstReceivedAt)
      const { messageId, body, details } = store.read(entry.id)
      taken.push(entry)
      messages.push({
        messageId,
        receiptHandle: writeReceiptHandle({ queue: this.name, id: entry.id, receives: entry.receives }),
        body,
        details: readDetails(details),
        sentAt: entry.sentAt,
        receives: entry.receives,
        firstReceivedAt: entry.firstReceivedAt,
      })
    }
    // After the loop, so that a visibility time-out of 0 does not hand the same message out twice in one receive.
    for (const entry of taken) this.#visibility.hide(entry, now + visibilityMs, false)
    if (visibilityMs <= 0) this.#visibility.surface()
    return messages
  }

  /**
   * Deletes a received message. An outdated handle (the message was received again since) deletes nothing, as on AWS.
   * The answer is false when the text is no receipt handle of this queue.
   */
  delete(receiptHandle: string): boolean {
    const handle = readReceiptHandle(receiptHandle)
    if (handle?.queue !== this.name) return false
    const entry = this.#entries.get(handle.id)
    if (!entry || entry.receives !== handle.receives) return true
    if (entry.again) {
      entry.again = false
      this.#visibility.take(entry)
      this.#visibility.hide(entry, this.#context.clock.now() + this.#faultDelayMs(), false)
      this.#visibility.surface()
      return true
    }
    this.#forget(entry)
    this.#context.store.delete(entry.id)
    this.#checkEmpty()
    return true
  }

  /** Hides a received message for so long from now, or shows it at once with 0. */
  changeVisibility(
    receiptHandle: string,
    visibilityMs: number,
  ): 'changed' | 'not in flight' | 'no such handle' {
    const handle = readReceiptHandle(receiptHandle)
    if (handle?.queue !== this.name) return 'no such handle'
    const entry = this.#entries.get(handle.id)
    if (!entry || entry.state !== 'hidden' || entry.delayed || entry.receives !== handle.receives)
      return 'not in flight'
    this.#visibility.take(entry)
    const now = this.#context.clock.now()
    this.#visibility.hide(entry, now + visibilityMs, false)
    this.#visibility.surface()
    return 'changed'
  }

  /** Deletes every message, in flight or not. */
  purge(): void {
    for (const entry of this.#entries.values()) {
      if (entry.state === 'written') continue
      this.#forget(entry)
      this.#context.store.delete(entry.id)
    }
    this.#checkEmpty()
  }

  /**
   * Moves visible messages to another queue with their count of receives at 0; how many there were.
   * @param most no more than these. Default: all
   */
  moveAll(
    target: LocalQueue | ((source: string | undefined) => LocalQueue | undefined),
    most = Number.POSITIVE_INFINITY,
  ): number {
    let moved = 0
    const stay: Entry[] = []
    for (
      let entry = this.#visibility.ready.peek();
      entry && moved < most;
      entry = this.#visibility.ready.peek()
    ) {
      const { details } = this.#context.store.read(entry.id)
      const { deadLetterSource, ...kept } = readDetails(details)
      const to = typeof target === 'function' ? target(deadLetterSource) : target
      this.#forget(entry)
      if (!to) {
        stay.push(entry)
        continue
      }
      this.#context.store.move(entry.id, to.name, writeDetails(kept), 0)
      to.#adopt({ ...entry, receives: 0, firstReceivedAt: 0 })
      moved += 1
    }
    for (const entry of stay) {
      this.#entries.set(entry.id, entry)
      this.#visibility.show(entry)
    }
    this.#checkEmpty()
    return moved
  }

  counts(): QueueCounts {
    this.#expire(this.#context.clock.now())
    return {
      visible: this.#visibility.ready.size,
      inFlight: this.#visibility.inFlight,
      delayed: this.#visibility.delayed + this.#written.length,
    }
  }

  /** Calls back whenever messages became visible; the answer stops it. */
  onReady(listener: () => void): () => void {
    return this.#visibility.onReady(listener)
  }

  /** Resolves when the queue holds nothing: visible, in flight or delayed. */
  empty(): Promise<void> {
    if (this.#entries.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#emptyWaiters.push(resolve))
  }

  /** Resolves when all that was done so far is on disk. */
  committed(): Promise<void> {
    return this.#context.store.committed()
  }

  close(): void {
    this.#visibility.close()
  }

  /** The store's word that this turn's messages are on disk. */
  readonly #participant = {
    committed: (): void => {
      const now = this.#context.clock.now()
      for (const entry of this.#written.splice(0)) {
        if (entry.visibleAt > now) this.#visibility.hide(entry, entry.visibleAt, true)
        else this.#visibility.show(entry)
      }
    },
    announce: (): void => this.#visibility.announce(),
    failed: (): void => {
      for (const entry of this.#written.splice(0)) this.#forget(entry)
      this.#checkEmpty()
    },
  }

  #write(messageId: string, body: string, details: MessageDetails, delayMs: number): Entry {
    const sentAt = this.#context.clock.now()
    const bytes = Buffer.byteLength(body) + attributesBytes(details.attributes)
    const id = this.#context.store.insert(
      {
        queue: this.name,
        messageId,
        body,
        details: writeDetails(details),
        sentAt,
        availableAt: sentAt + delayMs,
        bytes,
      },
      this.#participant,
    )
    const entry: Entry = {
      ...newEntry,
      id,
      sentAt,
      bytes,
      visibleAt: sentAt + delayMs + this.#faultDelayMs(),
    }
    this.#entries.set(id, entry)
    this.#written.push(entry)
    return entry
  }

  #faultDelayMs(): number {
    const { delayMs } = this.#context.faults.messages
    return delayMs > 0 ? Math.floor(this.#context.chance.next() * (delayMs + 1)) : 0
  }

  /** Moves a message to the dead-letter queue; false when that queue does not exist. */
  #bury(entry: Entry, deadLetterTargetArn: string): boolean {
    const target = this.#context.find(deadLetterTargetArn)
    if (!target) return false
    const details = readDetails(this.#context.store.read(entry.id).details)
    this.#forget(entry)
    const moved = writeDetails({ ...details, deadLetterSource: this.arn })
    this.#context.store.move(entry.id, target.name, moved, entry.receives)
    target.#adopt({ ...entry, again: false })
    this.#checkEmpty()
    return true
  }

  #adopt(entry: Entry): void {
    this.#entries.set(entry.id, entry)
    this.#visibility.show(entry)
    this.#visibility.announce()
  }

  #forget(entry: Entry): void {
    this.#visibility.take(entry)
    entry.state = 'gone'
    this.#entries.delete(entry.id)
  }

  /** Drops what is past retention. The heap is oldest first, so looking at its head is enough. */
  #expire(now: number): void {
    const oldest = now - this.#settings.messageRetentionSeconds * 1000
    for (
      let entry = this.#visibility.ready.peek();
      entry && entry.sentAt < oldest;
      entry = this.#visibility.ready.peek()
    ) {
      this.#forget(entry)
      this.#context.store.delete(entry.id)
      this.#checkEmpty()
    }
  }

  #checkEmpty(): void {
    if (this.#entries.size > 0) return
    for (const resolve of this.#emptyWaiters.splice(0)) resolve()
  }
}

/** MD5 of a body in hexadecimal, which the SDKs check. */
export const bodyMd5 = (body: string): string => hash('md5', body)

/** Whether a queue's messages in flight are as many as AWS allows. */
export const isOverInFlightLimit = (counts: QueueCounts): boolean =>
  counts.inFlight >= messagingLimits.inFlightMessages

// Every character that SQS cannot hold.
const unstorable = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu
const storable = (body: string): string => body.replace(unstorable, '\u{FFFD}')

function writeDetails(details: MessageDetails): string | null {
  const text = JSON.stringify(details)
  return text === '{}' ? null : text
}

// Trusted: only writeDetails wrote it.
const readDetails = (text: string | null): MessageDetails =>
  text === null ? {} : (JSON.parse(text) as MessageDetails)
