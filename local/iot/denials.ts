/**
 * The refusals of late, for the page that shows them: who may not do what to what, and which statement said so.
 *
 * @module
 */
import { bounds } from './limits.ts'
import type { Denial } from './policy/permissions.ts'

export interface RecentDenial extends Denial {
  /** Absent for a data-plane request. */
  readonly clientId: string | undefined
  /** When it was refused first, ms since 1970. */
  readonly firstAt: number
  /** When it was refused last, ms since 1970. */
  readonly lastAt: number
  readonly times: number
}

/** How often something was refused for a reason. */
export interface DenialCount {
  readonly action: string
  readonly because: string
  readonly times: number
}

/** Denials logged a second: who makes them faster is on the page, and must not fill a disk. */
const linesPerSecond = 20

/** Characters kept of what a denial names. */
const charactersMax = 500

export class Denials {
  /** By what was refused to whom, the oldest first. */
  readonly #recent = new Map<string, RecentDenial>()

  /** Since the broker started, by action and why. */
  readonly #byReason = new Map<string, DenialCount>()

  #second = 0
  #lines = 0
  #untold = 0

  /** Whether one more may be logged this second, and how many were not since the last that was; undefined when it may not. */
  line(now: number): { readonly untold?: number } | undefined {
    const second = Math.floor(now / 1000)
    if (second !== this.#second) this.#lines = 0
    this.#second = second
    this.#lines += 1
    if (this.#lines > linesPerSecond) {
      this.#untold += 1
      return undefined
    }
    const untold = this.#untold
    this.#untold = 0
    return untold > 0 ? { untold } : {}
  }

  /** Notes a refusal. The same one again only counts; the oldest makes room. */
  add(denial: Denial, clientId: string | undefined, now: number): void {
    const { principal, action, statement } = denial
    // A request says much of itself before anybody knows who sends it.
    const resource = denial.resource.slice(0, charactersMax)
    const because = denial.because.slice(0, charactersMax)
    this.#count(action, because)
    const key = JSON.stringify([clientId, principal, action, resource, because])
    const before = this.#recent.get(key)
    this.#recent.delete(key)
    this.#recent.set(key, {
      principal,
      action,
      resource,
      because,
      statement,
      clientId,
      firstAt: before?.firstAt ?? now,
      lastAt: now,
      times: (before?.times ?? 0) + 1,
    })
    if (this.#recent.size <= bounds.denials) return
    for (const oldest of this.#recent.keys()) {
      this.#recent.delete(oldest)
      return
    }
  }

  /** Every refusal since the broker started, by reason, the most frequent first. */
  byReason(): DenialCount[] {
    return [...this.#byReason.values()].toSorted((one, other) => other.times - one.times)
  }

  #count(action: string, because: string): void {
    const named = `${action} ${because}`
    // Statements' names are the project's: who makes up reasons without end has them counted together.
    const key = this.#byReason.has(named) || this.#byReason.size < bounds.denialReasons ? named : ''
    const times = (this.#byReason.get(key)?.times ?? 0) + 1
    this.#byReason.set(
      key,
      key === '' ? { action: 'other', because: 'other reasons', times } : { action, because, times },
    )
  }

  /** The newest first. */
  list(): RecentDenial[] {
    return [...this.#recent.values()].toReversed()
  }
}
