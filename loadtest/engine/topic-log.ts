/**
 * All that a thread hears of one topic. The first copy of a message is read whole and kept; every other copy, to whichever
 * subscriber, is compared with it byte by byte. So each subscriber's content is checked in full at the price of a comparison.
 *
 * @module
 */
import { writeSequence } from '../../topics/contract/sequence.ts'
import type { TopicContract } from '../../topics/index.ts'
import type { Loss } from '../outcome.ts'
import type { LoadTopic } from '../plan.ts'
import { closeHole, isCovered, openHoles } from './entries.ts'
import type { Known } from './known.ts'
import { hashOf, type OwnTopic } from './ledger.ts'
import type { Listener } from './listener.ts'
import { idIn, positionOf } from './message-identity.ts'
import { OwedTimes } from './owed-times.ts'
import type { PhaseCounts } from './phase-figures.ts'
import { contractOf, readMessage } from './read-message.ts'
import type { RunClock } from './run-clock.ts'
import type { Tally } from './tally.ts'

export interface TopicLogOptions {
  readonly topic: LoadTopic
  readonly own: OwnTopic | undefined
  readonly requestsDue: Float64Array
  /** Marks the requests of this run in what they cause: `<run>-<index>`. */
  readonly run: string
  readonly counts: PhaseCounts
  readonly tally: Tally
  readonly clock: RunClock
  readonly onUnfit: (topic: string, problem: string) => void
  /** A feed's listener has a hole that `/events` may fill. */
  readonly onHole: (log: TopicLog, listener: Listener) => void
}

/** Bytes are kept of so many messages; later copies of older ones are checked by their hash, or read again. */
const bytesKept = 256
/** A message is owed to who was subscribed for so long before it and after it, ms. */
const graceMs = 1000
/** Repair sends a head once more five seconds after its topic fell quiet: a copy so late is no duplicate. docs/parts.md. */
const repeatAfterMs = 3000

export class TopicLog {
  readonly topic: LoadTopic
  readonly name: Buffer
  readonly known: Known[] = []
  readonly #options: TopicLogOptions
  readonly #contract: TopicContract | undefined
  readonly #byId = new Map<string, Known>()
  readonly #marker: RegExp
  /** The newest of all. */
  #epoch = ''
  #sequence = -1
  #retained: { bytes: Buffer; epoch: string; sequence: number; first: number; previous: number } | undefined
  readonly #owed = new OwedTimes()

  constructor(options: TopicLogOptions) {
    this.#options = options
    this.topic = options.topic
    this.name = Buffer.from(options.topic.topic)
    this.#contract = contractOf(options.topic)
    this.#marker = new RegExp(`${options.run}-(\\d{1,9})`, 'g')
  }

  /** A SUBSCRIBE goes out. */
  ask(listener: Listener, now: number): void {
    listener.wantsSince = now
    listener.wantsEpoch = this.#epoch
    listener.wantsSequence = this.#sequence
  }

  /** Its SUBACK has come. */
  join(listener: Listener, now: number): void {
    listener.subscribed = true
    listener.since = now
    listener.base = this.known.length
    listener.next = this.known.length
    listener.missing = undefined
  }

  /** Its connection is gone, at a time when messages may have been on their way; or the run is over. */
  leave(listener: Listener, now: number, over: boolean): void {
    if (!listener.subscribed) return
    listener.subscribed = false
    const from = listener.since + graceMs
    const to = over ? Number.POSITIVE_INFINITY : now - graceMs
    const look = (index: number): void => {
      const known = this.known[index]
      if (!known || known.sentMs < from || known.sentMs >= to) return
      if (known.isOwn) lose(known)
      else (listener.unheard ??= []).push(known)
    }
    this.#options.tally.missing -= listener.missing?.length ?? 0
    listener.missing?.forEach(look)
    for (let index = listener.next; index < this.known.length; index += 1) look(index)
    this.#owed.add(from, to)
    listener.missing = undefined
  }

  /** The subscriber will not come back: what it never heard is lost now, unless its content came otherwise. */
  settle(listener: Listener): void {
    for (const known of listener.unheard ?? []) {
      if (this.#isMadeGood(listener, known)) known.count.superseded += 1
      else lose(known)
    }
    listener.unheard = undefined
  }

  /** A message came. Returns at once what it makes of it; nothing of `bytes` is kept. */
  hear(listener: Listener, bytes: Buffer, from: number, to: number, retained: boolean, now: number): void {
    if (retained) {
      this.#hearRetained(listener, bytes, from, to, now)
      return
    }
    const expected = this.known[listener.next]
    const known =
      expected !== undefined && isSame(expected.bytes, bytes, from, to)
        ? expected
        : this.#find(bytes, from, to, now)
    if (!known) return
    const { index, count } = known
    const isAtHand = hasAlready(listener, known)
    if (index >= listener.next) {
      for (let skipped = listener.next; skipped < index; skipped += 1) {
        ;(listener.missing ??= []).push(skipped)
        this.#options.tally.missing += 1
      }
      listener.next = index + 1
    } else {
      const at = listener.missing?.indexOf(index) ?? -1
      // One that was known to others before this one joined may still come to it, once.
      if (at < 0 && (index >= listener.base || now - listener.since > graceMs)) {
        const isRepeat = !known.isOwn && now - known.sentMs > repeatAfterMs
        if (isRepeat) count.repeated += 1
        else count.duplicated += 1
        this.#options.tally.duplicated += isRepeat ? 0 : 1
        return
      }
      if (at >= 0) {
        listener.missing?.splice(at, 1)
        this.#options.tally.missing -= 1
      }
    }
    if (isAtHand) {
      count.repeated += 1
      return
    }
    known.isDelivered = true
    count.delivered += 1
    count.bytes += to - from
    const late = now - known.startMs
    count.delivery.record(late)
    this.#options.tally.deliver(late)
    if (known.requestsMs) for (const due of known.requestsMs) count.request.record(now - due)
    if (this.#isBehind(known, listener)) {
      count.reordered += 1
      this.#options.tally.reordered += 1
    }
    this.#advance(listener, known, now)
  }

  /** Messages of others that came as something new, for the threads to compare. */
  foreign(): { epoch: string; sequence: number; sentMs: number }[] {
    return this.known
      .filter(({ isOwn, isDelivered }) => !isOwn && isDelivered)
      .map(({ epoch, sequence, sentMs }) => ({ epoch, sequence, sentMs }))
  }

  /** Counts messages that nobody in this thread got, after everybody left; answers the losses of the topic. */
  losses(foreign: readonly { epoch: string; sequence: number; sentMs: number }[]): Loss[] {
    const { own, counts, clock } = this.#options
    const { topic } = this.topic
    const losses: Loss[] = []
    const add = (sequence: number, sentMs: number, subscribers: number, epoch?: string): void => {
      losses.push({
        topic,
        sequence,
        subscribers,
        at: clock.rfc3339(sentMs),
        ...(epoch === undefined ? {} : { epoch }),
      })
    }
    for (const { lostBy, sequence, sentMs, epoch, isOwn } of this.known)
      if (lostBy > 0) add(sequence, sentMs, lostBy, isOwn ? undefined : epoch)
    const nobody = (sequence: number, sentMs: number, epoch?: string): void => {
      const subscribers = this.#owed.countAt(sentMs)
      if (subscribers === 0) return
      counts.at(sentMs).topic(this.topic).lost += subscribers
      add(sequence, sentMs, subscribers, epoch)
    }
    for (const [index, sentMs] of (own?.sent ?? []).entries())
      if (!Number.isNaN(sentMs) && !this.#byId.has(idOf(own?.epoch ?? '', index + 1)))
        nobody(index + 1, sentMs)
    for (const { epoch, sequence, sentMs } of foreign)
      if (!this.#byId.has(idOf(epoch, sequence)) && this.topic.kind !== 'state')
        nobody(sequence, sentMs, epoch)
    return losses
  }

  /** Whether it came behind a newer one that was sent when the target had this one. */
  #isBehind({ sequence, epoch, isOwn }: Known, listener: Listener): boolean {
    if (sequence >= listener.sequence || epoch !== listener.epoch) return false
    const { own } = this.#options
    if (!isOwn || !own) return true
    return (own.taken[sequence - 1] ?? Number.NaN) <= (own.sent[listener.sequence - 1] ?? Number.NaN)
  }

  #isMadeGood(listener: Listener, { epoch, sequence }: Known): boolean {
    if (this.topic.kind === 'state') return isNewer(listener, epoch, sequence)
    if (this.topic.kind === 'signal') return false
    return listener.epoch > epoch || (listener.epoch === epoch && isCovered(listener, sequence))
  }

  /** The message that these bytes are, which may be its first copy; undefined when it cannot be used. */
  #find(bytes: Buffer, from: number, to: number, now: number): Known | undefined {
    const id = idIn(bytes, from, to)
    if (id === undefined) return this.#unfit('has no id', now)
    const known = this.#byId.get(id)
    if (!known) return this.#add(id, Buffer.from(bytes.subarray(from, to)), now)
    if (isSame(known.bytes, bytes, from, to)) return known
    const copy = bytes.subarray(from, to)
    if (known.isOwn) {
      if (hashOf(copy) !== this.#options.own?.hashes[known.sequence - 1])
        this.#unfit(`${id} is not what was sent`, now)
      return known
    }
    // The same head, sent with more or fewer entries.
    const read = readMessage(this.#contract, known.sequence, copy.toString())
    if ('problem' in read) this.#unfit(`${id} ${read.problem}`, now)
    else if (known.bytes) known.bytes = Buffer.from(copy)
    return known
  }

  #add(id: string, bytes: Buffer, now: number): Known | undefined {
    const { own, counts, clock } = this.#options
    const position = positionOf(id)
    const index = this.known.length
    const sequence = position?.sequence ?? index + 1
    const epoch = position?.epoch ?? ''
    const dueMs = epoch === own?.epoch ? own.due[sequence - 1] : undefined
    const isOwn = dueMs !== undefined && !Number.isNaN(dueMs)
    const text = isOwn ? '' : bytes.toString()
    const read = isOwn
      ? { time: '', first: sequence, previous: sequence - 1 }
      : readMessage(this.#contract, sequence, text)
    if ('problem' in read) return this.#unfit(`${id} ${read.problem}`, now)
    if (isOwn && hashOf(bytes) !== own?.hashes[sequence - 1]) this.#unfit(`${id} is not what was sent`, now)
    const written = isOwn ? dueMs : clock.read(read.time)
    const startMs = Number.isNaN(written) ? now : written
    const known: Known = {
      index,
      epoch,
      sequence,
      isOwn,
      bytes,
      startMs,
      first: read.first,
      previous: read.previous,
      requestsMs: isOwn ? undefined : this.#requestsIn(text),
      sentMs: isOwn ? sentOr(own?.sent[sequence - 1], dueMs) : now,
      count: counts.at(isOwn ? startMs : now).topic(this.topic),
      isDelivered: false,
      lostBy: 0,
    }
    this.known.push(known)
    this.#byId.set(id, known)
    const old = this.known[index - bytesKept]
    if (old) old.bytes = undefined
    if (position) this.#newest(epoch, sequence)
    return known
  }

  /** When the requests were due whose marks it carries and that no message carried before. */
  readonly #marked = new Set<number>()
  #requestsIn(text: string): number[] | undefined {
    const dues: number[] = []
    for (const [, digits] of text.matchAll(this.#marker)) {
      const index = Number(digits)
      const due = this.#options.requestsDue[index]
      if (due === undefined || Number.isNaN(due) || this.#marked.has(index)) continue
      this.#marked.add(index)
      dues.push(due)
    }
    return dues.length > 0 ? dues : undefined
  }

  #hearRetained(listener: Listener, bytes: Buffer, from: number, to: number, now: number): void {
    let retained = this.#retained
    if (!retained || !isSame(retained.bytes, bytes, from, to)) {
      const id = idIn(bytes, from, to)
      const position = id === undefined ? undefined : positionOf(id)
      // What somebody else left there without a head says nothing of whether it is current.
      if (!position) return
      const copy = Buffer.from(bytes.subarray(from, to))
      const read = readMessage(this.#contract, position.sequence, copy.toString())
      if ('problem' in read) {
        this.#unfit(`retained ${id} ${read.problem}`, now)
        return
      }
      retained = { bytes: copy, ...position, first: read.first, previous: read.previous }
      this.#retained = retained
      this.#newest(retained.epoch, retained.sequence)
    }
    this.#advance(listener, retained, now)
  }

  /** The subscriber stands where this message is, or stays where it was when that is newer. */
  #advance(
    listener: Listener,
    message: { epoch: string; sequence: number; first: number; previous: number },
    now: number,
  ): void {
    const { epoch, sequence } = message
    if (!Number.isNaN(listener.wantsSince) && this.#isCurrent(listener, epoch, sequence)) {
      const count = this.#options.counts.at(now).topic(this.topic)
      // The tester's own messages are never retained: who joins waits for the next one, which says nothing of the target.
      if (epoch !== this.#options.own?.epoch) count.currentValue.record(now - listener.wantsSince)
      listener.wantsSince = Number.NaN
      if (!Number.isNaN(listener.lostAt)) count.back.record(now - listener.lostAt)
      listener.lostAt = Number.NaN
    }
    if ((this.topic.kind === 'feed' || this.topic.kind === 'inbox') && epoch !== this.#options.own?.epoch) {
      const count = this.#options.counts.at(now).topic(this.topic)
      const opened = openHoles(listener, message)
      count.leftOut += opened.leftOut
      if (opened.hole) {
        count.gaps += 1
        this.#options.onHole(this, listener)
      }
      count.gapsRecovered += closeHole(listener, message.first, sequence)
    }
    if (epoch > listener.epoch || (epoch === listener.epoch && sequence > listener.sequence)) {
      listener.epoch = epoch
      listener.sequence = sequence
    }
  }

  #isCurrent(listener: Listener, epoch: string, sequence: number): boolean {
    return (
      epoch > listener.wantsEpoch || (epoch === listener.wantsEpoch && sequence >= listener.wantsSequence)
    )
  }

  #newest(epoch: string, sequence: number): void {
    if (epoch < this.#epoch || (epoch === this.#epoch && sequence <= this.#sequence)) return
    this.#epoch = epoch
    this.#sequence = sequence
  }

  #unfit(problem: string, now: number): undefined {
    this.#options.counts.at(now).topic(this.topic).unfit += 1
    this.#options.tally.unfit += 1
    this.#options.onUnfit(this.topic.topic, problem)
    return undefined
  }
}

function lose(known: Known): void {
  known.lostBy += 1
  known.count.lost += 1
}

/** Whether the listener stands at just this message: it has it as the retained one, if not as this copy. */
function hasAlready(listener: Listener, { isOwn, epoch, sequence }: Known): boolean {
  return !isOwn && listener.sequence === sequence && listener.epoch === epoch
}

function isNewer(listener: Listener, epoch: string, sequence: number): boolean {
  return listener.epoch > epoch || (listener.epoch === epoch && listener.sequence > sequence)
}

function isSame(kept: Buffer | undefined, bytes: Buffer, from: number, to: number): boolean {
  return (
    kept !== undefined && kept.length === to - from && bytes.compare(kept, 0, kept.length, from, to) === 0
  )
}

function idOf(epoch: string, sequence: number): string {
  return `${epoch}-${writeSequence(sequence)}`
}

/** It may come before its sender has noted when it went out. */
function sentOr(sentMs: number | undefined, dueMs: number): number {
  return sentMs === undefined || Number.isNaN(sentMs) ? dueMs : sentMs
}
