/**
 * What the desk table knows of a suggestion: one for each question of a customer, made once, and settled once.
 *
 * @module
 */
import type { SavedReplyFound } from '../../topics/schemas/saved-reply.ts'
import { hashedId } from '../platform/hashed-id.ts'
import type { Message } from './intercom/notification.ts'

/** What an agent may do with a suggestion. */
export const outcomes = ['accepted', 'edited', 'dismissed'] as const
export type Outcome = (typeof outcomes)[number]

/**
 * `pending` until one of the others, which are final. `replaced`: the customer wrote again. `answered`: an agent wrote in
 * the help desk. `escalated`: nobody did anything by the deadline.
 */
export type SuggestionStatus = 'pending' | Outcome | 'replaced' | 'answered' | 'closed' | 'escalated'

/** The item of an agent's inbox. */
export interface Placed {
  readonly agentId: string
  readonly epoch: string
  readonly sequence: number
}

/** The entry of the feed of escalations. */
export interface Told {
  readonly epoch: string
  readonly sequence: number
}

export interface SuggestionRecord {
  readonly suggestionId: string
  readonly conversationId: string
  /** The question. */
  readonly messageId: string
  readonly question: string
  readonly customer: string | undefined
  /** The newest messages when it was made, oldest first. */
  readonly messages: readonly Message[]
  /** Best first; none when nothing was found, and then it is in no inbox. */
  readonly replies: readonly SavedReplyFound[]
  readonly status: SuggestionStatus
  /** Until it is settled, ms since 1970: then it goes to the escalations. */
  readonly deadline: number
  /** In whose inbox it is. */
  readonly placed: Placed | undefined
  /** In whose inbox it was when it was settled. */
  readonly wasWith: string | undefined
  /** Its entry in the escalations, while it is pending or when it was escalated. */
  readonly told: Told | undefined
  readonly answer: Answer | undefined
}

/** What an agent did with it. */
export interface Answer {
  readonly agentId: string
  /** The reply that was taken, suggested or found by the agent; absent when the suggestion was dismissed. */
  readonly replyId?: string
  /** As the agent edited it. */
  readonly text?: string
  /** RFC 3339. */
  readonly at: string
}

/** The same question has the same suggestion, however often it is told. */
export function suggestionIdOf(conversationId: string, messageId: string): string {
  return hashedId(conversationId, messageId)
}

/** The ID in a path, or undefined for what is none. */
export function readSuggestionId(text: string | undefined): string | undefined {
  return text !== undefined && /^[a-z2-7]{26}$/.test(text) ? text : undefined
}
