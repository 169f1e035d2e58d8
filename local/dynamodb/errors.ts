/**
 * DynamoDB's errors as its wire protocol carries them. Messages are AWS's own, so that code which reads them works
 * here too. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
 *
 * @module
 */

export type DynamoDbErrorCode =
  | 'ConditionalCheckFailedException'
  | 'IdempotentParameterMismatchException'
  | 'ProvisionedThroughputExceededException'
  | 'ResourceInUseException'
  | 'ResourceNotFoundException'
  | 'SerializationException'
  | 'TransactionCanceledException'
  | 'UnknownOperationException'
  | 'ValidationException'

/** A refusal of a request. `code` is the exception's name; `details` are further members of its JSON. */
export class DynamoDbError extends Error {
  override readonly name = 'DynamoDbError'
  readonly code: DynamoDbErrorCode
  /** Whether the same request may succeed later. */
  readonly retryable: boolean
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: DynamoDbErrorCode, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.code = code
    this.retryable =
      code === 'ProvisionedThroughputExceededException' || code === 'TransactionCanceledException'
    this.details = details
  }
}

/** A request that breaks a rule. */
export function invalid(message: string): DynamoDbError {
  return new DynamoDbError('ValidationException', message)
}

/** A request whose values break a rule: AWS's usual opening words. */
export function invalidParameter(message: string): DynamoDbError {
  return invalid(`One or more parameter values were invalid: ${message}`)
}

/** The members of `__type` that stand before `#`. */
const namespaces: Partial<Record<DynamoDbErrorCode, string>> = {
  ValidationException: 'com.amazon.coral.validate',
  SerializationException: 'com.amazon.coral.service',
  UnknownOperationException: 'com.amazon.coral.service',
}

/** The error's JSON on the wire. */
export function errorBody(error: DynamoDbError): string {
  const namespace = namespaces[error.code] ?? 'com.amazonaws.dynamodb.v20120810'
  // A cancelled transaction spells `Message`, every other error `message`.
  const message = error.code === 'TransactionCanceledException' ? 'Message' : 'message'
  return JSON.stringify({ __type: `${namespace}#${error.code}`, [message]: error.message, ...error.details })
}
