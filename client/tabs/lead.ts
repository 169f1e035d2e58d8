/**
 * Who leads: the tab that holds the lock (https://www.w3.org/TR/web-locks/). The browser gives it to the next when the
 * leader closes or crashes; from a leader that does not answer it is taken.
 *
 * @module
 */
import type { TabLocks } from './protocol.ts'

/** A tab that may lead. */
export interface Candidate {
  /** Leads when nobody else does. */
  stand(): void
  /** Leads now. Whoever led queues again. */
  take(): void
  /** Leads no more, and does not wish to. */
  withdraw(): void
}

/** `start` is called on taking the lead; what it answers is closed when the lead is lost. */
export function lead(name: string, locks: TabLocks, start: () => { close(): void }): Candidate {
  let end = (): void => {}
  let leads = false

  function request(steal: boolean): void {
    end()
    const waiting = new AbortController()
    let release = (): void => {}
    end = () => {
      waiting.abort()
      release()
    }
    const held = async (): Promise<void> => {
      if (waiting.signal.aborted) return
      leads = true
      const led = start()
      await new Promise<void>((resolve) => {
        release = () => {
          release = () => {}
          leads = false
          led.close()
          resolve()
        }
      })
    }
    locks.request(name, steal ? { steal } : { signal: waiting.signal }, held).catch((error: unknown) => {
      // Withdrawn before its turn came.
      if (waiting.signal.aborted) return
      // Taken by a tab that had no answer from this one: this one queues.
      if ((error as Error).name === 'AbortError') request(false)
      // There are no locks to be had, in a sandboxed frame or without cookies: leads, as if alone.
      else void held()
    })
  }

  return {
    stand: () => request(false),
    take() {
      if (!leads) request(true)
    },
    withdraw() {
      end()
      end = () => {}
    },
  }
}
