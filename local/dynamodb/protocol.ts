/**
 * AWS JSON 1.0: the operation in `x-amz-target`, members as JSON.
 * https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
 *
 * @module
 */
import { randomUUID } from 'node:crypto'

import type { AwsRequest, AwsResponse } from '../aws.ts'
import type { Engine } from './engine.ts'
import { DynamoDbError, errorBody } from './errors.ts'
import { batchWriteItem } from './operations/batch-write.ts'
import { query } from './operations/query.ts'
import { batchGetItem, getItem, transactGetItems } from './operations/reads.ts'
import { checkMembers } from './operations/requests.ts'
import { scan } from './operations/scan.ts'
import { deleteItem, putItem, updateItem } from './operations/single-writes.ts'
import {
  createTable,
  deleteTable,
  describeOneTable,
  describeTimeToLive,
  listTables,
  updateTimeToLive,
} from './operations/tables.ts'
import { transactWriteItems } from './operations/transact-write.ts'

type Operation = (engine: Engine, request: object) => string

/** Operations on items: these are throttled when `faults.tables.throttle` says so. */
const itemOperations: Readonly<Record<string, Operation>> = {
  BatchGetItem: batchGetItem,
  BatchWriteItem: batchWriteItem,
  DeleteItem: deleteItem,
  GetItem: getItem,
  PutItem: putItem,
  Query: query,
  Scan: scan,
  TransactGetItems: transactGetItems,
  TransactWriteItems: transactWriteItems,
  UpdateItem: updateItem,
}

const tableOperations: Readonly<Record<string, Operation>> = {
  CreateTable: createTable as Operation,
  DeleteTable: deleteTable,
  DescribeTable: describeOneTable,
  DescribeTimeToLive: describeTimeToLive,
  ListTables: listTables,
  UpdateTimeToLive: updateTimeToLive,
}

const targetPrefix = 'DynamoDB_20120810.'

/** Answers one request; never throws. */
export function answerRequest(engine: Engine, request: AwsRequest): AwsResponse {
  try {
    return response(200, carryOut(engine, request))
  } catch (cause) {
    if (cause instanceof DynamoDbError) return response(400, errorBody(cause))
    // A fault of this DynamoDB itself: the caller's SDK reports it, with what went wrong.
    const message = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
    return response(
      500,
      JSON.stringify({ __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError', message }),
    )
  }
}

function carryOut(engine: Engine, { headers, body }: AwsRequest): string {
  const target = headers['x-amz-target'] ?? ''
  const name = target.startsWith(targetPrefix) ? target.slice(targetPrefix.length) : ''
  const onItems = Object.hasOwn(itemOperations, name) ? itemOperations[name] : undefined
  const operation = onItems ?? (Object.hasOwn(tableOperations, name) ? tableOperations[name] : undefined)
  if (!operation) {
    throw new DynamoDbError(
      'UnknownOperationException',
      `The local DynamoDB does not know the operation ${JSON.stringify(target)}`,
    )
  }
  const request = parseBody(body)
  checkMembers(request)
  if (onItems && engine.chance.happens(engine.faults.tables.throttle)) {
    throw new DynamoDbError(
      'ProvisionedThroughputExceededException',
      'The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.',
    )
  }
  return operation(engine, request)
}

function parseBody(body: Uint8Array): object {
  let parsed: unknown
  try {
    parsed = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'))
  } catch (cause) {
    throw new DynamoDbError('SerializationException', `The body is not JSON: ${String(cause)}`)
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new DynamoDbError('SerializationException', 'The body is not a JSON object')
  }
  return parsed
}

function response(statusCode: number, json: string): AwsResponse {
  const body = Buffer.from(json)
  return {
    statusCode,
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'content-length': String(body.length),
      'x-amzn-requestid': randomUUID(),
    },
    body,
  }
}
