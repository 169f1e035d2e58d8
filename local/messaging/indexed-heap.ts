/** Something a heap holds: it knows its place, so that it can be taken out from the middle. */
export interface HeapEntry {
  /** Place in the heap that holds it; -1 when none does. Written by the heap alone. */
  place: number
}

/**
 * A binary heap, smallest first, from which any entry can be removed in O(log n). A queue keeps what is ready in one
 * and what is hidden in another; a message handled long before its time-out leaves nothing behind.
 */
export class IndexedHeap<Entry extends HeapEntry> {
  readonly #entries: Entry[] = []
  readonly #before: (a: Entry, b: Entry) => boolean

  constructor(before: (a: Entry, b: Entry) => boolean) {
    this.#before = before
  }

  get size(): number {
    return this.#entries.length
  }

  peek(): Entry | undefined {
    return this.#entries[0]
  }

  /** The entry at a place, for a draw among all. */
  at(place: number): Entry | undefined {
    return this.#entries[place]
  }

  push(entry: Entry): void {
    this.#entries.push(entry)
    this.#rise(entry, this.#entries.length - 1)
  }

  pop(): Entry | undefined {
    const first = this.#entries[0]
    if (first) this.remove(first)
    return first
  }

  /** Takes an entry out. The entry must be in this heap. */
  remove(entry: Entry): void {
    const place = entry.place
    const last = this.#entries.pop()
    entry.place = -1
    if (last === undefined || last === entry) return
    const parent = this.#entries[(place - 1) >> 1]
    if (parent !== undefined && place > 0 && this.#before(last, parent)) this.#rise(last, place)
    else this.#sink(last, place)
  }

  clear(): void {
    for (const entry of this.#entries) entry.place = -1
    this.#entries.length = 0
  }

  #set(entry: Entry, place: number): void {
    this.#entries[place] = entry
    entry.place = place
  }

  #rise(entry: Entry, from: number): void {
    let place = from
    while (place > 0) {
      const parentPlace = (place - 1) >> 1
      const parent = this.#entries[parentPlace]
      if (parent === undefined || !this.#before(entry, parent)) break
      this.#set(parent, place)
      place = parentPlace
    }
    this.#set(entry, place)
  }

  #sink(entry: Entry, from: number): void {
    let place = from
    for (;;) {
      let childPlace = 2 * place + 1
      let child = this.#entries[childPlace]
      if (child === undefined) break
      const right = this.#entries[childPlace + 1]
      if (right !== undefined && this.#before(right, child)) {
        childPlace += 1
        child = right
      }
      if (!this.#before(child, entry)) break
      this.#set(child, place)
      place = childPlace
    }
    this.#set(entry, place)
  }
}
