/**
 * Draws a feed as a list, newest first: once a frame at most, only the rows that are new, and never more than 200.
 *
 * @module
 */
import type { FeedItem } from '../../client/index.ts'
import { type FeedRow, FeedRows, rowKey } from '../../client/topic/feed-rows.ts'
import { drawer, element } from '../page/elements.ts'
import { drawGap } from './entry-rows.ts'

/** Rows that are listed. */
const rowsMax = 200

/** Entries that `Show older` adds. */
const olderCount = 50

export interface FeedListOptions<Entry> {
  /** The id of its list; `-empty` and `-older` follow it in those of its note and button. */
  readonly name: string
  readonly one: string
  readonly many: string
  readonly draw: (entry: Entry) => HTMLLIElement
  /** All that a search looks at. */
  readonly text: (entry: Entry) => string
  readonly older: (count: number) => Promise<FeedItem<Entry>[]>
  /** Told of each entry that comes while it is live. */
  readonly onNew: (entry: Entry) => void
}

export interface FeedList<Entry> {
  readonly many: string
  /** Takes an item of the feed. */
  readonly add: (item: FeedItem<Entry>) => void
  /** What comes from now on is new. */
  live(): void
  /** Shows only entries that have all of these words, in lower case. Answers how many of how many. */
  find(words: readonly string[]): { readonly shown: number; readonly of: number }
  /** Called after rows changed. */
  onChange: () => void
}

interface Drawn {
  readonly node: HTMLLIElement
  /** In lower case; a gap has none. */
  readonly text: string | undefined
}

export function feedList<Entry>(options: FeedListOptions<Entry>): FeedList<Entry> {
  const list = element(options.name)
  const empty = element(`${options.name}-empty`)
  const older = element(`${options.name}-older`, HTMLButtonElement)
  const rows = new FeedRows<Entry>(rowsMax)
  const drawn = new Map<string, Drawn>()
  let live = false
  let words: readonly string[] = []

  const redraw = drawer(() => {
    const shown = rows.rows.slice(-rowsMax)
    const kept = new Set(shown.map(rowKey))
    for (const [key, { node }] of drawn) {
      if (kept.has(key)) continue
      node.remove()
      drawn.delete(key)
    }
    // From the oldest to the newest: a row that is not there yet goes before the one drawn last.
    let next: Element | null = null
    for (const row of shown) {
      const key = rowKey(row)
      const known = drawn.get(key) ?? draw(row)
      if (!drawn.has(key)) {
        drawn.set(key, known)
        list.insertBefore(known.node, next)
      }
      next = known.node
    }
    empty.hidden = shown.length > 0
    const first = shown[0]
    const from = first?.kind === 'gap' ? first.from : first?.sequence
    older.hidden = from === undefined || from <= 1 || shown.length >= rowsMax
    self.onChange()
  })

  function draw(row: FeedRow<Entry>): Drawn {
    if (row.kind === 'gap') return { node: drawGap(row, options), text: undefined }
    const node = options.draw(row.value)
    node.toggleAttribute('data-new', live)
    return { node, text: options.text(row.value).toLowerCase() }
  }

  older.addEventListener('click', () => void showOlder())

  async function showOlder(): Promise<void> {
    older.disabled = true
    try {
      rows.addOlder(await options.older(Math.min(olderCount, rowsMax - rows.rows.length)))
      older.textContent = `Show older ${options.many}`
      redraw()
    } catch {
      // The connection's state says why; the button says what to do.
      older.textContent = `Older ${options.many} could not be read: try again`
    }
    older.disabled = false
  }

  const self: FeedList<Entry> = {
    many: options.many,
    onChange: () => undefined,
    add(item) {
      rows.add(item)
      if (live && item.kind === 'entry') options.onNew(item.value)
      redraw()
    },
    live: () => void (live = true),
    find(wanted) {
      words = wanted
      let shown = 0
      let of = 0
      for (const { node, text } of drawn.values()) {
        if (text !== undefined) of++
        const fits = words.length === 0 || (text !== undefined && words.every((word) => text.includes(word)))
        node.hidden = !fits
        if (fits && text !== undefined) shown++
      }
      return { shown, of }
    },
  }
  return self
}
