import { SignInError } from './sign-in-error.ts'

/** What a sign-in needs of the browser; a test passes its own. */
export interface Browser {
  /** The page's address. */
  readonly href: () => string
  /** Leaves the page for another address. */
  readonly leave: (url: string) => void
  /** Changes the page's address without leaving it. */
  readonly rewrite: (url: string) => void
  /** Of this tab; it survives the way to the issuer and back. */
  readonly storage: () => Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>
  readonly fetch: typeof fetch
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** The page's own. */
export const platformBrowser: Browser = {
  href: () => location.href,
  leave: (url) => location.assign(url),
  rewrite: (url) => history.replaceState(history.state, '', url),
  storage() {
    try {
      return sessionStorage
    } catch (cause) {
      throw new SignInError(
        'no-storage',
        'This browser lets the page keep nothing, so it cannot sign you in. Allow it to store data and try again.',
        { cause },
      )
    }
  },
  fetch: (input, init) => fetch(input, init),
  now: () => Date.now(),
}
