/**
 * What a tab keeps in sessionStorage: a sign-in on its way to the issuer and back, and what came of it. Only this tab
 * reads it, and it ends with the tab.
 *
 * @module
 */
import type { Browser } from './browser.ts'

/** A sign-in that was begun. */
export interface Begun {
  readonly state: string
  readonly nonce: string
  /** PKCE's secret: only who began can use the code. RFC 7636 */
  readonly codeVerifier: string
  readonly redirectUri: string
  /** The page's query and hash, to come back to. */
  readonly returnTo: string
  /** Ms since 1970. */
  readonly at: number
}

/** A sign-in that succeeded. */
export interface Tokens {
  readonly idToken: string
  readonly refreshToken?: string
}

/** How long somebody may take at the issuer, ms. */
const begunKeptMs = 10 * 60_000

const keys = {
  begun: 'fanfare.sign-in.begun',
  tokens: 'fanfare.sign-in.tokens',
  refused: 'fanfare.sign-in.refused',
} as const

/** The tab's records. `deployment` keeps those of two APIs on one origin apart. */
export function keptIn(browser: Browser, deployment: string) {
  const keyOf = (name: keyof typeof keys): string => `${keys[name]} ${deployment}`
  /** The record; nothing for what another script of the origin wrote there and is no object. */
  const read = (name: keyof typeof keys): object | undefined => {
    try {
      const value: unknown = JSON.parse(browser.storage().getItem(keyOf(name)) ?? 'null')
      return typeof value === 'object' && value !== null ? value : undefined
    } catch (error) {
      if (error instanceof SyntaxError) return undefined
      throw error
    }
  }
  return {
    begin: (begun: Begun): void => browser.storage().setItem(keyOf('begun'), JSON.stringify(begun)),
    /** The sign-in that was begun, once; undefined when there is none, or it took too long. */
    takeBegun(): Begun | undefined {
      const begun = read('begun') as Begun | undefined
      browser.storage().removeItem(keyOf('begun'))
      return begun && Math.abs(browser.now() - begun.at) <= begunKeptMs ? begun : undefined
    },
    tokens: (): Tokens | undefined => read('tokens') as Tokens | undefined,
    keep: (tokens: Tokens): void => browser.storage().setItem(keyOf('tokens'), JSON.stringify(tokens)),
    /** Whether the service refused the last ID token. */
    wasRefused: (): boolean => read('refused') !== undefined,
    setRefused(refused: boolean): void {
      if (refused) browser.storage().setItem(keyOf('refused'), '{}')
      else browser.storage().removeItem(keyOf('refused'))
    },
    forget: (): void => browser.storage().removeItem(keyOf('tokens')),
  }
}
