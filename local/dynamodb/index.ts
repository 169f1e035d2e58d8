/** The embedded DynamoDB: what the rest of `local/` uses of it. */
export {
  createDynamoDb,
  type CreatedTable,
  type DynamoDbOptions,
  type LocalDynamoDb,
  TableChangedError,
} from './create-dynamo-db.ts'
export { DatabaseFileError } from './storage/database.ts'
export {
  type LambdaStreamRecord,
  type StreamEventName,
  StreamRecord,
  type StreamViewType,
} from './streams/record.ts'
export type { StreamReader } from './streams/stream-reader.ts'
export type { TableDefinition } from './table.ts'
