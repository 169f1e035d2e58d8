/**
 * The saved replies and their counts in memory, as the default suggester searches them. Whoever changes them counts up
 * a version; an instance looks at it once a second at most, and reads what has changed.
 *
 * @module
 */
import type { Log } from '../platform/log.ts'
import { type SearchReplies, searchReplies } from './search-replies.ts'
import type { ReplyCounts, SavedReply, Suggester } from './suggester.ts'

/** Count up with every change: of a reply's texts, and of what agents did with one. */
export interface Versions {
  readonly texts: number
  readonly counts: number
}

export interface KnowledgeStore {
  readonly versions: () => Promise<Versions>
  readonly replies: () => Promise<readonly SavedReply[]>
  readonly counts: () => Promise<ReadonlyMap<string, ReplyCounts>>
}

export interface KnowledgePorts {
  readonly store: KnowledgeStore
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly log: Log
}

/** How long an instance goes by what it knows, ms. */
export const lookEveryMs = 1_000

const none: ReplyCounts = { taken: 0, dismissed: 0 }

/** The default suggester. While the table cannot be read it goes by what it knows; rejects when it knows nothing yet. */
export function createKnowledgeBase({ store, now, log }: KnowledgePorts): Suggester {
  // Outlives a request: the index, and the look at the table that several requests may share.
  let kept:
    | { versions: Versions; search: SearchReplies; counts: ReadonlyMap<string, ReplyCounts> }
    | undefined
  let lookAgainAt = 0
  let looking: Promise<void> | undefined

  return async (text, most) => {
    if (now() >= lookAgainAt) {
      looking ??= look().finally(() => {
        looking = undefined
      })
      await looking
    }
    const { search, counts } = kept ?? { search: searchReplies([]), counts: new Map<string, ReplyCounts>() }
    return search(text, most, (replyId) => counts.get(replyId) ?? none)
  }

  async function look(): Promise<void> {
    try {
      const versions = await store.versions()
      // A version that was read before what it counts: a change in between is read once more, never missed.
      const search =
        kept?.versions.texts === versions.texts ? kept.search : searchReplies(await store.replies())
      const counts = kept?.versions.counts === versions.counts ? kept.counts : await store.counts()
      kept = { versions, search, counts }
    } catch (error) {
      if (!kept) throw error
      log.warn('saved replies could not be read; what is known of them serves', { error })
    }
    lookAgainAt = now() + lookEveryMs
  }
}
