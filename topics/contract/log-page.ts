/** A page of a feed's log, as `GET /events` answers it; docs/parts.md, *Reading by HTTP*. `Entry` is as on the wire. */
export interface LogPage<Entry = unknown> {
  readonly epoch: string
  /** In order. */
  readonly events: readonly { readonly sequence: number; readonly entry: Entry }[]
  /** The newest sequence of the log. */
  readonly head: number
  /** The log is complete after this sequence. */
  readonly floor: number
  /** Whether nothing is missing between `after` and the last event, or the head. */
  readonly complete: boolean
  /** `after` of the next page; null at the head. */
  readonly next: number | null
  /** The contract's: an entry may be as new as this. Absent from pages that were kept from before it was told. */
  readonly version?: number
}

/** Entries in a page: at most, and unless told. */
export const logPageEntries = { max: 500, default: 100 } as const
