/** When each subscriber was owed every message of a topic; how many were at some time. */
export class OwedTimes {
  readonly #from: number[] = []
  readonly #to: number[] = []
  #isSorted = true

  /** Another subscriber was, from then until before then; ms of the run. */
  add(from: number, to: number): void {
    if (to <= from) return
    this.#from.push(from)
    this.#to.push(to)
    this.#isSorted = false
  }

  /** How many were: those whose time had begun, less those whose time was over. */
  countAt(ms: number): number {
    if (!this.#isSorted) {
      this.#from.sort((one, other) => one - other)
      this.#to.sort((one, other) => one - other)
      this.#isSorted = true
    }
    return countTo(this.#from, ms) - countTo(this.#to, ms)
  }
}

/** How many of an ordered list are no more than this. */
function countTo(ordered: readonly number[], most: number): number {
  let low = 0
  let high = ordered.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ordered[middle] ?? 0) <= most) low = middle + 1
    else high = middle
  }
  return low
}
