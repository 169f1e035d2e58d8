/** What is unhandled of an inbox, as `GET /inbox` answers it; docs/parts.md, *Inbox*. */
export interface InboxPage<Item = unknown> {
  readonly epoch: string
  /** The inbox's newest sequence: whatever comes on its topic after this is newer than the page. */
  readonly sequence: number
  /** Items that are neither handled, retracted nor expired; may be more than `items` holds. */
  readonly unread: number
  /** In order; at most the newest `inboxPageItemsMax`. `at` is RFC 3339. */
  readonly items: readonly { readonly sequence: number; readonly value: Item; readonly at: string }[]
  /** The contract's. */
  readonly version: number
}

/** The body of `POST /inbox`: items that the person handled, by their sequence. */
export interface InboxHandled {
  readonly epoch: string
  /** 1 to `handledAtOnceMax`. */
  readonly handled: readonly number[]
}

/** The answer to it: those of them that are handled now, by this call or before. */
export interface InboxHandledAnswer {
  readonly handled: readonly number[]
}

/** Items in a page of an inbox. */
export const inboxPageItemsMax = 1000

/** Items that one `POST /inbox` may name. */
export const handledAtOnceMax = 100
