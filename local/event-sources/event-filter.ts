import { checkedPattern, matchesPattern } from '../messaging/matching-rule.ts'
import type { StreamRecord } from './stream-reader.ts'

/** Lambda's filter patterns; an event passes that fits one of them, and every event passes where there are none. */
export type FilterPatterns = readonly Readonly<Record<string, unknown>>[]

/**
 * A test for stream records. Patterns that look at `eventName` and `dynamodb.Keys` only do not parse the images.
 * @throws Error naming a rule that is not part of the language
 */
export function streamFilter(patterns: FilterPatterns): (record: StreamRecord) => boolean {
  const checked = patterns.map(checkedPattern)
  if (checked.length === 0) return () => true
  const keysSuffice = checked.every((pattern) =>
    Object.entries(pattern).every(
      ([key, below]) =>
        key === 'eventName' || (key === 'dynamodb' && Object.keys(below).every((name) => name === 'Keys')),
    ),
  )
  return (record) => {
    const data = keysSuffice
      ? { eventName: record.eventName, dynamodb: { Keys: record.keys } }
      : record.record
    return checked.some((pattern) => matchesPattern(pattern, data))
  }
}

/**
 * A test for SQS bodies: a pattern's `body` is an object for JSON bodies, or a list of rules for plain ones. A body of
 * the other kind does not pass, as on AWS.
 */
export function bodyFilter(patterns: FilterPatterns): (body: string) => boolean {
  const checked = patterns.map(checkedPattern)
  if (checked.length === 0) return () => true
  return (body) => {
    const parsed = parse(body)
    return checked.some((pattern) =>
      matchesPattern(pattern, {
        body: Array.isArray(pattern['body']) ? (parsed === undefined ? body : undefined) : parsed,
      }),
    )
  }
}

function parse(body: string): unknown {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' ? value : undefined
  } catch {
    // A body that is no JSON is plain text to the filter.
    return undefined
  }
}
