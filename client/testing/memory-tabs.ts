/**
 * The tabs of one browser in memory: their locks, their channels, and what becomes of a tab that is closed, crashes or
 * freezes. All that reaches a tab goes through `guard`, so that nothing runs in a tab that does not.
 *
 * @module
 */
import type { Clock } from '../clock.ts'
import type { Transport } from '../connection/transport.ts'
import type { PageSignal, PageSignals } from '../page-signals.ts'
import type { FromHub, OpenTabChannel, TabLocks, ToHub } from '../tabs/protocol.ts'

interface Request {
  readonly tab: MemoryTab
  readonly held: () => Promise<void>
  readonly fail: (error: Error) => void
  readonly done: () => void
}

/** A browser with one lock and one channel for each name. */
export class MemoryBrowser {
  readonly clock: Clock
  readonly tabs = new Set<MemoryTab>()
  readonly #holders = new Map<string, Request>()
  readonly #queues = new Map<string, Request[]>()
  readonly #voices = new Map<string, Set<{ tab: MemoryTab; hear: (message: ToHub | FromHub) => void }>>()

  constructor(clock: Clock) {
    this.clock = clock
  }

  open(): MemoryTab {
    const tab = new MemoryTab(this)
    this.tabs.add(tab)
    return tab
  }

  /** Which tab holds the lock. */
  holder(name: string): MemoryTab | undefined {
    return this.#holders.get(name)?.tab
  }

  get locks(): readonly string[] {
    return [...this.#holders.keys()]
  }

  locksOf(tab: MemoryTab): TabLocks {
    return {
      request: (name, options, held) =>
        new Promise<void>((resolve, reject) => {
          // It crashed while a promise of it was on its way.
          if (!this.tabs.has(tab)) return
          const request: Request = { tab, held, fail: reject, done: resolve }
          const queue = this.#queues.get(name) ?? []
          this.#queues.set(name, queue)
          if ('steal' in options) {
            const holder = this.#holders.get(name)
            this.#holders.delete(name)
            // The word of it may come late.
            const stolen = holder?.tab.guard(() => holder.fail(new DOMException('stolen', 'AbortError')))
            if (stolen) this.clock.after(50, stolen)
            queue.unshift(request)
          } else {
            queue.push(request)
            options.signal.addEventListener('abort', () => {
              const at = queue.indexOf(request)
              if (at === -1) return
              queue.splice(at, 1)
              reject(new DOMException('aborted', 'AbortError'))
            })
          }
          this.#grant(name)
        }),
    }
  }

  #grant(name: string): void {
    if (this.#holders.has(name)) return
    const request = this.#queues.get(name)?.shift()
    if (!request) return
    this.#holders.set(name, request)
    const lead = async (): Promise<void> => {
      await request.held()
      if (this.#holders.get(name) !== request) return
      this.#holders.delete(name)
      request.done()
      this.#grant(name)
    }
    this.clock.after(
      1,
      request.tab.guard(() => void lead()),
    )
  }

  channelOf(tab: MemoryTab): OpenTabChannel {
    return (name, hear) => {
      const voices = this.#voices.get(name) ?? new Set()
      this.#voices.set(name, voices)
      const voice = { tab, hear }
      voices.add(voice)
      return {
        post: (message) => {
          for (const other of voices) {
            if (other === voice) continue
            const copy = structuredClone(message)
            const heard = other.tab.guard(() => {
              if (voices.has(other)) other.hear(copy)
            })
            this.clock.after(1, heard)
          }
        },
        close: () => voices.delete(voice),
      }
    }
  }

  /** A tab that crashed holds nothing and hears nothing. */
  forget(tab: MemoryTab): void {
    this.tabs.delete(tab)
    for (const voices of this.#voices.values()) {
      for (const voice of voices) if (voice.tab === tab) voices.delete(voice)
    }
    for (const queue of this.#queues.values()) {
      const left = queue.filter((request) => request.tab !== tab)
      queue.splice(0, queue.length, ...left)
    }
    for (const [name, { tab: holder }] of this.#holders) {
      if (holder !== tab) continue
      this.#holders.delete(name)
      this.#grant(name)
    }
  }
}

/** One tab. */
export class MemoryTab {
  readonly locks: TabLocks
  readonly openChannel: OpenTabChannel
  readonly clock: Clock
  readonly #browser: MemoryBrowser
  readonly #links = new Set<{ close(): void }>()
  readonly #timers = new Set<() => void>()
  #state: 'running' | 'frozen' | 'gone' = 'running'
  #held: (() => void)[] = []
  #signal: ((signal: PageSignal) => void) | undefined

  constructor(browser: MemoryBrowser) {
    this.#browser = browser
    this.locks = browser.locksOf(this)
    this.openChannel = browser.channelOf(this)
    const { clock } = browser
    this.clock = {
      now: () => clock.now(),
      after: (ms, run) => {
        let over = false
        const cancel = (): void => {
          over = true
          stop()
          this.#timers.delete(cancel)
        }
        const due = this.guard(() => {
          if (over) return
          cancel()
          run()
        })
        const stop = clock.after(ms, due)
        this.#timers.add(cancel)
        return cancel
      },
    }
  }

  get running(): boolean {
    return this.#state === 'running'
  }

  readonly signals: PageSignals = (listener) => {
    this.#signal = listener
    return () => {
      this.#signal = undefined
    }
  }

  /** Runs at once, when the tab goes on, or never. */
  guard(run: () => void): () => void {
    return () => {
      if (this.#state === 'running') run()
      else if (this.#state === 'frozen') this.#held.push(run)
    }
  }

  /** The transport as this tab has it: a crash ends its links. */
  transport(transport: Transport): Transport {
    return (target, listener) => {
      const link = transport(target, {
        opened: this.guard(() => listener.opened()),
        message: (topic, payload, ...more) => {
          const copy = payload.slice()
          this.guard(() => listener.message(topic, copy, ...more))()
        },
        lost: (loss) => this.guard(() => listener.lost(loss))(),
      })
      this.#links.add(link)
      return link
    }
  }

  fetch(fetch: (url: string, init: RequestInit) => Promise<Response>): typeof fetch {
    return async (url, init) => {
      const answer = await fetch(url, init)
      await new Promise<void>((resolve) => this.guard(resolve)())
      return answer
    }
  }

  /** The page is hidden for good or for the back/forward cache, and knows it. */
  hide(): void {
    this.#signal?.('sleep')
  }

  show(): void {
    this.#signal?.('wake')
  }

  /** Nothing runs any more, without a word before. */
  freeze(): void {
    if (this.#state === 'running') this.#state = 'frozen'
  }

  thaw(): void {
    if (this.#state !== 'frozen') return
    this.#state = 'running'
    for (const run of this.#held.splice(0)) run()
  }

  crash(): void {
    this.#state = 'gone'
    for (const link of this.#links) link.close()
    for (const cancel of this.#timers) cancel()
    this.#browser.forget(this)
  }
}
