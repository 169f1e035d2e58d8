/** Signing people in: `openSignIn()`, then `currentPerson`, `signIn`, `getIdToken`, `signOut`. docs/sign-in.md */
export type { Browser } from './browser.ts'
export { openSignIn, type Person, type SignIn, type SignInOptions } from './sign-in.ts'
export { SignInError, type SignInErrorCode } from './sign-in-error.ts'
