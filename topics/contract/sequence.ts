/**
 * Sequence numbers as the CloudEvents extension `sequence` writes them: a string that sorts, 16 digits, zero-padded.
 * https://github.com/cloudevents/spec/blob/main/cloudevents/extensions/sequence.md
 *
 * @module
 */

/** Digits of a written sequence: enough for every safe integer. */
const sequenceDigits = 16

/** `12` → `'0000000000000012'`. Throws a RangeError for what is not a safe integer of zero or more. */
export function writeSequence(sequence: number): string {
  if (!Number.isSafeInteger(sequence) || sequence < 0) {
    throw new RangeError(`a sequence is an integer of 0 or more; got ${sequence}`)
  }
  return String(sequence).padStart(sequenceDigits, '0')
}

/** `'0000000000000012'` → `12`, or undefined for anything else. */
export function readSequence(text: unknown): number | undefined {
  if (typeof text !== 'string' || !/^\d{16}$/.test(text)) return undefined
  const sequence = Number(text)
  return Number.isSafeInteger(sequence) ? sequence : undefined
}

/** Where a message stands: the higher epoch wins, within an epoch the higher sequence is newer. */
export interface Position {
  /** ULID made with the head; changed only by restore, reset or truncation. */
  readonly epoch: string
  readonly sequence: number
}

/** Negative when `a` is older than `b`, zero when they are the same, positive when `a` is newer. */
export function comparePositions(a: Position, b: Position): number {
  if (a.epoch !== b.epoch) return a.epoch < b.epoch ? -1 : 1
  return a.sequence - b.sequence
}
