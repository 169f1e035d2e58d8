import type { Clock } from '../clock.ts'
import { IndexedHeap } from './indexed-heap.ts'
import type { MessageSummary } from './message-store.ts'

/** A message in memory: some numbers; its body stays on disk until it is received. */
export interface Entry extends Omit<MessageSummary, 'availableAt'> {
  place: number
  state: 'written' | 'ready' | 'hidden' | 'gone'
  /** Ms since 1970; when hidden. */
  visibleAt: number
  /** Hidden because it is not due yet, not because someone has it. */
  delayed: boolean
  receives: number
  firstReceivedAt: number
  /** A seeded fault: once deleted, it is delivered again. */
  again: boolean
}

export const newEntry = {
  place: -1,
  state: 'written' as Entry['state'],
  visibleAt: 0,
  delayed: false,
  receives: 0,
  firstReceivedAt: 0,
  again: false,
}

/** Which of a queue's messages can be received and which are hidden until when. */
export class Visibility {
  /** Oldest first. */
  readonly ready = new IndexedHeap<Entry>((a, b) => a.id < b.id)
  readonly #hidden = new IndexedHeap<Entry>((a, b) => a.visibleAt < b.visibleAt)
  readonly #listeners = new Set<() => void>()
  readonly #clock: Clock
  #delayed = 0
  #timer: { at: number; cancel: () => void } | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get inFlight(): number {
    return this.#hidden.size - this.#delayed
  }

  get delayed(): number {
    return this.#delayed
  }

  show(entry: Entry): void {
    entry.state = 'ready'
    this.ready.push(entry)
  }

  /** Hides an entry until a time, because it is not due (`delayed`) or because someone has it. */
  hide(entry: Entry, visibleAt: number, delayed: boolean): void {
    entry.state = 'hidden'
    entry.visibleAt = visibleAt
    entry.delayed = delayed
    if (delayed) this.#delayed += 1
    this.#hidden.push(entry)
    if (!this.#timer || visibleAt < this.#timer.at) this.#arm(visibleAt)
  }

  /** Takes an entry out of where it is. */
  take(entry: Entry): void {
    if (entry.state === 'ready') this.ready.remove(entry)
    if (entry.state !== 'hidden') return
    this.#hidden.remove(entry)
    if (entry.delayed) this.#delayed -= 1
  }

  /** Shows what is due and tells the listeners. */
  surface(): void {
    const now = this.#clock.now()
    let shown = 0
    for (let entry = this.#hidden.peek(); entry && entry.visibleAt <= now; entry = this.#hidden.peek()) {
      this.take(entry)
      this.show(entry)
      shown += 1
    }
    if (shown > 0) this.announce()
  }

  /** Calls back whenever there are messages to receive; the answer stops it. */
  onReady(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  announce(): void {
    for (const listener of this.#listeners) {
      if (this.ready.size === 0) return
      listener()
    }
  }

  close(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#listeners.clear()
  }

  /** One timer for the earliest: it is not put off when that message is handled, only found to be early. */
  #arm(at: number): void {
    this.#timer?.cancel()
    const cancel = this.#clock.after(Math.max(0, at - this.#clock.now()), () => {
      this.#timer = undefined
      this.surface()
      const next = this.#hidden.peek()
      if (next && !this.#timer) this.#arm(next.visibleAt)
    })
    this.#timer = { at, cancel }
  }
}
