/**
 * What agents did with suggestions, as counts of the saved replies.
 *
 * @module
 */
import type { Outcome } from './suggestion.ts'

/** An answer as its event tells it. */
export interface Answered {
  readonly outcome: Outcome
  readonly replyId?: string | undefined
  readonly suggested: readonly string[]
}

/** What is counted up of a reply. */
export interface Count {
  readonly replyId: string
  readonly as: 'taken' | 'dismissed'
}

/**
 * What an answer counts, each reply once. Who takes one of those that were suggested says nothing of the others; who
 * takes another one passed over all of them.
 */
export function countsOf({ outcome, replyId, suggested }: Answered): readonly Count[] {
  const taken = outcome === 'dismissed' ? undefined : replyId
  const passedOver =
    taken !== undefined && suggested.includes(taken) ? [] : [...new Set(suggested)].map(dismissed)
  return taken === undefined ? passedOver : [{ replyId: taken, as: 'taken' }, ...passedOver]
}

const dismissed = (replyId: string): Count => ({ replyId, as: 'dismissed' })
