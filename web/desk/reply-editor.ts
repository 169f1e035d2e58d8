import { make } from '../page/elements.ts'
import type { Draft } from './queue.ts'
import { button } from './reply-card.ts'

/** Longest text of a reply that was edited, UTF-16 code units; functions/suggestions takes no more. */
export const replyLength = 4000

export interface ReplyEditorOptions {
  readonly draft: Draft
  /** Whether it can be sent: the conversation still waits. */
  readonly sendable: boolean
  readonly onType: (text: string) => void
  readonly onSend: () => void
  readonly onLeave: () => void
}

/** A list item in which a reply is edited; the text field has the id `editor`. */
export function replyEditor(options: ReplyEditorOptions): HTMLLIElement {
  const { draft, sendable, onType, onSend, onLeave } = options
  const card = document.createElement('li')
  card.className = 'reply editing'
  card.dataset['replyId'] = draft.replyId
  const label = document.createElement('label')
  label.htmlFor = 'editor'
  label.textContent = `Your reply, from “${draft.title}”`
  const text = document.createElement('textarea')
  text.id = 'editor'
  text.maxLength = replyLength
  text.rows = 5
  text.value = draft.text
  const left = make('span', 'quiet editor-left')
  left.id = 'editor-left'
  const count = (): void => {
    const room = replyLength - text.value.length
    left.textContent = room <= 100 ? `${room} characters left` : ''
  }
  count()
  text.setAttribute('aria-describedby', left.id)
  text.addEventListener('input', () => {
    count()
    onType(text.value)
  })
  const actions = make('p', 'reply-actions')
  if (sendable) {
    const send = button('use', 'Use', 'Ctrl ↵')
    send.setAttribute('aria-keyshortcuts', 'Control+Enter')
    send.addEventListener('click', onSend)
    actions.append(send)
  }
  const leave = button('ghost', sendable ? 'Cancel' : 'Close', 'Esc')
  leave.setAttribute('aria-keyshortcuts', 'Escape')
  leave.addEventListener('click', onLeave)
  actions.append(leave, left)
  card.append(label, text, actions)
  return card
}
