import type { MatchingRule, Pattern, Scalar } from './matching-rule.ts'
import { matchesPattern, matchesRule } from './matching-rule.ts'
import type { MessageAttribute, MessageAttributes } from './message-attributes.ts'

/** Which messages a subscription gets. */
export interface FilterPolicy {
  readonly policy: Pattern
  /** What the policy looks at. Default: MessageAttributes. */
  readonly scope?: 'MessageAttributes' | 'MessageBody'
}

/** Whether a subscription with this policy gets this message. A body that is not JSON never matches a body policy. */
export function passesFilter(
  { policy, scope = 'MessageAttributes' }: FilterPolicy,
  body: string,
  attributes: MessageAttributes | undefined,
): boolean {
  if (scope === 'MessageAttributes') {
    // A message without any attribute passes no policy, not even `exists: false`.
    // https://docs.aws.amazon.com/sns/latest/dg/attribute-key-matching.html
    return attributes !== undefined && matchesAttributes(policy, attributes)
  }
  try {
    return matchesPattern(policy, JSON.parse(body))
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}

function matchesAttributes(policy: Pattern, attributes: MessageAttributes): boolean {
  return Object.entries(policy).every(([name, rules]) => {
    if (name === '$or' && Array.isArray(rules)) {
      return rules.some((alternative) => matchesAttributes(alternative as Pattern, attributes))
    }
    const values = attributeValues(attributes[name])
    return (
      Array.isArray(rules) &&
      rules.some((rule) => values.some((value) => matchesRule(rule as MatchingRule, value)))
    )
  })
}

/** Binary attributes take no part in filtering. */
function attributeValues(attribute: MessageAttribute | undefined): readonly Scalar[] {
  if (!attribute || attribute.DataType.startsWith('Binary')) return [undefined]
  const value = attribute.StringValue ?? ''
  if (attribute.DataType.startsWith('Number')) return [Number(value)]
  if (attribute.DataType !== 'String.Array') return [value]
  try {
    const list: unknown = JSON.parse(value)
    return Array.isArray(list) ? (list as Scalar[]) : [value]
  } catch {
    // SNS refuses no message for this: text that is no list is one value.
    return [value]
  }
}
