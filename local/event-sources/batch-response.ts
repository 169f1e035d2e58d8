/**
 * What a function answers about the single items of a batch (ReportBatchItemFailures).
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 *
 * @module
 */

/**
 * The items that failed, or `'all'` when the answer makes the whole batch a failure: it is no such structure, or names
 * an item that the batch does not have. Nothing, an empty object and an empty or null list mean that all succeeded.
 */
export function failedItems(
  response: unknown,
  isInBatch: (identifier: string) => boolean,
): ReadonlySet<string> | 'all' {
  if (response === undefined || response === null || response === '') return none
  if (typeof response !== 'object') return 'all'
  const { batchItemFailures } = response as { batchItemFailures?: unknown }
  if (batchItemFailures === undefined || batchItemFailures === null) return none
  if (!Array.isArray(batchItemFailures)) return 'all'
  const failed = new Set<string>()
  for (const failure of batchItemFailures as readonly unknown[]) {
    const identifier = (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier
    if (typeof identifier !== 'string' || !isInBatch(identifier)) return 'all'
    failed.add(identifier)
  }
  return failed
}

const none: ReadonlySet<string> = new Set()
