import type { SavedReplyFound } from '../../topics/schemas/saved-reply.ts'

/** Finds the saved replies that fit a text, best first, at most `most`; none when nothing fits. */
export type Suggester = (text: string, most: number) => Promise<readonly SavedReplyFound[]>

/** A saved reply of the knowledge base. */
export interface SavedReply {
  readonly replyId: string
  /** One line. */
  readonly title: string
  /** What the customer would read. */
  readonly text: string
  /** Words that customers use and the reply does not. */
  readonly keywords: readonly string[]
}

/** What agents did when a reply was suggested, or when they found it themselves. */
export interface ReplyCounts {
  /** Took it, as it is or edited. */
  readonly taken: number
  readonly dismissed: number
}
