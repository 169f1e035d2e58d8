/**
 * One recorded topic in memory: its log, its head as a message, and what the HTTP API answers about it.
 *
 * @module
 */
import type { RecordedContract } from '../../../topics/contract/contract.ts'
import { inboxPageItemsMax, type InboxPage } from '../../../topics/contract/inbox-page.ts'
import { type LogPage, logPageEntries } from '../../../topics/contract/log-page.ts'
import type { FeedEntry, InboxEntry } from '../../../topics/contract/message.ts'
import { feedMessage, inboxMessage, stateMessage } from '../../../topics/contract/write-message.ts'
import { readSequence, writeSequence } from '../../../topics/contract/sequence.ts'

/** Entries that one message carries at most; more are read from the log, or told as a gap. */
const messageEntriesMax = 50

/** One topic. A new epoch sorts after those before it. */
export class MemoryTopic {
  readonly contract: RecordedContract
  readonly topic: string
  epoch: string
  floor = 0
  #entries: InboxEntry<unknown>[] = []
  #value: unknown
  #sequence = 0
  /** The newest that a message carried. */
  #published = 0
  readonly #gone = new Set<number>()

  constructor(contract: RecordedContract, topic: string, epoch: string) {
    this.contract = contract
    this.topic = topic
    this.epoch = epoch
  }

  /** The newest sequence. */
  get sequence(): number {
    return this.#sequence
  }

  set(value: unknown): void {
    this.#value = value
    this.#sequence++
  }

  append(entry: InboxEntry<unknown>): void {
    this.#entries.push(entry)
    this.#sequence++
    if ('retracts' in entry) this.#gone.add(readSequence(entry.retracts) ?? 0)
    if ('handles' in entry) this.#gone.add(readSequence(entry.handles) ?? 0)
  }

  /** Records what was handled, and answers those that are. */
  handle(sequences: readonly number[]): number[] {
    const known = sequences.filter((sequence) => sequence >= 1 && sequence <= this.#sequence)
    for (const sequence of known) {
      if (!this.#gone.has(sequence)) this.append({ handles: writeSequence(sequence) })
    }
    return known
  }

  reset(epoch: string): void {
    this.epoch = epoch
    this.floor = this.#sequence = this.#published = 0
    this.#entries = []
    this.#gone.clear()
  }

  /** What is neither handled nor taken back, in order. */
  get unhandled(): { sequence: number; value: unknown; at: string }[] {
    return this.#entries.flatMap((entry, index) =>
      'value' in entry && !this.#gone.has(index + 1)
        ? [{ sequence: index + 1, value: entry.value, at: this.#at }]
        : [],
    )
  }

  /** The head as the message a joiner gets. */
  message(): object {
    const { contract, topic, epoch } = this
    const head = { topic, epoch, sequence: this.#sequence, time: this.#at }
    if (contract.kind === 'state') return stateMessage(contract, head, this.#value)
    const first = this.#published < this.#sequence ? this.#published : this.#sequence - 1
    const from = Math.max(first, this.#sequence - messageEntriesMax, 0)
    const entries = this.#entries.slice(from)
    const previous = this.#published < from ? this.#published : undefined
    return contract.kind === 'feed'
      ? feedMessage(contract, head, entries as FeedEntry<unknown>[], previous)
      : inboxMessage(contract, { ...head, unread: this.unhandled.length }, entries, previous)
  }

  /** The head was published: the next message begins after it. */
  published(): void {
    this.#published = this.#sequence
  }

  page(query: URLSearchParams): LogPage {
    const { epoch, floor } = this
    const head = this.#sequence
    const asked = query.get('epoch')
    if (asked !== null && asked !== epoch) {
      return { epoch, events: [], head, floor, complete: false, next: null }
    }
    const limit = Number(query.get('limit') ?? logPageEntries.default)
    const after = Number(query.get('after') ?? Math.max(head - limit, 0))
    const from = Math.max(after, floor)
    const events = this.#entries
      .slice(from, from + limit)
      .map((entry, index) => ({ sequence: from + index + 1, entry }))
    const last = events.at(-1)?.sequence ?? head
    return { epoch, events, head, floor, complete: after >= floor, next: last >= head ? null : last }
  }

  inboxPage(): InboxPage {
    const { unhandled, epoch, contract } = this
    const { length } = unhandled
    const items = unhandled.slice(-inboxPageItemsMax)
    return { epoch, sequence: this.#sequence, unread: length, items, version: contract.version }
  }

  get #at(): string {
    return new Date().toISOString()
  }
}
