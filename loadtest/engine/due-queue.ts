/** What is due first comes first: a binary heap. */
export class DueQueue<Item extends { dueMs: number }> {
  readonly #items: Item[] = []

  get size(): number {
    return this.#items.length
  }

  first(): Item | undefined {
    return this.#items[0]
  }

  push(item: Item): void {
    let at = this.#items.length
    this.#items.push(item)
    while (at > 0) {
      const above = (at - 1) >> 1
      const other = this.#items[above]
      if (!other || other.dueMs <= item.dueMs) break
      this.#items[at] = other
      at = above
    }
    this.#items[at] = item
  }

  shift(): Item | undefined {
    const first = this.#items[0]
    const item = this.#items.pop()
    if (first === undefined || item === undefined || this.#items.length === 0) return first
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      const left = this.#items[below]
      if (!left) break
      const right = this.#items[below + 1]
      if (right && right.dueMs < left.dueMs) below += 1
      const least = right && right.dueMs < left.dueMs ? right : left
      if (least.dueMs >= item.dueMs) break
      this.#items[at] = least
      at = below
    }
    this.#items[at] = item
    return first
  }
}
