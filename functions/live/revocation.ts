/**
 * Revoking a principal: its tokens are refused for as long as any of them could last, and its connections end.
 *
 * @module
 */
import { connectionLifeSeconds } from '../../topics/contract/aws-limits.ts'
import { clientIdsOf } from '../../topics/contract/index.ts'
import { ProblemError, quoteValue } from '../platform/problem.ts'
import type { ServiceToken } from '../platform/service-tokens.ts'
import { admitStaff } from '../platform/staff.ts'
import type { Time } from '../platform/time.ts'

/** Principals that are revoked, strongly read. */
export interface Revocations {
  /** `until` is in seconds since 1970. */
  readonly record: (principal: string, until: number) => Promise<void>
  /** `now` is in ms since 1970. */
  readonly isRevoked: (principal: string, now: number) => Promise<boolean>
}

export interface RevokePorts {
  readonly record: Revocations['record']
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
  /** Until when its tokens are refused, RFC 3339. */
  readonly until: string
  /** Client IDs whose connections were ended. */
  readonly disconnected: readonly string[]
}

/** How long a token lasts at most, seconds: what SESSION_SECONDS may be. */
const longestTokenSeconds = connectionLifeSeconds.max

/**
 * Between the two times that connections are ended, ms: an authorizer that read just before the record was written, or
 * believes for a second that nobody is revoked, has let its connection in by then. AWS takes one DeleteConnection a
 * second and client ID.
 */
export const secondLookMs = 2_000

/** Refuses the principal's tokens and ends its connections. Throws ProblemError 400, 401 or 403. */
export async function revokePrincipal(
  request: RevokeRequest,
  { record, disconnect, time }: RevokePorts,
  tokens: readonly ServiceToken[],
): Promise<Revoked> {
  admitStaff(request.bearer, tokens, 'revoking is for staff')
  const principal = readPrincipal(request.principal)
  const until = Math.floor(time.now() / 1000) + longestTokenSeconds
  // First of all, so that whoever is disconnected does not come back to stay.
  await record(principal, until)
  const disconnected = new Set<string>()
  const disconnectBoth = () =>
    Promise.all(
      clientIdsOf(principal).map(async (clientId) => {
        if (await disconnect(clientId)) disconnected.add(clientId)
      }),
    )
  await disconnectBoth()
  await time.sleep(secondLookMs)
  await disconnectBoth()
  return {
    principal,
    until: new Date(until * 1000).toISOString(),
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
    remedy: 'send the principal that POST /session answered; its client IDs are the principal with -0 and -1',
    errors: [{ field: 'principal', value: quoteValue(principal), problem }],
  })
}
