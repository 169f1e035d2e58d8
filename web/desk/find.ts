/**
 * Finds words in what the lists hold, and marks them.
 *
 * @module
 */
import { element } from '../page/elements.ts'

/** A list that can be searched. */
export interface Findable {
  readonly many: string
  find(words: readonly string[]): { readonly shown: number; readonly of: number }
  onChange: () => void
}

/** Makes the search box work; `/` puts the focus there, Escape empties it. */
export function findInLists(lists: readonly Findable[]): void {
  const input = element('find', HTMLInputElement)
  const note = element('find-note')

  const find = (): void => {
    const words = wordsOf(input.value)
    const found = lists.map((list) => ({ many: list.many, ...list.find(words) }))
    const said = found.map(({ many, shown, of }) => `${shown} of ${of} ${many}`).join(', ')
    const text = words.length === 0 ? '' : `${said}. Older ones are not searched.`
    if (note.textContent !== text) note.textContent = text
    mark(words)
  }

  for (const list of lists) list.onChange = find
  input.addEventListener('input', find)
  element('find-form').addEventListener('submit', (event) => event.preventDefault())
  document.addEventListener('keydown', (event) => {
    const { key, ctrlKey, metaKey, altKey, isComposing } = event
    if (isComposing || ctrlKey || metaKey || altKey) return
    if (key === '/' && document.activeElement !== input) {
      event.preventDefault()
      input.focus()
      input.select()
    } else if (key === 'Escape' && input.value !== '') {
      input.value = ''
      find()
    }
  })
}

/** Words in lower case, without those that stand twice. */
export const wordsOf = (query: string): readonly string[] => [
  ...new Set(
    query
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== ''),
  ),
]

/** Marks the words where the browser can without touching the text. CSS Custom Highlight API */
function mark(words: readonly string[]): void {
  if (!('highlights' in CSS)) return
  CSS.highlights.delete('found')
  if (words.length === 0) return
  const ranges: Range[] = []
  for (const row of document.querySelectorAll('.entry:not([hidden])')) {
    const walker = document.createTreeWalker(row, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.nodeValue?.toLowerCase() ?? ''
      for (const word of words) {
        for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + word.length)) {
          // Lower case may be longer than what it was made of, as of `İ`.
          if (at + word.length > (node.nodeValue?.length ?? 0)) break
          const range = new Range()
          range.setStart(node, at)
          range.setEnd(node, at + word.length)
          ranges.push(range)
        }
      }
    }
  }
  CSS.highlights.set('found', new Highlight(...ranges))
}
