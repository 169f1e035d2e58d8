import { isDeepStrictEqual } from 'node:util'
import { checkedPattern, matchesPattern, type Pattern } from '../messaging/matching-rule.ts'
import type { StreamRecord } from './stream-reader.ts'

/** Lambda's filter patterns; an event passes that fits one of them, and every event passes where there are none. */
export type FilterPatterns = readonly Readonly<Record<string, unknown>>[]

/**
 * A test for stream records. Images are parsed for records only whose `eventName` and `dynamodb.Keys` may pass: most do
 * not.
 * @throws Error naming a rule that is not part of the language
 */
export function streamFilter(patterns: FilterPatterns): (record: StreamRecord) => boolean {
  const checked = patterns.map(checkedPattern)
  if (checked.length === 0) return () => true
  const each = checked.map((pattern) => {
    const ofKeys = partOfKeys(pattern)
    return { pattern, ofKeys, keysSuffice: isDeepStrictEqual(ofKeys, pattern) }
  })
  return (record) => {
    const keys = { eventName: record.eventName, dynamodb: { Keys: record.keys } }
    return each.some(
      ({ pattern, ofKeys, keysSuffice }) =>
        matchesPattern(ofKeys, keys) && (keysSuffice || matchesPattern(pattern, record.record)),
    )
  }
}

/** What of a pattern can be told without the images. */
function partOfKeys({ eventName, dynamodb }: Pattern): Pattern {
  const Keys = Array.isArray(dynamodb) ? undefined : (dynamodb as Pattern | undefined)?.['Keys']
  return { ...(eventName && { eventName }), ...(Keys && { dynamodb: { Keys } }) }
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
