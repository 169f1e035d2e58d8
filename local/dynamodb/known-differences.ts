/**
 * Where DynamoDB Local (3.3.1) and this DynamoDB differ, and why this one is as it is: AWS itself is the measure.
 * Messages of AWS are those that its service answers, as its documentation and years of bug reports quote them.
 *
 * @module
 */

/** AWS's message, and DynamoDB Local's for the same refusal. */
export const knownMessages: readonly (readonly [aws: RegExp, local: string])[] = [
  [/^Requested resource not found$/, 'Cannot do operations on a non-existent table'],
  [/^Table already exists: .*$/, 'Cannot create preexisting table'],
  [
    /^The parameter cannot be converted to a numeric value: .*$/,
    'A value provided cannot be converted into a number',
  ],
  [
    /^Attempting to store more than 38 significant digits in a Number$/,
    'DynamoDB only supports precision up to 38 digits',
  ],
  [
    /^One or more parameter values were invalid: Missing the key \w+ in the item$/,
    'One of the required keys was not given a value',
  ],
  [
    /^One or more parameter values were invalid: Type mismatch for key .*$/,
    'One or more parameter values were invalid: Type mismatch for key',
  ],
  [
    /^One or more parameter values were invalid: (Size of hashkey|Aggregated size of all range keys) has exceeded .*$/,
    'Hash primary key values must be under 2048 bytes, and range primary key values must be under 1024 bytes',
  ],
  [/^The provided key element does not match the schema$/, 'The number of conditions on the keys is invalid'],
  [/^Query condition missed key schema element: \w+$/, 'Query condition missed key schema element'],
  [
    /^The provided starting key is outside query boundaries based on provided conditions$/,
    'The provided starting key does not match the range key predicate',
  ],
  [/^The request uses the same client token as a previous, but non-identical request.*$/, 'UnknownError'],
  [
    /^1 validation error detected: Value '\[\]' at 'transactItems' failed .*$/,
    "Value [] at 'transactItems' failed to satisfy constraint: Member must have length greater than or equal to 1",
  ],
  [
    /^1 validation error detected: Value '\[101 items\]' at 'transactItems' failed .*$/,
    'Member must have length less than or equal to 100',
  ],
]

/** DynamoDB Local's message for AWS's. */
export function messageOfDynamoDbLocal(message: string): string {
  return knownMessages.find(([aws]) => aws.test(message))?.[1] ?? message
}

/** Cases of the suite that DynamoDB Local does not pass. */
export const knownCases: Readonly<Record<string, string>> = {
  'ReturnValues hands out what was asked for':
    'DynamoDB Local answers UPDATED_OLD and UPDATED_NEW with whole attributes; AWS with the paths that were updated',
  'an update that does not fit its item cancels the transaction':
    'DynamoDB Local refuses the request; AWS cancels it, with a ValidationError among the reasons',
}
