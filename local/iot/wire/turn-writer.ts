/**
 * Gathers what is due to each socket in a turn of the event loop and writes it once: a write costs the kernel more
 * than the broker's own work on the message.
 *
 * @module
 */
import type { Frame } from './frame.ts'

export interface GatheringSink {
  /** Writes what was gathered. */
  flush(): void
}

const nothing = Buffer.alloc(0)
const none: readonly Frame[] = []

export class TurnWriter {
  #due: GatheringSink[] = []
  /** The last frames that were joined, and the result: in a fan-out most receivers are due the same. */
  #lastFirst: Frame | undefined
  #lastMore: readonly Frame[] = none
  #lastKind: 'websocket' | 'tcp' = 'websocket'
  #lastJoined: Buffer = nothing

  /** Flushes this sink when the turn ends. Call it once until it is flushed. */
  due(sink: GatheringSink): void {
    if (this.#due.push(sink) === 1)
      setImmediate(() => {
        const due = this.#due
        this.#due = []
        for (const one of due) one.flush()
        this.#lastFirst = undefined
        this.#lastMore = none
        this.#lastJoined = nothing
      })
  }

  /**
   * The frames one after the other, without their WebSocket headers for TCP. Frames that are numbered are the
   * receiver's own; the same frames without numbers are joined once a turn.
   */
  join(
    first: Frame,
    more: readonly Frame[] = none,
    packetIds: readonly number[] | undefined,
    kind: 'websocket' | 'tcp',
  ): Buffer {
    if (packetIds !== undefined) return copy([first, ...more], packetIds, kind)
    if (more.length === 0 && kind === 'websocket') return first.bytes
    const last = this.#lastMore
    if (
      first === this.#lastFirst &&
      kind === this.#lastKind &&
      last.length === more.length &&
      more.every((frame, index) => frame === last[index])
    )
      return this.#lastJoined
    this.#lastFirst = first
    this.#lastMore = more
    this.#lastKind = kind
    this.#lastJoined = copy([first, ...more], undefined, kind)
    return this.#lastJoined
  }
}

/** Joins frames into a buffer of their own, writing each one's packet ID into its copy. */
function copy(
  frames: readonly Frame[],
  packetIds: readonly number[] | undefined,
  kind: 'websocket' | 'tcp',
): Buffer {
  let bytes = 0
  for (const frame of frames) bytes += frame.bytes.length - (kind === 'tcp' ? frame.packetAt : 0)
  const joined = Buffer.allocUnsafe(bytes)
  let at = 0
  for (let index = 0; index < frames.length; index += 1) {
    const frame = frames[index]
    if (!frame) continue
    const from = kind === 'tcp' ? frame.packetAt : 0
    joined.set(from === 0 ? frame.bytes : frame.bytes.subarray(from), at)
    const packetId = packetIds?.[index] ?? 0
    if (packetId > 0) {
      const idAt = at + frame.packetIdAt - from
      joined[idAt] = packetId >> 8
      joined[idAt + 1] = packetId & 0xff
    }
    at += frame.bytes.length - from
  }
  return joined
}
