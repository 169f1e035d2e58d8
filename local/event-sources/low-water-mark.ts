/**
 * How far a shard is done although its records finish in any order: the last record before the oldest unfinished one.
 * After a restart reading begins there, so records that finished beyond it are handed out again, never skipped.
 */
export class LowWaterMark {
  #order: string[] = []
  #first = 0
  readonly #finished = new Set<string>()

  /** Records that were read and are not below the mark. */
  get outstanding(): number {
    return this.#order.length - this.#first
  }

  /** Notes a record in the order of reading. */
  add(sequenceNumber: string): void {
    this.#order.push(sequenceNumber)
  }

  finish(sequenceNumber: string): void {
    this.#finished.add(sequenceNumber)
  }

  /** Moves the mark up; the answer is its new place, or undefined when it stays. */
  rise(): string | undefined {
    let mark: string | undefined
    for (;;) {
      const next = this.#order[this.#first]
      if (next === undefined || !this.#finished.delete(next)) break
      mark = next
      this.#first += 1
    }
    if (this.#first > 1_024 || this.outstanding === 0) {
      this.#order = this.#order.slice(this.#first)
      this.#first = 0
    }
    return mark
  }
}
