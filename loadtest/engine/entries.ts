/**
 * A feed's entries at one subscriber: which came, and the holes between them.
 *
 * @module
 */
import type { Listener } from './listener.ts'

type Range = readonly [from: number, to: number]

/** What a message leaves open before it. Its own entries count as come; call `closeHole` for those it brings late. */
export function openHoles(
  listener: Listener,
  { epoch, sequence, first, previous }: { epoch: string; sequence: number; first: number; previous: number },
): { readonly leftOut: number; readonly hole: Range | undefined } {
  if (listener.entriesTo < 0 || listener.epoch !== epoch) {
    // It joins here, or the log began anew.
    if (epoch >= listener.epoch) {
      listener.entriesTo = sequence
      listener.holes = undefined
    }
    return { leftOut: 0, hole: undefined }
  }
  if (sequence <= listener.entriesTo) return { leftOut: 0, hole: undefined }
  const from = listener.entriesTo + 1
  listener.entriesTo = sequence
  // Entries that the message says were never sent are no hole: nobody on the topic has them.
  const leftOut = Math.max(0, first - 1 - Math.max(previous, from - 1))
  const to = Math.min(previous, first - 1)
  if (to < from) return { leftOut, hole: undefined }
  const hole: [number, number] = [from, to]
  ;(listener.holes ??= []).push(hole)
  return { leftOut, hole }
}

/** These entries came, late or by `/events`: answers how many holes they close for good. */
export function closeHole(listener: Listener, from: number, to: number): number {
  if (!listener.holes) return 0
  let closed = 0
  const left: [number, number][] = []
  for (const hole of listener.holes) {
    if (to < hole[0] || from > hole[1]) {
      left.push(hole)
      continue
    }
    if (hole[0] < from) left.push([hole[0], from - 1])
    if (hole[1] > to) left.push([to + 1, hole[1]])
    if (from <= hole[0] && to >= hole[1]) closed += 1
  }
  listener.holes = left.length > 0 ? left : undefined
  return closed
}

/** Whether the entry came. */
export function isCovered({ entriesTo, holes }: Listener, sequence: number): boolean {
  return sequence <= entriesTo && !holes?.some(([from, to]) => from <= sequence && sequence <= to)
}
