/**
 * What somebody wrote and has not sent yet, so that a reload or a crash takes no text away. It ends with the tab.
 *
 * @module
 */

export interface ContactDraft {
  /** Texts by field. */
  readonly fields: Readonly<Record<string, string>>
  /** The Idempotency-Key that the message is sent under. */
  readonly key: string
}

type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

const name = 'fanfare.contact'

/** The draft kept in `store`, if there is one that can be read. */
export function readDraft(store: Store | undefined): ContactDraft | undefined {
  try {
    const draft = JSON.parse(store?.getItem(name) ?? 'null') as ContactDraft | null
    const fits = typeof draft?.key === 'string' && typeof draft.fields === 'object' && draft.fields !== null
    return fits ? draft : undefined
  } catch {
    // Something else stands there: it is no draft.
    return undefined
  }
}

/** Keeps a draft, or forgets it. */
export function keepDraft(store: Store | undefined, draft: ContactDraft | undefined): void {
  try {
    if (draft) store?.setItem(name, JSON.stringify(draft))
    else store?.removeItem(name)
  } catch {
    // Storage is full or forbidden: the text stands in the form all the same.
  }
}

/** The tab's storage, unless the browser forbids it. */
export function tabStore(): Store | undefined {
  try {
    return sessionStorage
  } catch {
    // Forbidden: the form works without.
    return undefined
  }
}
