/**
 * What becomes of suggestions: every rule of the desk, and no effect. Each plan is made of the conversation and its
 * pending suggestion as they are now, whatever event led to it, so that events may come in any order and more than once.
 *
 * @module
 */
import type { Escalation } from '../../topics/staff-escalations.ts'
import type { SavedReplyFound } from '../../topics/schemas/saved-reply.ts'
import { type Conversation, isAnswered, questionOf } from './conversation.ts'
import { shorten } from './intercom/plain-text.ts'
import { type Outcome, type Placed, type SuggestionRecord, suggestionIdOf, type Told } from './suggestion.ts'

/** The conversation, what waits in it, and whose it is; all of one moment. */
export interface DeskState {
  readonly conversation: Conversation
  /** The suggestion that waits. */
  readonly pending: SuggestionRecord | undefined
  /** The agent of ours that the conversation's admin is; undefined when none. */
  readonly agentId: string | undefined
}

/** What is written in one transaction, on the condition that the conversation is as read. */
export interface DeskChange {
  readonly conversation: Conversation
  /** Records to put. */
  readonly records: readonly SuggestionRecord[]
  /** An item that leaves an inbox. */
  readonly leaves?: Placed & { readonly by: 'retract' | 'handle' }
  /** A record of `records` that comes into an agent's inbox, and is placed there. */
  readonly enters?: { readonly agentId: string; readonly suggestionId: string }
  /** A record of `records` that is told to the escalations. */
  readonly tells?: { readonly suggestionId: string; readonly escalation: Escalation }
  /** Entries of the escalations that are taken back. */
  readonly untells: readonly Told[]
}

/** A question, and the replies that were found for it: none when nothing was, or when nobody answered in time. */
export interface Found {
  readonly conversationId: string
  readonly messageId: string
  readonly replies: readonly SavedReplyFound[]
}

/** What a new suggestion changes. Undefined: nothing, the question is not the conversation's newest any more. */
export function planOffer(
  state: DeskState,
  { messageId, replies }: Found,
  now: number,
  escalationSeconds: number,
): DeskChange | undefined {
  const { conversation, pending } = state
  const question = questionOf(conversation)
  // A newer question has a suggestion of its own; a closed or answered one wants none.
  if (question?.messageId !== messageId || isAnswered(conversation) || !conversation.open) return undefined
  const { conversationId, customer, messages } = conversation
  const record: SuggestionRecord = {
    suggestionId: suggestionIdOf(conversationId, messageId),
    conversationId,
    messageId,
    question: question.text,
    customer,
    messages,
    replies,
    status: 'pending',
    deadline: now + escalationSeconds * 1000,
    placed: undefined,
    wasWith: undefined,
    told: undefined,
    answer: undefined,
  }
  const before = pending && settled(pending, 'replaced')
  return {
    ...placing(state, record, now),
    conversation: next(conversation, record.suggestionId),
    records: [record, ...(before?.records ?? [])],
    ...(before?.leaves && { leaves: before.leaves }),
    untells: before?.untells ?? [],
  }
}

/** What the conversation as it is, or the time, means to the suggestion that waits. Undefined: nothing. */
export function planSettle(state: DeskState, now: number): DeskChange | undefined {
  const { conversation, pending, agentId } = state
  if (!pending) return undefined
  const over = next(conversation, undefined)
  if (!conversation.open) return { conversation: over, ...settled(pending, 'closed') }
  if (isAnswered(conversation)) return { conversation: over, ...settled(pending, 'answered') }
  if (now >= pending.deadline) {
    // Who was told of it already is not told again, and what was told stands.
    const tells = pending.told ? {} : tellOf(pending, state, now)
    return { conversation: over, ...settled(pending, 'escalated'), ...tells, untells: [] }
  }
  const place = placing(state, pending, now)
  const isMoved = place.enters?.agentId !== pending.placed?.agentId
  // Somebody has it now: that nobody had is taken back.
  const untells = agentId !== undefined && pending.told ? [pending.told] : []
  if (!isMoved && !place.tells && untells.length === 0) return undefined
  return {
    conversation: next(conversation, pending.suggestionId),
    records: [
      {
        ...pending,
        placed: isMoved ? undefined : pending.placed,
        told: untells.length > 0 ? undefined : pending.told,
      },
    ],
    ...(isMoved && place.enters && { enters: place.enters }),
    ...(isMoved && pending.placed && { leaves: { ...pending.placed, by: 'retract' } }),
    ...(place.tells && { tells: place.tells }),
    untells,
  }
}

/** What an agent did with the suggestion in their inbox. */
export function planAnswer(
  conversation: Conversation,
  record: SuggestionRecord & { readonly placed: Placed },
  outcome: Outcome,
  answer: SuggestionRecord['answer'],
): DeskChange {
  return {
    conversation: next(conversation, undefined),
    records: [{ ...record, status: outcome, answer, placed: undefined, wasWith: record.placed.agentId }],
    leaves: { ...record.placed, by: 'handle' },
    untells: [],
  }
}

function next(conversation: Conversation, suggestionId: string | undefined): Conversation {
  return { ...conversation, suggestionId, version: conversation.version + 1 }
}

/** Into the inbox of whose the conversation is; to the escalations when that is nobody of ours. */
function placing(
  state: DeskState,
  record: SuggestionRecord,
  now: number,
): Pick<DeskChange, 'enters' | 'tells'> {
  const { suggestionId, replies, told } = record
  const { agentId } = state
  if (agentId !== undefined) return replies.length > 0 ? { enters: { agentId, suggestionId } } : {}
  // What nobody has may be assigned in a moment: it has until its deadline.
  return reasonOf(state) === 'unknown-agent' && !told ? tellOf(record, state, now) : {}
}

function settled(
  record: SuggestionRecord,
  status: SuggestionRecord['status'],
): Pick<DeskChange, 'records' | 'leaves' | 'untells'> {
  return {
    records: [{ ...record, status, placed: undefined, wasWith: record.placed?.agentId }],
    ...(record.placed && { leaves: { ...record.placed, by: 'retract' } }),
    untells: record.told ? [record.told] : [],
  }
}

function reasonOf({ conversation, agentId }: DeskState): Escalation['reason'] {
  if (agentId !== undefined) return 'not-handled'
  return conversation.adminId === undefined ? 'unassigned' : 'unknown-agent'
}

function tellOf(
  { suggestionId, conversationId, customer, question, replies }: SuggestionRecord,
  state: DeskState,
  now: number,
): Required<Pick<DeskChange, 'tells'>> {
  const escalation: Escalation = {
    ...(replies.length > 0 && { suggestionId }),
    conversationId,
    ...(customer !== undefined && { customer }),
    question: shorten(question, 500),
    ...(state.agentId !== undefined && { agentId: state.agentId }),
    reason: reasonOf(state),
    at: new Date(now).toISOString(),
  }
  return { tells: { suggestionId, escalation } }
}
