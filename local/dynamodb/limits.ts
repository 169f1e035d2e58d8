/**
 * DynamoDB's quotas, each with its unit.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html (Constraints in the same guide)
 *
 * @module
 */

/** Bytes of an item: its attribute names (UTF-8) and values. */
export const itemBytesMax = 400 * 1024

/** Bytes of a partition key's value. */
export const partitionKeyBytesMax = 2048

/** Bytes of a sort key's value. */
export const sortKeyBytesMax = 1024

/** Bytes of items that one Query or Scan reads before it answers a page. */
export const pageBytesMax = 1024 * 1024

/** Levels of maps and lists inside an attribute. */
export const nestingMax = 32

/** Characters of an expression. */
export const expressionBytesMax = 4096

/** Items in one TransactWriteItems or TransactGetItems. */
export const transactionItemsMax = 100

/** Bytes of all items in one transaction. */
export const transactionBytesMax = 4 * 1024 * 1024

/** Milliseconds for which a ClientRequestToken makes a transaction idempotent. */
export const requestTokenMs = 10 * 60 * 1000

/** Puts and deletes in one BatchWriteItem. */
export const batchWriteItemsMax = 25

/** Keys in one BatchGetItem. */
export const batchGetItemsMax = 100

/** Bytes of items in one BatchGetItem answer; the rest comes back as UnprocessedKeys. */
export const batchGetBytesMax = 16 * 1024 * 1024

/** Milliseconds that a stream keeps a record. */
export const streamRetentionMs = 24 * 60 * 60 * 1000

/** Bytes that one read unit and one write unit cover. */
export const readUnitBytes = 4096
export const writeUnitBytes = 1024
