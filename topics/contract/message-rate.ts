/**
 * From changes to messages: what a topic says when so many changes a second come by chance.
 *
 * @module
 */

/** A topic that was quiet for so long has its head sent once more, seconds. docs/parts.md, *From broadcast to repair*. */
export const quietSeconds = 5

/**
 * Messages a second of a recorded topic: one for each change, and one more for each change that five quiet seconds
 * follow (changes come by chance, so a share e^(-5 × rate) of them), and never more than one a pace. An upper bound: changes
 * that come within one pace share a message.
 */
export function messagesPerSecond(changesPerSecond: number, paceSeconds: number): number {
  const repeats = changesPerSecond * Math.exp(-quietSeconds * changesPerSecond)
  return Math.min(1 / paceSeconds, changesPerSecond + repeats)
}
