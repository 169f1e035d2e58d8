/**
 * Looks for saved replies by an agent's own words.
 *
 * @module
 */
import { ClientError } from '../../client/index.ts'
import type { SavedReplyFound } from '../../topics/schemas/saved-reply.ts'
import { element } from '../page/elements.ts'
import { replyCard } from './reply-card.ts'

/** How long typing rests before it is asked, ms: a request costs a message. */
const restMs = 250

export interface LookupOptions {
  /** Asks for the replies; rejects with ClientError, or with the signal's reason. */
  readonly ask: (query: string, signal: AbortSignal) => Promise<readonly SavedReplyFound[]>
  readonly onUse: (reply: SavedReplyFound) => void
  readonly onEdit: (reply: SavedReplyFound) => void
}

export interface Lookup {
  focus(): void
  clear(): void
}

/** Makes the search box work. Only the newest question's answer is shown. */
export function lookup({ ask, onUse, onEdit }: LookupOptions): Lookup {
  const input = element('lookup-query', HTMLInputElement)
  const results = element('lookup-results')
  const note = element('lookup-note')
  const hint = note.textContent
  let asking: AbortController | undefined
  let rest: ReturnType<typeof setTimeout> | undefined
  let asked = ''

  async function look(): Promise<void> {
    clearTimeout(rest)
    const query = input.value.trim()
    if (query === asked) return
    asking?.abort()
    asked = query
    if (query === '') return show([], hint)
    const mine = (asking = new AbortController())
    results.setAttribute('aria-busy', 'true')
    try {
      const found = await ask(query, mine.signal)
      if (mine.signal.aborted) return
      const replies = found.length === 1 ? '1 reply' : `${found.length} replies`
      show(found, found.length === 0 ? `No saved reply has these words.` : `${replies} found.`)
    } catch (error) {
      if (mine.signal.aborted) return
      // The same words may be asked again.
      asked = ''
      show([], `${reasonOf(error)} Press Enter to try again.`)
    }
  }

  function show(found: readonly SavedReplyFound[], words: string): void {
    results.removeAttribute('aria-busy')
    results.replaceChildren(
      ...found.map((reply) => replyCard({ reply, onUse: () => onUse(reply), onEdit: () => onEdit(reply) })),
    )
    note.textContent = words
  }

  input.addEventListener('input', () => {
    clearTimeout(rest)
    rest = setTimeout(() => void look(), restMs)
  })
  element('lookup').addEventListener('submit', (event) => {
    event.preventDefault()
    void look()
  })
  note.setAttribute('role', 'status')

  return {
    focus() {
      input.focus()
      input.select()
    },
    clear() {
      input.value = ''
      void look()
    },
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof ClientError && error.code === 'REQUEST_TIMEOUT')
    return 'The search did not answer in time.'
  return `The search failed: ${error instanceof Error ? error.message : String(error)}.`
}
