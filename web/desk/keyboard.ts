/**
 * The console's keys: from an event to a command, by where the focus is.
 *
 * @module
 */
import { element } from '../page/elements.ts'
import { type Command, commandOf, type Focus } from './keys.ts'

/** Where the choice about keys of one character is kept. */
const lettersKey = 'fanfare-console-letters'

export interface KeyboardOptions {
  readonly rowFocused: () => boolean
  readonly run: (command: Command) => void
}

/** Listens to the page's keys, and offers to turn those of one character off (WCAG 2.2, 2.1.4 Character Key Shortcuts). */
export function keyboard({ rowFocused, run }: KeyboardOptions): void {
  const letters = element('letters', HTMLInputElement)
  const help = element('help', HTMLDialogElement)
  letters.checked = localStorage.getItem(lettersKey) !== 'off'
  letters.addEventListener('change', () => {
    localStorage.setItem(lettersKey, letters.checked ? 'on' : 'off')
  })
  element('help-open').addEventListener('click', () => help.showModal())
  document.addEventListener('keydown', (event) => {
    if (help.open || event.defaultPrevented) return
    const command = commandOf(event, focusOf(document.activeElement, rowFocused), letters.checked)
    if (!command) return
    event.preventDefault()
    run(command)
  })
}

function focusOf(active: Element | null, rowFocused: () => boolean): Focus {
  if (active?.id === 'editor') return 'editor'
  if (active?.matches('input, textarea, select, [contenteditable]')) return 'text'
  if (rowFocused()) return 'queue'
  return active?.matches('button, a, summary') ? 'control' : 'page'
}
