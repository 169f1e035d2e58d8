/**
 * Gathers what is due to each socket in a turn of the event loop and writes it once: a write costs the kernel more
 * than the broker's own work on the message.
 *
 * @module
 */
export interface GatheringSink {
  /** Writes what was gathered. */
  flush(): void
}

export class TurnWriter {
  #due: GatheringSink[] = []
  /** The last frames that were joined, and the result: in a fan-out most receivers are due the same. */
  #lastFrames: readonly Buffer[] = []
  #lastJoined: Buffer = Buffer.alloc(0)

  /** Flushes this sink when the turn ends. Call it once until it is flushed. */
  due(sink: GatheringSink): void {
    if (this.#due.push(sink) === 1)
      setImmediate(() => {
        const due = this.#due
        this.#due = []
        for (const one of due) one.flush()
        this.#lastFrames = []
        this.#lastJoined = Buffer.alloc(0)
      })
  }

  /** The frames one after the other; the same frames in the same turn are joined once. */
  join(frames: readonly Buffer[]): Buffer {
    if (frames.length === 1 && frames[0]) return frames[0]
    const last = this.#lastFrames
    if (last.length === frames.length && frames.every((frame, index) => frame === last[index]))
      return this.#lastJoined
    this.#lastFrames = frames
    this.#lastJoined = Buffer.concat(frames)
    return this.#lastJoined
  }
}
