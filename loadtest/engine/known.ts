import type { TopicCount } from './figures.ts'

/** A message that came to somebody in this thread. */
export interface Known {
  /** In the order of first sight. */
  readonly index: number
  readonly epoch: string
  readonly sequence: number
  readonly isOwn: boolean
  readonly first: number
  readonly previous: number
  /** From when its delivery counts. */
  readonly startMs: number
  /** When the requests were due that it tells of for the first time. */
  readonly requestsMs: readonly number[] | undefined
  /** When it was sent; when it was first seen, if others sent it. */
  readonly sentMs: number
  readonly count: TopicCount
  /** While it may still be on its way. */
  bytes: Buffer | undefined
  /** Whether it came to anybody as something new: one that never did is a head sent once more, from before anybody listened. */
  isDelivered: boolean
  /** Subscribers it never came to. */
  lostBy: number
}
