/**
 * Signing people in at an OpenID Connect issuer, as the environment sets it up.
 *
 * @module
 */
import { EnvironmentError } from '../platform/environment.ts'
import type { ClaimValue } from '../platform/oidc-variables.ts'
import { ProblemError } from '../platform/problem.ts'
import { identityOf, type TimedIdentity } from './identity.ts'
import { verifyIdToken } from './id-token.ts'
import { createIssuerKeys } from './issuer-keys.ts'

/** The variables of signing in. */
export interface SignInEnvironment {
  readonly OIDC_ISSUER: string
  readonly OIDC_CLIENT_ID: string
  readonly OIDC_SCOPE: string
  readonly OIDC_ROLES_CLAIM: string
  readonly OIDC_VALUES: readonly ClaimValue[]
}

/** What `GET /sign-in` answers: all that a page needs to send somebody to the issuer. Nothing of it is secret. */
export interface SignInSettings {
  readonly issuer: string
  readonly clientId: string
  /** Separated by spaces. */
  readonly scope: string
}

export interface SignIn {
  readonly settings: SignInSettings
  /** Who an ID token says signed in. Throws ProblemError 401 or 503. */
  readonly identify: (idToken: string, now: number) => Promise<TimedIdentity>
}

/** Signing in, or undefined where it is not set up. Throws EnvironmentError for half of it. */
export function createSignIn(
  environment: SignInEnvironment,
  ports: { readonly fetch: typeof fetch; readonly now: () => number },
): SignIn | undefined {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_SCOPE: scope } = environment
  if (issuer === '' && clientId === '') return undefined
  if (issuer === '' || clientId === '') {
    const missing = issuer === '' ? 'OIDC_ISSUER' : 'OIDC_CLIENT_ID'
    throw new EnvironmentError(
      `${missing} is not set, and the other is: set both, or neither for visitors only`,
    )
  }
  const keys = createIssuerKeys({ issuer, ...ports })
  const names = { roles: environment.OIDC_ROLES_CLAIM, values: environment.OIDC_VALUES }
  return {
    settings: { issuer, clientId, scope },
    async identify(idToken, now) {
      const { claims, ...times } = await verifyIdToken(idToken, { issuer, clientId, keys }, now)
      return { ...identityOf(claims, names), ...times }
    },
  }
}

/** 404: nobody signs in here, and a page need not offer it. */
export function noSignIn(): ProblemError {
  return new ProblemError({
    status: 404,
    code: 'sign-in-not-set-up',
    title: 'Nobody signs in here',
    detail: 'this deployment has no issuer of ID tokens',
    remedy: 'set OIDC_ISSUER and OIDC_CLIENT_ID (docs/sign-in.md), or leave signing in out of the page',
  })
}
