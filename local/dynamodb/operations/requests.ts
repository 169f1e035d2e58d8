/**
 * Requests as they arrive, and the check that their members have the types that the protocol gives them.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
 *
 * @module
 */
import { DynamoDbError, invalid } from '../errors.ts'
import type { PlaceholderRequest } from '../expressions/placeholders.ts'
import type { TableDefinition } from '../table.ts'
import type { Item } from '../values/attribute-value.ts'

export interface CapacityRequest {
  readonly ReturnConsumedCapacity?: string
}

export interface ConditionedRequest extends PlaceholderRequest {
  readonly TableName?: string
  readonly ConditionExpression?: string
  readonly ReturnValuesOnConditionCheckFailure?: string
}

interface ReturnValuesRequest extends ConditionedRequest, CapacityRequest {
  readonly ReturnValues?: string
}

export interface PutItemRequest extends ReturnValuesRequest {
  readonly Item?: Item
}

export interface DeleteItemRequest extends ReturnValuesRequest {
  readonly Key?: Item
}

export interface UpdateItemRequest extends DeleteItemRequest {
  readonly UpdateExpression?: string
}

export interface GetItemRequest extends PlaceholderRequest, CapacityRequest {
  readonly TableName?: string
  readonly Key?: Item
  readonly ConsistentRead?: boolean
  readonly ProjectionExpression?: string
}

export interface ScanRequest extends PlaceholderRequest, CapacityRequest {
  readonly TableName?: string
  readonly IndexName?: string
  readonly Limit?: number
  readonly ExclusiveStartKey?: Item
  readonly FilterExpression?: string
  readonly ProjectionExpression?: string
  readonly Select?: string
  readonly ConsistentRead?: boolean
  readonly Segment?: number
  readonly TotalSegments?: number
}

export interface QueryRequest extends ScanRequest {
  readonly KeyConditionExpression?: string
  readonly ScanIndexForward?: boolean
}

export interface BatchGetItemRequest extends CapacityRequest {
  readonly RequestItems?: Readonly<
    Record<string, Omit<GetItemRequest, 'Key' | 'TableName'> & { readonly Keys?: readonly Item[] }>
  >
}

export interface BatchWriteItemRequest extends CapacityRequest {
  readonly RequestItems?: Readonly<
    Record<
      string,
      readonly {
        readonly PutRequest?: { readonly Item?: Item }
        readonly DeleteRequest?: { readonly Key?: Item }
      }[]
    >
  >
}

export interface TransactWriteItemsRequest extends CapacityRequest {
  readonly ClientRequestToken?: string
  readonly TransactItems?: readonly {
    readonly Put?: PutItemRequest
    readonly Update?: UpdateItemRequest
    readonly Delete?: DeleteItemRequest
    readonly ConditionCheck?: DeleteItemRequest
  }[]
}

export interface TransactGetItemsRequest extends CapacityRequest {
  readonly TransactItems?: readonly { readonly Get?: GetItemRequest }[]
}

export type CreateTableRequest = TableDefinition

export interface TableRequest {
  readonly TableName?: string
}

export interface ListTablesRequest {
  readonly ExclusiveStartTableName?: string
  readonly Limit?: number
}

export interface UpdateTimeToLiveRequest extends TableRequest {
  readonly TimeToLiveSpecification?: { readonly AttributeName?: string; readonly Enabled?: boolean }
}

/** Types of members, by name: a name means the same in every operation. */
const memberTypes: Readonly<Record<string, 'string' | 'number' | 'boolean' | 'object' | 'list'>> = {
  TableName: 'string',
  ConditionExpression: 'string',
  UpdateExpression: 'string',
  KeyConditionExpression: 'string',
  FilterExpression: 'string',
  ProjectionExpression: 'string',
  ReturnValues: 'string',
  ReturnValuesOnConditionCheckFailure: 'string',
  ReturnConsumedCapacity: 'string',
  ClientRequestToken: 'string',
  IndexName: 'string',
  Select: 'string',
  ExclusiveStartTableName: 'string',
  Limit: 'number',
  Segment: 'number',
  TotalSegments: 'number',
  ConsistentRead: 'boolean',
  ScanIndexForward: 'boolean',
  Item: 'object',
  Key: 'object',
  ExclusiveStartKey: 'object',
  ExpressionAttributeNames: 'object',
  ExpressionAttributeValues: 'object',
  RequestItems: 'object',
  StreamSpecification: 'object',
  TimeToLiveSpecification: 'object',
  Put: 'object',
  Update: 'object',
  Delete: 'object',
  ConditionCheck: 'object',
  Get: 'object',
  PutRequest: 'object',
  DeleteRequest: 'object',
  TransactItems: 'list',
  Keys: 'list',
  KeySchema: 'list',
  AttributeDefinitions: 'list',
}

/** Parameters from before expressions. DynamoDB still takes them; this one does not, and says so. */
const legacyMembers: ReadonlySet<string> = new Set([
  'AttributesToGet',
  'AttributeUpdates',
  'ConditionalOperator',
  'Expected',
  'KeyConditions',
  'QueryFilter',
  'ScanFilter',
])

/** Checks the members of a request, or of one of its parts. Throws SerializationException or ValidationException. */
export function checkMembers(request: object): void {
  for (const [name, value] of Object.entries(request)) {
    if (value === null) {
      // A null member counts as one that is not there.
      Reflect.deleteProperty(request, name)
      continue
    }
    const wanted = Object.hasOwn(memberTypes, name) ? memberTypes[name] : undefined
    const seen = Array.isArray(value) ? 'list' : typeof value
    if (wanted && wanted !== seen) {
      throw new DynamoDbError('SerializationException', `${name} is a ${seen}; it must be a ${wanted}`)
    }
    if (legacyMembers.has(name)) {
      throw invalid(
        `The local DynamoDB does not know the legacy parameter ${name}: use an expression instead`,
      )
    }
  }
}
