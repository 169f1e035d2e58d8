/**
 * The tester's own messages, in memory that all threads share: when each was due and sent, and a hash of what it said. The
 * receiver needs no more of a sender than this.
 *
 * @module
 */

/** One topic's; index is the sequence less 1. */
export interface OwnTopic {
  readonly topic: string
  readonly epoch: string
  /** Ms of the run; NaN until it is planned. */
  readonly due: Float64Array
  /** Ms of the run; NaN unless it was sent, and when the target refused it. */
  readonly sent: Float64Array
  /**
   * Ms of the run from when the target had it for sure, so that what was sent from then on comes behind it; NaN while nobody knows.
   * Two requests to the data plane that are under way together may come in either order.
   */
  readonly taken: Float64Array
  readonly hashes: Uint32Array
}

export interface Ledger {
  readonly own: readonly OwnTopic[]
  /** When each HTTP request was due, by its index in the run; NaN until then. */
  readonly requestsDue: Float64Array
}

/** Room for so many messages of each topic, and so many requests. */
export function newLedger(
  topics: readonly { readonly topic: string; readonly messages: number }[],
  requests: number,
  epoch: string,
): Ledger {
  return {
    own: topics.map(({ topic, messages }) => ({
      topic,
      epoch,
      due: sharedTimes(messages),
      sent: sharedTimes(messages),
      taken: sharedTimes(messages),
      hashes: new Uint32Array(new SharedArrayBuffer(messages * 4)),
    })),
    requestsDue: sharedTimes(requests),
  }
}

/** Of bytes, 32 bits: FNV-1a. */
export function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}

function sharedTimes(count: number): Float64Array {
  return new Float64Array(new SharedArrayBuffer(count * 8)).fill(Number.NaN)
}
