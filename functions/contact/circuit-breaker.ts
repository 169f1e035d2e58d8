/**
 * A circuit breaker that all instances share, with a pace: pure, so that every rule is seen here. Closed, requests pass
 * one after the other at the pace. After several failures it opens and nobody asks for a while, longer each time; then one
 * request tries (half-open). When that is answered well it closes, and the pace rises from slow to full: who comes back
 * from an outage meets its backlog by and by.
 * https://learn.microsoft.com/azure/architecture/patterns/circuit-breaker
 *
 * @module
 */

/** Moments in ms since 1970; 0 where there is none. */
export interface Breaker {
  /** Failures in a row, of requests for different things: one that fails for ever opens nothing by itself. */
  readonly failures: number
  /** What failed last. */
  readonly failedLast: string
  /** Times in a row that it opened. */
  readonly openings: number
  /** Nobody asks before this moment, and who asks after it tries; 0: closed. */
  readonly openUntil: number
  /** Until when the one that tries is waited for. */
  readonly probeUntil: number
  /** When it closed: the pace rises from then. */
  readonly closedAt: number
  /** When the next request may start. */
  readonly nextAt: number
}

export const closedBreaker: Breaker = {
  failures: 0,
  failedLast: '',
  openings: 0,
  openUntil: 0,
  probeUntil: 0,
  closedAt: 0,
  nextAt: 0,
}

export interface BreakerRules {
  /** Failures in a row that open it. Default: 5. */
  readonly failuresMax: number
  /** How long it opens for the first time, ms; twice as long each time, half of it at random. Default: 10 s. */
  readonly openMs: number
  /** The most it opens for, ms. Default: 5 min. */
  readonly openMsMax: number
  /** How long the one that tries is waited for, ms: longer than a request may take. Default: 15 s. */
  readonly probeMs: number
  /** Requests a second, at most. Default: 10. */
  readonly perSecond: number
  /** Requests a second just after it closed; twice as many each `doubleMs`. Default: 1. */
  readonly risesFrom: number
  /** Default: 30 s. */
  readonly doubleMs: number
  /** A request whose turn is not within this comes again later, ms. Default: 3 s. */
  readonly turnMsMax: number
}

export const breakerRules: BreakerRules = {
  failuresMax: 5,
  openMs: 10_000,
  openMsMax: 300_000,
  probeMs: 15_000,
  perSecond: 10,
  risesFrom: 1,
  doubleMs: 30_000,
  turnMsMax: 3_000,
}

/** The longest that somebody who answers "later" is left alone on their word, ms. */
const retryAfterMsMax = 900_000

export type Permit =
  /** Start at `at`. */
  | { readonly kind: 'go'; readonly at: number; readonly probe: boolean }
  /** Ask again after `waitMs`. */
  | { readonly kind: 'wait'; readonly waitMs: number }

/** Asks for a turn. The breaker is unchanged when the answer is to wait. */
export function askBreaker(breaker: Breaker, now: number, rules: BreakerRules): [Breaker, Permit] {
  const { openUntil, probeUntil, nextAt } = breaker
  if (openUntil > now) return [breaker, { kind: 'wait', waitMs: openUntil - now }]
  if (openUntil > 0) {
    // It answers in a moment as a rule; who waited until it must have would come long after the CRM is back.
    if (probeUntil > now)
      return [breaker, { kind: 'wait', waitMs: Math.min(probeUntil - now, rules.turnMsMax) }]
    return [
      { ...breaker, probeUntil: now + rules.probeMs },
      { kind: 'go', at: now, probe: true },
    ]
  }
  const at = Math.max(now, nextAt)
  if (at - now > rules.turnMsMax) return [breaker, { kind: 'wait', waitMs: at - now }]
  const next = { ...breaker, nextAt: at + Math.ceil(1000 / paceOf(breaker, at, rules)) }
  return [next, { kind: 'go', at, probe: false }]
}

/** Requests a second at a moment. */
export function paceOf({ closedAt }: Breaker, now: number, rules: BreakerRules): number {
  const doublings = Math.max(0, now - closedAt) / rules.doubleMs
  return Math.min(rules.perSecond, rules.risesFrom * 2 ** Math.min(doublings, 30))
}

/** How a request ended. */
export interface Report {
  /** What it was for. */
  readonly about: string
  readonly probe: boolean
  readonly ok: boolean
  /** How long the other side asked to be left alone, ms. */
  readonly retryAfterMs?: number | undefined
}

/** Takes note of how a request ended. Answers the same breaker when that changes nothing. `random` gives 0 up to 1. */
export function reportBreaker(
  breaker: Breaker,
  report: Report,
  now: number,
  random: () => number,
  rules: BreakerRules,
): Breaker {
  const isOpen = breaker.openUntil > 0
  // One that was under way when it opened: what it met is known already. Only the one that tries decides.
  if (isOpen && !report.probe) return breaker
  if (report.ok) return isOpen ? close(breaker, now, rules) : wentWell(breaker, now, rules)
  const anew = report.about !== breaker.failedLast
  const failures = breaker.failures + (anew ? 1 : 0)
  if (report.probe || failures >= rules.failuresMax || report.retryAfterMs !== undefined) {
    return open(breaker, report, now, random, rules)
  }
  return anew ? { ...breaker, failures, failedLast: report.about } : breaker
}

function open(
  breaker: Breaker,
  report: Report,
  now: number,
  random: () => number,
  rules: BreakerRules,
): Breaker {
  const longest = Math.min(rules.openMsMax, rules.openMs * 2 ** Math.min(breaker.openings, 30))
  const openMs = longest * (0.5 + random() / 2)
  const asked = Math.min(report.retryAfterMs ?? 0, retryAfterMsMax)
  return {
    ...closedBreaker,
    openings: breaker.openings + 1,
    failedLast: report.about,
    openUntil: now + Math.ceil(Math.max(openMs, asked)),
  }
}

function close(breaker: Breaker, now: number, rules: BreakerRules): Breaker {
  const { openings } = breaker
  return { ...closedBreaker, openings, closedAt: now, nextAt: now + Math.ceil(1000 / rules.risesFrom) }
}

/** What failed is forgotten, and that it opened once the pace is full again. */
function wentWell(breaker: Breaker, now: number, rules: BreakerRules): Breaker {
  const settled = breaker.openings > 0 && paceOf(breaker, now, rules) >= rules.perSecond
  if (breaker.failures === 0 && !settled) return breaker
  return { ...breaker, failures: 0, failedLast: '', openings: settled ? 0 : breaker.openings }
}
