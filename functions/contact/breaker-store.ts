/**
 * The circuit breaker's item, which instances change one after the other.
 *
 * @module
 */
import { backoffMs } from '../platform/backoff.ts'
import { RetryLater } from '../platform/bus/queue-errors.ts'
import type { Time } from '../platform/time.ts'
import {
  askBreaker,
  type Breaker,
  type BreakerRules,
  closedBreaker,
  type Permit,
  type Report,
  reportBreaker,
} from './circuit-breaker.ts'

export interface StoredBreaker {
  readonly breaker: Breaker
  /** 0 when there is no item yet. */
  readonly version: number
}

export interface BreakerStore {
  /** Strongly read. */
  read(): Promise<StoredBreaker | undefined>
  /** Writes it as the next version of `before`; false when somebody else wrote meanwhile. */
  write(breaker: Breaker, before: number): Promise<boolean>
}

export interface SharedBreakerPorts {
  readonly store: BreakerStore
  readonly time: Time
  /** 0 up to 1. */
  readonly random: () => number
  readonly rules: BreakerRules
}

export interface SharedBreaker {
  /** Asks for a turn. Throws RetryLater when others are in the way all the time. */
  ask(): Promise<Permit>
  /** Tells how a request ended; likewise. Answers how long it is open now, ms; 0 when it is closed. */
  report(report: Report): Promise<number>
}

/** Attempts at an item that others write as well. */
const attemptsMax = 20

/** The breaker as all instances have it. */
export function sharedBreaker({ store, time, random, rules }: SharedBreakerPorts): SharedBreaker {
  // Outlives a request: until when it was open when this instance looked last. Nobody closes it before that.
  let openUntil = 0

  return {
    async ask() {
      const now = time.now()
      if (openUntil > now) return { kind: 'wait', waitMs: openUntil - now }
      return change((breaker) => askBreaker(breaker, time.now(), rules))
    },
    async report(report) {
      return change((before) => {
        const now = time.now()
        const breaker = reportBreaker(before, report, now, random, rules)
        return [breaker, Math.max(0, breaker.openUntil - now)]
      })
    },
  }

  async function change<Answer>(next: (breaker: Breaker) => [Breaker, Answer]): Promise<Answer> {
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      const stored = (await store.read()) ?? { breaker: closedBreaker, version: 0 }
      const [breaker, answer] = next(stored.breaker)
      if (breaker === stored.breaker || (await store.write(breaker, stored.version))) {
        openUntil = breaker.openUntil
        return answer
      }
      await time.sleep(backoffMs(attempt, { baseMs: 10, capMs: 200 }, random))
    }
    throw new RetryLater(`others wrote the circuit breaker at each of ${attemptsMax} attempts`, 2)
  }
}
