/**
 * What a key means on the console.
 *
 * @module
 */

export type Command =
  | ReplyCommand
  | { readonly type: 'search' | 'help' | 'send' | 'leave' }
  | { readonly type: 'move'; readonly by: 1 | -1 }

/** Something to do with the suggested replies. */
export type ReplyCommand =
  /** The reply of this number, from 0; absent: the one that is marked, or the best. */
  { readonly type: 'accept'; readonly reply?: number } | { readonly type: 'edit' | 'dismiss' }

/** Where the focus is: `control` is a button or link, which has keys of its own. */
export type Focus = 'page' | 'queue' | 'control' | 'text' | 'editor'

/** What is looked at in a KeyboardEvent. */
export type KeyPress = Pick<
  KeyboardEvent,
  'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'repeat' | 'isComposing'
>

/** The command of a key, if it has one where the focus is. `letters` false: keys that are characters mean nothing. */
export function commandOf(press: KeyPress, focus: Focus, letters = true): Command | undefined {
  const { key, ctrlKey, metaKey, altKey, repeat, isComposing } = press
  if (isComposing || altKey) return undefined
  if (key === 'Escape') return { type: 'leave' }
  if (ctrlKey || metaKey)
    return key === 'Enter' && focus === 'editor' && !repeat ? { type: 'send' } : undefined
  if (focus === 'editor' || focus === 'text') return undefined
  if (key === 'ArrowDown' || key === 'ArrowUp') {
    return focus === 'control' ? undefined : { type: 'move', by: key === 'ArrowDown' ? 1 : -1 }
  }
  // Held down, a key would answer one conversation after the other.
  if (key === 'Enter') return focus === 'control' || repeat ? undefined : { type: 'accept' }
  if (!letters) return undefined
  switch (key) {
    case 'j':
      return { type: 'move', by: 1 }
    case 'k':
      return { type: 'move', by: -1 }
    case '/':
      return { type: 'search' }
    case '?':
      return { type: 'help' }
    case '1':
    case '2':
    case '3':
      return repeat ? undefined : { type: 'accept', reply: Number(key) - 1 }
    case 'e':
      return repeat ? undefined : { type: 'edit' }
    case 'd':
      return repeat ? undefined : { type: 'dismiss' }
    default:
      return undefined
  }
}
