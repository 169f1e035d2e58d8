/**
 * `<fanfare-feed topic="campaigns/red-nose/donations" last="10"><template>…</template></fanfare-feed>`: the entries of a
 * feed, newest first.
 *
 * @module
 */
import type { LiteClient } from '../lite.ts'
import { type FeedRow, FeedRows, rowKey } from '../topic/feed-rows.ts'
import { formatField } from './format.ts'
import { genericFeed } from './generic-contract.ts'
import { fieldOptions, LiveElement } from './live-element.ts'

/**
 * Attributes: `topic`, `api`, `last` (entries to begin with, default 10), `keep` (entries that stay, default 50). The
 * first `<template>` inside is an entry: each element in it with `data-field="amount.value"` gets that field as text,
 * written by `data-format`, `data-currency` and `data-locale`, as of `<fanfare-value>`; without the field it is hidden.
 * A `<template data-gap>` is a gap, its fields `from` and `to`. Nothing of an entry is ever taken for markup. Retracted
 * entries go. Event: `fanfare-entry` with the entry as its `detail`.
 */
export class FanfareFeed extends LiveElement {
  readonly #drawn = new Map<string, Element>()

  protected listen(client: LiteClient, topic: string): () => void {
    const count = (name: string, otherwise: number): number => {
      const given = Number.parseInt(this.getAttribute(name) ?? '', 10)
      return given >= 0 ? given : otherwise
    }
    const last = count('last', 10)
    const rows = new FeedRows<unknown>(Math.max(count('keep', 50), 1))
    let due = false
    this.setAttribute('role', 'list')
    for (const drawn of this.#drawn.values()) drawn.remove()
    this.#drawn.clear()
    const handle = client.feed(
      genericFeed(topic),
      {},
      {
        last,
        onItem: (item) => {
          rows.add(item)
          if (item.kind === 'entry')
            this.dispatchEvent(new CustomEvent('fanfare-entry', { detail: item.value, bubbles: true }))
          if (due) return
          due = true
          queueMicrotask(() => {
            due = false
            this.#draw(rows.rows)
          })
        },
        onError: (error) => this.fail(error),
      },
    )
    return () => handle.close()
  }

  #draw(rows: readonly FeedRow<unknown>[]): void {
    const keys = new Set(rows.map(rowKey))
    for (const [key, drawn] of this.#drawn) {
      if (keys.has(key)) continue
      drawn.remove()
      this.#drawn.delete(key)
    }
    let before: Element | null = null
    for (const row of rows) {
      const key = rowKey(row)
      let drawn = this.#drawn.get(key)
      if (!drawn) {
        drawn = this.#row(row)
        this.#drawn.set(key, drawn)
        // Rows only come at the end, and the newest stands first.
        this.insertBefore(drawn, before ?? this.firstChild)
      }
      before = drawn
    }
  }

  #row(row: FeedRow<unknown>): Element {
    const gap = row.kind === 'gap'
    const template = this.querySelector<HTMLTemplateElement>(
      gap ? ':scope > template[data-gap]' : ':scope > template:not([data-gap])',
    )
    const drawn = document.createElement('div')
    drawn.setAttribute('role', 'listitem')
    drawn.className = gap ? 'gap' : 'entry'
    const data = gap ? row : row.value
    if (template) drawn.append(template.content.cloneNode(true))
    else drawn.textContent = gap ? `… ${row.to - row.from + 1} …` : formatField(data, fieldOptions(this, ''))
    for (const place of drawn.querySelectorAll('[data-field]')) {
      const text = formatField(data, { ...fieldOptions(place, 'data-'), locale: localeOf(place, this) })
      place.textContent = text
      place.toggleAttribute('hidden', text === '')
    }
    return drawn
  }
}

const localeOf = (place: Element, host: Element): string | undefined =>
  place.getAttribute('data-locale') ?? fieldOptions(host, '').locale
