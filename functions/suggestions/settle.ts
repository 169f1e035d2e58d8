import { backoffMs } from '../platform/backoff.ts'
import { RetryLater } from '../platform/bus/queue-errors.ts'
import type { Trace } from '../platform/bus/trace.ts'
import type { Time } from '../platform/time.ts'
import { planSettle } from './desk-plan.ts'
import type { DeskStore } from './dynamodb-desk.ts'

export interface SettlePorts {
  readonly desk: DeskStore
  readonly time: Time
  /** 0 up to 1. */
  readonly random: () => number
}

/** Attempts at inboxes that others write as well, before the message comes again. */
const attemptsMax = 10

/**
 * Makes what waits in a conversation fit what the conversation is now: it moves to another agent's inbox, goes, or is
 * escalated. Which event led here makes no difference, nor does one that comes late or twice.
 */
export async function settleConversation(
  conversationId: string,
  trace: Trace,
  { desk, time, random }: SettlePorts,
): Promise<void> {
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const state = await desk.read(conversationId)
    const change = state && planSettle(state, time.now())
    if (!change || (await desk.commit(change, [], trace)) === 'written') return
    await time.sleep(backoffMs(attempt, { baseMs: 10, capMs: 300 }, random))
  }
  throw new RetryLater(`others were in the way of ${conversationId} at each of ${attemptsMax} attempts`, 1)
}

/** A suggestion's time is over, or nearly: then the message comes again when it is. */
export async function settleDue(
  { conversationId, suggestionId }: { readonly conversationId: string; readonly suggestionId: string },
  trace: Trace,
  ports: SettlePorts,
): Promise<void> {
  const state = await ports.desk.read(conversationId)
  if (state?.pending?.suggestionId !== suggestionId) return
  const earlyMs = state.pending.deadline - ports.time.now()
  if (earlyMs > 0) throw new RetryLater('the suggestion is not due yet', earlyMs / 1000)
  await settleConversation(conversationId, trace, ports)
}
