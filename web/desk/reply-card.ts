/**
 * One saved reply, why it was found, and what can be done with it.
 *
 * @module
 */
import type { SavedReplyFound } from '../../topics/schemas/saved-reply.ts'
import { make } from '../page/elements.ts'

export interface ReplyCardOptions {
  readonly reply: SavedReplyFound
  /** The key that uses it, and whether it is the best; absent in the search. */
  readonly number?: number
  readonly onUse: () => void
  readonly onEdit: () => void
}

/** A list item; `data-reply-id` says whose. */
export function replyCard({ reply, number, onUse, onEdit }: ReplyCardOptions): HTMLLIElement {
  const card = document.createElement('li')
  card.className = 'reply'
  card.dataset['replyId'] = reply.replyId
  const title = make('h4', 'reply-title', reply.title)
  const use = button('use', 'Use', number === undefined ? undefined : number === 1 ? '↵' : String(number))
  if (number !== undefined) use.setAttribute('aria-keyshortcuts', number === 1 ? 'Enter 1' : String(number))
  use.setAttribute('aria-label', `Use: ${reply.title}`)
  use.addEventListener('click', onUse)
  const edit = button('ghost', 'Edit', number === 1 ? 'e' : undefined)
  edit.setAttribute('aria-label', `Edit: ${reply.title}`)
  edit.addEventListener('click', onEdit)
  const actions = make('p', 'reply-actions')
  actions.append(use, edit)
  card.append(title, make('p', 'reply-text', reply.text), why(reply), actions)
  return card
}

/** `Matched refund, card · taken 12 times, dismissed twice`. */
function why({ why: { words, taken, dismissed } }: SavedReplyFound): HTMLElement {
  const line = make('p', 'reply-why')
  if (words.length > 0) {
    line.append('Matched ')
    for (const [index, word] of words.entries()) {
      if (index > 0) line.append(' ')
      line.append(make('span', 'word', word))
    }
    line.append(' ')
  }
  line.append(make('span', 'reply-counts', countsOf(taken, dismissed)))
  return line
}

/** How often it was taken and dismissed, in words. */
export function countsOf(taken: number, dismissed: number): string {
  if (taken + dismissed === 0) return 'not suggested before'
  return `taken ${times(taken)}, dismissed ${times(dismissed)}`
}

function times(count: number): string {
  if (count === 0) return 'never'
  return count === 1 ? 'once' : count === 2 ? 'twice' : `${count.toLocaleString()} times`
}

/** A button with a text, and the key that does the same. */
export function button(className: string, text: string, key?: string): HTMLButtonElement {
  const made = document.createElement('button')
  made.type = 'button'
  made.className = className
  made.textContent = text
  if (key !== undefined) {
    const hint = make('kbd', '', key)
    hint.setAttribute('aria-hidden', 'true')
    made.append(' ', hint)
    made.setAttribute('aria-keyshortcuts', key)
  }
  return made
}
