/**
 * What the shared suite runs on: a real SDK client, whoever answers it.
 *
 * @module
 */
import assert from 'node:assert/strict'

import {
  type AttributeValue,
  CreateTableCommand,
  DeleteTableCommand,
  type DynamoDBClient,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb'

export interface SuiteContext {
  readonly client: DynamoDBClient
  /** Tables by what they show. */
  readonly tables: {
    /** Partition key `pk` S. */
    readonly plain: string
    /** Partition key `pk` S, sort key `sk` S. */
    readonly sorted: string
    /** Partition key `pk` S, sort key `sk` N. */
    readonly numbered: string
    /** Partition key `pk` S, sort key `sk` B. */
    readonly binary: string
  }
  /** A partition key that no other case uses. */
  key(): string
  /** What the other implementation says where AWS says `message`. */
  messageFrom(message: string): string
}

/** A case of the suite: it throws when the implementation differs from AWS. */
export interface SuiteCase {
  readonly name: string
  readonly run: (context: SuiteContext) => Promise<void>
}

export type Item = Record<string, AttributeValue>

const sortTypes = { plain: undefined, sorted: 'S', numbered: 'N', binary: 'B' } as const

/** Makes the suite's tables; `prefix` keeps runs apart. */
export async function makeTables(client: DynamoDBClient, prefix: string): Promise<SuiteContext['tables']> {
  const made: Record<string, string> = {}
  for (const [kind, sortType] of Object.entries(sortTypes)) {
    const TableName = `${prefix}-${kind}`
    await client.send(
      new CreateTableCommand({
        TableName,
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          ...(sortType ? [{ AttributeName: 'sk', AttributeType: sortType }] : []),
        ],
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          ...(sortType ? [{ AttributeName: 'sk', KeyType: 'RANGE' as const }] : []),
        ],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    )
    // On AWS a table takes seconds to be made; the others have it at once.
    await waitUntilTableExists({ client, maxWaitTime: 120, minDelay: 1 }, { TableName })
    made[kind] = TableName
  }
  return made as unknown as SuiteContext['tables']
}

export async function dropTables(client: DynamoDBClient, tables: SuiteContext['tables']): Promise<void> {
  for (const TableName of Object.values(tables)) await client.send(new DeleteTableCommand({ TableName }))
}

/** Asserts that a request is refused with this error and message (AWS's). Answers the error. */
export async function refused<Refusal extends Error = Error>(
  context: SuiteContext,
  request: Promise<unknown>,
  name: string,
  message: string,
): Promise<Refusal> {
  const error = await request.then(
    (answer) => assert.fail(`expected ${name}: ${message}; got the answer ${JSON.stringify(answer)}`),
    (cause: unknown) => cause,
  )
  assert.ok(error instanceof Error, `expected an error, got ${String(error)}`)
  assert.deepEqual([error.name, error.message], [name, context.messageFrom(message)])
  return error as Refusal
}

/** Asserts a ValidationException. */
export async function invalid(
  context: SuiteContext,
  request: Promise<unknown>,
  message: string,
): Promise<void> {
  await refused(context, request, 'ValidationException', message)
}

/** Short forms of attribute values. */
export const S = (text: string): AttributeValue => ({ S: text })
export const N = (number: number | string): AttributeValue => ({ N: String(number) })
export const L = (...elements: AttributeValue[]): AttributeValue => ({ L: elements })
export const M = (attributes: Item): AttributeValue => ({ M: attributes })
export const SS = (...members: string[]): AttributeValue => ({ SS: members })
export const NS = (...members: (number | string)[]): AttributeValue => ({ NS: members.map(String) })
