/**
 * Draws the queue: a row for each conversation, once a frame at most; a row stays the same node while it waits.
 *
 * @module
 */
import { element, make } from '../page/elements.ts'
import { type ClockView, clockView } from './clock-view.ts'
import { type Queue, rowsMax, type Waiting } from './queue.ts'

interface Row {
  readonly node: HTMLLIElement
  readonly button: HTMLButtonElement
  readonly note: HTMLElement
  readonly clock: ClockView
}

export interface QueueView {
  draw(queue: Queue, unread: number | undefined): void
  /** Draws what is left of each deadline. */
  tick(now: number): void
  /** Whether the focus is on a row. */
  focused(): boolean
  /** Puts the focus on the chosen row. */
  focus(): void
}

/** `onChoose` is called with the suggestion's id. */
export function queueView(onChoose: (id: string) => void): QueueView {
  const list = element('queue', HTMLOListElement)
  const count = element('queue-count')
  const note = element('queue-note')
  const rows = new Map<string, Row>()

  function rowOf({ id, suggestion, since, deadline }: Waiting): Row {
    const known = rows.get(id)
    if (known) return known
    const node = document.createElement('li')
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'queue-row'
    button.dataset['suggestionId'] = id
    const clock = clockView(since, deadline)
    const note = make('span', 'queue-row-note')
    const name = make('span', 'queue-row-name', suggestion.customer ?? 'A customer')
    button.append(name, note, clock.node, make('span', 'queue-row-text', question(suggestion.conversation)))
    button.addEventListener('click', () => {
      onChoose(id)
      // Where the panes stand one above the other, the conversation is what one wants to see now.
      const pane = element('conversation')
      if (pane.getBoundingClientRect().top > innerHeight / 2) pane.scrollIntoView({ block: 'start' })
    })
    node.append(button)
    const row = { node, button, note, clock }
    rows.set(id, row)
    return row
  }

  return {
    draw(queue, unread) {
      const shown = queue.waiting.slice(0, rowsMax)
      const kept = new Set(shown.map(({ id }) => id))
      for (const [id, { node }] of rows) {
        if (kept.has(id)) continue
        node.remove()
        rows.delete(id)
      }
      let before: Element | null = null
      for (const waiting of shown) {
        const { node, button, note } = rowOf(waiting)
        const expected: Element | null = before ? before.nextElementSibling : list.firstElementChild
        if (expected !== node) list.insertBefore(node, expected)
        before = node
        const chosen = queue.chosen?.id === waiting.id
        const words = noteOf(queue, waiting.id)
        if (chosen) button.setAttribute('aria-current', 'true')
        else button.removeAttribute('aria-current')
        button.tabIndex = chosen ? 0 : -1
        button.toggleAttribute(
          'data-leaving',
          queue.sending.has(waiting.id) || queue.answered.has(waiting.id),
        )
        if (note.textContent !== words) note.textContent = words
      }
      const waiting = unread ?? queue.waiting.length
      count.textContent = waiting.toLocaleString()
      count.toggleAttribute('data-none', waiting === 0)
      const more = queue.waiting.length - shown.length
      note.textContent = more > 0 ? `and ${more.toLocaleString()} more, which come as these are answered` : ''
    },
    tick(now) {
      for (const { clock } of rows.values()) clock.tick(now)
    },
    focused: () => list.contains(document.activeElement),
    focus: () => list.querySelector<HTMLElement>('[aria-current]')?.focus(),
  }
}

function noteOf({ sending, answered, refused }: Queue, id: string): string {
  if (sending.has(id) || answered.has(id)) return 'Sending…'
  return refused.has(id) ? 'Not taken: look again' : ''
}

/** The customer's newest message. */
export function question(conversation: Waiting['suggestion']['conversation']): string {
  return conversation.findLast(({ from }) => from === 'customer')?.text ?? conversation.at(-1)?.text ?? ''
}
