import { AwsServiceError } from './aws-json.ts'

const query = (name: string): string => `AWS.SimpleQueueService.${name}`

/** The errors that SQS answers, with the codes of both protocols. */
export const sqsErrors = {
  noSuchQueue: () =>
    new AwsServiceError('QueueDoesNotExist', 'The specified queue does not exist.', {
      queryCode: query('NonExistentQueue'),
    }),
  invalidParameter: (message: string) =>
    new AwsServiceError('InvalidParameterValue', message, { queryCode: 'InvalidParameterValue' }),
  missingParameter: (name: string) =>
    new AwsServiceError('MissingParameter', `The request must contain the parameter ${name}.`, {
      queryCode: 'MissingParameter',
    }),
  badHandle: (handle: string) =>
    new AwsServiceError(
      'ReceiptHandleIsInvalid',
      `The input receipt handle "${handle}" is not a valid receipt handle.`,
      {
        queryCode: 'ReceiptHandleIsInvalid',
      },
    ),
  notInFlight: () =>
    new AwsServiceError(
      'MessageNotInflight',
      'Value for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.',
      { queryCode: query('MessageNotInflight') },
    ),
  overLimit: () =>
    new AwsServiceError('OverLimit', 'The queue has reached the limit of messages in flight.', {
      queryCode: 'OverLimit',
      statusCode: 403,
    }),
  emptyBatch: () =>
    new AwsServiceError('EmptyBatchRequest', 'There should be at least one entry in the request.', {
      queryCode: query('EmptyBatchRequest'),
    }),
  tooManyEntries: (count: number) =>
    new AwsServiceError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are 10. You have sent ${count}.`,
      { queryCode: query('TooManyEntriesInBatchRequest') },
    ),
  idsNotDistinct: (id: string) =>
    new AwsServiceError('BatchEntryIdsNotDistinct', `Id ${id} repeated.`, {
      queryCode: query('BatchEntryIdsNotDistinct'),
    }),
  badEntryId: () =>
    new AwsServiceError(
      'InvalidBatchEntryId',
      'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
      { queryCode: query('InvalidBatchEntryId') },
    ),
  batchTooLong: (bytes: number, most: number) =>
    new AwsServiceError(
      'BatchRequestTooLong',
      `Batch requests cannot be longer than ${most} bytes. You have sent ${bytes} bytes.`,
      { queryCode: query('BatchRequestTooLong') },
    ),
  noSuchResource: (message: string) =>
    new AwsServiceError('ResourceNotFoundException', message, {
      queryCode: 'ResourceNotFoundException',
      statusCode: 404,
    }),
  unsupported: (message: string) =>
    new AwsServiceError('UnsupportedOperation', message, { queryCode: query('UnsupportedOperation') }),
} as const
