/** Why somebody is not signed in. */
export type SignInErrorCode =
  /** The deployment has no issuer. */
  | 'not-configured'
  /** The API or the issuer did not answer, or not as OpenID Connect wants. */
  | 'issuer-away'
  /** The issuer, or the person, said no. */
  | 'refused'
  /** The browser came back from the issuer with an answer that this tab did not ask for. */
  | 'not-begun-here'
  /** Nobody is signed in, or no longer. */
  | 'signed-out'
  /** The browser lets the page keep nothing, and a sign-in has to survive the way there and back. */
  | 'no-storage'

/** A sign-in that failed. `message` is a sentence for the person who looks at the page. */
export class SignInError extends Error {
  override readonly name = 'SignInError'
  readonly code: SignInErrorCode

  constructor(code: SignInErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
