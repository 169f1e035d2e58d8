/**
 * What a table is: its keys, its stream, its time to live.
 *
 * @module
 */
import { invalid, invalidParameter } from './errors.ts'
import type { StreamViewType } from './streams/record.ts'
import type { KeyType } from './values/key-encoding.ts'

/** A CreateTable request; serverless.yml's `Properties` of an AWS::DynamoDB::Table with a `TableName` fit it too. */
export interface TableDefinition {
  readonly TableName: string
  readonly AttributeDefinitions: readonly { readonly AttributeName: string; readonly AttributeType: string }[]
  readonly KeySchema: readonly { readonly AttributeName: string; readonly KeyType: string }[]
  readonly BillingMode?: string
  /** CloudFormation leaves `StreamEnabled` out. */
  readonly StreamSpecification?: { readonly StreamEnabled?: boolean; readonly StreamViewType?: string }
  readonly TimeToLiveSpecification?: { readonly AttributeName?: string; readonly Enabled?: boolean }
  readonly GlobalSecondaryIndexes?: readonly unknown[]
  readonly LocalSecondaryIndexes?: readonly unknown[]
}

export interface KeyAttribute {
  readonly name: string
  readonly type: KeyType
}

export interface TableStream {
  readonly arn: string
  /** AWS's name for one life of a stream: the time it was switched on. */
  readonly label: string
  readonly viewType: StreamViewType
  /** Fixed when the stream is made, so that a partition key stays on its shard. */
  readonly shards: number
}

/** What is stored of a table. */
export interface Table {
  readonly id: number
  readonly name: string
  readonly arn: string
  readonly createdAtMs: number
  readonly partitionKey: KeyAttribute
  readonly sortKey?: KeyAttribute
  readonly stream?: TableStream
  /** Name of the time-to-live attribute. */
  readonly expiryAttribute?: string
}

const viewTypes: ReadonlySet<string> = new Set([
  'KEYS_ONLY',
  'NEW_IMAGE',
  'OLD_IMAGE',
  'NEW_AND_OLD_IMAGES',
] satisfies StreamViewType[])

/** Throws ValidationException for a name that no table can have. */
export function checkTableName(name: unknown): asserts name is string {
  if (name === undefined) {
    throw invalid(
      "1 validation error detected: Value null at 'tableName' failed to satisfy constraint: Member must not be null",
    )
  }
  if (typeof name !== 'string' || !/^[a-zA-Z0-9_.-]{3,255}$/.test(name)) {
    throw invalid(
      "Invalid table/index name.  Table/index names must be between 3 and 255 characters long, and may contain only the characters a-z, A-Z, 0-9, '_', '-', and '.'",
    )
  }
}

/** The keys of a definition. Throws ValidationException for what DynamoDB refuses, and for indexes, which this one has not. */
export function keysOf(definition: TableDefinition): { partitionKey: KeyAttribute; sortKey?: KeyAttribute } {
  if (definition.GlobalSecondaryIndexes?.length || definition.LocalSecondaryIndexes?.length) {
    throw invalid(
      `The local DynamoDB has no secondary indexes, and ${definition.TableName} asks for some: write the item under a second key instead`,
    )
  }
  const types = new Map(
    (definition.AttributeDefinitions ?? []).map(({ AttributeName, AttributeType }) => [
      AttributeName,
      AttributeType,
    ]),
  )
  const [first, second, ...more] = definition.KeySchema ?? []
  if (first?.KeyType !== 'HASH' || (second && second.KeyType !== 'RANGE') || more.length > 0) {
    throw invalidParameter('Invalid KeySchema: a HASH key comes first, and at most one RANGE key after it')
  }
  const attribute = (name: string): KeyAttribute => {
    const type = types.get(name)
    if (type !== 'S' && type !== 'N' && type !== 'B') {
      throw invalidParameter(
        `Some index key attributes are not defined in AttributeDefinitions. Keys: [${name}], AttributeDefinitions: [${[...types.keys()].join(', ')}]`,
      )
    }
    return { name, type }
  }
  if (types.size !== (second ? 2 : 1)) {
    throw invalidParameter(
      'Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions',
    )
  }
  const partitionKey = attribute(first.AttributeName)
  return second ? { partitionKey, sortKey: attribute(second.AttributeName) } : { partitionKey }
}

/** The view type that a definition asks for; undefined without a stream. Throws ValidationException. */
export function viewTypeOf(definition: TableDefinition): StreamViewType | undefined {
  const { StreamEnabled, StreamViewType: viewType } = definition.StreamSpecification ?? {}
  if (StreamEnabled === false || (viewType === undefined && !StreamEnabled)) return undefined
  if (viewType === undefined || !viewTypes.has(viewType)) {
    throw invalidParameter(
      `StreamViewType is ${viewType}; it is one of ${[...viewTypes].join(', ')} when a stream is enabled`,
    )
  }
  return viewType as StreamViewType
}

/** Names of the key attributes, the partition key's first. */
export function keyNames(table: Table): string[] {
  return table.sortKey ? [table.partitionKey.name, table.sortKey.name] : [table.partitionKey.name]
}

/** DynamoDB's description of a table. */
export function describeTable(table: Table, items: number, status = 'ACTIVE'): Record<string, unknown> {
  const keys = [table.partitionKey, ...(table.sortKey ? [table.sortKey] : [])]
  return {
    TableName: table.name,
    TableArn: table.arn,
    TableId: `00000000-0000-4000-8000-${String(table.id).padStart(12, '0')}`,
    TableStatus: status,
    CreationDateTime: table.createdAtMs / 1000,
    AttributeDefinitions: keys.map(({ name, type }) => ({ AttributeName: name, AttributeType: type })),
    KeySchema: keys.map(({ name }, at) => ({ AttributeName: name, KeyType: at === 0 ? 'HASH' : 'RANGE' })),
    BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
    ProvisionedThroughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 0, NumberOfDecreasesToday: 0 },
    ItemCount: items,
    DeletionProtectionEnabled: false,
    ...(table.stream && {
      StreamSpecification: { StreamEnabled: true, StreamViewType: table.stream.viewType },
      LatestStreamLabel: table.stream.label,
      LatestStreamArn: table.stream.arn,
    }),
  }
}
