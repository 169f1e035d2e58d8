/**
 * Who is calling, for a handler of a route that is not for everyone:
 * `const claims = await admitPrincipal(event)`, or `const { name } = await admitRole(event, 'staff')`.
 *
 * The function's environment has SESSIONS_TABLE and SIGNING_PUBLIC_KEYS_PARAMETER, its permissions are
 * dynamodb:GetItem on the sessions table and ssm:GetParameter on the public keys: as liveHistory in serverless.yml.
 *
 * @module
 */
import type { Claims } from '../../topics/contract/index.ts'
import { type Caller, callerOfRole, signedInClaims } from './admission.ts'
import { createDynamoDb } from './dynamodb.ts'
import { readEnvironment } from './environment.ts'
import type { HttpEvent } from './http.ts'
import type { ServiceToken } from './service-tokens.ts'
import { createVerifySession } from './session-token/verify-session.ts'

export type { Caller }

const environment = readEnvironment(['SESSIONS_TABLE', 'SIGNING_PUBLIC_KEYS_PARAMETER'])

// Outlive a request: the public keys for five minutes, the client's connections, and for a second whether anybody is revoked.
const verify = createVerifySession(createDynamoDb({ requestTimeoutMs: 1_000, attempts: 3 }), environment)

/** The claims of whoever signed in. Throws ProblemError 401: no token, not valid or revoked, or a visitor's. */
export function admitPrincipal(event: HttpEvent): Promise<Claims> {
  return signedInClaims(event, verify)
}

/**
 * Who signed in with this role; with `tokens` (SERVICE_TOKENS) also a service whose token is of it. Throws ProblemError
 * 401, or 403 for somebody without the role.
 */
export function admitRole(
  event: HttpEvent,
  role: string,
  tokens: readonly ServiceToken[] = [],
): Promise<Caller> {
  return callerOfRole(event, role, verify, tokens)
}
