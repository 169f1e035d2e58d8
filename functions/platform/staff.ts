import { forbidden, unauthorised } from './http.ts'
import { findServiceToken, type ServiceToken } from './service-tokens.ts'

/** Lets only staff past. Throws ProblemError 401, or 403 with `reason`, such as `campaigns are for staff`. */
export function admitStaff(
  bearer: string | undefined,
  tokens: readonly ServiceToken[],
  reason: string,
): void {
  const remedy = "send `Authorization: Bearer <a staff member's token>`"
  if (bearer === undefined) throw unauthorised('no bearer token', remedy)
  const token = findServiceToken(tokens, bearer)
  if (!token) throw unauthorised('the bearer token is not known', remedy)
  if (token.role !== 'staff') throw forbidden(`${token.name} is a service, and ${reason}`, remedy)
}
