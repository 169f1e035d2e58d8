/**
 * Draws the chosen conversation: its last messages, its deadline, and the replies that may fit.
 *
 * @module
 */
import type { Suggestion } from '../../topics/agent-suggestions.ts'
import type { SavedReplyFound } from '../../topics/schemas/saved-reply.ts'
import { element, make } from '../page/elements.ts'
import { describeWhen } from '../page/when.ts'
import { type ClockView, clockView } from './clock-view.ts'
import { answerable, type Queue } from './queue.ts'
import { replyCard } from './reply-card.ts'
import { replyEditor } from './reply-editor.ts'

export interface ConversationActions {
  use(reply: SavedReplyFound): void
  edit(reply: SavedReplyFound): void
  type(text: string): void
  send(): void
  leave(): void
}

export interface ConversationView {
  draw(queue: Queue): void
  tick(now: number): void
  /** The reply that the focus is on. */
  marked(): string | undefined
}

export function conversationView(actions: ConversationActions): ConversationView {
  const pane = element('conversation')
  const replies = element('replies', HTMLOListElement)
  const messages = element('messages', HTMLOListElement)
  const problem = element('conversation-problem')
  const when = element('conversation-when')
  let clock: ClockView | undefined
  let shown: Suggestion | undefined
  /** When the customer wrote last, ms since 1970; NaN when nobody knows. */
  let writtenAt = Number.NaN
  let shownReplies = ''

  function drawSuggestion(suggestion: Suggestion, since: number, deadline: number): void {
    const { customer, conversation } = suggestion
    element('conversation-title').textContent = customer ?? 'A customer'
    messages.replaceChildren(
      ...conversation.map(({ from, text }) => {
        const message = document.createElement('li')
        message.className = 'message'
        message.dataset['from'] = from
        message.append(
          make('span', 'sr-only', from === 'agent' ? 'An agent: ' : 'The customer: '),
          make('span', 'message-text', text),
        )
        return message
      }),
    )
    clock = clockView(since, deadline, element('conversation-clock'))
    writtenAt = Date.parse(conversation.findLast(({ from }) => from === 'customer')?.at ?? '')
    drawWhen(Date.now())
    pane.scrollTop = 0
  }

  function drawWhen(now: number): void {
    const text = Number.isNaN(writtenAt) ? '' : `wrote ${describeWhen(writtenAt, now)}`
    if (when.textContent !== text) when.textContent = text
  }

  /** Cards, one of them an editor perhaps. The focus stays in the pane when what it was on is drawn anew. */
  function drawReplies({ chosen, draft }: Queue, sendable: boolean): void {
    const { suggestionId = '', replies: found = [] } = chosen?.suggestion ?? {}
    const key = `${suggestionId} ${draft?.replyId ?? ''} ${sendable}`
    if (key === shownReplies) return
    shownReplies = key
    const within = pane.contains(document.activeElement)
    // Of a conversation that is gone, the text that was typed is all that is left.
    const cards = (sendable ? found : []).map((reply, index) =>
      draft?.replyId === reply.replyId
        ? replyEditor({ draft, sendable, ...editing })
        : replyCard({
            reply,
            number: index + 1,
            onUse: () => actions.use(reply),
            onEdit: () => actions.edit(reply),
          }),
    )
    // A reply that the search found is edited above those that were suggested.
    if (draft && !(sendable && found.some(({ replyId }) => replyId === draft.replyId))) {
      cards.unshift(replyEditor({ draft, sendable, ...editing }))
    }
    replies.replaceChildren(...cards)
    const editor = document.getElementById('editor')
    if (editor instanceof HTMLTextAreaElement) {
      editor.focus()
      editor.setSelectionRange(editor.value.length, editor.value.length)
    } else if (within && !pane.contains(document.activeElement)) pane.focus({ preventScroll: true })
  }

  const editing = {
    onType: (text: string) => actions.type(text),
    onSend: () => actions.send(),
    onLeave: () => actions.leave(),
  }

  return {
    draw(queue) {
      const { chosen, draft, refused } = queue
      element('conversation-empty').hidden = chosen !== undefined
      element('conversation-body').hidden = chosen === undefined
      if (chosen && shown !== chosen.suggestion)
        drawSuggestion(chosen.suggestion, chosen.since, chosen.deadline)
      shown = chosen?.suggestion
      const sendable = answerable(queue) !== undefined
      drawReplies(queue, sendable)
      element('dismiss').hidden = !sendable
      const words =
        chosen && !sendable && draft
          ? 'This conversation was answered elsewhere, moved or closed. Your text is kept until you close it, and cannot be sent.'
          : (refused.get(chosen?.id ?? '') ?? '')
      if (problem.textContent !== words) problem.textContent = words
    },
    tick(now) {
      clock?.tick(now)
      drawWhen(now)
    },
    marked: () =>
      document.activeElement?.closest<HTMLElement>('#replies [data-reply-id]')?.dataset['replyId'],
  }
}
