/**
 * Revoking a principal: the tokens it has are refused, and its connections end. Whoever signs in anew has a new token.
 *
 * @module
 */
import { everyClientIdOf } from '../../topics/contract/index.ts'
import { ProblemError, quoteValue } from '../platform/problem.ts'
import type { ServiceToken } from '../platform/service-tokens.ts'
import { admitStaff } from '../platform/staff.ts'
import type { Time } from '../platform/time.ts'

/** Records that a principal's tokens of `revokedAt` (seconds since 1970) and before are refused. */
export type RecordRevoked = (principal: string, revokedAt: number) => Promise<void>

export interface RevokePorts {
  readonly record: RecordRevoked
  /** Ends a connection; answers whether there was one. */
  readonly disconnect: (clientId: string) => Promise<boolean>
  readonly time: Time
}

export interface RevokeRequest {
  readonly principal: string | undefined
  readonly bearer: string | undefined
}

/** What `DELETE /principals/{principal}/sessions` answers. */
export interface Revoked {
  readonly principal: string
  /** RFC 3339, a whole second: tokens issued in it or before are refused. */
  readonly revokedAt: string
  /** Client IDs whose connections were ended. */
  readonly disconnected: readonly string[]
}

/**
 * Between the two times that connections are ended, ms: an authorizer that read just before the record was written, or
 * believes for a second that nobody is revoked, has let its connection in by then. AWS takes one DeleteConnection a
 * second and client ID.
 */
export const secondLookMs = 2_000

/** Refuses the principal's tokens of now and before, and ends its connections. Throws ProblemError 400, 401 or 403. */
export async function revokePrincipal(
  request: RevokeRequest,
  { record, disconnect, time }: RevokePorts,
  tokens: readonly ServiceToken[],
): Promise<Revoked> {
  admitStaff(request.bearer, tokens, 'revoking is for staff')
  const principal = readPrincipal(request.principal)
  const revokedAt = Math.floor(time.now() / 1000)
  // First of all, so that whoever is disconnected does not come back to stay.
  await record(principal, revokedAt)
  const disconnected = new Set<string>()
  const disconnectAll = () =>
    Promise.all(
      everyClientIdOf(principal).map(async (clientId) => {
        if (await disconnect(clientId)) disconnected.add(clientId)
      }),
    )
  await disconnectAll()
  await time.sleep(secondLookMs)
  await disconnectAll()
  return {
    principal,
    revokedAt: new Date(revokedAt * 1000).toISOString(),
    disconnected: [...disconnected].toSorted(),
  }
}

function readPrincipal(principal: string | undefined): string {
  if (principal !== undefined && /^[A-Za-z0-9]{1,100}$/.test(principal)) return principal
  const problem = 'must be 1 to 100 letters or digits'
  throw new ProblemError({
    status: 400,
    code: 'principal-unfit',
    title: 'The principal does not fit',
    detail: `principal is ${quoteValue(principal)} and ${problem}`,
    remedy:
      'send the principal that POST /session answered; its client IDs are the principal with a dash and a digit',
    errors: [{ field: 'principal', value: quoteValue(principal), problem }],
  })
}
