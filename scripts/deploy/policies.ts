import type { TopicContract } from '../../topics/contract/index.ts'
import { checkPolicies } from '../../topics/contract/policy-check.ts'

/**
 * Why these contracts are not to be deployed: each connection they concern would be refused by the authorizer, which
 * can make no policy for it. Undefined when all is well.
 */
export function unfitPolicies(contracts: readonly TopicContract[]): string | undefined {
  const findings = checkPolicies(contracts)
  return findings.length === 0 ? undefined : findings.map(({ message }) => message).join('\n')
}
